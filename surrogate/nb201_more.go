package surrogate

import (
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

// addMore adds what further imported tables know of a cell: the milliseconds of a device as a
// second objective, when one is named (HW-NAS-Bench, Li et al., ICLR 2021, arXiv:2103.10584;
// HELP, Lee et al., NeurIPS 2021, arXiv:2106.08630), and zero-cost scores, which searches may
// rank by (Mellor et al., ICML 2021, arXiv:2006.04647; Tanaka et al., NeurIPS 2020,
// arXiv:2006.05467).
func (b *NB201) addMore(device string) error {
	hw, err := optional("nb201-hw", device != "none")
	if err != nil {
		return err
	}
	if hw != nil {
		for _, name := range hw.Columns() {
			b.facts = append(b.facts, fact{"latency_" + name, "ms", func() ([]float64, error) { return hw.Floats(name) }, always("measured"), plain})
		}
	}
	if device != "none" {
		if !hw.Has(device) {
			return evolve.Unknown("device of nb201-hw", device, hw.Columns())
		}
		ms, err := hw.Floats(device)
		if err != nil {
			return err
		}
		b.others = append(b.others, objective{evolve.NewObjective("latency_ms"), ms})
		b.about.Source += "; latency on " + device + " measured"
	}
	zc, err := optional("nb201-zc", false)
	if err != nil || zc == nil {
		return err
	}
	for _, name := range zc.Columns() {
		if score, ok := strings.CutPrefix(name, b.about.Dataset+"_"); ok {
			b.facts = append(b.facts, fact{score, "", func() ([]float64, error) { return zc.Floats(name) }, always("computed"), proxy})
		}
	}
	return nil
}

// optional opens a table that a benchmark can do without, unless it is wanted: nil when it is
// not imported.
func optional(name string, wanted bool) (*data.Frame, error) {
	f, err := data.Open(name)
	if !wanted && data.Missing(err) {
		return nil, nil
	}
	return f, err
}

package surrogate

import (
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

// addMore adds what further imported tables know of a cell: the milliseconds of devices, which a search can be
// asked to minimise (HW-NAS-Bench, Li et al., ICLR 2021, arXiv:2103.10584; HELP, Lee et al., NeurIPS 2021,
// arXiv:2106.08630), and zero-cost scores, which searches may rank by (Mellor et al., ICML 2021,
// arXiv:2006.04647; Tanaka et al., NeurIPS 2020, arXiv:2006.05467). With latency the table of devices must be
// there.
func (b *NB201) addMore(latency bool) error {
	hw, err := optional("nb201-hw", latency)
	if err != nil {
		return err
	}
	if hw != nil {
		for _, device := range hw.Columns() {
			b.offer(tabled(evolve.LatencyOf+device), "measured", func() ([]float64, error) { return hw.Floats(device) })
			b.facts[len(b.facts)-1].kind = elsewhere
		}
	}
	zc, err := optional("nb201-zc", false)
	if err != nil || zc == nil {
		return err
	}
	for _, name := range zc.Columns() {
		if score, ok := strings.CutPrefix(name, b.about.Dataset+"_"); ok {
			b.facts = append(b.facts, fact{score, "", func() ([]float64, error) { return zc.Floats(name) },
				always("computed"), proxy})
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

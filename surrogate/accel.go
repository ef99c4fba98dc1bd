package surrogate

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "accel",
		Doc: "Accel-NASBench: 5,125 MnasNet-space networks (5,138 records) on ImageNet with figures of six " +
			"devices, or a surrogate fitted on them",
		Paper: "Ahmad et al., DAC 2024, arXiv:2404.08005",
		Data:  []string{"accel"},
		Params: []evolve.Param{
			evolve.Choice("source", "the imported networks as a pool, the embedded surrogate of the whole space, or "+
				"the table if it is there", "auto", "table", "surrogate"),
			accelObjectives(), wrap.ReferenceParam,
			movesParam, permuteParam,
		},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openAccel),
	})
}

func openAccel(o evolve.Options) (evolve.Benchmark, error) {
	source := o.Text("source")
	if source == "surrogate" {
		return openAccelFitted(o)
	}
	b, err := openRows("accel", space.Mnas{}, "onehot", o, func(f *data.Frame) ([]bool, error) {
		return accelMeasured(f, o.Text(wrap.ObjectivesOption))
	})
	if source == "auto" && data.Missing(err) {
		return openAccelFitted(o)
	}
	if err != nil {
		return nil, err
	}
	cols, err := b.columns("val_top1", "train_time")
	if err != nil {
		return nil, err
	}
	loss := ErrorsOf(cols[0], 100)
	b.about.Title = "Accel-NASBench, ImageNet"
	b.about.Pinned = []evolve.Setting{{Key: "source", Value: "table"}}
	b.levels = []level{{epochs: 1, loss: loss, cost: cols[1]}}
	b.score = scores(loss, loss)
	b.addSource("imported table; measured validation accuracy under the authors' short proxy schedule, which " +
		"counts as one " +
		"epoch, and its seconds; no test was recorded: the reported test is the validation")
	for _, c := range b.frame.Columns() {
		switch name := accelObjective(c); {
		case c == "arch":
		case strings.HasPrefix(c, "val_"):
			b.addFact(c, "%", "measured", result)
		case name == evolve.ParamsObjective || name == evolve.FLOPsObjective:
			b.offerColumn(name, c, "counted", millions)
		case name != "":
			b.offerColumn(name, c, "measured", same)
		case c == "train_time":
			b.addFact(c, "s", "measured", plain)
		}
	}
	return b, b.finish(o)
}

// accelMean ends the names of columns of what a device measured.
const accelMean = "_mean"

// accelObjective is the objective that a column is; "" for none.
func accelObjective(column string) string {
	switch column {
	case "params":
		return evolve.ParamsObjective
	case "macs":
		return evolve.FLOPsObjective
	}
	device, ok := strings.CutSuffix(column, accelMean)
	if !ok {
		return ""
	}
	what, device, _ := strings.Cut(device, "_")
	return what + ":" + device // latency or throughput
}

// accelMeasured are the networks that the devices of the objectives measured: not every device measured every one.
func accelMeasured(f *data.Frame, objectives string) ([]bool, error) {
	var keep []bool
	names := strings.Split(objectives, "+")
	for _, c := range f.Columns() {
		if !slices.Contains(names, accelObjective(c)) {
			continue
		}
		known, err := notNaN(f, c)
		if err != nil {
			return nil, err
		}
		for i := range keep {
			known[i] = known[i] && keep[i]
		}
		keep = known
	}
	return keep, nil
}

// accelObjectives are what a search can minimise: all of them need the table.
func accelObjectives() evolve.Param {
	p := wrap.ObjectivesParam(evolve.ErrorObjective, accelOffers()...)
	p.Doc += "; all but error of source=table"
	return p
}

func accelOffers() []string {
	names := []string{evolve.ParamsObjective, evolve.FLOPsObjective}
	for _, d := range data.AccelDevices {
		names = append(names, accelObjective(d+accelMean))
	}
	return names
}

// The models that `amoeba surrogate fit accel` made. docs/surrogate-accel.md says how well.
//
//go:embed accel.model
var accelModel []byte

func openAccelFitted(o evolve.Options) (evolve.Benchmark, error) {
	names, err := wrap.PickObjectives(o.Text(wrap.ObjectivesOption),
		append([]string{evolve.ErrorObjective}, accelOffers()...))
	if err != nil {
		return nil, err
	}
	if len(names) > 1 || names[0] != evolve.ErrorObjective || o.Text("permute") != "no" {
		advice := "run amoeba data import accel --from DIR"
		if o.Text("source") == "surrogate" {
			advice = "leave out source=surrogate, or say source=table"
		}
		return nil, fmt.Errorf("accel: objectives and permute need the imported table: %s: %w", advice,
			evolve.ErrUnsupported)
	}
	b, err := readPredicted(accelModel)
	if err != nil {
		return nil, fmt.Errorf("the embedded surrogate of accel: %w", err)
	}
	b.about.Pinned = []evolve.Setting{{Key: "source", Value: "surrogate"}}
	return b, nil
}

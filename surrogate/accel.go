package surrogate

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "accel",
		Doc:   "Accel-NASBench: 5,125 MnasNet-space networks (5,138 records) on ImageNet with figures of six devices, or a surrogate fitted on them",
		Paper: "Ahmad et al., DAC 2024, arXiv:2404.08005",
		Data:  []string{"accel"},
		Params: []evolve.Param{
			evolve.Choice("source", "the imported networks as a pool, the embedded surrogate of the whole space, or the table if it is there", "auto", "table", "surrogate"),
			objectiveParam("a second objective: params, macs, or a device's latency_… or throughput_… (negated); of source=table"),
			movesParam, permuteParam,
		},
		New: openAccel,
	})
}

func openAccel(o evolve.Options) (evolve.Benchmark, error) {
	source := o.Text("source")
	if source == "surrogate" {
		return openAccelFitted(o)
	}
	b, err := openRows("accel", space.Mnas{}, "onehot", o, func(f *data.Frame) ([]bool, error) {
		// Not every device measured every network.
		if name := o.Text("objective"); f.Has(name) && name != "arch" {
			return notNaN(f, name)
		}
		return nil, nil
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
	b.say("imported table; measured validation accuracy under the authors' short proxy schedule, which counts as one epoch, and its seconds; no test was recorded: the reported test is the validation")
	var devices []string
	for _, c := range b.frame.Columns() {
		switch {
		case c == "arch":
		case strings.HasPrefix(c, "val_"):
			b.tell(c, "%", "measured", result)
		case c == "train_time":
			b.tell(c, "s", "measured", plain)
		case c == "params" || c == "macs":
			b.tell(c, "M", "counted", proxy)
			devices = append(devices, c)
		default:
			b.tell(c, deviceUnit(c), "measured", plain)
			devices = append(devices, c)
		}
	}
	slices.Sort(devices)
	if err := b.addObjective(o, "", devices, func(name string) bool { return strings.HasPrefix(name, "throughput_") }); err != nil {
		return nil, err
	}
	return b, b.finish(o)
}

// deviceUnit is of a device's column.
func deviceUnit(column string) string {
	if strings.HasPrefix(column, "latency_") {
		return "ms"
	}
	return "images/s"
}

// The models that `amoeba surrogate fit accel` made. docs/surrogate-accel.md says how well.
//
//go:embed accel.model
var accelModel []byte

func openAccelFitted(o evolve.Options) (evolve.Benchmark, error) {
	if o.Text("objective") != "none" || o.Text("permute") != "no" {
		return nil, fmt.Errorf("accel: objective and permute need the imported table: run amoeba data import accel --from DIR: %w", evolve.ErrUnsupported)
	}
	b, err := readPredicted(accelModel)
	if err != nil {
		return nil, fmt.Errorf("the embedded surrogate of accel: %w", err)
	}
	b.about.Pinned = []evolve.Setting{{Key: "source", Value: "surrogate"}}
	return b, nil
}

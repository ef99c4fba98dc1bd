package surrogate

import (
	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// tnb101Tasks are the tasks of TransNAS-Bench-101 with what their results are.
var tnb101Tasks = []struct {
	name   string
	metric evolve.Metric
	whole  float64 // results of a perfect network; 0 for a negative loss
}{
	{"class_scene", evolve.Accuracy, 100}, {"class_object", evolve.Accuracy, 100}, {"room_layout", evolve.PlainLoss, 0},
	{"jigsaw", evolve.Accuracy, 100}, {"segmentsemantic", evolve.Accuracy, 100}, {"normal", evolve.SSIM, 1},
	{"autoencoder", evolve.SSIM, 1},
}

func init() {
	var names []string
	for _, t := range tnb101Tasks {
		names = append(names, t.name)
	}
	for _, part := range []struct {
		name, doc string
		space     evolve.Space
	}{
		{"tnb101-micro", "TransNAS-Bench-101, cells: 711 of 4,096 on seven tasks", space.TNB101Micro{}},
		{"tnb101-macro", "TransNAS-Bench-101, networks: some 700 of 3,256 on seven tasks", space.TNB101Macro{}},
	} {
		params := []evolve.Param{wrap.ObjectivesParam(wrap.Auto, evolve.ParamsObjective, evolve.FLOPsObjective),
			wrap.ReferenceParam, movesParam, permuteParam}
		if _, mortal := part.space.(space.Mortal); mortal {
			params = append(params, wrap.DeadParam)
		}
		evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
			Name: part.name, Doc: part.doc,
			Paper:    "Duan et al., CVPR 2021, arXiv:2105.11871",
			Variants: names,
			Data:     []string{part.name},
			Params:   params,
			Formerly: wrap.Formerly(wrap.Auto),
			New:      offering(func(o evolve.Options) (*rows, error) { return openTNB101(part.name, part.space, o) }),
		})
	}
}

func openTNB101(table string, s evolve.Space, o evolve.Options) (*rows, error) {
	task := tnb101Tasks[0]
	for _, t := range tnb101Tasks {
		if t.name == o.Variant() {
			task = t
		}
	}
	// A sample of a task need not be one of another.
	b, err := openRows(table, s, "onehot", o,
		func(f *data.Frame) ([]bool, error) { return notNaN(f, "val_"+task.name) })
	if err != nil {
		return nil, err
	}
	xs, err := b.column("val_" + task.name)
	if err != nil {
		return nil, err
	}
	loss := make([]float64, len(xs))
	for i, x := range xs {
		if loss[i] = -x; task.whole > 0 {
			loss[i] = 1 - x/task.whole
		}
	}
	b.about.Dataset, b.about.Metric = task.name, task.metric
	b.about.Title = "TransNAS-Bench-101 " + table[len("tnb101-"):] + ", " + task.name
	b.levels = []level{{epochs: 1, loss: loss, cost: b.unpriced(len(loss))}}
	b.score = scores(loss, loss)
	b.addSource("imported table; measured validation after the authors' full schedule, which counts as one " +
		"epoch; no test " +
		"was kept in this sample: the reported test is the validation; no seconds are known: each query costs 1")
	b.addFact("val_"+task.name, task.metric.Unit(), "measured", result)
	b.offerColumn(evolve.FLOPsObjective, "flops_m_"+task.name, "counted", millions)
	b.offerColumn(evolve.ParamsObjective, "params_m_"+task.name, "counted", millions)
	return b, b.finish(o)
}

package surrogate

import (
	"slices"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// graphLatency is of a device that the authors do not name.
const graphLatency = evolve.LatencyOf + "recorded"

// graphSets are the data sets of NAS-Bench-Graph.
var graphSets = append(slices.Clone(data.GraphSets), "proteins")

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "graph",
		Doc:      "NAS-Bench-Graph: 26,206 graph neural networks on nine data sets",
		Paper:    "Qin et al., NeurIPS 2022, arXiv:2206.09166",
		Data:     []string{"graph", "graph-proteins"},
		Variants: graphSets,
		// Their names in the Open Graph Benchmark.
		Aliases: []evolve.Alias{{Name: "ogbn-arxiv", Variant: "arxiv"}, {Name: "ogbn-proteins", Variant: "proteins"}},
		Params: []evolve.Param{wrap.ObjectivesParam(evolve.ErrorObjective, graphLatency, evolve.ParamsObjective),
			wrap.ReferenceParam, permuteParam},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openGraph),
	})
}

// openGraph opens one data set. Isomorphic networks share a row.
func openGraph(o evolve.Options) (*rows, error) {
	set, table, prefix := o.Variant(), "graph", o.Variant()+"_"
	if set == "proteins" {
		table = "graph-proteins"
	}
	b, err := openRows(table, space.NewGraph(set == "proteins"), "onehot", o, nil)
	if err != nil {
		return nil, err
	}
	cols, err := b.columns(prefix+"valid_perf", prefix+"test_perf")
	if err != nil {
		return nil, err
	}
	b.about.Dataset, b.about.Title = set, "NAS-Bench-Graph, "+set
	if set == "proteins" {
		b.about.Metric = evolve.AUC // ogbn-proteins is judged by it
	}
	val := ErrorsOf(cols[0], 1)
	b.levels = []level{{epochs: 1, loss: val, cost: b.unpriced(len(val))}}
	b.score = scores(val, ErrorsOf(cols[1], 1))
	b.addSource("imported table; measured; the number of epochs is the authors' choice by data set and seconds " +
		"of training " +
		"are not recorded: each query counts as one epoch and costs 1")
	for _, c := range []string{"valid_perf", "test_perf"} {
		b.addFact(prefix+c, "", "measured", result)
	}
	b.offerColumn(graphLatency, prefix+"latency", "measured", seconds)
	b.offerColumn(evolve.ParamsObjective, prefix+"params", "counted", millions)
	return b, b.finish(o)
}

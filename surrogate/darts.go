package surrogate

import (
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "darts",
		Doc:   "725 DARTS cells with the accuracy that NAS-Bench-301's surrogate predicts for them on CIFAR-10",
		Paper: "Zela et al., ICLR 2022, arXiv:2008.09777",
		Data:  []string{"darts"},
		Params: []evolve.Param{wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective,
			evolve.FLOPsObjective), wrap.ReferenceParam, movesParam, permuteParam},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openDARTS),
	})
}

func openDARTS(o evolve.Options) (evolve.Benchmark, error) {
	b, err := openRows("darts", space.DARTS{}, "onehot", o, nil)
	if err != nil {
		return nil, err
	}
	acc, err := b.column("val_acc")
	if err != nil {
		return nil, err
	}
	loss := ErrorsOf(acc, 100)
	b.about.Title, b.about.Kind = "NAS-Bench-301 subset, CIFAR-10", "surrogate"
	// The schedule that NAS-Bench-301 predicts.
	b.levels = []level{{epochs: 100, loss: loss, cost: b.unpriced(len(loss))}}
	b.score = scores(loss, loss)
	b.addSource("imported table of another surrogate's values: accuracies PREDICTED by NAS-Bench-301, no cell " +
		"was trained; " +
		"no test is known: the reported test is the validation; no seconds are known: each query costs 1")
	b.addFact("val_acc", "%", "predicted by NAS-Bench-301", result)
	for _, c := range b.frame.Columns() {
		switch {
		case strings.HasPrefix(c, "zc_"):
			b.addFact(c, "", "computed", proxy)
		case c == "params_m" || c == "flops_m":
			b.offerColumn(strings.TrimSuffix(c, "_m"), c, "counted", millions)
		}
	}
	return b, b.finish(o)
}

package surrogate

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "macro",
		Doc:   "NAS-Bench-Macro: 6,561 chains of inverted residual blocks on CIFAR-10, three runs each",
		Paper: "Su et al., CVPR 2021, arXiv:2103.11922",
		Data:  []string{"macro"},
		Params: []evolve.Param{wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective,
			evolve.FLOPsObjective), wrap.ReferenceParam, permuteParam},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openMacro),
	})
}

// openMacro opens NAS-Bench-Macro. The authors kept test accuracies alone, each run's at its best
// of 50 epochs: search and report use their mean over three runs.
func openMacro(o evolve.Options) (*rows, error) {
	b, err := openRows("macro", space.Macro{}, "", o, nil)
	if err != nil {
		return nil, err
	}
	mean, err := b.column("mean")
	if err != nil {
		return nil, err
	}
	loss := ErrorsOf(mean, 100)
	b.about.Title = "NAS-Bench-Macro, CIFAR-10"
	b.levels = []level{{epochs: 50, loss: loss, cost: b.unpriced(len(loss))}}
	b.score = scores(loss, loss)
	b.addSource("imported table; measured test accuracies at each run's best epoch, mean of three runs: no " +
		"validation was " +
		"recorded, so searches see the test; no seconds are known: each query costs 1")
	for _, c := range []string{"mean", "std", "test_acc_s0", "test_acc_s1", "test_acc_s2"} {
		b.addFact(c, "%", "measured", result)
	}
	b.offerColumn(evolve.ParamsObjective, "params", "computed", same)
	b.offerColumn(evolve.FLOPsObjective, "flops", "computed", same)
	return b, b.finish(o)
}

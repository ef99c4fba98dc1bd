package surrogate

import (
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:   "darts",
		Doc:    "725 DARTS cells with the accuracy that NAS-Bench-301's surrogate predicts for them on CIFAR-10",
		Paper:  "Zela et al., ICLR 2022, arXiv:2008.09777",
		Data:   []string{"darts"},
		Params: []evolve.Param{objectiveParam("a second objective: params_m or flops_m"), movesParam, permuteParam},
		New:    openDARTS,
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
	b.levels = []level{{epochs: 100, loss: loss, cost: b.unpriced(len(loss))}} // the schedule that NAS-Bench-301 predicts
	b.score = scores(loss, loss)
	b.say("imported table of another surrogate's values: accuracies PREDICTED by NAS-Bench-301, no cell was trained; no test is known: the reported test is the validation; no seconds are known: each query costs 1")
	b.tell("val_acc", "%", "predicted by NAS-Bench-301", result)
	for _, c := range b.frame.Columns() {
		switch {
		case strings.HasPrefix(c, "zc_"):
			b.tell(c, "", "computed", proxy)
		case c == "params_m" || c == "flops_m":
			b.tell(c, "M", "counted", proxy)
		}
	}
	if err := b.addObjective(o, "", []string{"flops_m", "params_m"}, nil); err != nil {
		return nil, err
	}
	return b, b.finish(o)
}

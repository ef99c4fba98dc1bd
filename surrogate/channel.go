package surrogate

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

var channelNets = []string{"resnet", "mobilenet"}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "channel",
		Doc:      "Channel-Bench-Macro: 16,384 widths of a ResNet or a MobileNet on CIFAR-10, three runs each",
		Paper:    "Su et al., arXiv:2203.13714",
		Data:     []string{"channel"},
		Variants: channelNets,
		Params: []evolve.Param{wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective,
			evolve.FLOPsObjective), wrap.ReferenceParam, permuteParam},
		Formerly: wrap.Formerly(evolve.ErrorObjective),
		New:      offering(openChannel),
	})
}

// openChannel opens one network of Channel-Bench-Macro. The table has test accuracies and no validation.
func openChannel(o evolve.Options) (*rows, error) {
	b, err := openRows("channel", space.Channel{}, "", o, nil)
	if err != nil {
		return nil, err
	}
	net := o.Variant()
	mean, err := b.column(net + "_mean")
	if err != nil {
		return nil, err
	}
	loss := ErrorsOf(mean, 100)
	b.about.Dataset = net
	b.about.Title = "Channel-Bench-Macro, " + map[string]string{"resnet": "ResNet", "mobilenet": "MobileNet"}[net] +
		", CIFAR-10"
	b.levels = []level{{epochs: 1, loss: loss, cost: b.unpriced(len(loss))}}
	b.score = scores(loss, loss)
	b.addSource("imported table; measured test accuracies, mean of three runs: no validation was recorded, so " +
		"searches see " +
		"the test; the number of epochs and seconds are not known: each query counts as one epoch and costs 1")
	for _, c := range []string{"_mean", "_std", "_test_acc_s0", "_test_acc_s1", "_test_acc_s2"} {
		b.addFact(net+c, "%", "measured", result)
	}
	b.offerColumn(evolve.ParamsObjective, net+"_params", "computed", same)
	b.offerColumn(evolve.FLOPsObjective, net+"_flops", "computed", same)
	return b, b.finish(o)
}

package surrogate

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nlpEpochs is the schedule of NAS-Bench-NLP, one run whose every epoch was recorded.
const nlpEpochs = 50

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "nlp",
		Doc:   "NAS-Bench-NLP: recurrent cells on WikiText-2, 344 of them, every epoch of 50",
		Paper: "Klyuchnikov et al., IEEE Access 2022, arXiv:2006.07116",
		Params: []evolve.Param{
			{Name: "epochs", Default: fmt.Sprint(nlpEpochs), Doc: "longest training of the search, 1 to 50; every epoch up to it can be asked for, and goes on from the one before"},
			movesParam, permuteParam,
		},
		New: openNLP,
	})
}

func openNLP(o evolve.Options) (evolve.Benchmark, error) {
	epochs, err := o.Int("epochs", 1, nlpEpochs)
	if err != nil {
		return nil, err
	}
	// Four runs ended in numbers that are none: what the searches cannot be told is left out.
	b, err := openRows("nlp", space.NLP{Hidden: 3, Nodes: 24}, "wl", o, func(f *data.Frame) ([]bool, error) {
		last, err := f.Floats(fmt.Sprintf("val_%d", nlpEpochs))
		keep := make([]bool, len(last))
		for i, x := range last {
			keep[i] = !math.IsNaN(x)
		}
		return keep, err
	})
	if err != nil {
		return nil, err
	}
	b.about.Title, b.about.Metric = "NAS-Bench-NLP, WikiText-2", evolve.Perplexity
	b.about.Pinned = []evolve.Setting{{Key: "epochs", Value: o.Text("epochs")}}
	for e := 1; e <= epochs; e++ {
		cols, err := b.columns(fmt.Sprintf("val_%d", e), fmt.Sprintf("seconds_%d", e))
		if err != nil {
			return nil, err
		}
		b.levels = append(b.levels, level{epochs: e, resumes: true, loss: cols[0], cost: cols[1]})
	}
	cols, err := b.columns(fmt.Sprintf("val_%d", nlpEpochs), fmt.Sprintf("test_%d", nlpEpochs))
	if err != nil {
		return nil, err
	}
	b.score = scores(cols[0], cols[1])
	b.say("imported table; measured, one run a cell, seconds of training included; cells whose loss became NaN are left out")
	for _, e := range []int{1, 10, nlpEpochs} {
		b.tell(fmt.Sprintf("val_%d", e), "nats", "measured", result)
		b.tell(fmt.Sprintf("test_%d", e), "nats", "measured", result)
	}
	b.tell(fmt.Sprintf("seconds_%d", nlpEpochs), "s", "measured", plain)
	b.tell("params", "", "counted", proxy)
	return b, b.finish(o)
}

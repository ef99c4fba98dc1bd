package surrogate

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// nlpEpochs is the schedule of NAS-Bench-NLP, one run whose every epoch was recorded.
const nlpEpochs = 50

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:  "nlp",
		Doc:   "NAS-Bench-NLP: 344 recurrent recipes on WikiText-2, every epoch of 50",
		Paper: "Klyuchnikov et al., IEEE Access 2022, arXiv:2006.07116",
		Data:  []string{"nlp"},
		Params: []evolve.Param{
			evolve.Int("epochs", nlpEpochs, 1, nlpEpochs, "longest training of the search; every epoch up to it can "+
				"be asked for, and goes on from the one before"),
			wrap.ObjectivesParam(evolve.LossObjective, evolve.ParamsObjective), wrap.ReferenceParam,
			movesParam, permuteParam, eachParam,
		},
		Formerly: wrap.Formerly(evolve.LossObjective),
		New:      offering(openNLP),
	})
}

func openNLP(o evolve.Options) (evolve.Benchmark, error) {
	epochs := o.Int("epochs")
	b := &lookup{about: evolve.About{Kind: "table"}}
	cells, err := openNLPCells()
	if err != nil {
		return nil, err
	}
	b.about.Hash, b.about.Trained = cells.frame.Hash, len(cells.archs)
	_, err = b.over(space.NLP{Hidden: 3, Nodes: 24}, cells.archs, "wl", o)
	if err != nil {
		return nil, err
	}
	b.about.Title, b.about.Metric = "NAS-Bench-NLP, WikiText-2", evolve.Perplexity
	b.about.Pinned = []evolve.Setting{{Key: "epochs", Value: o.Text("epochs")}}
	for e := 1; e <= epochs; e++ {
		val, err := cells.mean(fmt.Sprintf("val_%d", e))
		if err != nil {
			return nil, err
		}
		seconds, err := cells.mean(fmt.Sprintf("seconds_%d", e))
		if err != nil {
			return nil, err
		}
		b.levels = append(b.levels, level{epochs: e, resumes: true, loss: val, cost: seconds})
	}
	for _, e := range []int{1, 10, nlpEpochs} {
		for _, c := range []string{"val", "test"} {
			name := fmt.Sprintf("%s_%d", c, e)
			b.facts = append(b.facts, fact{name, "nats", func() ([]float64, error) { return cells.mean(name) },
				always("measured, mean of runs"), result})
		}
	}
	b.facts = append(b.facts, fact{"runs", evolve.UnitCount, kept(cells.counts()), always("counted"), plain},
		fact{fmt.Sprintf("seconds_%d", nlpEpochs), "s",
			func() ([]float64, error) { return cells.mean(fmt.Sprintf("seconds_%d", nlpEpochs)) },
			always("measured, mean of runs"), plain})
	params := tabled(evolve.ParamsObjective)
	b.offer(params, "counted", func() ([]float64, error) {
		xs, err := cells.mean("params")
		return inUnit(params, xs, same), err
	})
	val, err := cells.mean(fmt.Sprintf("val_%d", nlpEpochs))
	if err != nil {
		return nil, err
	}
	test, err := cells.mean(fmt.Sprintf("test_%d", nlpEpochs))
	if err != nil {
		return nil, err
	}
	b.score = scores(val, test)
	b.addSource(fmt.Sprintf("imported table; measured: the 344 published recipes are %d different cells, each "+
		"the mean of "+
		"its runs, seconds of training included; runs whose loss became NaN are left out", len(cells.archs)))
	return b, b.finish(o)
}

// nlpCells are the runs of the table by cell.
type nlpCells struct {
	frame *data.Frame
	archs []evolve.Arch
	runs  [][]int // rows of each cell
}

func openNLPCells() (*nlpCells, error) {
	f, err := data.Open("nlp")
	if err != nil {
		return nil, err
	}
	archs, err := f.Text("arch")
	if err != nil {
		return nil, err
	}
	last, err := f.Floats(fmt.Sprintf("val_%d", nlpEpochs))
	if err != nil {
		return nil, err
	}
	c := &nlpCells{frame: f}
	at := map[string]int{}
	for row, a := range archs {
		if math.IsNaN(last[row]) {
			continue // a failed run is no loss
		}
		i, ok := at[a]
		if !ok {
			i, at[a] = len(c.archs), len(c.archs)
			c.archs, c.runs = append(c.archs, evolve.Arch(a)), append(c.runs, nil)
		}
		c.runs[i] = append(c.runs[i], row)
	}
	return c, nil
}

// mean is a column by cell.
func (c *nlpCells) mean(column string) ([]float64, error) {
	xs, err := c.frame.Floats(column)
	if err != nil {
		return nil, err
	}
	means := make([]float64, len(c.runs))
	for i, rows := range c.runs {
		for _, row := range rows {
			means[i] += xs[row] / float64(len(rows))
		}
	}
	return means, nil
}

// counts are the runs of each cell.
func (c *nlpCells) counts() []float64 {
	ns := make([]float64, len(c.runs))
	for i, rows := range c.runs {
		ns[i] = float64(len(rows))
	}
	return ns
}

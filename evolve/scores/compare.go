package scores

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// The bootstrap where nobody asks for one: the number of resamplings of Agarwal et al. (NeurIPS 2021), and the most
// values that are resampled, which take seconds. LeastResamplings are the fewest whose outer 2.5 % are one resampling,
// so that there is a 95 % interval.
const (
	Resamplings      = 2000
	MostResampled    = 100_000
	LeastResamplings = 40
)

// Question is what a comparison is asked.
type Question struct {
	Lower   bool    // the lower scores are the better
	Summary Summary // by which the runs on a data set are summed up, and ranked over data sets; "" for the mean
	// Resamplings of each bootstrap; 0 for [Resamplings], unless there are more than [MostResampled] values.
	Resamplings int
	Seed        uint64 // of the bootstraps' streams, which hang on the methods' names besides
}

// Blocks says on what a ranking ranks the methods.
type Blocks string

// The blocks.
const (
	ByRow     Blocks = "rows"      // each holds one score of each method
	ByDataSet Blocks = "data sets" // each is summed up over its runs
	ByRun     Blocks = "runs"      // of the only data set: the k-th runs of all methods are a block
)

// Comparison is what the methods' scores say of them.
type Comparison struct {
	Question
	Resampled bool // the interquartile means have the bootstrap's intervals
	Effects   bool // and so have the effects of single scores, where somebody asked for the bootstrap
	Blocks    Blocks
	stats.Ranking
	Cells [][]Cell // by row, then method; none where each has but one run
	IQMs  []Middle // of each method, over all rows
	Pairs []Pair
	Notes []string
}

// Middle is the interquartile mean of all runs of a method with its 95 % interval by the stratified bootstrap, whose
// strata are the data sets; NaN where there is none.
type Middle struct{ Value, Low, High float64 }

// Pair compares two methods. Where there are several data sets with several runs each, its Effect is the mean of the
// effects on these, and there is no one Test of runs; where there are single scores alone, Resampled is the effect by
// the bootstrap.
type Pair struct {
	stats.Contrast
	// Data sets on which the runs of A are better, worse, or not told apart (Mann-Whitney, corrected by Holm for all
	// pairs on that data set).
	Wins, Losses, Even int
}

// Compare compares the methods by their ranks and pair by pair. Runs are never paired: where a row has several of
// them, the signed-rank test is of the rows' summaries, and of one row there is none.
func (t *Table) Compare(q Question) *Comparison {
	q.Summary = cmp.Or(q.Summary, Mean)
	asked := q.Resamplings > 0
	c := &Comparison{Question: q, Resampled: asked || t.Values() <= MostResampled}
	switch {
	case !c.Resampled:
		c.Notes = append(c.Notes, fmt.Sprintf("the bootstrap is left out above %s values; --bootstrap %d makes it",
			number.Grouped(MostResampled), Resamplings))
	case !asked:
		c.Question.Resamplings = Resamplings
	}
	if t.Several() {
		t.compareRuns(c)
	} else {
		c.Effects = asked
		t.compareScores(c)
	}
	if k := float64(len(t.Methods) - 1); c.CD >= k {
		c.Notes = append(c.Notes, fmt.Sprintf("too few %s: average ranks differ by %g at most, and so by no critical "+
			"difference", c.Blocks, k))
	}
	if t.middles(c); c.Blocks == ByDataSet {
		c.Notes = append(c.Notes, "interquartile means are of all data sets' runs as they are: they mean something "+
			"where the data sets are of one scale")
		if t.uneven() {
			c.Notes = append(c.Notes, "the data sets have different numbers of runs: those with more weigh more in "+
				"the interquartile means")
		}
	}
	return c
}

// compareScores compares methods that have one score each on every row.
func (t *Table) compareScores(c *Comparison) {
	rows := make([][]float64, len(t.Scores))
	for k, row := range t.Scores {
		rows[k] = make([]float64, len(row))
		for i, x := range row {
			if rows[k][i] = x[0]; c.Lower {
				rows[k][i] = -x[0]
			}
		}
	}
	n := 0
	if c.Effects {
		n = c.Question.Resamplings
	}
	stream := func(a, b string) *rand.Rand { return evolve.Stream(c.Seed, "bootstrap "+a+"\x00"+b) }
	c.Blocks, c.Ranking = ByRow, stats.Friedman(rows)
	for _, p := range stats.Contrasts(t.Methods, rows, n, stream) {
		c.Pairs = append(c.Pairs, Pair{Contrast: p})
	}
}

// compareRuns compares methods with several runs on a row.
func (t *Table) compareRuns(c *Comparison) {
	names := t.Methods
	values := make([][]float64, len(t.Rows)) // by row and method, the higher the better
	var tests [][]stats.Pair                 // by row
	var effects [][]stats.Effect
	for k, row := range t.Scores {
		cells, tested := make([]Cell, len(row)), make([][]float64, len(row))
		values[k] = make([]float64, len(row))
		for i, runs := range row {
			var sorted []float64
			sorted, tested[i] = summed(runs, c.Lower)
			cells[i] = cellOf(sorted, len(runs), c.Summary)
			if values[k][i] = cells[i].Value; c.Lower {
				values[k][i] = -cells[i].Value
			}
		}
		judge(cells, tested, c.Lower)
		c.Cells = append(c.Cells, cells)
		tests, effects = append(tests, stats.Compare(names, tested)), append(effects, stats.Effects(tested))
	}
	if c.Blocks = ByDataSet; len(t.Rows) == 1 {
		c.Blocks, values = ByRun, t.byRun(c.Lower)
	}
	if values == nil {
		unknown := slices.Repeat([]float64{math.NaN()}, len(names))
		c.Ranking = stats.Friedman([][]float64{unknown})
		c.Ranking.Notes = []string{
			"the methods have different numbers of runs, which make no blocks: there are no ranks"}
	} else {
		c.Ranking = stats.Friedman(values)
	}
	if c.Blocks == ByRun && values != nil {
		c.Notes = append(c.Notes, "the blocks of the ranks are runs by their indices: runs of two methods are "+
			"independent, so that which ones stand together is arbitrary, but valid")
	}
	var signed []stats.Contrast
	if c.Blocks == ByDataSet {
		signed = stats.Contrasts(names, values, 0, nil)
	}
	n := 0
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			c.Pairs = append(c.Pairs, t.pair(c, i, j, n, signed, tests, effects))
			n++
		}
	}
}

// pair is the n-th pair of methods, i and j.
func (t *Table) pair(c *Comparison, i, j, n int, signed []stats.Contrast, tests [][]stats.Pair,
	effects [][]stats.Effect) Pair {
	nan := math.NaN()
	p := Pair{Contrast: stats.Contrast{A: t.Methods[i], B: t.Methods[j], PSignedHolm: nan, PHolm: nan}}
	p.Signed.P, p.Signed.W, p.Test.P = nan, nan, nan
	if signed != nil {
		s := &signed[n]
		p.Difference, p.PNemenyi, p.Signed, p.PSignedHolm = s.Difference, s.PNemenyi, s.Signed, s.PSignedHolm
	} else {
		p.Difference = c.Ranks[i] - c.Ranks[j]
		p.PNemenyi = stats.NemenyiP(p.Difference, c.Ranking.Rows, len(t.Methods))
	}
	for k := range tests {
		switch x := &tests[k][n]; {
		case !(x.PHolm < stats.Alpha):
			p.Even++
		case x.A12 > .5:
			p.Wins++
		default:
			p.Losses++
		}
	}
	if len(tests) == 1 {
		p.Test, p.PHolm, p.Effect = tests[0][n].Test, tests[0][n].PHolm, effects[0][n]
		return p
	}
	few := 0 // rows on which no test can tell the two apart
	for k := range tests {
		if len(tests[k][n].Notes) > 0 {
			few++
		}
	}
	if few > 0 {
		p.Test.Notes = append(p.Test.Notes, fmt.Sprintf("on %d of %s there are too few runs to tell the two apart",
			few, number.Count(len(tests), "data set")))
	}
	var of []stats.Effect
	for k := range effects {
		of = append(of, effects[k][n])
	}
	p.Effect = stats.MeanEffect(of)
	return p
}

// byRun are blocks of the runs of the only row by their indices, the higher the better; none where methods have
// different numbers of runs.
func (t *Table) byRun(lower bool) (blocks [][]float64) {
	row := t.Scores[0]
	for k := range row[0] {
		block := make([]float64, len(row))
		for i, runs := range row {
			if len(runs) != len(row[0]) {
				return nil
			}
			switch block[i] = runs[k]; {
			case math.IsNaN(runs[k]):
				block[i] = math.Inf(-1)
			case lower:
				block[i] = -runs[k]
			}
		}
		blocks = append(blocks, block)
	}
	return blocks
}

// middles computes the interquartile means, the methods side by side. Each has a stream of its own.
func (t *Table) middles(c *Comparison) {
	c.IQMs = make([]Middle, len(t.Methods))
	several := t.Several()
	one := func(i int) {
		m := Middle{math.NaN(), math.NaN(), math.NaN()}
		var strata [][]float64
		var all []float64
		for _, row := range t.Scores {
			sorted, _ := summed(row[i], c.Lower)
			if sorted == nil {
				c.IQMs[i] = m
				return
			}
			strata, all = append(strata, sorted), append(all, sorted...)
		}
		if !several { // rows are all that there is to resample
			strata = [][]float64{all}
		}
		slices.Sort(all)
		if m.Value = stats.InterquartileMean(all); c.Resampled {
			m.Low, m.High = stats.BootstrapIQM(strata, c.Question.Resamplings,
				evolve.Stream(c.Seed, "bootstrap iqm "+t.Methods[i]))
		}
		c.IQMs[i] = m
	}
	var wait sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range t.Methods {
		wait.Go(func() {
			turn <- struct{}{}
			one(i)
			<-turn
		})
	}
	wait.Wait()
}

package scores

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Times holds how long the runs of methods took to a target on data sets, or for how long they were watched in vain.
type Times struct {
	Methods, Rows []string
	Runs          [][][]stats.Lifetime // by row, then method
}

// TimeCell sums up the times of a method's runs on a row. A time that no run reached is +Inf, and an unknown one NaN.
type TimeCell struct {
	Runs, Reached     int
	Median, Low, High float64 // by Kaplan and Meier, with a 95 % interval
	Mean, SE          float64 // restricted to the row's horizon, with its standard error
	Best              bool    // no method of the row has a lower restricted mean
	Against           stats.LogRanked
	PHolm             float64 // of Against, the log-rank test against the row's best; NaN for none
}

// Tied says whether a cell is not the best of its row and cannot be told apart from it.
func (c *TimeCell) Tied() bool { return !c.Best && !math.IsNaN(c.PHolm) && c.PHolm >= stats.Alpha }

// TimeComparison is what the times say of the methods.
type TimeComparison struct {
	Horizons []float64    // of each row: up to there the restricted mean of every method is known
	Cells    [][]TimeCell // by row, then method
	// The ranking of restricted means over the rows; of one row alone there is none, and Methods is 0.
	stats.Ranking
	Pairs []TimePair
}

// TimePair compares the times of two methods by the log-rank test, and their restricted means over the rows.
type TimePair struct {
	A, B  string
	Test  stats.LogRanked // on the only row; of several rows P is NaN
	PHolm float64         // of Test, corrected for all pairs
	// Rows on which A is faster, slower, or not told apart (log-rank, corrected by Holm for all pairs on that row).
	Wins, Losses, Even int
	// The comparison of restricted means over several rows; NaN where there is one row alone.
	Difference, PNemenyi float64      // of average ranks, A's minus B's
	Signed               stats.Signed // the rows are pairs
	PSignedHolm          float64
	Notes                []string
}

// Compare compares the methods. A horizon that is not NaN restricts all means to it, and every run is watched until
// then at most.
func (t *Times) Compare(horizon float64) *TimeComparison {
	c := &TimeComparison{}
	var tests [][]stats.LogRanked
	var ps [][]float64
	means := make([][]float64, len(t.Rows))
	for k, row := range t.Runs {
		watched := row
		if !math.IsNaN(horizon) {
			watched = until(row, horizon)
		}
		to := common(watched)
		cells := timeCells(watched, to)
		for i := range cells {
			means[k] = append(means[k], -cells[i].Mean)
		}
		var of []stats.LogRanked
		var p []float64
		for i := range watched {
			for _, other := range watched[i+1:] {
				x := stats.LogRank(watched[i], other)
				of, p = append(of, x), append(p, x.P)
			}
		}
		c.Horizons, c.Cells = append(c.Horizons, to), append(c.Cells, cells)
		tests, ps = append(tests, of), append(ps, stats.Holm(p))
	}
	var signed []stats.Contrast
	if len(t.Rows) > 1 {
		c.Ranking = stats.Friedman(means)
		signed = stats.Contrasts(t.Methods, means, 0, nil)
	}
	for i, a := range t.Methods {
		for _, b := range t.Methods[i+1:] {
			p := TimePair{A: a, B: b}
			p.judge(len(c.Pairs), tests, ps, signed)
			c.Pairs = append(c.Pairs, p)
		}
	}
	return c
}

// judge fills in what the tests say of the n-th pair: the log-rank tests with their p-values after Holm's correction,
// by row and pair, and the contrasts of restricted means by pair, nil of a single row.
func (p *TimePair) judge(n int, tests [][]stats.LogRanked, ps [][]float64, signed []stats.Contrast) {
	few := 0
	for k := range tests {
		switch x := &tests[k][n]; {
		case !(ps[k][n] < stats.Alpha):
			p.Even++
		case x.Excess > 0:
			p.Wins++
		default:
			p.Losses++
		}
		if len(tests[k][n].Notes) > 0 {
			few++
		}
	}
	nan := math.NaN()
	if signed == nil {
		p.Test, p.PHolm, p.Notes = tests[0][n], ps[0][n], tests[0][n].Notes
		p.Difference, p.PNemenyi, p.PSignedHolm, p.Signed = nan, nan, nan, stats.Signed{P: nan, W: nan}
		return
	}
	p.Test, p.PHolm = stats.LogRanked{P: nan, Chi2: nan, Excess: nan}, nan
	s := &signed[n]
	p.Difference, p.PNemenyi, p.Signed, p.PSignedHolm = s.Difference, s.PNemenyi, s.Signed, s.PSignedHolm
	if few > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("on %d of %s nothing can tell the two apart", few,
			number.Count(len(tests), "data set")))
	}
}

// until are the same lifetimes, watched until a horizon at most.
func until(row [][]stats.Lifetime, horizon float64) [][]stats.Lifetime {
	cut := make([][]stats.Lifetime, len(row))
	for i, all := range row {
		for _, x := range all {
			if x.At > horizon {
				x = stats.Lifetime{At: horizon, Censored: true}
			}
			cut[i] = append(cut[i], x)
		}
	}
	return cut
}

// common is the latest time up to which the restricted mean of every method is known. The mean of a method whose last
// run is watched in vain is known up to the end of that run, and of any other method for ever.
func common(row [][]stats.Lifetime) float64 {
	to, last := math.Inf(1), 0.0
	for _, all := range row {
		at, inVain := 0.0, false
		for _, x := range all {
			if x.At > at || x.At == at && x.Censored {
				at, inVain = x.At, x.Censored
			}
		}
		if last = max(last, at); inVain {
			to = min(to, at)
		}
	}
	return min(to, last)
}

// timeCells are the cells of a row, with the best of them and the tests against it.
func timeCells(row [][]stats.Lifetime, horizon float64) []TimeCell {
	cells, best := make([]TimeCell, len(row)), -1
	for i, all := range row {
		s := stats.KaplanMeier(all)
		c := TimeCell{Runs: s.N, Reached: s.Ended, PHolm: math.NaN()}
		c.Median, c.Low, c.High = s.Median()
		c.Mean, c.SE = s.RestrictedMean(horizon)
		if cells[i] = c; best < 0 || c.Mean < cells[best].Mean {
			best = i
		}
	}
	var ps []float64
	for i := range cells {
		p := math.NaN()
		if cells[i].Best = cells[i].Mean == cells[best].Mean && cells[best].Reached > 0; !cells[i].Best {
			cells[i].Against = stats.LogRank(row[i], row[best])
			p = cells[i].Against.P
		}
		ps = append(ps, p)
	}
	for i, p := range stats.Holm(ps) {
		cells[i].PHolm = p
	}
	return cells
}

// Never are the rows on which no run of any method got there.
func (t *Times) Never() (rows []string) {
	for k, row := range t.Runs {
		if !slices.ContainsFunc(row, func(all []stats.Lifetime) bool {
			return slices.ContainsFunc(all, func(x stats.Lifetime) bool { return !x.Censored })
		}) {
			rows = append(rows, t.Rows[k])
		}
	}
	return rows
}

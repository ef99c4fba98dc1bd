package scores

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func lives(at ...float64) (all []stats.Lifetime) { // those below 0 are censored
	for _, x := range at {
		all = append(all, stats.Lifetime{At: math.Abs(x), Censored: x < 0})
	}
	return all
}

// On one row: four fast runs, four slow ones, and four of which one gets there. By hand: the medians are 2 and 7, and the
// third is not come to; the means up to 10 are 2.5, 6.5 and (9 + 3·10)/4. Of the 70 ways to deal the first two out, their
// own and the opposite one are the farthest apart.
func TestTimes(t *testing.T) {
	times := &Times{Methods: []string{"fast", "slow", "rarely"}, Rows: []string{"x"},
		Runs: [][][]stats.Lifetime{{lives(1, 2, 3, 4), lives(5, 6, 7, 8), lives(9, -10, -10, -10)}}}
	c := times.Compare(math.NaN())
	if c.Horizons[0] != 10 || c.Methods != 0 {
		t.Errorf("horizon %g, ranking of %d methods", c.Horizons[0], c.Methods)
	}
	for i, want := range []TimeCell{{Runs: 4, Reached: 4, Median: 2, Mean: 2.5, Best: true}, {Runs: 4, Reached: 4, Median: 6, Mean: 6.5},
		{Runs: 4, Reached: 1, Median: math.Inf(1), Mean: 39. / 4}} {
		if got := c.Cells[0][i]; got.Runs != want.Runs || got.Reached != want.Reached || got.Median != want.Median ||
			math.Abs(got.Mean-want.Mean) > 1e-12 || got.Best != want.Best {
			t.Errorf("%s: %+v, want %+v", times.Methods[i], got, want)
		}
	}
	if p := c.Pairs[0]; p.Wins != 0 || p.Even != 1 || math.Abs(p.Test.P-2./70) > 1e-12 || math.Abs(p.PHolm-6./70) > 1e-12 {
		t.Errorf("%+v", p) // alone it would tell the two apart, of three pairs it does not
	}
	// Watched until 3 alone: the fast ones get there three times, the others never.
	c = times.Compare(3)
	if c.Horizons[0] != 3 || c.Cells[0][0].Reached != 3 || c.Cells[0][1].Reached != 0 || c.Cells[0][1].Mean != 3 {
		t.Errorf("%+v", c.Cells)
	}
}

// Over several rows the restricted means are ranked, and the rows on which one is faster are counted.
func TestTimesOfSeveralRows(t *testing.T) {
	fast, slow := lives(1, 2, 3, 4, 5, 6), lives(11, 12, 13, 14, -20, -20)
	times := &Times{Methods: []string{"a", "b"}, Rows: []string{"x", "y", "z"},
		Runs: [][][]stats.Lifetime{{fast, slow}, {fast, slow}, {slow, fast}}}
	c := times.Compare(math.NaN())
	if p := c.Pairs[0]; p.Wins != 2 || p.Losses != 1 || !math.IsNaN(p.Test.P) || p.Signed.N != 3 ||
		math.Abs(c.Ranks[0]-4./3) > 1e-12 || math.Abs(p.Difference+1./3) > 1e-12 {
		t.Errorf("%v, %+v", c.Ranks, p)
	}
	if never := times.Never(); never != nil {
		t.Error(never)
	}
	times.Runs[1] = [][]stats.Lifetime{lives(-3), lives(-4)}
	if never := times.Never(); len(never) != 1 || never[0] != "y" {
		t.Error(never)
	}
	if c := times.Compare(math.NaN()); c.Cells[1][0].Best || c.Cells[1][1].Best {
		t.Errorf("the best of a row on which nobody got there: %+v", c.Cells[1])
	}
}

package scores

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func read(t testing.TB, text string) *Table {
	t.Helper()
	table, err := Read("t.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Rows of one name are runs of that data set, wherever they stand.
func TestRunsOfADataSet(t *testing.T) {
	got := read(t, "set,a,b\nx,1,2\ny,5,6\nx,3,4\n")
	want := &Table{Methods: []string{"a", "b"}, Rows: []string{"x", "y"}, Scores: [][][]float64{{{1, 3}, {2, 4}}, {{5}, {6}}}}
	if d := cmp.Diff(want, got); d != "" || !got.Several() || got.Values() != 6 {
		t.Error(d)
	}
}

// One run against one tells nothing apart, however many runs another data set has: the row says what the pair says.
func TestOneRunBesideMany(t *testing.T) {
	c := read(t, "set,a,b\nx,2,1\ny,11,1\ny,12,2\ny,13,3\ny,14,4\ny,15,5\n").Compare(Question{})
	if x, y := &c.Cells[0][1], &c.Cells[1][1]; x.Best || !x.Tied() || x.PHolm != 1 || y.Tied() {
		t.Errorf("%+v and %+v", x, y)
	}
	if p := c.Pairs[0]; p.Wins != 1 || p.Losses != 0 || p.Even != 1 {
		t.Errorf("%+v", p)
	}
	if want := "the data sets have different numbers of runs: those with more weigh more in the interquartile means"; c.Notes[len(c.Notes)-1] != want {
		t.Errorf("%q, want %q", c.Notes, want)
	}
}

// Two data sets of five runs: on x all runs of a lie above those of b, and on y all below. What can be said by hand: two
// of 252 orders lie as far apart, on each; ranks by means are 1 and 2, then 2 and 1; the chance that a is better is 1,
// then 0. Runs are never paired: signed ranks are of the two data sets.
func TestCompareRuns(t *testing.T) {
	table := read(t, "set,a,b\nx,11,1\nx,12,2\nx,13,3\nx,14,4\nx,15,5\ny,1,21\ny,2,22\ny,3,23\ny,4,24\ny,5,25\n")
	c := table.Compare(Question{})
	if c.Blocks != ByDataSet || !cmp.Equal(c.Ranks, []float64{1.5, 1.5}) {
		t.Errorf("ranks %v on %s", c.Ranks, c.Blocks)
	}
	p := c.Pairs[0]
	if p.Wins != 1 || p.Losses != 1 || p.Even != 0 || p.Effect.A12 != .5 || p.Signed.N != 2 || !math.IsNaN(p.Test.P) {
		t.Errorf("%+v", p)
	}
	best, other := c.Cells[0][0], c.Cells[0][1]
	if !best.Best || other.Best || other.Tied() || math.Abs(other.PHolm-2./252) > 1e-15 || best.Mean != 13 || other.IQM != 3 {
		t.Errorf("%+v and %+v", best, other)
	}
	// Of 1 2 3 4 5 11 12 13 14 15 the middle six are 3 4 5 11 12 13, whose mean is 8.
	if c.IQMs[0].Value != 8 || !(c.IQMs[0].Low < 8 && 8 < c.IQMs[0].High) {
		t.Errorf("interquartile mean %+v", c.IQMs[0])
	}
	// Of two blocks Nemenyi's difference is 1.96·√(2·3/(6·2)) = 1.386, and ranks differ by 1 at most.
	if want := "too few data sets: average ranks differ by 1 at most, and so by no critical difference"; c.Notes[0] != want {
		t.Errorf("%q, want %q", c.Notes, want)
	}
	lower := table.Compare(Question{Lower: true})
	if lower.Cells[0][0].Best || !lower.Cells[0][1].Best || lower.Pairs[0].Wins != 1 {
		t.Errorf("%+v", lower.Cells)
	}
}

// Of one data set the runs are independent: no test pairs them, and blocks are runs by their indices.
func TestCompareOneDataSet(t *testing.T) {
	table := read(t, "set,a,b,c\nx,5,1,5\nx,6,2,6\nx,7,3,7\n")
	c := table.Compare(Question{})
	if c.Blocks != ByRun || !cmp.Equal(c.Ranks, []float64{1.5, 3, 1.5}) {
		t.Errorf("ranks %v on %s", c.Ranks, c.Blocks)
	}
	for i, p := range c.Pairs {
		if !math.IsNaN(p.Signed.P) || !math.IsNaN(p.PSignedHolm) {
			t.Errorf("%s and %s are paired: %+v", p.A, p.B, p.Signed)
		}
		if want := []float64{2. / 20, 1, 2. / 20}[i]; math.Abs(p.Test.P-want) > 1e-15 || len(p.Test.Notes) == 0 {
			t.Errorf("%s and %s: %+v, want p %g", p.A, p.B, p.Test, want)
		}
	}
	// Both a and c are the best; b cannot be told apart with three runs each.
	if cells := c.Cells[0]; !cells[0].Best || !cells[2].Best || !cells[1].Tied() || len(cells[1].Against.Notes) == 0 {
		t.Errorf("%+v", cells)
	}
	table.Scores[0][1] = append(table.Scores[0][1], 4)
	if c = table.Compare(Question{}); !math.IsNaN(c.CD) || len(c.Notes)+len(c.Ranking.Notes) == 0 || !(c.Pairs[0].Test.P < 1) {
		t.Errorf("%+v", c)
	}
}

// One run in ten may lack a result: it counts in no mean and comes last in the tests. With more nothing sums the cell up.
func TestRunsWithoutAResult(t *testing.T) {
	nan := math.NaN()
	full := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	one, two := append([]float64{nan}, full[1:]...), append([]float64{nan, nan}, full[2:]...)
	table := &Table{Methods: []string{"full", "one", "two"}, Rows: []string{"x"}, Scores: [][][]float64{{full, one, two}}}
	for _, lower := range []bool{false, true} {
		c := table.Compare(Question{Lower: lower})
		cells := c.Cells[0]
		if cells[1].Mean != 6 || cells[1].N != 9 || cells[1].Runs != 10 || !math.IsNaN(cells[2].Mean) {
			t.Errorf("%+v", cells)
		}
		worst := append([]float64{-99}, full[1:]...)
		turned := func(xs []float64) (all []float64) {
			for _, x := range xs {
				if lower && x > 0 {
					x = -x
				}
				all = append(all, x)
			}
			return all
		}
		if want := stats.MannWhitney(turned(full), turned(worst)); c.Pairs[0].Test.P != want.P || c.Pairs[0].Test.A12 != want.A12 {
			t.Errorf("%+v, want %+v", c.Pairs[0].Test, want)
		}
		if !math.IsNaN(c.Pairs[1].Test.P) {
			t.Errorf("%+v", c.Pairs[1])
		}
	}
}

// The bootstrap is made up to a number of values, unless it is asked for.
func TestBootstrapLeftOut(t *testing.T) {
	runs := make([]float64, MostResampled/2+1)
	for i := range runs {
		runs[i] = float64(i)
	}
	table := &Table{Methods: []string{"a", "b"}, Rows: []string{"x"}, Scores: [][][]float64{{runs, runs}}}
	if c := table.Compare(Question{}); c.Resampled || !math.IsNaN(c.IQMs[0].Low) || c.IQMs[0].Value != MostResampled/4 ||
		!strings.Contains(strings.Join(c.Notes, " "), "the bootstrap is left out above 100,000 values") {
		t.Errorf("%v, %+v", c.Notes, c.IQMs)
	}
	if c := table.Compare(Question{Resamplings: 3}); !c.Resampled || math.IsNaN(c.IQMs[0].Low) {
		t.Errorf("%v, %+v", c.Notes, c.IQMs)
	}
}

// A million scores as CSV: 100 data sets, 20 methods and 500 runs.
func million() []byte {
	var b bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 2))
	b.WriteString("set")
	for m := range 20 {
		fmt.Fprintf(&b, ",method %d", m)
	}
	for d := range 100 {
		for range 500 {
			fmt.Fprintf(&b, "\ndata set %d", d)
			for m := range 20 {
				fmt.Fprintf(&b, ",%.6f", 90+rng.NormFloat64()+.02*float64(m))
			}
		}
	}
	return b.Bytes()
}

// amoeba stats is to take at most 5 s without the bootstrap.
func BenchmarkCompareMillion(b *testing.B) {
	text := million()
	for b.Loop() {
		read(b, string(text)).Compare(Question{})
	}
}

// And 60 s with it.
func BenchmarkCompareMillionBootstrap(b *testing.B) {
	table := read(b, string(million()))
	for b.Loop() {
		table.Compare(Question{Resamplings: 2000})
	}
}

package plots

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	optionsOf["landscape"] = func() Options { return Options{Benchmark: ones(4), BenchmarkSpec: "ones,length=4"} }
}

// ones is a benchmark of so many bits whose accuracy is the share of ones, without noise.
type ones int

func (b ones) Problem() evolve.Problem {
	return evolve.Problem{Space: space.Bits{Length: int(b)},
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}}
}

func (ones) About() evolve.About {
	return evolve.About{Title: "Ones", Kind: "synthetic", Epochs: 1, Source: "share of ones"}
}

func (b ones) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = 1-float64(space.Ones(t.Arch))/float64(b), 1
	return nil
}

func (b ones) Score(t *evolve.Trial) (evolve.Score, error) {
	loss := 1 - float64(space.Ones(t.Arch))/float64(b)
	return evolve.Score{Val: loss, Test: loss}, nil
}

// rowsOf are the rows of a figure's numbers whose columns begin so.
func rowsOf(t *testing.T, d Drawing, begin ...string) (rows [][]string) {
	t.Helper()
	for _, row := range d.Data().Rows {
		if strings.Join(row[:len(begin)], "\x00") == strings.Join(begin, "\x00") {
			rows = append(rows, row)
		}
	}
	return rows
}

// numberAt is a number of a table.
func numberAt(t *testing.T, row []string, column int) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(row[column], 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// On the share of ones of D bits a flip takes 2/D of the deviation from the mean away, the accuracy falls with the
// distance from all ones, which is its one optimum, and each step away costs 100/D points.
func TestLandscape(t *testing.T) {
	const length = 20
	d, err := drawing("landscape", Options{Benchmark: ones(length), BenchmarkSpec: "ones"})
	if err != nil {
		t.Fatal(err)
	}
	walk := rowsOf(t, d, "walk", "autocorrelation")
	for lag, want := range []float64{1, .9, .81} {
		// Of some 100,000/20 independent values the standard error is about 0.006 and less.
		if got := numberAt(t, walk[lag], 4); math.Abs(got-want) > .02 {
			t.Errorf("autocorrelation at lag %d: %g, want %g", lag, got, want)
		}
	}
	if got, want := numberAt(t, rowsOf(t, d, "walk", "correlation length")[0], 3), -1/math.Log(.9); math.Abs(got-want) > 2 {
		t.Errorf("correlation length %g, want %g", got, want)
	}
	if got := numberAt(t, rowsOf(t, d, "distance", "correlation")[0], 4); math.Abs(got+1) > 1e-12 {
		t.Errorf("fitness-distance correlation %g, want -1", got)
	}
	for _, row := range append(rowsOf(t, d, "distance", "architecture"), rowsOf(t, d, "distance", "median and quartiles")...) {
		if x, y := numberAt(t, row, 3), numberAt(t, row, 4); math.Abs(y-(100-5*x)) > 1e-9 {
			t.Errorf("%v: want %g", row, 100-5*x)
		}
	}
	optima := rowsOf(t, d, "optima")
	want := []string{"optima", "best", strings.Repeat("1", length), "100", "100", "", ""}
	if len(optima) != 1 || strings.Join(optima[0], ",") != strings.Join(want, ",") {
		t.Errorf("optima %v, want %v", optima, want)
	}
}

// training is a benchmark that trains.
type training struct{ ones }

func (training) About() evolve.About { return evolve.About{Title: "Nets", Kind: evolve.Training} }

func TestLandscapeRefuses(t *testing.T) {
	_, err := drawing("landscape", Options{Benchmark: training{4}, BenchmarkSpec: "train:digits"})
	if want := "Nets trains each architecture that it is asked for"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if _, err = drawing("landscape", Options{}); err == nil {
		t.Error("a landscape of nothing")
	}
}

package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// scipySample names a sample as testdata/scipy.py does: seed, size, distinct values, shift.
type scipySample [4]int

// values are the same numbers that the script makes.
func (s scipySample) values() []float64 {
	xs, state := make([]float64, s[1]), s[0]
	for i := range xs {
		state = (state*1103515245 + 12345) % (1 << 31)
		xs[i] = float64(state/65536%s[2] + s[3])
	}
	return xs
}

// What scipy and numpy say of the same samples. The p-values beyond 25 runs are those of the comparisons that
// people make, of hundreds of runs with ties: without the continuity correction the first would be off by 4e-4
// of its size.
func TestAgainstScipy(t *testing.T) {
	text, err := os.ReadFile("testdata/scipy.json") // made by testdata/scipy.py
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ A, B scipySample }
	var want struct {
		MannWhitney []struct {
			pair
			P   float64 `json:"p"`
			A12 float64 `json:"a12"`
		} `json:"mann_whitney"`
		Correlations []struct {
			pair
			TauB     float64 `json:"tau_b"`
			Spearman float64
			Pearson  float64
		}
		Samples []struct {
			A             scipySample
			Mean, Std, CI float64
			Quartiles     [3]float64
		}
		Differences []struct {
			pair
			Diff, Half float64
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	const digits = 1e-11 // of the value; libm and quantiles of Student's t differ beyond
	same := func(what string, of any, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= digits*math.Abs(want)) {
			t.Errorf("%s of %v: %.17g, scipy has %.17g", what, of, got, want)
		}
	}
	if len(want.MannWhitney) < 10 || len(want.Correlations) < 3 || len(want.Samples) < 4 || len(want.Differences) < 2 {
		t.Fatalf("scipy.json has too few vectors: %+v", want)
	}
	for _, w := range want.MannWhitney {
		got := MannWhitney(w.A.values(), w.B.values())
		same("p", w.pair, got.P, w.P)
		same("A12", w.pair, got.A12, w.A12)
	}
	for _, w := range want.Correlations {
		x, y := w.A.values(), w.B.values()
		for i := range y {
			y[i] += x[i]
		}
		same("tau-b", w.pair, KendallTauB(x, y), w.TauB)
		same("Spearman", w.pair, Spearman(x, y), w.Spearman)
		same("Pearson", w.pair, Pearson(x, y), w.Pearson)
	}
	for _, w := range want.Samples {
		got := Describe(w.A.values())
		same("mean", w.A, got.Mean, w.Mean)
		same("deviation", w.A, got.Std, w.Std)
		same("interval", w.A, got.CI, w.CI)
		for i, q := range []float64{got.Q1, got.Median, got.Q3} {
			same("quartile", w.A, q, w.Quartiles[i])
		}
		mean, sd := MeanSD(w.A.values())
		same("mean", w.A, mean, w.Mean)
		same("deviation", w.A, sd, w.Std)
	}
	for _, w := range want.Differences {
		a, b := Describe(w.A.values()), Describe(w.B.values())
		diff, half := Difference(a.Mean, a.Std, a.N, b.Mean, b.Std, b.N)
		same("difference", w.pair, diff, w.Diff)
		same("its interval", w.pair, half, w.Half)
	}
}

// The lanes add up to the sum, whatever remains after groups of eight. Whole numbers have no rounding.
func TestLaneSum(t *testing.T) {
	var xs []float64
	for n := range 40 {
		if got, want := laneSum(xs), float64(n*(n+1)/2); got != want {
			t.Errorf("of 1 to %d: %g, want %g", n, got, want)
		}
		xs = append(xs, float64(n+1))
	}
	// Of fractions, whose sums round, the order counts: these are the bits of gonum's assembly.
	xs = xs[:0]
	bits := uint64(0)
	for n := range 100 {
		xs = append(xs, 1/float64(n+3))
		bits = bits*31 + math.Float64bits(laneSum(xs))
	}
	if want := uint64(0xe2bf7d1b86500c5c); bits != want {
		t.Errorf("the bits of 100 sums come to %#x, want %#x", bits, want)
	}
}

package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// What scipy says of tests of ranks and pairs, to 1e-9 of each value.
func TestTestsAgainstScipy(t *testing.T) {
	text, err := os.ReadFile("testdata/scipy.json") // made by testdata/scipy.py
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ A, B scipySample }
	var want struct {
		Permuted []struct {
			pair
			P, Less float64
		}
		Signed []struct {
			pair
			N    int
			W, P float64
		}
		Ranges []struct {
			K       int
			Q, Tail float64
		}
		Quantiles []struct {
			K int
			Q float64
		}
		Friedman []struct {
			A              scipySample
			K              int
			Chi2, P, F, PF float64
			Ranks          []float64
		}
		Effects []struct {
			pair
			A12, SE, Low, High float64
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Permuted) < 4 || len(want.Signed) < 11 || len(want.Ranges) < 28 || len(want.Quantiles) < 6 ||
		len(want.Friedman) < 5 || len(want.Effects) < 4 {
		t.Fatalf("scipy.json has too few vectors: %+v", want)
	}
	same := func(what string, of any, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s of %v: %.17g, scipy has %.17g", what, of, got, want)
		}
	}
	for _, w := range want.Permuted {
		a, b := w.A.values(), w.B.values()
		same("p", w.pair, MannWhitney(a, b).P, w.P)
		same("one-sided p", w.pair, Below(a, b), w.Less)
	}
	for _, w := range want.Signed {
		got := Wilcoxon(w.A.values(), w.B.values())
		same("W", w.pair, got.W, w.W)
		same("p", w.pair, got.P, w.P)
		if got.N != w.N || got.Zeros != w.A[1]-w.N || got.Exact != (w.N <= exactPairs) {
			t.Errorf("pairs of %v: %+v, scipy has %d", w.pair, got, w.N)
		}
	}
	for _, w := range want.Ranges {
		same("tail of the range", w, RangeTail(w.Q, w.K), w.Tail)
	}
	for _, w := range want.Quantiles {
		same("quantile of the range", w, RangeQuantile(.95, w.K), w.Q)
	}
	for _, w := range want.Friedman {
		var rows [][]float64
		for xs := w.A.values(); len(xs) > 0; xs = xs[w.K:] {
			for j := range w.K {
				xs[j] += float64(j / 2)
			}
			rows = append(rows, xs[:w.K])
		}
		got := Friedman(rows)
		for j, r := range got.Ranks {
			same("rank", w.A, r, w.Ranks[j])
		}
		same("chi-square", w.A, got.Corrected.Chi2, w.Chi2)
		same("its p", w.A, got.Corrected.PChi2, w.P)
		same("F", w.A, got.Corrected.F, w.F)
		same("its p", w.A, got.Corrected.PF, w.PF)
	}
	for _, w := range want.Effects {
		got := A12(w.A.values(), w.B.values())
		same("A12", w.pair, got.A12, w.A12)
		same("standard error", w.pair, got.SE, w.SE)
		same("low end", w.pair, got.Low, w.Low)
		same("high end", w.pair, got.High, w.High)
	}
}

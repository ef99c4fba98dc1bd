package stats

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Three runs, by hand: run a attains from (1, 4) and (3, 1) on, run b from (2, 2), run c from (3, 3).
func TestAttainment(t *testing.T) {
	inf := math.Inf(1)
	runs := [][][2]float64{{{3, 1}, {1, 4}}, {{2, 2}, {5, 2}}, {{3, 3}, {math.NaN(), 0}}}
	xs, ys := Attainment(runs, []float64{.25, .5, 1})
	if d := cmp.Diff([]float64{1, 2, 3}, xs); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]float64{{4, 2, 1}, {inf, 4, 2}, {inf, inf, 3}}, ys); d != "" {
		t.Error(d)
	}
	if xs, ys := Attainment(nil, []float64{.5}); len(xs) != 0 || len(ys[0]) != 0 {
		t.Errorf("of no runs: %v, %v", xs, ys)
	}
}

// At any place a surface is where counting runs says.
func TestAttainmentCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Map(rapid.IntRange(0, 6), func(n int) float64 { return float64(n) })
		point := rapid.Custom(func(t *rapid.T) [2]float64 {
			return [2]float64{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")}
		})
		runs := rapid.SliceOfN(rapid.SliceOfN(point, 0, 5), 1, 7).Draw(t, "runs")
		share := rapid.SampledFrom([]float64{.1, .25, .5, .75, 1}).Draw(t, "share")
		xs, ys := Attainment(runs, []float64{share})
		for x := -.5; x < 7; x += .5 {
			want := math.Inf(1)
			for y := 6.; y >= 0; y-- {
				attain := 0
				for _, points := range runs {
					if slices.ContainsFunc(points, func(p [2]float64) bool { return p[0] <= x && p[1] <= y }) {
						attain++
					}
				}
				if float64(attain) >= share*float64(len(runs)) && attain > 0 {
					want = y
				}
			}
			got := math.Inf(1)
			for i := range xs {
				if xs[i] <= x {
					got = ys[0][i]
				}
			}
			if got != want {
				t.Fatalf("at x = %g %g of %v attain y = %g, want %g", x, share, runs, got, want)
			}
		}
	})
}

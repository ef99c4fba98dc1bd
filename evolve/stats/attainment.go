package stats

import (
	"cmp"
	"math"
	"slices"
)

// Attainment returns the surfaces that shares of several runs attain, of points whose two coordinates are minimised:
// ys[k][i] is the lowest y for which at least shares[k] of the runs have a point no worse than (xs[i], y) in both
// coordinates (Grunert da Fonseca, Fonseca and Hall, EMO 2001, LNCS 1993), and +Inf where too few runs have one. The
// surfaces are step functions: xs are the places, in rising order, at which some surface falls. Points with a NaN do
// not count.
func Attainment(runs [][][2]float64, shares []float64) (xs []float64, ys [][]float64) {
	type event struct {
		at  [2]float64
		run int
	}
	var events []event
	for run, points := range runs {
		for _, p := range points {
			if !math.IsNaN(p[0]) && !math.IsNaN(p[1]) {
				events = append(events, event{p, run})
			}
		}
	}
	slices.SortFunc(events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at[0], b.at[0]), cmp.Compare(a.at[1], b.at[1]), a.run-b.run)
	})
	best := make([]float64, len(runs)) // the lowest y of each run so far
	for i := range best {
		best[i] = math.Inf(1)
	}
	sorted := slices.Clone(best)
	ys = make([][]float64, len(shares))
	for i := 0; i < len(events); {
		x, fell := events[i].at[0], false
		for ; i < len(events) && events[i].at[0] == x; i++ {
			e := events[i]
			if e.at[1] >= best[e.run] {
				continue
			}
			from, _ := slices.BinarySearch(sorted, best[e.run])
			to, _ := slices.BinarySearch(sorted, e.at[1])
			copy(sorted[to+1:from+1], sorted[to:from])
			sorted[to], best[e.run], fell = e.at[1], e.at[1], true
		}
		if !fell {
			continue
		}
		at := make([]float64, len(shares))
		for k, share := range shares {
			// A share such as 0.1 of 10 runs is 1, and no rounding error more.
			need := max(int(math.Ceil(float64(share*float64(len(runs)))-1e-9)), 1)
			at[k] = sorted[need-1]
		}
		if n := len(xs); n > 0 && same(ys, n-1, at) {
			continue
		}
		xs = append(xs, x)
		for k := range ys {
			ys[k] = append(ys[k], at[k])
		}
	}
	return xs, ys
}

// same says whether the surfaces have these values at the place of a number.
func same(ys [][]float64, i int, at []float64) bool {
	for k := range ys {
		if ys[k][i] != at[k] {
			return false
		}
	}
	return true
}

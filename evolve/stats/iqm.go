package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// InterquartileMean is the mean of the middle half of a sorted sample, of which a quarter, rounded down, is cut off at
// either end: scipy's trim_mean(x, 0.25), by which Agarwal et al. (NeurIPS 2021, section 4.3) sum runs up. NaN for no
// value.
func InterquartileMean(sorted []float64) float64 {
	cut := len(sorted) / 4
	return Mean(sorted[cut : len(sorted)-cut])
}

// BootstrapIQM is the 95 % interval of the interquartile mean of the values of all strata together, by n resamplings:
// each draws from every stratum, such as a data set, as many values as the stratum has, and the ends are the quantiles
// of 2.5 and 97.5 % (the stratified bootstrap of Agarwal et al., NeurIPS 2021, section 4.1). Both ends are NaN where
// every stratum holds a single value, which leaves nothing to draw, and where there are no values or one is NaN.
func BootstrapIQM(strata [][]float64, n int, rng *rand.Rand) (low, high float64) {
	type place struct{ stratum, value int }
	var order []place
	several := false
	for s, xs := range strata {
		several = several || len(xs) > 1
		for i, x := range xs {
			if math.IsNaN(x) {
				return math.NaN(), math.NaN()
			}
			order = append(order, place{s, i})
		}
	}
	if !several {
		return math.NaN(), math.NaN()
	}
	// A resampling is kept as how often each value is drawn. The values are sorted once, so that each resampling's mean
	// is a walk along the counts.
	slices.SortFunc(order, func(a, b place) int {
		switch x, y := strata[a.stratum][a.value], strata[b.stratum][b.value]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0 // equal values are one to the mean, in whichever order
	})
	sorted, at := make([]float64, len(order)), make([][]int32, len(strata))
	for s, xs := range strata {
		at[s] = make([]int32, len(xs))
	}
	for k, p := range order {
		sorted[k], at[p.stratum][p.value] = strata[p.stratum][p.value], int32(k)
	}
	counts, draws := make([]int32, len(sorted)), make([]float64, n)
	for d := range draws {
		clear(counts)
		for _, places := range at {
			draw(counts, places, rng)
		}
		draws[d] = countedIQM(sorted, counts)
	}
	slices.Sort(draws)
	return Quantile(draws, .025), Quantile(draws, .975)
}

// draw counts as many of these places as there are, each drawn with the same chance. One random number of 64 bits is
// two draws: of so few places the bias of multiplying 32 bits is below 10⁻⁴ of a chance for up to 400,000 of them.
func draw(counts, places []int32, rng *rand.Rand) {
	n := uint64(len(places))
	for i := 0; i < len(places); i += 2 {
		bits := rng.Uint64()
		counts[places[(bits>>32)*n>>32]]++
		if i+1 < len(places) {
			counts[places[(bits&math.MaxUint32)*n>>32]]++
		}
	}
}

// countedIQM is the interquartile mean of a sample that holds each value so many times, as often as there are values.
func countedIQM(sorted []float64, counts []int32) float64 {
	cut := len(sorted) / 4
	from, to := cut, len(sorted)-cut
	sum, before := 0.0, 0
	for k, c := range counts {
		if c == 0 {
			continue
		}
		after := before + int(c)
		if n := min(after, to) - max(before, from); n > 0 {
			sum += float64(float64(n) * sorted[k])
		}
		if before = after; before >= to {
			break
		}
	}
	return sum / float64(to-from)
}

package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// MedianInterval is the interval of the median of a sorted sample between two of its values, which holds it in at least
// 95 % of samples whatever their distribution: the k-th value from either end, with the largest k for which a binomial
// number of n and 1/2 is below k with a chance of 2.5 % at most (Conover, Practical Nonparametric Statistics, section
// 3.2). Both ends are NaN for fewer than six values, of which no interval holds so often.
func MedianInterval(sorted []float64) (low, high float64) {
	n, k := len(sorted), 0
	below := func(k int) float64 { // the chance of at most k−1 of n
		return mathext.RegIncBeta(float64(n-k+1), float64(k), .5)
	}
	for lo, hi := 1, n/2; lo <= hi; {
		if mid := (lo + hi) / 2; below(mid) <= (1-.95)/2 {
			k, lo = mid, mid+1
		} else {
			hi = mid - 1
		}
	}
	if k == 0 {
		return math.NaN(), math.NaN()
	}
	return sorted[k-1], sorted[n-k]
}

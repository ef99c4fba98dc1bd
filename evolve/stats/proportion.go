package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Proportion is the exact 95 % interval of a chance that was seen to come true k times of n (Clopper and Pearson,
// Biometrika 26, 1934): the chances under which neither as many nor as few successes are rarer than 2.5 %. It is 0 to 1
// for n = 0.
func Proportion(k, n int) (low, high float64) {
	low, high = 0, 1
	if k > 0 {
		low = mathext.InvRegIncBeta(float64(k), float64(n-k+1), Alpha/2)
	}
	if k < n {
		high = mathext.InvRegIncBeta(float64(k+1), float64(n-k), 1-Alpha/2)
	}
	return low, high
}

// SignP is the two-sided p of k successes among n where success and failure are equally likely, the exact sign test
// (Conover, Practical Nonparametric Statistics, 1999, section 3.4): the chance of a share that is as far from one half
// or farther. It is 1 for n = 0.
func SignP(k, n int) float64 {
	k = min(k, n-k)
	if 2*k == n {
		return 1
	}
	// The tail up to k of a binomial distribution is a regularized incomplete beta function.
	return math.Min(1, 2*mathext.RegIncBeta(float64(n-k), float64(k+1), .5))
}

package stats

import "gonum.org/v1/gonum/mathext"

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

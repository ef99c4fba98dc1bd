package stats

import "gonum.org/v1/gonum/stat/distuv"

// Binomial is the exact 95 % interval of a chance of which k of n independent trials came true (Clopper and Pearson,
// Biometrika 26, 1934). It wants 0 ≤ k ≤ n and n above 0.
func Binomial(k, n int) (low, high float64) {
	low, high = 0, 1
	if k > 0 {
		low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(.025)
	}
	if k < n {
		high = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(.975)
	}
	return low, high
}

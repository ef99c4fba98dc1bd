package space

import (
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// chiSquare fails when counts are too far from the chances. Seeds are fixed: the bound, one
// in 10,000, says only that passing was no luck.
func chiSquare(t *testing.T, what string, counts []int, chance []float64) {
	t.Helper()
	n := 0
	for _, c := range counts {
		n += c
	}
	obs, exp := make([]float64, len(chance)), make([]float64, len(chance))
	for i, p := range chance {
		obs[i], exp[i] = float64(counts[i]), p*float64(n)
	}
	if x, limit := stat.ChiSquare(obs, exp), (distuv.ChiSquared{K: float64(len(chance) - 1)}).Quantile(1-1e-4); x > limit {
		t.Errorf("%s: χ² = %.1f, want at most %.1f; seen %v, want %.0f", what, x, limit, obs, exp)
	}
}

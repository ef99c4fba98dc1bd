package forest

import (
	"math"
	"slices"
)

// Correction is what the interval between two quantiles, at the levels (1-cover)/2 and (1+cover)/2, must be widened by
// on both sides so that it holds the target of a new row with a chance of at least cover, and hardly more:
// conformalized quantile regression (Romano, Patterson and Candès, NeurIPS 2019, arXiv:1905.03222, equations 6 to 8).
// The rows held out must not be among those that the forest was grown on. It is below 0 where intervals were too wide,
// and infinite where too few rows were held out.
func (q *Quantiles) Correction(held Rows, y []float64, cover float64) float64 {
	beyond := make([]float64, len(y)) // how far each target is out of its interval
	var ends []float64
	for i, v := range y {
		ends = q.Of(ends[:0], held.Row(i), (1-cover)/2, (1+cover)/2)
		beyond[i] = max(ends[0]-v, v-ends[1])
	}
	k := max(1, int(math.Ceil(float64(cover*float64(len(y)+1)))))
	if k > len(y) {
		return math.Inf(1)
	}
	slices.Sort(beyond)
	return beyond[k-1]
}

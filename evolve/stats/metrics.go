package stats

import (
	"math"
	"slices"
)

// Quality says how well predictions match the truth. Tau is the field's yardstick for
// surrogate benchmarks (Zela et al., ICLR 2022, arXiv:2008.09777): a search
// only ever compares.
type Quality struct {
	R2         float64 `json:"r2"`           // coefficient of determination
	Tau        float64 `json:"tau"`          // Kendall's tau-b
	TauTopHalf float64 `json:"tau_top_half"` // tau-b of the rows whose truth is above its median
	MAE        float64 `json:"mae"`          // mean absolute error, in the target's unit
	N          int     `json:"n"`            // rows
}

// Evaluate compares predictions with the truth, row by row. It panics when the lengths
// differ; a quality that the rows do not define is NaN.
func Evaluate(pred, truth []float64) Quality {
	p, t := pred, truth
	if len(truth) > 0 {
		p, t = Above(pred, truth, Quantile(slices.Sorted(slices.Values(truth)), .5))
	}
	return Quality{
		R2:         R2(pred, truth),
		Tau:        KendallTauB(pred, truth),
		TauTopHalf: KendallTauB(p, t),
		MAE:        MAE(pred, truth),
		N:          len(truth),
	}
}

// Above keeps the rows whose truth is greater than a limit.
func Above(pred, truth []float64, limit float64) (p, t []float64) {
	sameLength(pred, truth)
	for i, v := range truth {
		if v > limit {
			p, t = append(p, pred[i]), append(t, v)
		}
	}
	return p, t
}

// R2 is the coefficient of determination, 1 − Σ(truth−pred)² / Σ(truth−mean)²: 1 is
// perfect, 0 is no better than the mean. NaN when the truth is constant.
func R2(pred, truth []float64) float64 {
	sameLength(pred, truth)
	m := Mean(truth)
	var res, tot float64
	for i, v := range truth {
		// The conversions keep a compiler from fusing, and so rounding, differently.
		res += float64((v - pred[i]) * (v - pred[i]))
		tot += float64((v - m) * (v - m))
	}
	if tot == 0 {
		return math.NaN()
	}
	return 1 - res/tot
}

// MAE is the mean absolute error. NaN without rows.
func MAE(pred, truth []float64) float64 {
	sameLength(pred, truth)
	var s float64
	for i, v := range truth {
		s += math.Abs(v - pred[i])
	}
	return s / float64(len(truth))
}

func sameLength(a, b []float64) {
	if len(a) != len(b) {
		panic("stats: columns of slices of different lengths")
	}
}

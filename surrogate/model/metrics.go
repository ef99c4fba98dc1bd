package model

import (
	"cmp"
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
	m := median(truth)
	p, t := Above(pred, truth, m)
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
	m := mean(truth)
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

// KendallTauB is the rank correlation that handles ties,
// (C−D) / √((n₀−n₁)(n₀−n₂)) with C concordant and D discordant pairs, n₀ = n(n−1)/2 and
// n₁, n₂ the pairs tied in a and in b (Kendall, Biometrika 33, 1945). It counts D as the
// exchanges of a merge sort, in O(n log n) (Knight, JASA 61, 1966). NaN when either side
// is constant.
func KendallTauB(a, b []float64) float64 {
	sameLength(a, b)
	n := len(a)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(a[i], a[j]), cmp.Compare(b[i], b[j]))
	})
	tiedA := tiedPairs(n, func(i, j int) bool { return a[order[i]] == a[order[j]] })
	tiedBoth := tiedPairs(n, func(i, j int) bool {
		return a[order[i]] == a[order[j]] && b[order[i]] == b[order[j]]
	})
	byA := make([]float64, n)
	for i, o := range order {
		byA[i] = b[o]
	}
	discordant := mergeSort(byA, make([]float64, n))
	tiedB := tiedPairs(n, func(i, j int) bool { return byA[i] == byA[j] })
	pairs := n * (n - 1) / 2
	score := pairs - tiedA - tiedB + tiedBoth - 2*discordant
	return float64(score) / math.Sqrt(float64(pairs-tiedA)*float64(pairs-tiedB))
}

// tiedPairs counts the pairs within runs of equal neighbours.
func tiedPairs(n int, equal func(i, j int) bool) (pairs int) {
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && equal(lo, hi) {
			hi++
		}
		pairs += (hi - lo) * (hi - lo - 1) / 2
		lo = hi
	}
	return pairs
}

// mergeSort sorts x and returns the number of pairs i < j with x[i] > x[j].
func mergeSort(x, tmp []float64) (swaps int) {
	if len(x) < 2 {
		return 0
	}
	h := len(x) / 2
	swaps = mergeSort(x[:h], tmp[:h]) + mergeSort(x[h:], tmp[h:])
	i, j := 0, h
	for k := range tmp {
		if j == len(x) || i < h && x[i] <= x[j] {
			tmp[k] = x[i]
			i++
		} else {
			tmp[k] = x[j]
			swaps += h - i
			j++
		}
	}
	copy(x, tmp)
	return swaps
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// median is NaN without values.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func sameLength(a, b []float64) {
	if len(a) != len(b) {
		panic("model: metrics of slices of different lengths")
	}
}

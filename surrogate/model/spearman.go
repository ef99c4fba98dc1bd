package model

import (
	"cmp"
	"math"
	"slices"
)

// Spearman is the rank correlation of Spearman (Am. J. Psychology 15, 1904): Pearson's of the
// ranks, where equal values share the mean of theirs. NaN when either side is constant.
func Spearman(a, b []float64) float64 {
	sameLength(a, b)
	return Pearson(ranks(a), ranks(b))
}

// Pearson is the linear correlation. NaN when either side is constant.
func Pearson(a, b []float64) float64 {
	sameLength(a, b)
	ma, mb := mean(a), mean(b)
	var ab, aa, bb float64
	for i := range a {
		x, y := a[i]-ma, b[i]-mb
		// The conversions keep a compiler from fusing, and so rounding, differently.
		ab += float64(x * y)
		aa += float64(x * x)
		bb += float64(y * y)
	}
	if aa == 0 || bb == 0 {
		return math.NaN()
	}
	return ab / math.Sqrt(float64(aa*bb))
}

// ranks counts from 1.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
	r := make([]float64, len(v))
	for lo := 0; lo < len(v); {
		hi := lo + 1
		for hi < len(v) && v[order[lo]] == v[order[hi]] {
			hi++
		}
		for _, i := range order[lo:hi] {
			r[i] = float64(lo+hi+1) / 2
		}
		lo = hi
	}
	return r
}

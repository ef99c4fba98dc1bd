package stats

import (
	"cmp"
	"slices"
)

// Ranks returns the ranks of values from 1, the lowest, on; equal values share the mean of theirs.
func Ranks(v []float64) []float64 {
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

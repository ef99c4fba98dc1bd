package search

import (
	"math"
	"slices"
)

// scaleLosses turns losses into targets for a model, in place; a failed trial is as bad as the worst that did not fail.
// percent is 100 times the losses. With half those above the median are compressed logarithmically, since a model that
// must fit the hopeless architectures cannot tell the good ones apart, and all are brought to mean 0 and variance 1.
func scaleLosses(scale string, y []float64) {
	worst := math.Inf(-1)
	for _, l := range y {
		if !math.IsInf(l, 1) {
			worst = max(worst, l)
		}
	}
	if math.IsInf(worst, -1) {
		worst = 0
	}
	for i, l := range y {
		y[i] = min(l, worst)
	}
	if scale == "percent" {
		for i := range y {
			y[i] *= 100
		}
		return
	}
	s := slices.Sorted(slices.Values(y))
	best, median := s[0], s[len(s)/2]
	if spread := median - best; spread > 0 {
		for i, l := range y {
			if l > median {
				y[i] = median + float64(spread*math.Log1p((l-median)/spread))
			}
		}
	}
	mean, squares := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		squares += float64((v - mean) * (v - mean))
	}
	if sd := math.Sqrt(squares / float64(len(y))); sd > 0 {
		for i, v := range y {
			y[i] = (v - mean) / sd
		}
	} else {
		clear(y)
	}
}

package search

import (
	"math"
	"slices"
)

// scales are the ways of scaleTargets.
var scales = []string{"half", "raw", "log", "copula"}

// scaleTargets turns losses into targets, the higher the better, in place: under half those above the median are
// compressed logarithmically, since a model that must fit the hopeless cannot tell the good ones apart; under raw they
// stay; under log they are logarithms; under copula their ranks as normal quantiles. A failed trial is as bad as the
// worst that did not fail.
func scaleTargets(scale string, y []float64) {
	n := len(y)
	worst := 0.0
	if finite := slices.DeleteFunc(slices.Clone(y), func(l float64) bool { return math.IsInf(l, 1) }); len(finite) > 0 {
		worst = slices.Max(finite)
	}
	for i, l := range y {
		y[i] = min(l, worst)
	}
	s := slices.Sorted(slices.Values(y))
	switch scale {
	case "half":
		best, median := s[0], s[n/2]
		for i, l := range y {
			if spread := median - best; l > median && spread > 0 {
				l = median + float64(spread*math.Log1p((l-median)/spread))
			}
			y[i] = -l
		}
	case "log":
		const least = 1e-9 // no error of a validation set is as small
		for i, l := range y {
			y[i] = -math.Log(max(l, least))
		}
	case "copula":
		// Equal losses share the middle of their ranks.
		for i, l := range y {
			below, _ := slices.BinarySearch(s, l)
			upto := below
			for upto < n && s[upto] == l {
				upto++
			}
			y[i] = -math.Sqrt2 * math.Erfinv(float64(below+upto)/float64(n)-1)
		}
	default:
		for i, l := range y {
			y[i] = -l
		}
	}
}

// standardize brings targets to mean 0 and variance 1, in place.
func standardize(y []float64) {
	n := len(y)
	mean, squares := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(n)
	}
	for _, v := range y {
		squares += float64((v - mean) * (v - mean))
	}
	sd := math.Sqrt(squares/float64(n)) + 1e-12
	for i, v := range y {
		y[i] = (v - mean) / sd
	}
}

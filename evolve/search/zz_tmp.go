package search

import (
	"math"
	"slices"
)

func round(v float64) float64 { return float64(float32(v)) }
func treeEI(mean, sd, best float64) float64 {
	gain := mean - best
	if !(sd > 0) {
		return max(gain, 0)
	}
	z := gain / sd
	if z < -8 {
		return 0
	}
	return max(float64(sd*math.Exp(-.5*z*z)/math.Sqrt(2*math.Pi))+float64(gain*.5)*math.Erfc(-z/math.Sqrt2), 0)
}
func treeScale(scale string, y []float64) {
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
		for i, l := range y {
			y[i] = -math.Log(max(l, 1e-9))
		}
	case "copula":
		for i, l := range y {
			below, _ := slices.BinarySearch(s, l)
			upto := below
			for upto < n && s[upto] == l {
				upto++
			}
			rank := (float64(below) + float64(upto)) / 2
			y[i] = -math.Sqrt2 * math.Erfinv(2*rank/float64(n)-1)
		}
	default:
		for i, l := range y {
			y[i] = -l
		}
	}
}

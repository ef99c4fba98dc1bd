package model

import "math"

// Quantile interpolates between order statistics as trace.Describe does.
func Quantile(xs []float64, p float64) float64 {
	h := float64(p * float64(len(xs)-1))
	i := int(h)
	if i+1 >= len(xs) {
		return xs[i]
	}
	return xs[i] + float64((h-float64(i))*(xs[i+1]-xs[i]))
}

// MeanSD has the deviation with n-1, NaN for fewer than two.
func MeanSD(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x
	}
	mean /= float64(len(xs))
	sum := Squares(xs, mean)
	if len(xs) < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(sum / float64(len(xs)-1))
}

// Squares sums the squared distances from a value.
func Squares(xs []float64, from float64) (sum float64) {
	for _, x := range xs {
		sum += float64((x - from) * (x - from))
	}
	return sum
}

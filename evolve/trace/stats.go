package trace

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Sample describes the values of independent runs.
type Sample struct {
	N              int
	Mean, Std      float64 // Std with n-1; NaN for fewer than two
	CI             float64 // half the width of the 95 % interval of the mean, Student's t; NaN for fewer than two
	Q1, Median, Q3 float64 // type 7 (Hyndman and Fan 1996), as numpy and R
}

// Describe summarises values; all fields but N are NaN for none.
func Describe(xs []float64) Sample {
	nan := math.NaN()
	s := Sample{len(xs), nan, nan, nan, nan, nan, nan}
	if len(xs) == 0 {
		return s
	}
	sorted := slices.Sorted(slices.Values(xs))
	s.Q1, s.Median, s.Q3 = quantile(sorted, .25), quantile(sorted, .5), quantile(sorted, .75)
	s.Mean = stat.Mean(sorted, nil)
	if n := float64(len(xs)); n > 1 {
		s.Std = stat.StdDev(sorted, nil)
		s.CI = distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975) * s.Std / math.Sqrt(n)
	}
	return s
}

// quantile interpolates linearly between order statistics of a sorted, non-empty sample.
func quantile(sorted []float64, p float64) float64 {
	h := p * float64(len(sorted)-1)
	i := int(h)
	if i+1 >= len(sorted) || sorted[i] == sorted[i+1] {
		return sorted[i]
	}
	return sorted[i] + (h-float64(i))*(sorted[i+1]-sorted[i])
}

// Test compares two algorithms by the values of their runs.
type Test struct {
	A, B  string
	P     float64 // two-sided Mann-Whitney U test
	PHolm float64 // the same, corrected for all comparisons of the family
	A12   float64 // P(a > b) + P(a = b)/2 (Vargha and Delaney, JEBS 25, 2000)
}

// Compare tests every pair of named samples and corrects the family by Holm's step-down
// method (Holm, Scand. J. Statist. 6, 1979).
func Compare(names []string, samples [][]float64) []Test {
	var tests []Test
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			p, a12 := MannWhitney(samples[i], samples[j])
			tests = append(tests, Test{A: names[i], B: names[j], P: p, A12: a12})
		}
	}
	ps := make([]float64, len(tests))
	for i := range tests {
		ps[i] = tests[i].P
	}
	for i, p := range Holm(ps) {
		tests[i].PHolm = p
	}
	return tests
}

// MannWhitney returns the two-sided p-value of the U test (exact for small samples, else
// the normal approximation with ties) and A12, the chance that a value of a is above one of
// b. Both are NaN when a sample is empty; p is 1 when all values are equal.
func MannWhitney(a, b []float64) (p, a12 float64) {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN(), math.NaN()
	}
	r, err := stats.MannWhitneyUTest(a, b, stats.LocationDiffers)
	if err != nil { // all values equal
		return 1, .5
	}
	return r.P, r.U / float64(len(a)) / float64(len(b))
}

// Holm corrects a family of p-values by the step-down method; the order is kept. NaN, a test
// that could not be made, stays and does not count.
func Holm(ps []float64) []float64 {
	order := make([]int, 0, len(ps))
	out := slices.Clone(ps)
	for i, p := range ps {
		if !math.IsNaN(p) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case ps[i] < ps[j]:
			return -1
		case ps[i] > ps[j]:
			return 1
		}
		return 0
	})
	top := 0.0
	for k, i := range order {
		top = max(top, min(1, ps[i]*float64(len(order)-k)))
		out[i] = top
	}
	return out
}

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

// Describe summarises values; all fields but N are NaN for none, or when one is NaN.
func Describe(xs []float64) Sample {
	nan := math.NaN()
	s := Sample{len(xs), nan, nan, nan, nan, nan, nan}
	if len(xs) == 0 || slices.ContainsFunc(xs, math.IsNaN) {
		return s
	}
	sorted := slices.Sorted(slices.Values(xs))
	s.Q1, s.Median, s.Q3 = quantile(sorted, .25), quantile(sorted, .5), quantile(sorted, .75)
	s.Mean = stat.Mean(sorted, nil)
	if n := float64(len(xs)); n > 1 {
		s.Std = deviation(sorted, s.Mean)
		s.CI = distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975) * s.Std / math.Sqrt(n)
	}
	return s
}

// deviation is [stat.StdDev] by the same sums (Chan, Golub and LeVeque 1983, formula 1.7), whose
// products are rounded, so that every build finds the same bits.
func deviation(xs []float64, mean float64) float64 {
	var squares, off float64
	for _, x := range xs {
		d := x - mean
		squares += float64(d * d)
		off += d
	}
	n := float64(len(xs))
	return math.Sqrt((squares - off*off/n) / (n - 1))
}

// quantile interpolates linearly between order statistics of a sorted, non-empty sample.
func quantile(sorted []float64, p float64) float64 {
	h := float64(p * float64(len(sorted)-1))
	i := int(h)
	if i+1 >= len(sorted) || sorted[i] == sorted[i+1] {
		return sorted[i]
	}
	return sorted[i] + float64((h-float64(i))*(sorted[i+1]-sorted[i]))
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

// Samples of at most this many values are tested exactly; the bound is moremath's for ties.
const exactSamples = 25

// MannWhitney returns the two-sided p-value of the U test (Mann and Whitney 1947) and A12,
// the chance that a value of a is above one of b. Small samples are tested exactly, others
// by the normal approximation with corrections for ties and continuity. Both results are
// NaN when a sample is empty or holds a NaN, a run that found nothing; p is 1 when all values are equal.
func MannWhitney(a, b []float64) (p, a12 float64) {
	m, n := float64(len(a)), float64(len(b))
	if m == 0 || n == 0 || slices.ContainsFunc(a, math.IsNaN) || slices.ContainsFunc(b, math.IsNaN) {
		return math.NaN(), math.NaN()
	}
	u, groups := rankSum(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	a12 = u / (m * n)
	if len(groups) == 1 {
		return 1, a12
	}
	if len(a) <= exactSamples && len(b) <= exactSamples {
		// Twice the smaller tail. With ties U is not symmetric, which moremath's own test
		// takes it to be (it returns p above 1): the upper tail is the lower of the pairs won by b.
		low := stats.UDist{N1: len(a), N2: len(b), T: groups}.CDF(u)
		high := stats.UDist{N1: len(b), N2: len(a), T: groups}.CDF(float64(m*n) - u)
		return min(1, 2*min(low, high)), a12
	}
	ties := 0.0
	for _, k := range groups {
		t := float64(k)
		ties += float64(t*t*t) - t
	}
	variance := m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1)))
	z := max(0, math.Abs(u-float64(m*n/2))-.5) / math.Sqrt(variance)
	// erfc keeps its precision where 1-Φ would be 0.
	return math.Erfc(z / math.Sqrt2), a12
}

// rankSum returns U of sorted samples, pairs with a above b and half of those equal, and the
// sizes of the groups of equal values.
func rankSum(a, b []float64) (u float64, groups []int) {
	below := 0.0
	for len(a) > 0 || len(b) > 0 {
		x := math.Inf(1)
		if len(a) > 0 {
			x = a[0]
		}
		if len(b) > 0 {
			x = min(x, b[0])
		}
		var na, nb float64
		for ; len(a) > 0 && a[0] == x; a = a[1:] {
			na++
		}
		for ; len(b) > 0 && b[0] == x; b = b[1:] {
			nb++
		}
		u += float64(na * (below + float64(nb/2)))
		below += nb
		groups = append(groups, int(na+nb))
	}
	return u, groups
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

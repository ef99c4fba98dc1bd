package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Alpha is the level of a family of tests at which one algorithm is said to beat another.
const Alpha = 0.05

// Test compares two samples.
type Test struct {
	P     float64  // two-sided
	A12   float64  // P(a > b) + P(a = b)/2 (Vargha and Delaney, JEBS 25, 2000)
	Notes []string // in words, why it says less than it seems to; none where nothing is doubtful
}

// Pair is the test of two of several named samples.
type Pair struct {
	A, B string
	Test
	PHolm float64 // P corrected for all pairs
}

// Compare tests every pair of named samples by [MannWhitney] and corrects the family by [Holm].
func Compare(names []string, samples [][]float64) []Pair {
	var pairs []Pair
	var ps []float64
	family, least := 0.0, 1.0
	sorted := sortedEach(samples)
	for i, a := range sorted {
		for j := i + 1; j < len(sorted); j++ {
			t := sortedMannWhitney(a, sorted[j])
			pairs, ps = append(pairs, Pair{A: names[i], B: names[j], Test: t}), append(ps, t.P)
			if !math.IsNaN(t.P) {
				family++
				least = min(least, leastP(len(a), len(sorted[j])))
			}
		}
	}
	for i, p := range Holm(ps) {
		pairs[i].PHolm = p
		// Holm multiplies the smallest p by the size of the family: where that fails, so do all.
		if !math.IsNaN(p) && least < Alpha && least*family >= Alpha {
			pairs[i].Notes = append(pairs[i].Notes, fmt.Sprintf(
				"too few runs for %.0f comparisons: none can reach p < %g after Holm's correction", family, Alpha))
		}
	}
	return pairs
}

// sortedEach sorts copies of samples; NaN comes first.
func sortedEach(samples [][]float64) [][]float64 {
	all := make([][]float64, len(samples))
	for i, xs := range samples {
		all[i] = slices.Sorted(slices.Values(xs))
	}
	return all
}

// Samples of at most this many values are tested exactly; the bound is moremath's for ties.
const exactSamples = 25

// MannWhitney returns the two-sided p-value of the U test (Mann and Whitney 1947) and A12,
// the chance that a value of a is above one of b. Small samples are tested exactly, others
// by the normal approximation with corrections for ties and continuity. P and A12 are NaN when a
// sample is empty or holds a NaN, a run without a result; P is 1 when all values are equal.
func MannWhitney(a, b []float64) Test {
	return sortedMannWhitney(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// sortedMannWhitney is MannWhitney of sorted samples.
func sortedMannWhitney(a, b []float64) Test {
	if len(a) == 0 || len(b) == 0 || math.IsNaN(a[0]) || math.IsNaN(b[0]) {
		return Test{math.NaN(), math.NaN(), []string{"a run has no result, so there is no test"}}
	}
	u, groups := rankSum(a, b)
	t := Test{P: 1, A12: u / float64(len(a)*len(b))}
	if leastP(len(a), len(b)) >= Alpha {
		t.Notes = append(t.Notes, fmt.Sprintf("%s: cannot reach p < %g", runs(len(a), len(b)), Alpha))
	}
	if len(groups) == 1 {
		return t
	}
	low, high := tails(u, len(a), len(b), groups)
	t.P = min(1, 2*min(low, high))
	return t
}

// Below is the one-sided p-value of the U test: how likely it is, when nothing differs, that values of a are as far
// below those of b as these. NaN and 1 as [MannWhitney].
func Below(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, math.IsNaN) || slices.ContainsFunc(b, math.IsNaN) {
		return math.NaN()
	}
	u, groups := rankSum(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	if len(groups) == 1 {
		return 1
	}
	low, _ := tails(u, len(a), len(b), groups)
	return low
}

// tails are the chances of a U as low and as high, of samples of these sizes with these groups of equal values.
func tails(u float64, na, nb int, groups []int) (low, high float64) {
	m, n := float64(na), float64(nb)
	if na <= exactSamples && nb <= exactSamples {
		// With ties U is not symmetric, which moremath's own test takes it to be (it returns p above 1): the upper
		// tail is the lower of the pairs won by b.
		return stats.UDist{N1: na, N2: nb, T: groups}.CDF(u),
			stats.UDist{N1: nb, N2: na, T: groups}.CDF(float64(m*n) - u)
	}
	ties := 0.0
	for _, size := range groups {
		k := float64(size)
		ties += float64(k*k*k) - k
	}
	sd := math.Sqrt(m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1))))
	// erfc keeps its precision where 1-Φ would be 0.
	tail := func(by float64) float64 { return math.Erfc((by-.5)/sd/math.Sqrt2) / 2 }
	return tail(float64(m*n/2) - u), tail(u - float64(m*n/2))
}

// leastP is the smallest two-sided p-value that samples of these sizes can have: both orders in which one lies wholly
// above the other, of all that are equally likely when nothing differs. Ties only raise it.
func leastP(m, n int) float64 {
	orders := 1.0
	for i := 1; i <= m && orders < 1e300; i++ {
		orders *= float64(n+i) / float64(i)
	}
	return min(1, 2/orders)
}

// runs says how many values two samples have.
func runs(m, n int) string {
	if m == n {
		return fmt.Sprintf("%d runs each", m)
	}
	return fmt.Sprintf("%d and %d runs", m, n)
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
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	top := 0.0
	for k, i := range order {
		top = max(top, min(1, ps[i]*float64(len(order)-k)))
		out[i] = top
	}
	return out
}

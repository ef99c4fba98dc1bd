package stats

import (
	"fmt"
	"math"
	"slices"
)

// Signed is the test of pairs of values by the order of their differences.
type Signed struct {
	P     float64  // two-sided
	W     float64  // the sum of the ranks of the pairs in which a is above b
	N     int      // pairs that differ
	Zeros int      // pairs of equal values, which are left out
	Exact bool     // by all ways to sign the ranks, else by the normal approximation
	Notes []string // in words, why it says less than it seems to, and what was done about ties
}

// exactPairs is up to how many pairs the distribution of W is counted; scipy's bound, too.
const exactPairs = 50

// Wilcoxon is the signed-rank test of paired values (Wilcoxon, Biometrics Bulletin 1, 1945). Pairs of equal values are
// left out, as he did; equal differences share the mean of their ranks, and the distribution of W is that of all ways
// to sign these very ranks. Beyond 50 pairs it is the normal approximation with corrections for ties and continuity. P
// is NaN where a value is missing and 1 where no pair differs. It panics when the lengths differ.
//
// Values have been read from decimals: differences that are equal but for their last bits are equal. They are compared
// on a grid of 2⁻⁴⁰ of the largest value.
func Wilcoxon(a, b []float64) Signed {
	sameLength(a, b)
	if len(a) == 0 || slices.ContainsFunc(a, unknown) || slices.ContainsFunc(b, unknown) {
		return Signed{P: math.NaN(), W: math.NaN(), Notes: []string{"a value is missing, so there is no test"}}
	}
	largest := 0.0
	for i := range a {
		largest = max(largest, math.Abs(a[i]), math.Abs(b[i]))
	}
	_, exponent := math.Frexp(largest)
	var size []float64 // of the differences, in units of the grid
	var above []bool
	for i := range a {
		// Each is scaled first: a difference of two values near the largest float64 has no bound.
		if d := math.Round(math.Ldexp(a[i], 40-exponent) - math.Ldexp(b[i], 40-exponent)); d != 0 {
			size, above = append(size, math.Abs(d)), append(above, d > 0)
		}
	}
	s := Signed{P: 1, N: len(size), Zeros: len(a) - len(size), Exact: true}
	if s.Zeros > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of %d pairs are equal and left out", s.Zeros, len(a)))
	}
	if s.N == 0 {
		return s
	}
	r := Ranks(size)
	twice := make([]int, s.N) // the ranks, which ties make halves
	for i := range r {
		if twice[i] = int(2 * r[i]); above[i] {
			s.W += r[i]
		}
	}
	tied := tieSum(size)
	if tied > 0 {
		s.Notes = append(s.Notes, "equal differences share their ranks")
	}
	if math.Pow(2, float64(1-s.N)) >= Alpha {
		s.Notes = append(s.Notes, fmt.Sprintf("%s: cannot reach p < %g", differing(s.N), Alpha))
	}
	if s.N <= exactPairs {
		s.P = signedTail(twice, int(2*s.W))
		return s
	}
	s.Exact = false
	n := float64(s.N)
	variance := n*(n+1)*(2*n+1)/24 - tied/48
	z := max(0, math.Abs(s.W-float64(n*(n+1)/4))-.5) / math.Sqrt(variance)
	s.P = math.Erfc(z / math.Sqrt2)
	return s
}

func differing(n int) string {
	if n == 1 {
		return "1 pair that differs"
	}
	return fmt.Sprintf("%d pairs that differ", n)
}

func unknown(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// signedTail is twice the smaller tail of a sum of ranks, each of which counts or does not with the same chance.
func signedTail(ranks []int, w int) float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	chance := make([]float64, total+1)
	chance[0] = 1
	reached := 0
	for _, r := range ranks {
		reached += r
		for s := reached; s >= 0; s-- {
			if chance[s] = float64(chance[s] / 2); s >= r {
				chance[s] += float64(chance[s-r] / 2) // not halved yet: s falls
			}
		}
	}
	low := min(w, total-w) // the distribution is symmetric
	tail := 0.0
	for _, c := range chance[:low+1] {
		tail += c
	}
	return min(1, 2*tail)
}

// tieSum is Σ(t³ − t) over the groups of t equal values.
func tieSum(xs []float64) (sum float64) {
	sorted := slices.Sorted(slices.Values(xs))
	for lo := 0; lo < len(sorted); {
		hi := lo + 1
		for hi < len(sorted) && sorted[hi] == sorted[lo] {
			hi++
		}
		t := float64(hi - lo)
		sum += float64(t*t*t) - t
		lo = hi
	}
	return sum
}

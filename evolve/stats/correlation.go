package stats

import (
	"cmp"
	"math"
	"slices"
)

// Spearman is the rank correlation of Spearman (Am. J. Psychology 15, 1904): Pearson's of the
// ranks, where equal values share the mean of theirs. NaN when either side is constant.
func Spearman(a, b []float64) float64 {
	sameLength(a, b)
	return Pearson(Ranks(a), Ranks(b))
}

// Pearson is the linear correlation. NaN when either side is constant.
func Pearson(a, b []float64) float64 {
	sameLength(a, b)
	ma, mb := Mean(a), Mean(b)
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

// KendallTauB is the rank correlation that handles ties,
// (C−D) / √((n₀−n₁)(n₀−n₂)) with C concordant and D discordant pairs, n₀ = n(n−1)/2 and
// n₁, n₂ the pairs tied in a and in b (Kendall, Biometrika 33, 1945). It counts D as the
// exchanges of a merge sort, in O(n log n) (Knight, JASA 61, 1966). NaN when either side
// is constant.
func KendallTauB(a, b []float64) float64 {
	sameLength(a, b)
	n := len(a)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(a[i], a[j]), cmp.Compare(b[i], b[j]))
	})
	tiedA := tiedPairs(n, func(i, j int) bool { return a[order[i]] == a[order[j]] })
	tiedBoth := tiedPairs(n, func(i, j int) bool {
		return a[order[i]] == a[order[j]] && b[order[i]] == b[order[j]]
	})
	byA := make([]float64, n)
	for i, o := range order {
		byA[i] = b[o]
	}
	discordant := mergeSort(byA, make([]float64, n))
	tiedB := tiedPairs(n, func(i, j int) bool { return byA[i] == byA[j] })
	pairs := n * (n - 1) / 2
	score := pairs - tiedA - tiedB + tiedBoth - 2*discordant
	return float64(score) / math.Sqrt(float64(pairs-tiedA)*float64(pairs-tiedB))
}

// tiedPairs counts the pairs within runs of equal neighbours.
func tiedPairs(n int, equal func(i, j int) bool) (pairs int) {
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && equal(lo, hi) {
			hi++
		}
		pairs += (hi - lo) * (hi - lo - 1) / 2
		lo = hi
	}
	return pairs
}

// mergeSort sorts x and returns the number of pairs i < j with x[i] > x[j].
func mergeSort(x, tmp []float64) (swaps int) {
	if len(x) < 2 {
		return 0
	}
	h := len(x) / 2
	swaps = mergeSort(x[:h], tmp[:h]) + mergeSort(x[h:], tmp[h:])
	i, j := 0, h
	for k := range tmp {
		if j == len(x) || i < h && x[i] <= x[j] {
			tmp[k] = x[i]
			i++
		} else {
			tmp[k] = x[j]
			swaps += h - i
			j++
		}
	}
	copy(x, tmp)
	return swaps
}

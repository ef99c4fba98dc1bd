package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// LogRanked is the test of two samples of lifetimes.
type LogRanked struct {
	P float64 // two-sided
	// Excess is how many more lifetimes of the first sample ended than would if both samples were alike: above 0 where
	// the first is the faster.
	Excess float64
	Chi2   float64  // Excess² over its variance; NaN where nothing ended
	Exact  bool     // P is by all ways to deal the lifetimes out, else by the χ² distribution
	Notes  []string // in words, why it says less than it seems to
}

// exactDeals is up to how many ways of dealing lifetimes out to two samples are counted; 8 and 8 have 12,870.
const exactDeals = 20_000

// LogRank tests whether lifetimes of a and b end alike (Mantel, Cancer Chemotherapy Reports 50, 1966; Peto and Peto,
// JRSS A 135, 1972). Of small samples P is the share of all ways to deal these lifetimes out to two samples of these
// sizes whose excess is as far from 0, which takes what censors lifetimes to be the same for both; of others it is the
// tail of χ² with one degree of freedom, its variance that of the hypergeometric distribution, corrected for ties. P is
// NaN where a sample is empty and 1 where nothing ended.
func LogRank(a, b []Lifetime) LogRanked {
	if len(a) == 0 || len(b) == 0 {
		return LogRanked{P: math.NaN(), Excess: math.NaN(), Chi2: math.NaN(),
			Notes: []string{"there are no runs, so there is no test"}}
	}
	w := walk(a, b)
	t := LogRanked{P: 1, Excess: w.excess, Chi2: math.NaN()}
	// The excess has no symmetric distribution: a single way to deal the lifetimes out may be the farthest from 0.
	deals := 2 / leastP(len(a), len(b))
	if 1/deals >= Alpha {
		t.Notes = append(t.Notes, fmt.Sprintf("%s: cannot reach p < %g", runs(len(a), len(b)), Alpha))
	}
	if w.ended == 0 {
		t.Notes = append(t.Notes, "no run of either got there")
		return t
	}
	if few := leastShare(len(a), len(b), w.ended); 1/deals < Alpha && few >= Alpha {
		t.Notes = append(t.Notes, fmt.Sprintf("%d of %d runs got there: cannot reach p < %g", w.ended, len(a)+len(b),
			Alpha))
	}
	if w.variance > 0 {
		t.Chi2 = t.Excess * t.Excess / w.variance
		t.P = math.Erfc(math.Sqrt(t.Chi2 / 2))
	}
	if t.Exact = deals <= exactDeals; t.Exact {
		t.P = dealt(w.scores, min(len(a), len(b)), math.Abs(t.Excess))
	}
	return t
}

// walked is what the lifetimes of two samples come to in the order of their times.
type walked struct {
	excess, variance float64   // of the lifetimes of the first sample that ended, over those expected
	ended            int       // in both samples
	scores           []float64 // of each lifetime: whether it ended, less the hazard that it lived through
}

// walk goes along the times at which lifetimes of both samples end or are censored.
func walk(a, b []Lifetime) (w walked) {
	type labelled struct {
		Lifetime
		first bool
	}
	var all []labelled
	for _, x := range a {
		all = append(all, labelled{x, true})
	}
	for _, x := range b {
		all = append(all, labelled{x, false})
	}
	slices.SortFunc(all, func(x, y labelled) int { return cmp.Compare(x.At, y.At) })
	hazard, riskA := 0.0, float64(len(a))
	w.scores = make([]float64, len(all))
	for i := 0; i < len(all); {
		n, d, dA, nA, j := float64(len(all)-i), 0.0, 0.0, riskA, i
		for ; j < len(all) && all[j].At == all[i].At; j++ {
			if all[j].first {
				riskA--
			}
			if !all[j].Censored {
				d++
				if all[j].first {
					dA++
				}
			}
		}
		hazard += d / n
		w.excess += dA - float64(d*nA/n)
		if n > 1 {
			w.variance += d * nA * (n - nA) * (n - d) / (n * n * (n - 1))
		}
		for k := i; k < j; k++ {
			if w.scores[k] = -hazard; !all[k].Censored {
				w.scores[k]++
			}
		}
		w.ended += int(d)
		i = j
	}
	return w
}

// leastShare is how likely it is at least, when nothing differs, that all lifetimes that ended are of one of two
// samples; 0 where one sample alone has not so many.
func leastShare(m, n, ended int) float64 {
	least := 1.0
	for _, size := range []int{m, n} {
		share := 1.0
		for i := range ended {
			share *= max(0, float64(size-i)) / float64(m+n-i)
		}
		least = min(least, share)
	}
	return least
}

// dealt is the share of the ways to choose n of these scores, whose sum is 0, that have a sum as far from 0 as given.
func dealt(scores []float64, n int, as float64) float64 {
	as -= float64(1e-9 * max(1, as)) // sums of the same scores in another order differ in their last bits
	all, far := 0, 0
	var choose func(from, left int, sum float64)
	choose = func(from, left int, sum float64) {
		if left == 0 {
			if all++; math.Abs(sum) >= as {
				far++
			}
			return
		}
		for k := from; k <= len(scores)-left; k++ {
			choose(k+1, left-1, sum+scores[k])
		}
	}
	choose(0, n, 0)
	return float64(far) / float64(all)
}

package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// TopShares are the shares of the best for which an [Agreement] has a precision.
var TopShares = [...]float64{.01, .05, .10}

// Agreement says how far two columns of the same rows, in both of which greater values are better, order them alike.
type Agreement struct {
	TauB, Spearman float64 // as [KendallTauB] and [Spearman]
	Precision      [len(TopShares)]float64
}

// Agree compares a prediction with the truth. Its fields are NaN where either is constant, but for the precisions,
// which are NaN without rows alone.
func Agree(predicted, truth []float64) Agreement {
	a := Agreement{TauB: KendallTauB(predicted, truth), Spearman: Spearman(predicted, truth)}
	p, t := slices.Sorted(slices.Values(predicted)), slices.Sorted(slices.Values(truth))
	for i, share := range TopShares {
		a.Precision[i] = math.NaN()
		if len(t) > 0 {
			a.Precision[i] = precision(predicted, truth, p, t, share)
		}
	}
	return a
}

// precision is the part of the rows in the predicted best share, at least one row, that are in the true best share.
// Where rows of equal value lie on the border, it is the mean over all ways to choose among them, on each side by
// itself, so that the order of the rows decides nothing. A random prediction has the share. sortedP and sortedT are the
// columns' values, rising.
func precision(predicted, truth, sortedP, sortedT []float64, share float64) float64 {
	n := max(1, int(math.Round(float64(share*float64(len(truth))))))
	p, t := newTop(sortedP, n), newTop(sortedT, n)
	both := 0.0
	for i := range truth {
		both += float64(p.chance(predicted[i]) * t.chance(truth[i]))
	}
	return both / float64(n)
}

// top are the n greatest values of a column.
type top struct{ border, atBorder float64 } // the n-th value, and the chance to be among them of a row that has it

func newTop(sorted []float64, n int) top {
	border := sorted[len(sorted)-n]
	low, _ := slices.BinarySearch(sorted, border)
	high, _ := slices.BinarySearch(sorted, math.Nextafter(border, math.Inf(1)))
	above := len(sorted) - high
	return top{border, float64(n-above) / float64(high-low)}
}

func (t top) chance(x float64) float64 {
	switch {
	case x > t.border:
		return 1
	case x == t.border:
		return t.atBorder
	}
	return 0
}

// Components are the variances of which the values of groups consist: of what a group's values have in common and of
// what is each value's own.
type Components struct{ Between, Within float64 }

// ComponentsOf estimates them by the analysis of variance of groups of the same size, at least two: the variance of the
// groups' means, less what the values of a group explain of it, or 0 where that is more (Shrout and Fleiss,
// Psychological Bulletin 86, 1979, case 1).
func ComponentsOf(groups [][]float64) Components {
	means, squares, free, size := make([]float64, len(groups)), 0.0, 0, 0
	for i, g := range groups {
		means[i] = Mean(g)
		squares += Squares(g, means[i])
		free, size = free+len(g)-1, len(g)
	}
	_, sd := MeanSD(means)
	within := squares / float64(free)
	return Components{max(0, float64(sd*sd)-within/float64(size)), within}
}

// Limit is the correlation of Pearson that a perfect prediction of what the values of a group have in common has with
// the means of k values: what no prediction can pass but by chance. Its square is Shrout and Fleiss's ICC(1, k). NaN
// where nothing varies.
func (c Components) Limit(k int) float64 {
	return math.Sqrt(c.Between / (c.Between + c.Within/float64(k)))
}

// LimitOf is the [Components.Limit] that follows from how one value of each group agrees with the mean of its k-1
// others, a Kendall's tau, if the ranks are those of groups and noise that are normal. Unlike variances, ranks do not
// mind a few values that are far off. It is 0 of a tau that is not above 0.
func LimitOf(tau float64, k int) float64 {
	if tau <= 0 {
		return 0
	}
	// With a part p of a value's variance between groups, the correlation is p/√(p + (1-p)/(k-1)).
	r, others := math.Sin(math.Pi/2*tau), 1/float64(k-1)
	b := float64(float64(r*r) * (1 - others))
	p := float64((b + math.Sqrt(float64(b*b)+float64(4*float64(r*r)*others))) / 2)
	return Components{p, 1 - p}.Limit(k)
}

// NormalTau is Kendall's tau of two columns that are jointly normal with a correlation of Pearson, and NormalSpearman
// is Spearman's (Kruskal, JASA 53, 1958, sections 3 and 4).
func NormalTau(r float64) float64 { return 2 / math.Pi * math.Asin(r) }

// NormalSpearman is at [NormalTau].
func NormalSpearman(r float64) float64 { return 6 / math.Pi * math.Asin(r/2) }

// Bootstrap returns the 95 % intervals of several statistics of n rows by resamplings: each draws n rows, with
// repetition, and the ends are the quantiles of 2.5 and 97.5 % (Efron and Tibshirani, An Introduction to the Bootstrap,
// 1993, section 13.3). of computes the statistics where each row is there so many times, a slice that is its own until
// it returns. Statistics that are NaN of a resampling are left out, and an interval of fewer than two is NaN.
func Bootstrap(n, resamplings int, rng *rand.Rand, of func(times []int) []float64) (low, high []float64) {
	times := make([]int, n)
	var draws [][]float64 // by statistic
	for range resamplings {
		clear(times)
		for range n {
			times[rng.IntN(n)]++
		}
		values := of(times)
		if draws == nil {
			draws = make([][]float64, len(values))
		}
		for s, x := range values {
			if !math.IsNaN(x) {
				draws[s] = append(draws[s], x)
			}
		}
	}
	low, high = make([]float64, len(draws)), make([]float64, len(draws))
	for s, xs := range draws {
		low[s], high[s] = Interval(xs)
	}
	return low, high
}

// Interval is that of the middle 95 % of draws, which it sorts; NaN of fewer than two.
func Interval(draws []float64) (low, high float64) {
	if len(draws) < 2 {
		return math.NaN(), math.NaN()
	}
	slices.Sort(draws)
	return Quantile(draws, .025), Quantile(draws, .975)
}

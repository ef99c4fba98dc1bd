package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Effect is A12, the chance that a value of a is above one of b, equal ones counting half (Vargha and Delaney, JEBS
// 25, 2000), with a 95 % interval.
type Effect struct {
	A12       float64
	SE        float64 // its standard error; NaN where a sample has fewer than two values
	Low, High float64 // NaN where there is no interval
	OneSided  bool    // the samples do not overlap: one end is where A12 is, the other a bound of 95 % by itself
	Notes     []string
}

// A12 is the effect with the standard error of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988) and an interval
// of it that is symmetric in log(A12/(1 − A12)), so that it ends within 0 and 1.
//
// Where the samples do not overlap that error is 0 and says nothing. With true chance θ the n pairs of the first,
// second, … values of the two samples, n being the size of the smaller, all fall one way with chance θⁿ at most: the
// interval then ends at the θ that leaves 5 % to it, on one side. Where all values are equal the same holds of the
// chance that two values are.
func A12(a, b []float64) Effect {
	return sortedA12(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Effects is [A12] of every pair of samples, in the order of [Compare].
func Effects(samples [][]float64) (all []Effect) {
	sorted := sortedEach(samples)
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			all = append(all, sortedA12(a, b))
		}
	}
	return all
}

// sortedA12 is A12 of sorted samples.
func sortedA12(a, b []float64) Effect {
	e, done := effect(a, b)
	if done {
		return e
	}
	m, n := float64(len(a)), float64(len(b))
	_, sda := MeanSD(places(a, b))
	_, sdb := MeanSD(places(b, a))
	e.SE = math.Sqrt(float64(sda*sda)/m + float64(sdb*sdb)/n)
	odds := math.Log(e.A12 / (1 - e.A12))
	half := z975 * e.SE / (e.A12 * (1 - e.A12))
	e.Low, e.High = 1/(1+math.Exp(half-odds)), 1/(1+math.Exp(-half-odds))
	return e
}

// places is, of each value of a sorted sample, the share of the other one that is below it, equal values counting half.
func places(of, among []float64) []float64 {
	all, below, upTo := make([]float64, len(of)), 0, 0
	for i, x := range of {
		for below < len(among) && among[below] < x {
			below++
		}
		for upTo < len(among) && among[upTo] <= x {
			upTo++
		}
		all[i] = float64(below+upTo) / 2 / float64(len(among))
	}
	return all
}

// MeanEffect is the mean of the effects of the same two methods on several data sets, with equal weights: the average
// probability of improvement (Agarwal et al., NeurIPS 2021, section 4.3). Its interval is the normal one, with the
// standard error that the data sets' own make together, the data sets being given; there is none where the runs overlap
// on no data set, or where a data set has too few.
func MeanEffect(all []Effect) Effect {
	sum, squares, apart := 0.0, 0.0, 0
	for _, e := range all {
		sum, squares = sum+e.A12, squares+float64(e.SE*e.SE)
		if e.SE == 0 {
			apart++
		}
	}
	n, nan := float64(len(all)), math.NaN()
	m := Effect{A12: sum / n, SE: math.Sqrt(squares) / n, Low: nan, High: nan}
	switch {
	case math.IsNaN(m.A12):
		m.Notes = append(m.Notes, "a run has no result, so there is no effect")
	case math.IsNaN(m.SE):
		m.Notes = append(m.Notes, "a data set has fewer than two runs: no interval")
	case apart == len(all):
		m.Notes = append(m.Notes, "the runs overlap on no data set: no interval")
	default:
		m.Low, m.High = max(0, m.A12-float64(z975*m.SE)), min(1, m.A12+float64(z975*m.SE))
		if apart > 0 {
			m.Notes = append(m.Notes, fmt.Sprintf(
				"the runs do not overlap on %d of %d data sets, which the interval takes for certain", apart, len(all)))
		}
	}
	return m
}

// z975 is the 97.5 % quantile of the normal distribution.
const z975 = 1.959963984540054

// effect is A12 of sorted samples alone, and all there is to say where no variance can be estimated.
func effect(a, b []float64) (e Effect, done bool) {
	t := sortedMannWhitney(a, b)
	nan := math.NaN()
	e = Effect{A12: t.A12, SE: nan, Low: nan, High: nan}
	most := math.Pow(1-.95, 1/float64(min(len(a), len(b))))
	switch {
	case math.IsNaN(t.A12):
		e.Notes = t.Notes
	case len(a) < 2 || len(b) < 2:
		e.Notes = append(e.Notes, fmt.Sprintf("%s: no interval", runs(len(a), len(b))))
	case t.A12 == 1:
		e.Low, e.High, e.SE, e.OneSided = most, 1, 0, true
	case t.A12 == 0:
		e.Low, e.High, e.SE, e.OneSided = 0, 1-most, 0, true
	case a[0] == a[len(a)-1] && b[0] == b[len(b)-1]:
		e.Low, e.High, e.SE = most/2, 1-float64(most/2), 0
		e.Notes = append(e.Notes, "all values are equal: the interval is that of the chance that two are")
	default:
		return e, false
	}
	if e.OneSided {
		e.Notes = append(e.Notes, "the samples do not overlap: the interval is one-sided")
	}
	return e, true
}

// BootstrapA12 is the effect with the standard error and the interval of n resamplings of both samples: the quantiles
// of 2.5 and 97.5 % (Efron, The Annals of Statistics 7, 1979). Resampling samples that do not overlap makes no others:
// what is said of them is what [A12] says.
func BootstrapA12(a, b []float64, n int, rng *rand.Rand) Effect {
	e, done := effect(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	if done {
		return e
	}
	// Each value by its place among the distinct ones: a resampling is then two rows of counts.
	distinct := slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
	positions := func(xs []float64) []int {
		at := make([]int, len(xs))
		for i, x := range xs {
			at[i], _ = slices.BinarySearch(distinct, x)
		}
		return at
	}
	pa, pb := positions(a), positions(b)
	ca, cb := make([]int, len(distinct)), make([]int, len(distinct))
	draws := make([]float64, n)
	for d := range draws {
		clear(ca)
		clear(cb)
		for range pa {
			ca[pa[rng.IntN(len(pa))]]++
		}
		for range pb {
			cb[pb[rng.IntN(len(pb))]]++
		}
		below, twice := 0, 0 // pairs won count twice, ties once: whole numbers
		for i := range ca {
			twice += ca[i] * (2*below + cb[i])
			below += cb[i]
		}
		draws[d] = float64(twice) / float64(2*len(a)*len(b))
	}
	slices.Sort(draws)
	_, e.SE = MeanSD(draws)
	e.Low, e.High = Quantile(draws, .025), Quantile(draws, .975)
	if e.Low == e.High {
		e.Low, e.High = math.NaN(), math.NaN()
		e.Notes = append(e.Notes, fmt.Sprintf("%d resamplings show no spread: no interval", n))
	}
	return e
}

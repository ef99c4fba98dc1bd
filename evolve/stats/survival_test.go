package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// lifelinesSample names lifetimes as testdata/survival.py does: a sample of ends, and one of until when each is watched.
type lifelinesSample [2]scipySample

func (s lifelinesSample) lifetimes() (all []Lifetime) {
	ends, watched := s[0].values(), s[1].values()
	for i := range ends {
		all = append(all, Lifetime{At: min(ends[i], watched[i]), Censored: watched[i] < ends[i]})
	}
	return all
}

// What lifelines says of the same lifetimes.
func TestAgainstLifelines(t *testing.T) {
	text, err := os.ReadFile("testdata/survival.json") // made by testdata/survival.py
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ A, B lifelinesSample }
	var want struct {
		Curves []struct {
			Of                lifelinesSample
			Ended             int
			Median, Low, High *float64 // null for a time that is never come to
			Horizon, Mean, SE float64
			Share             [3]float64
		}
		Tests []struct {
			pair
			Chi2, P float64
		}
		Dealt []struct {
			pair
			Excess, P float64
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(want.Curves) < 4 || len(want.Tests) < 4 || len(want.Dealt) < 2 {
		t.Fatalf("survival.json has too few vectors: %+v", want)
	}
	same := func(what string, of any, got, want float64) {
		t.Helper()
		if !(got == want || math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s of %v: %.17g, lifelines has %.17g", what, of, got, want)
		}
	}
	time := func(x *float64) float64 {
		if x == nil {
			return math.Inf(1)
		}
		return *x
	}
	for _, w := range want.Curves {
		s := KaplanMeier(w.Of.lifetimes())
		median, low, high := s.Median()
		same("median", w.Of, median, time(w.Median))
		same("its low end", w.Of, low, time(w.Low))
		same("its high end", w.Of, high, time(w.High))
		mean, se := s.RestrictedMean(w.Horizon)
		same("restricted mean", w.Of, mean, w.Mean)
		same("its standard error", w.Of, se, w.SE)
		for i, u := range []float64{5, 20, 45} {
			share := 1.0
			for k, at := range s.Time {
				if at <= u {
					share = s.Share[k]
				}
			}
			same("share", w.Of, share, w.Share[i])
		}
		if s.Ended != w.Ended || s.N != w.Of[0][1] {
			t.Errorf("%v: %d of %d ended, lifelines has %d", w.Of, s.Ended, s.N, w.Ended)
		}
	}
	for _, w := range want.Tests {
		got := LogRank(w.A.lifetimes(), w.B.lifetimes())
		same("chi-square", w.pair, got.Chi2, w.Chi2)
		same("p", w.pair, got.P, w.P)
		if got.Exact {
			t.Errorf("%v: exact", w.pair)
		}
	}
	for _, w := range want.Dealt {
		got := LogRank(w.A.lifetimes(), w.B.lifetimes())
		same("excess", w.pair, got.Excess, w.Excess)
		same("p of all deals", w.pair, got.P, w.P)
		if !got.Exact {
			t.Errorf("%v: not exact", w.pair)
		}
	}
}

// Five runs by hand: ended at 2, 4 and 4, watched until 3 and 9. At risk are 5, then 3.
//
//	share: 4/5 from 2 on, 4/5·1/3 = 4/15 from 4 on; the median is 4.
//	area up to 6: 2 + 2·4/5 + 2·4/15 = 62/15.
func TestKaplanMeierByHand(t *testing.T) {
	s := KaplanMeier([]Lifetime{{4, false}, {9, true}, {2, false}, {3, true}, {4, false}})
	if len(s.Time) != 2 || s.Time[0] != 2 || s.Time[1] != 4 || math.Abs(s.Share[0]-.8) > 1e-15 ||
		math.Abs(s.Share[1]-4./15) > 1e-15 || s.Ended != 3 {
		t.Errorf("%+v", s)
	}
	if median, _, _ := s.Median(); median != 4 {
		t.Errorf("median %g", median)
	}
	if mean, _ := s.RestrictedMean(6); math.Abs(mean-62./15) > 1e-14 {
		t.Errorf("restricted mean %g", mean)
	}
	if mean, se := s.RestrictedMean(10); !math.IsNaN(mean) || !math.IsNaN(se) {
		t.Errorf("beyond 9 nothing is known: %g, %g", mean, se)
	}
	// Who got there at 1 and 2 of one sample, and never of the other: expected were 2/4 and 1/3, so that the excess is
	// 2 − 5/6; of the six ways to choose two of four only this one and its mirror are as far from 0.
	got := LogRank([]Lifetime{{1, false}, {2, false}}, []Lifetime{{5, true}, {5, true}})
	if math.Abs(got.Excess-7./6) > 1e-15 || math.Abs(got.P-1./3) > 1e-15 || len(got.Notes) != 1 {
		t.Errorf("%+v", got)
	}
}

// Nothing is known of nothing, and where nobody gets there nobody is told apart.
func TestNoLifetimes(t *testing.T) {
	never := []Lifetime{{3, true}, {4, true}}
	if median, low, high := KaplanMeier(nil).Median(); !math.IsNaN(median + low + high) {
		t.Error("a median of nothing")
	}
	if median, _, _ := KaplanMeier(never).Median(); !math.IsInf(median, 1) {
		t.Errorf("median %g", median)
	}
	if mean, _ := KaplanMeier(never).RestrictedMean(4); mean != 4 {
		t.Errorf("restricted mean %g of runs that never end", mean)
	}
	if got := LogRank(never, never); got.P != 1 || !math.IsNaN(got.Chi2) || got.Excess != 0 {
		t.Errorf("%+v", got)
	}
	// Of 3 runs that got there of 12 and 12, all are of one sample with a chance of 220/2024.
	few, many := make([]Lifetime, 12), make([]Lifetime, 12)
	for i := range few {
		few[i], many[i] = Lifetime{float64(i), i > 2}, Lifetime{20, true}
	}
	if got := LogRank(few, many); len(got.Notes) != 1 || got.Notes[0] != "3 of 24 runs got there: cannot reach p < 0.05" ||
		math.Abs(leastShare(12, 12, 3)-220./2024) > 1e-15 {
		t.Errorf("%+v", got)
	}
	if got := LogRank(never, nil); !math.IsNaN(got.P) {
		t.Errorf("%+v", got)
	}
}

// Without censoring the restricted mean is the plain one, its error that of a mean with n in place of n−1, and a test
// of swapped samples has the other sign.
func TestSurvivalWithoutCensoring(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 2; n < 40; n += 7 {
		var all, others []Lifetime
		var xs []float64
		for range n {
			xs = append(xs, float64(rng.IntN(50)))
			all, others = append(all, Lifetime{At: xs[len(xs)-1]}), append(others, Lifetime{At: float64(rng.IntN(60))})
		}
		mean, se := KaplanMeier(all).RestrictedMean(100)
		want, sd := MeanSD(xs)
		if sd *= math.Sqrt(float64(n-1)) / float64(n); math.Abs(mean-want) > 1e-9 || math.Abs(se-sd) > 1e-9 {
			t.Errorf("%d: %g ± %g, want %g ± %g", n, mean, se, want, sd)
		}
		a, b := LogRank(all, others), LogRank(others, all)
		if math.Abs(a.Excess+b.Excess) > 1e-9 || math.Abs(a.P-b.P) > 1e-9 {
			t.Errorf("%d: %+v and %+v", n, a, b)
		}
	}
}

// The middle half and the median's interval against scipy.
func TestMiddlesAgainstScipy(t *testing.T) {
	text, err := os.ReadFile("testdata/scipy.json") // made by testdata/scipy.py
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Middles []struct {
			A         scipySample
			IQM       float64
			Low, High *float64 // null for none
		}
	}
	if err := json.Unmarshal(text, &want); err != nil || len(want.Middles) < 11 {
		t.Fatal(err, len(want.Middles))
	}
	for _, w := range want.Middles {
		xs := slices.Sorted(slices.Values(w.A.values()))
		if got := InterquartileMean(xs); math.Abs(got-w.IQM) > 1e-11*math.Abs(w.IQM) {
			t.Errorf("interquartile mean of %v: %g, scipy has %g", w.A, got, w.IQM)
		}
		low, high := MedianInterval(xs)
		if w.Low == nil || w.High == nil {
			if !math.IsNaN(low) || !math.IsNaN(high) {
				t.Errorf("interval of the median of %v: [%g, %g], scipy has none", w.A, low, high)
			}
		} else if low != *w.Low || high != *w.High {
			t.Errorf("interval of the median of %v: [%g, %g], scipy has [%g, %g]", w.A, low, high, *w.Low, *w.High)
		}
	}
}

// The bootstrap's interval agrees with one that resamples and sorts plainly, covers the interquartile mean, and hangs on
// the strata: values that differ between strata alone have no spread.
func TestBootstrapIQM(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	strata := make([][]float64, 5)
	var all []float64
	for s := range strata {
		for range 20 + s {
			strata[s] = append(strata[s], float64(10*s)+rng.NormFloat64())
		}
		all = append(all, strata[s]...)
	}
	slices.Sort(all)
	const n = 4000
	low, high := BootstrapIQM(strata, n, rng)
	var plain []float64
	for range n {
		var xs []float64
		for _, s := range strata {
			for range s {
				xs = append(xs, s[rng.IntN(len(s))])
			}
		}
		slices.Sort(xs)
		plain = append(plain, InterquartileMean(xs))
	}
	slices.Sort(plain)
	// Both ends are quantiles of 4,000 draws, whose own error is a tenth of the width at most.
	off := (high - low) / 10
	if iqm := InterquartileMean(all); !(low < iqm && iqm < high) ||
		math.Abs(low-Quantile(plain, .025)) > off || math.Abs(high-Quantile(plain, .975)) > off {
		t.Errorf("[%g, %g] of %g, plainly [%g, %g]", low, high, iqm, Quantile(plain, .025), Quantile(plain, .975))
	}
	if low, high := BootstrapIQM([][]float64{{1, 1}, {2, 2, 2}, {7}}, 50, rng); low != high || low != 1.75 {
		t.Errorf("equal values within strata: [%g, %g]", low, high) // the middle of 1 1 2 2 2 7 is 1 2 2 2
	}
}

package stats

import (
	"cmp"
	"math"
	"slices"
)

// Lifetime is how long something took that may not have ended: a run, say, until it reached a target.
type Lifetime struct {
	At       float64 // when it was reached or, where it was not, until when it was watched; 0 or more
	Censored bool    // it was not reached by then
}

// Survival is the share of lifetimes that still go on, as a step function of time (Kaplan and Meier, JASA 53, 1958). At
// a time at which some end and others are censored, the censored ones are counted among those at risk.
type Survival struct {
	N, Ended int       // lifetimes, and those that are not censored
	Time     []float64 // at which lifetimes end, rising
	Share    []float64 // that goes on after each Time
	// Greenwood's sum Σ d/(n(n−d)) up to each Time, which is the variance of Share over its square; +Inf where Share is
	// 0.
	Greenwood []float64

	risk, ends []float64 // at each Time
	last       float64   // until when any is watched
}

// KaplanMeier estimates the survival of lifetimes, in any order.
func KaplanMeier(lifetimes []Lifetime) Survival {
	all := slices.SortedFunc(slices.Values(lifetimes), func(a, b Lifetime) int { return cmp.Compare(a.At, b.At) })
	s := Survival{N: len(all)}
	share, sum := 1.0, 0.0
	for i := 0; i < len(all); {
		n, d, j := float64(len(all)-i), 0.0, i
		for ; j < len(all) && all[j].At == all[i].At; j++ {
			if !all[j].Censored {
				d++
			}
		}
		if s.last = all[i].At; d > 0 {
			share *= (n - d) / n
			sum += d / (n * (n - d))
			s.Ended += int(d)
			s.Time, s.Share, s.Greenwood = append(s.Time, s.last), append(s.Share, share), append(s.Greenwood, sum)
			s.risk, s.ends = append(s.risk, n), append(s.ends, d)
		}
		i = j
	}
	return s
}

// Median is the first time after which at most half of the lifetimes go on, with a 95 % interval: the times after which
// the ends of the pointwise interval of the share, symmetric in log(−log share), are at most a half (Brookmeyer and
// Crowley, Biometrics 38, 1982). A time that is not known, because the share never falls so far, is +Inf; all are NaN
// for no lifetimes.
func (s Survival) Median() (median, low, high float64) {
	if s.N == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	median, low, high = math.Inf(1), math.Inf(1), math.Inf(1)
	for k, t := range s.Time {
		x := s.Share[k]
		if x <= .5 {
			median = min(median, t)
		}
		if x == 0 { // where the variance is not known, and the lower end is 0 at most
			low = min(low, t)
			break
		}
		width := z975 * math.Sqrt(s.Greenwood[k]) / math.Abs(math.Log(x))
		if math.Pow(x, math.Exp(width)) <= .5 {
			low = min(low, t)
		}
		if math.Pow(x, math.Exp(-width)) <= .5 {
			high = min(high, t)
		}
	}
	return median, low, high
}

// RestrictedMean is the mean of the lifetimes cut off at a horizon, the area under the survival up to it, with its
// standard error by Greenwood's formula (Klein and Moeschberger, Survival Analysis, section 4.5). Both are NaN where
// the longest lifetime is censored before the horizon, after which nothing is known, and for no lifetimes.
func (s Survival) RestrictedMean(horizon float64) (mean, se float64) {
	if s.N == 0 || s.last < horizon && (len(s.Share) == 0 || s.Share[len(s.Share)-1] > 0) {
		return math.NaN(), math.NaN()
	}
	// From the last step to the first, so that the area after each is at hand.
	area, variance, to := 0.0, 0.0, horizon
	for k := len(s.Time) - 1; k >= 0; k-- {
		if s.Time[k] >= horizon {
			continue
		}
		area += float64((to - s.Time[k]) * s.Share[k])
		to = s.Time[k]
		if n, d := s.risk[k], s.ends[k]; d < n {
			variance += float64(area*area) * d / (n * (n - d))
		}
	}
	return area + to, math.Sqrt(variance)
}

package plots

import (
	"math"
	"slices"
)

// logDecades bounds a log axis downwards: what is smaller is as good as 0.
const logDecades = 6

// limitsX spans the drawable points. A linear axis that starts close to 0 starts at 0.
func (p Panel) limitsX() (axis, bool) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range p.Series {
		for i, x := range s.X {
			if drawable(x, p.LogX) && finite(s.Mid[i]) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	if lo > hi {
		return axis{}, false
	}
	a := axis{min: lo, max: hi, log: p.LogX}
	for _, x := range p.Places {
		a.places = append(a.places, tick{x, short(x)})
	}
	switch {
	case same(lo, hi) && p.LogX:
		a.min, a.max = lo/2, hi*2
	case same(lo, hi):
		a.min, a.max = lo-max(0.5, math.Abs(lo)/2), hi+max(0.5, math.Abs(hi)/2)
	case !p.LogX && lo > 0 && lo < (hi-lo)/20:
		a.min = 0
	case p.LogX && p.hasPoints():
		air := math.Pow(hi/lo, 0.03)
		a.min, a.max = lo/air, hi*air
	case p.hasPoints():
		air := (hi - lo) * 0.03
		a.min, a.max = lo-air, hi+air
	}
	return a, true
}

// hasPoints says whether marks stand for themselves, which are not cut off at the ends of an axis.
func (p Panel) hasPoints() bool {
	return slices.ContainsFunc(p.Series, func(s Series) bool { return s.Points })
}

// fewBands is how many ends of bands are too few for a twentieth of them to be the odd ones.
const fewBands = 200

// limitsY chooses for reading. The first trials of a search are far worse than the rest
// and would flatten all that follows, so the first 5 % of the x axis do not count, and of
// the bands only the middle nine tenths do. Lines are always in view.
func (p Panel) limitsY(x axis) axis {
	if p.Limits[0] < p.Limits[1] {
		return axis{min: p.Limits[0], max: p.Limits[1]}
	}
	var mids, bands, all []float64
	for _, s := range p.Series {
		for i, v := range s.X {
			if !drawable(v, p.LogX) || !finite(s.Mid[i]) {
				continue
			}
			all = append(all, s.Mid[i])
			if x.at(v) < 0.05 {
				continue
			}
			mids = append(mids, s.Mid[i])
			if s.Lo != nil && finite(s.Lo[i]) && finite(s.Hi[i]) {
				bands = append(bands, s.Lo[i], s.Hi[i])
			}
		}
	}
	if len(mids) == 0 { // all within the first 5 %
		mids = all
	}
	if len(bands) > 0 {
		slices.Sort(bands)
		trim := len(bands) / 20
		if len(bands) < fewBands {
			trim = 0
		}
		mids = append(mids, bands[trim:len(bands)-trim]...)
	}
	for _, l := range p.Lines {
		if finite(l.Y) {
			mids = append(mids, l.Y)
		}
	}
	if p.LogY {
		return logLimits(append(mids, all...))
	}
	return p.below(linearLimits(mids), mids)
}

// below ends an axis at the highest value that there can be, where no value is higher all the same.
func (p Panel) below(a axis, values []float64) axis {
	if p.Top != 0 && slices.Max(values) <= p.Top {
		a.max = min(a.max, p.Top)
	}
	return a
}

// linearLimits spans the values with a little air.
func linearLimits(values []float64) axis {
	lo, hi := slices.Min(values), slices.Max(values)
	air := (hi - lo) * 0.05
	if same(lo, hi) {
		air = max(math.Abs(lo)*0.05, 1e-9)
	}
	a := axis{min: lo - air, max: hi + air}
	if lo >= 0 && a.min < 0 {
		a.min = 0
	}
	return a
}

// logLimits spans the positive values. Where some are 0, the axis has a floor below the
// smallest positive one to show them at.
func logLimits(values []float64) axis {
	hi := slices.Max(values)
	if hi <= 0 { // nothing but zeros
		return axis{min: 0.01, max: 1, log: true, zero: 0.1}
	}
	lo, zeros := hi, false
	for _, v := range values {
		if v < hi/math.Pow(10, logDecades) {
			zeros = true
		} else {
			lo = min(lo, v)
		}
	}
	a := axis{min: lo, max: hi, log: true}
	if same(lo, hi) {
		a.min, a.max = lo/2, hi*2
	}
	span := a.max / a.min
	a.max *= math.Pow(span, 0.03)
	if zeros {
		a.zero = a.min
		a.min /= max(math.Pow(span, 0.12), 1.2)
	} else {
		a.min /= math.Pow(span, 0.03)
	}
	return a
}

// finite rules out NaN, infinities, and what would overflow on the way to the page.
func finite(v float64) bool { return math.Abs(v) < 1e100 }

// same says that two values are too close for ticks between them.
func same(lo, hi float64) bool { return hi-lo <= 1e-9*max(math.Abs(lo), math.Abs(hi)) }

// drawable says whether an axis has a place for a value.
func drawable(v float64, log bool) bool { return finite(v) && (!log || v > 0) }

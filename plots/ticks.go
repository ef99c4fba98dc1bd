package plots

import (
	"math"
	"strconv"
	"strings"
)

// A tick is a labelled place on an axis; a minor one has no label.
type tick struct {
	value float64
	label string
}

// linearTicks returns at most want ticks (and at least one step's worth) at multiples of
// 1, 2 or 5 times a power of ten in lo..hi.
func linearTicks(lo, hi float64, want int) []tick {
	step := niceStep((hi - lo) / float64(max(want, 1)))
	first, last := math.Ceil(lo/step-1e-6), math.Floor(hi/step+1e-6)
	top := max(math.Abs(first), math.Abs(last)) * step
	unit, suffix := 1.0, ""
	switch {
	case top >= 1e6 && top < 1e9 && step >= 1e4:
		unit, suffix = 1e6, "M"
	case top >= 1e3 && top < 1e9 && (step >= 1e3 || top >= 1e4 && step >= 100):
		unit, suffix = 1e3, "k"
	}
	decimals := max(0, -int(math.Floor(math.Log10(step/unit)+1e-9)))
	var ticks []tick
	for k := range int(last-first) + 1 {
		i := first + float64(k)
		v := i * step
		var label string
		switch {
		case i == 0:
			v, label = 0, "0"
		case top >= 1e9 || decimals > 6:
			label = short(v)
		default:
			label = minus(strconv.FormatFloat(v/unit, 'f', decimals, 64)) + suffix
		}
		ticks = append(ticks, tick{v, label})
	}
	return ticks
}

// niceStep is the least of 1, 2 or 5 times a power of ten that is not under x.
func niceStep(x float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= x*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// logTicks returns ticks in lo..hi, both positive: labels at the decades, every second or
// third one where there are more than want; at 2 and 5 too where lo..hi is under two
// decades; and where even those are rare, at the linear places. Minor ticks fill up.
func logTicks(lo, hi float64, want int) []tick {
	decades := math.Log10(hi / lo)
	if decades < 0.6 {
		return linearTicks(lo, hi, want)
	}
	every := max(1, int(math.Ceil(decades/float64(max(want, 1))-1e-6)))
	var ticks []tick
	for e := int(math.Floor(math.Log10(lo))); e <= int(math.Ceil(math.Log10(hi))); e++ {
		for m := 1; m <= 9; m++ {
			// Parsed, not computed: 3×10⁻¹ must be the float 0.3.
			v, _ := strconv.ParseFloat(strconv.Itoa(m)+"e"+strconv.Itoa(e), 64)
			if v < lo*(1-1e-9) || v > hi*(1+1e-9) {
				continue
			}
			label := ""
			if m == 1 && e%every == 0 || decades < 2 && (m == 2 || m == 5) {
				label = short(v)
			}
			if m == 1 || every == 1 {
				ticks = append(ticks, tick{v, label})
			}
		}
	}
	return ticks
}

// short writes a number as a reader of axes likes it: 0.01, 50, 10k, 2M, 1e−6.
func short(v float64) string {
	a := math.Abs(v)
	s := ""
	switch {
	case v == 0:
		return "0"
	case a >= 1e9 || a < 1e-4:
		s = strconv.FormatFloat(v, 'e', -1, 64)
		s = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(s)
	case a >= 1e6:
		s = strconv.FormatFloat(v/1e6, 'f', -1, 64) + "M"
	case a >= 1e3:
		s = strconv.FormatFloat(v/1e3, 'f', -1, 64) + "k"
	default:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return minus(s)
}

// threeDigits is a number with three significant digits.
func threeDigits(x float64) string { return minus(strconv.FormatFloat(x, 'g', 3, 64)) }

// minus sets hyphens as minus signs.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

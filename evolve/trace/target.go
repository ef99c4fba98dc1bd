package trace

import "math"

// Before is a run's last value at or before a point of a course; NaN where it had found nothing by then.
func (m Measure) Before(r *Run, x Axis, at float64) float64 {
	value := math.NaN()
	for k, step := range m.Steps(r) {
		if x.At(&step) > at {
			break
		}
		value = m.At(r, k)
	}
	return value
}

// Reached is where on a course a run first has a value as good as a target; NaN where it never does.
func (m Measure) Reached(r *Run, x Axis, target float64) float64 {
	steps := m.Steps(r)
	for k := range steps {
		if v := m.At(r, k); v == target || m.Better(v, target) {
			return x.At(&steps[k])
		}
	}
	return math.NaN()
}

// Average is the mean height of a run's step function between two points of a course: the area under its anytime curve
// divided by the distance of the points. A run that ended keeps its last value. Average is NaN where the run has no
// value yet at the first point.
func (m Measure) Average(r *Run, x Axis, from, to float64) float64 {
	steps := m.Steps(r)
	area, value, at := 0.0, math.NaN(), from
	for k := range steps {
		if step := x.At(&steps[k]); step > from {
			if step >= to {
				break
			}
			area += float64(value * (step - at))
			at = step
		}
		value = m.At(r, k)
	}
	return (area + float64(value*(to-at))) / (to - from)
}

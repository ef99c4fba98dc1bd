package page

import (
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Curves are the trajectories of an experiment, as the script of a page reads them.
type Curves struct {
	Axes     []Axis    `json:"axes"`
	Along    string    `json:"along"` // the axis that bounds the runs
	Measures []Measure `json:"measures"`
	Arms     []Arm     `json:"arms"`
	// By axis, measure and algorithm. A measure that is counted from another one has no curves of its own.
	Bands [][][]Band `json:"bands"`
}

// Axis is a course of the search.
type Axis struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Log   bool   `json:"log,omitempty"` // it spans so much that it is better read logarithmic
}

// Measure is what the curves show. One with a Base is how far the measure of that number is from Best.
type Measure struct {
	Name   string `json:"name"`
	Label  string `json:"label"`
	Unit   string `json:"unit,omitempty"`
	Falls  bool   `json:"falls,omitempty"`  // lower is better
	Regret bool   `json:"regret,omitempty"` // 0 is perfect, and a logarithm tells small ones apart
	Base   *int   `json:"base,omitempty"`
	Best   *digit `json:"best,omitempty"` // the best value that is known of the benchmark
}

// Arm is an algorithm.
type Arm struct {
	Label    string `json:"label"`
	Baseline bool   `json:"baseline,omitempty"`
	Runs     int    `json:"runs"`
}

// Band is a curve over runs, a step function: each value stands until the next. The columns are as in [trace.Band].
type Band struct {
	X      []digit `json:"x"`
	Q1     []digit `json:"q1"`
	Median []digit `json:"median"`
	Q3     []digit `json:"q3"`
	Mean   []digit `json:"mean"`
	CI     []digit `json:"ci"`
}

// digit is a number in as many significant digits as a curve shows.
type digit float64

// MarshalJSON writes the number, or null where it is not known.
func (d digit) MarshalJSON() ([]byte, error) {
	if !number.Known(float64(d)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(d), 'g', curveDigits, 64), nil
}

const (
	// An accuracy of 94.3733 % keeps four digits behind the point, as published tables have two.
	curveDigits = 6
	// Points of a curve: as many as the default number of trials, so that such a run is shown trial by trial, which is
	// more than a page has room for at least.
	mostPoints  = lab.DefaultTrials
	leastPoints = 40
	// Points of all curves of a page together: each takes about 40 bytes of a page that may have a million.
	budgetPoints = 10_000
	// From three decades on an axis is read logarithmic at first.
	logDecades = 3
)

// curvesOf are the curves of an experiment, of as many points as its share of the page has room for.
func curvesOf(s *trace.Set, share int) Curves {
	c := Curves{Axes: []Axis{}, Measures: []Measure{}, Arms: []Arm{}, Bands: [][][]Band{}}
	for _, a := range s.Arms {
		c.Arms = append(c.Arms, Arm{a.Label, a.Baseline, len(a.Runs)})
	}
	if s.Spec.Record == "none" || !s.Any(func(r *trace.Run) bool { return len(r.Steps) > 0 }) {
		return c
	}
	own := c.addMeasures(s)
	axes := axesOf(s)
	c.Along = along(s)
	n := share / max(1, len(axes)*len(own)*len(s.Arms))
	n = min(max(n, leastPoints), mostPoints) / 2
	for _, x := range axes {
		first, last := s.Span(x)
		c.Axes = append(c.Axes, Axis{x.Name, x.Label, first > 0 && last/first >= math.Pow10(logDecades)})
		var all [][]Band
		for _, m := range own {
			var bands []Band
			for i := range s.Arms {
				bands = append(bands, bandOf(&s.Arms[i], x, m, n))
			}
			all = append(all, bands)
		}
		c.Bands = append(c.Bands, all)
	}
	return c
}

// addMeasures fills in the measures and returns those that have curves of their own, which come first.
func (c *Curves) addMeasures(s *trace.Set) (own []trace.Measure) {
	at := map[string]int{}
	var regrets []trace.Measure
	for _, m := range s.Measures() {
		if _, is := regretOf[m.Name]; is {
			regrets = append(regrets, m)
			continue
		}
		at[m.Name] = len(own)
		of := Measure{Name: m.Name, Label: words.InUnit(m.What, m.Unit), Unit: m.Unit, Falls: m.Falls, Regret: m.Regret}
		if number.Known(m.Best) {
			best := digit(m.Best)
			of.Best = &best
		}
		own, c.Measures = append(own, m), append(c.Measures, of)
	}
	for _, m := range regrets {
		base, known := at[regretOf[m.Name]]
		if !known || c.Measures[base].Best == nil {
			continue
		}
		c.Measures = append(c.Measures, Measure{Name: m.Name, Label: words.InUnit(m.What, m.Unit), Unit: m.Unit,
			Falls: true, Regret: true, Base: &base, Best: c.Measures[base].Best})
	}
	return own
}

// regretOf names the measures that the script counts from another one.
var regretOf = map[string]string{"regret": "val", "test-regret": "test"}

// axesOf are the axes that tell something: that which bounds the runs, and epochs and seconds of all workers only where
// they are not the trials or the clock in another unit.
func axesOf(s *trace.Set) (axes []trace.Axis) {
	for _, x := range s.Axes() {
		if x.Name == trace.FullAxis {
			if _, err := s.Axis(x.Name); err != nil || s.Spec.Full == 0 {
				continue
			}
		}
		if x.Name != along(s) && slices.ContainsFunc(axes, func(o trace.Axis) bool { return proportional(s, o, x) }) {
			continue
		}
		axes = append(axes, x)
	}
	return axes
}

// along is the axis that bounds the runs: trials, where these do.
func along(s *trace.Set) string {
	switch {
	case s.Spec.Trials > 0:
	case s.Spec.Full > 0:
		return trace.FullAxis
	case s.Spec.Budget > 0:
		return "seconds"
	case s.Spec.TotalEpochs > 0:
		return "epochs"
	}
	return "trials"
}

// proportional says whether two axes are the same but for their unit.
func proportional(s *trace.Set, x, y trace.Axis) bool {
	const tolerance = 1e-9 // sums of the same seconds differ in their last digits
	ratio := math.NaN()
	return !s.Any(func(r *trace.Run) bool {
		for i := range r.Steps {
			a, b := x.At(&r.Steps[i]), y.At(&r.Steps[i])
			if a == 0 && b == 0 {
				continue
			}
			if math.IsNaN(ratio) {
				ratio = b / a
			}
			if a == 0 || math.Abs(b/a-ratio) > tolerance*math.Abs(ratio) {
				return true
			}
		}
		return false
	})
}

// bandOf is a curve at 2n points or a few more; points at which nothing changes are left out.
func bandOf(a *trace.Arm, x trace.Axis, m trace.Measure, n int) (b Band) {
	all := a.CurveAt(x, m, grid(a, x, m, n))
	same := func(i, k int) bool {
		is := func(of []float64) bool { return of[i] == of[k] || math.IsNaN(of[i]) && math.IsNaN(of[k]) }
		return is(all.Q1) && is(all.Median) && is(all.Q3) && is(all.Mean) && is(all.CI)
	}
	last := len(all.X) - 1
	for i := range all.X {
		if i > 0 && i < last && same(i, i-1) {
			continue
		}
		b.X, b.Q1 = append(b.X, digit(all.X[i])), append(b.Q1, digit(all.Q1[i]))
		b.Median, b.Q3 = append(b.Median, digit(all.Median[i])), append(b.Q3, digit(all.Q3[i]))
		b.Mean, b.CI = append(b.Mean, digit(all.Mean[i])), append(b.CI, digit(all.CI[i]))
	}
	return b
}

// grid are the points of a curve: all at which a run changes, where these are few, as whole trials are; else n spaced
// evenly and n spaced evenly on the logarithm.
func grid(a *trace.Arm, x trace.Axis, m trace.Measure, n int) (points []float64) {
	from, to := a.Reach(x, m)
	for i := range a.Runs {
		steps := m.Steps(&a.Runs[i])
		for k := range steps {
			if at := x.At(&steps[k]); at > from && at < to {
				points = append(points, at)
			}
		}
	}
	if points = distinct(append(points, from, to)); len(points) <= 2*n {
		return points
	}
	points = []float64{from, to}
	for k := range n {
		part := float64(k) / float64(n)
		points = append(points, from+float64(part*(to-from)))
		if from > 0 {
			points = append(points, from*math.Pow(to/from, part))
		}
	}
	return distinct(points)
}

// distinct are values in rising order, each once.
func distinct(xs []float64) []float64 {
	slices.Sort(xs)
	return slices.Compact(xs)
}

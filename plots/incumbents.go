package plots

import (
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// A Curve is one algorithm of a figure of incumbents.
type Curve struct {
	Set *trace.Set // whose algorithm it is
	Arm trace.Arm
}

// A View is one panel of it: a metric of the incumbent over the course of the search.
type View struct {
	Metric     string // one of Metrics
	X          string // trials or seconds
	LogX, LogY bool
	Mean       bool // draw the mean with its 95 % interval instead of median and quartiles
}

// Metrics of an incumbent after the full schedule, in the metric's unit. Regret is the best validation
// accuracy of the benchmark less the incumbent's; test-regret the same on test.
var Metrics = []string{"val", "test", "regret", "test-regret"}

// Axes are the two courses of a search.
var Axes = []string{"trials", "seconds"}

// Points on a curve: more than the pixels between two of them would show.
const curvePoints = 240

// steps makes a curve of true steps: an incumbent stands until the next replaces it.
func steps(b trace.Band, c Curve, mean bool) Series {
	mid, lo, hi := b.Median, b.Q1, b.Q3
	if mean {
		mid, lo, hi = b.Mean, nil, nil
		for i, m := range b.Mean {
			half := b.CI[i]
			if math.IsNaN(half) { // of one run
				half = 0
			}
			lo, hi = append(lo, m-half), append(hi, m+half)
		}
	}
	s := Series{Name: c.Set.Shown(&c.Arm), Baseline: c.Arm.Baseline}
	for i, x := range b.X {
		if i > 0 && (mid[i] != mid[i-1] || lo[i] != lo[i-1] || hi[i] != hi[i-1]) {
			s.X, s.Mid = append(s.X, x), append(s.Mid, mid[i-1])
			s.Lo, s.Hi = append(s.Lo, lo[i-1]), append(s.Hi, hi[i-1])
		}
		s.X, s.Mid = append(s.X, x), append(s.Mid, mid[i])
		s.Lo, s.Hi = append(s.Lo, lo[i]), append(s.Hi, hi[i])
	}
	return s
}

// Incumbents draws the median incumbent of every algorithm with the quartiles of its runs, or
// the mean with its interval.
func Incumbents(title, note string, curves []Curve, views ...View) (Figure, error) {
	f := Figure{Title: title, Note: note}
	for _, v := range views {
		p := Panel{LogX: v.LogX, LogY: v.LogY}
		lines := map[Line]bool{}
		for _, c := range curves {
			x, err := c.Set.Axis(v.X)
			if err != nil {
				return f, err
			}
			y, err := c.Set.Measure(v.Metric)
			if err != nil {
				return f, err
			}
			switch p.XLabel {
			case "", x.Label:
				p.XLabel = x.Label
			default:
				p.XLabel = "seconds, measured or simulated"
			}
			p.YLabel = y.Label
			if y.Top == 100 {
				p.Top = y.Top
			}
			p.Series = append(p.Series, steps(c.Arm.Curve(x, y, curvePoints, v.LogX), c, v.Mean))
			if !y.Regret && !math.IsNaN(y.Best) && y.Best != y.Top {
				l := Line{strings.TrimSpace(c.Set.Name + " best of the benchmark"), y.Best}
				if !lines[l] {
					lines[l] = true
					p.Lines = append(p.Lines, l)
				}
			}
		}
		f.Panels = append(f.Panels, p)
	}
	if len(f.Panels) == 0 {
		return f, fmt.Errorf("plots: no view asked for: %w", evolve.ErrInvalid)
	}
	return f, nil
}

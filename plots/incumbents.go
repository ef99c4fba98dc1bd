package plots

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// A Curve is one algorithm of a figure of incumbents.
type Curve struct {
	trace.Arm
	Name              string
	Baseline          bool
	Best              string // label of the reference line
	Metric            evolve.Metric
	Unpriced          bool    // its benchmark knows no seconds, but queries
	BestVal, BestTest float64 // lowest errors of its benchmark; NaN where unknown
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
	s := Series{Name: c.Name, Baseline: c.Baseline}
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

// of names the axis of a metric.
func of(m evolve.Metric) string {
	if m.Unit() == "" {
		return m.Name() + " of the incumbent"
	}
	return m.Name() + " of the incumbent (" + m.Unit() + ")"
}

// points is the unit of a regret.
func points(m evolve.Metric) string {
	if m.Unit() == "%" {
		return "(% points)"
	}
	return "(" + m.Name() + ")"
}

func regret(m evolve.Metric, value func(*journal.Entry) float64, best float64) func(*journal.Entry) float64 {
	at := m.Value(best)
	return func(r *journal.Entry) float64 { return m.Regret(value(r), at) }
}

// Incumbents draws the median incumbent of every algorithm with the quartiles of its runs, or
// the mean with its interval.
func Incumbents(title, note string, curves []Curve, views ...View) (Figure, error) {
	f := Figure{Title: title, Note: note}
	for _, v := range views {
		p := Panel{LogX: v.LogX, LogY: v.LogY}
		x := trace.Trials
		switch v.X {
		case "trials":
			p.XLabel = "trials"
		case "seconds":
			x, p.XLabel = trace.Seconds, "simulated seconds"
			if len(curves) > 0 && curves[0].Unpriced {
				p.XLabel = "queries"
			}
		default:
			return f, evolve.Unknown("axis", v.X, Axes)
		}
		lines := map[Line]bool{}
		for _, c := range curves {
			var y func(*journal.Entry) float64
			switch v.Metric {
			case "val":
				y, p.YLabel = trace.Validation(c.Metric), "validation "+of(c.Metric)
			case "test":
				y, p.YLabel = trace.TestResult(c.Metric), "test "+of(c.Metric)
			case "regret":
				y, p.YLabel = regret(c.Metric, trace.Validation(c.Metric), c.BestVal), "validation regret "+points(c.Metric)
			case "test-regret":
				y, p.YLabel = regret(c.Metric, trace.TestResult(c.Metric), c.BestTest), "test regret "+points(c.Metric)
			default:
				return f, evolve.Unknown("metric", v.Metric, Metrics)
			}
			if c.Metric.Unit() == "%" && (v.Metric == "val" || v.Metric == "test") {
				p.Top = 100
			}
			p.Series = append(p.Series, steps(c.Curve(x, y, curvePoints, v.LogX), c, v.Mean))
			if best := map[string]float64{"val": c.BestVal, "test": c.BestTest}[v.Metric]; best > 0 {
				l := Line{c.Best, c.Metric.Value(best)}
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

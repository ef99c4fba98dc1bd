package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "trajectories",
		Doc: "best architecture so far over the course of the search, or where searchers tell it what they would " +
			"answer with: median and quartiles of the runs, or their mean",
		Params: []evolve.Param{metricParam, courseParam, logXParam,
			evolve.Switch("log-y", false, "logarithmic axis of regrets"),
			evolve.Switch("mean", false, "mean with its 95 % interval instead of median and quartiles"),
		},
		New: func(o evolve.Options) (Figure, error) {
			return trajectories{o.Text("metric"), o.Text("x"), o.Text("log-x"), o.Yes("log-y"), o.Yes("mean")}, nil
		},
	})
}

type trajectories struct {
	metric, x, logX string
	logY, mean      bool
}

func (trajectories) Needs() Needs { return Needs{Trajectories: true, OneMetric: true, Curves: true} }

// Points on a curve: more than the pixels between two of them would show.
const curvePoints = 240

func (f trajectories) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	x, err := newCourse(f.x, f.logX, sets)
	if err != nil {
		return nil, err
	}
	c := Chart{Note: caption(sets, func(s *trace.Set) string { return f.drawn(s) + faintly(s, x.of(s)) })}
	shows, regrets := "best front so far", false
	names, err := metrics(f.metric, sets, []string{"regret", "test"}, []string{"val", "test"})
	if err != nil {
		return nil, err
	}
	m := newMultiples(sets)
	if m.several() && f.metric == auto {
		names = names[:1]
	}
	for _, name := range names {
		for i, group := range m.groups {
			p, y, err := f.panel(group, x, name)
			if err != nil {
				return nil, err
			}
			if m.several() {
				p.Title = m.title(i)
			}
			c.Panels, regrets = append(c.Panels, p), regrets || y.Regret
			if !y.Front {
				shows = standing(sets)
			}
		}
	}
	m.chart(&c)
	if f.logY && !regrets && f.metric != auto {
		return nil, fmt.Errorf("log-y is for regrets, and metric %s names none: %w", f.metric, evolve.ErrInvalid)
	}
	c.Title = cmp.Or(o.Title, heading(sets, shows))
	return c, nil
}

// standing names the architectures whose results curves show: the best so far, or what searchers would answer with.
func standing(sets []*trace.Set) string {
	advised := 0
	for _, s := range sets {
		if s.Spec.Advised {
			advised++
		}
	}
	switch advised {
	case 0:
		return "best architecture so far"
	case len(sets):
		return "present answer of the search"
	}
	return "best architecture so far, or present answer of the search"
}

// panel draws one metric of all experiments, and returns the measure.
func (f trajectories) panel(sets []*trace.Set, c course, metric string) (p Panel, y trace.Measure, err error) {
	p = Panel{XLabel: c.label, LogX: c.log}
	for _, s := range sets {
		if y, err = s.Measure(metric); err != nil {
			return p, y, err
		}
		p.YLabel, p.LogY = together(p.YLabel, y), f.logY && y.Regret
		if !math.IsNaN(y.Top) {
			p.Top = y.Top
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			band := a.Curve(c.of(s), y, curvePoints, c.log)
			of := steps(band, f.mean, Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline})
			of.From = fullFrom(s, a, c.of(s))
			p.Series = append(p.Series, of)
		}
		best := Line{shown(sets, s, "best of the benchmark"), y.Best}
		ends := math.IsNaN(y.Best) || y.Best == y.Top // the best that there can be is where the axis ends
		if !y.Regret && !ends && !slices.Contains(p.Lines, best) {
			p.Lines = append(p.Lines, best)
		}
	}
	if len(p.Lines) > 1 && !slices.ContainsFunc(p.Lines, func(l Line) bool { return l.Y != p.Lines[0].Y }) {
		p.Lines = []Line{{"best of the benchmark", p.Lines[0].Y}} // all are the same, as those of one benchmark are
	}
	return p, y, nil
}

// drawn says what the curves are of an experiment: medians, or means, of the runs that found something.
func (f trajectories) drawn(s *trace.Set) string {
	least, most := runsOf(s, func(r *trace.Run) bool { return len(r.Steps) > 0 })
	switch {
	case most < 2:
		return "One run"
	case f.mean:
		return fmt.Sprintf("Mean of %s runs with its 95 %% interval", between(least, most))
	}
	return fmt.Sprintf("Median and quartiles of %s runs", between(least, most))
}

// fullFrom is up to where the curve of an algorithm is told by shorter trainings; 0 where it never is.
func fullFrom(s *trace.Set, a *trace.Arm, x trace.Axis) float64 {
	if from := a.FullFrom(x, s.About.Epochs); from > a.From(x) {
		return from
	}
	return 0
}

// faintly says what is drawn thin and light of an experiment: "" where no algorithm begins with shorter trainings.
func faintly(s *trace.Set, x trace.Axis) string {
	runs := 0
	for _, a := range s.Arms {
		if fullFrom(s, &a, x) > 0 {
			runs = max(runs, len(a.Runs))
		}
	}
	switch {
	case runs == 0:
		return ""
	case runs == 1:
		return fmt.Sprintf(", thin and light before its first full training (%d epochs)", s.About.Epochs)
	}
	return fmt.Sprintf(", thin and light until half of an algorithm's runs have a full training (%d epochs)",
		s.About.Epochs)
}

// steps makes a curve of true steps: an incumbent stands until the next replaces it.
func steps(b trace.Band, mean bool, s Series) Series {
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

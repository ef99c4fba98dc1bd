package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "ecdf",
		Doc:  "share of the runs that end at most at a regret, or at least at a result; with within or reach, how soon",
		Paper: "Runs to a target over time: Hoos and Stützle, Artificial Intelligence 112, 1999; Hansen et al., " +
			"COCO, Optim. Methods Softw. 36, 2021",
		Params: []evolve.Param{metricParam, courseParam.OnlyFor("within, reach and at"), logXParam,
			evolve.Text("within", evolve.None,
				"regrets joined by +, a panel each: draw the share of the runs that have come so near the best, over "+
					"the search"),
			evolve.Text("reach", evolve.None,
				"results joined by +, in the unit of the metric, of hypervolumes shares of the exact front's, 0 to 1: "+
					"draw the share of the runs that have come to them, over the search"),
			atParam,
		},
		New: newECDF,
	})
}

// ecdf is a figure of distribution functions over runs.
type ecdf struct {
	metric, x, logX string
	targets         []float64 // none draws what was found
	at              float64   // NaN for none
	regret          bool      // the targets are regrets
}

func newECDF(o evolve.Options) (Figure, error) {
	f := ecdf{metric: o.Text("metric"), logX: o.Text("log-x")}
	within, err := targets("within", o.Text("within"), 0)
	if err != nil {
		return nil, err
	}
	reach, err := targets("reach", o.Text("reach"), -farthest)
	if err != nil {
		return nil, err
	}
	f.at, _ = o.Given("at")
	f.targets, f.regret = append(within, reach...), len(within) > 0
	switch aimed := len(f.targets) > 0; {
	case len(within) > 0 && len(reach) > 0:
		return nil, fmt.Errorf("figure ecdf: within is for regrets and reach for results: want one of them: %w",
			evolve.ErrInvalid)
	case aimed && !math.IsNaN(f.at):
		return nil, fmt.Errorf("figure ecdf: at is one budget and within and reach draw all: want one of them: %w",
			evolve.ErrInvalid)
	case aimed || !math.IsNaN(f.at):
		f.x = o.Text("x")
	}
	return f, nil
}

// targets reads the numbers of an option, which are joined by +, from the least that one may be on; none of "none".
func targets(option, text string, least float64) (all []float64, err error) {
	if text == evolve.None {
		return nil, nil
	}
	for _, part := range strings.Split(text, "+") {
		x, err := strconv.ParseFloat(part, 64)
		if err != nil || !(x >= least && x <= farthest) {
			return nil, fmt.Errorf("figure ecdf: %s=%s: want numbers joined by +, the range is none, or %g to %g: %w",
				option, text, least, farthest, evolve.ErrInvalid)
		}
		if slices.Contains(all, x) {
			return nil, fmt.Errorf("figure ecdf: %s=%s: %s is named twice: %w", option, text, part, evolve.ErrInvalid)
		}
		all = append(all, x)
	}
	return all, nil
}

func (f ecdf) Needs() Needs {
	return Needs{Trajectories: len(f.targets) > 0 || !math.IsNaN(f.at), OneMetric: true, Curves: true}
}

func (f ecdf) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	var x course
	if f.x != "" {
		var err error
		if x, err = newCourse(f.x, f.logX, sets); err != nil {
			return nil, err
		}
	}
	c := Chart{Note: caption(sets, func(s *trace.Set) string {
		faint := ""
		if len(f.targets) > 0 {
			faint = faintly(s, x.of(s))
		}
		least, most := runsOf(s, begun(s))
		if most == 1 {
			return "Of one run of each algorithm" + faint
		}
		return fmt.Sprintf("Shares of %s runs of each algorithm", between(least, most)) + faint
	})}
	if !math.IsNaN(f.at) {
		if err := x.within("ecdf", sets, f.at); err != nil {
			return nil, err
		}
	}
	regret, result := []string{"regret"}, []string{"val"}
	if len(f.targets) > 0 && !f.regret {
		regret = result
	}
	names, err := metrics(f.metric, sets, regret, result)
	if err != nil {
		return nil, err
	}
	m := newMultiples(sets)
	for _, name := range names {
		var of [][]Panel // by benchmark and target
		for i, group := range m.groups {
			panels, err := f.panels(group, x, name)
			if err != nil {
				return nil, err
			}
			for k := range panels {
				if m.several() {
					panels[k].Title = m.title(i)
				}
			}
			of = append(of, panels)
		}
		for k := range of[0] { // a row a target
			for _, panels := range of {
				c.Panels = append(c.Panels, panels[k])
			}
		}
	}
	if m.chart(&c); len(f.targets) > 1 && !m.several() {
		c.Columns = min(len(c.Panels), mostColumns)
	}
	c.Title = cmp.Or(o.Title, heading(sets, f.shows(x)))
	return c, nil
}

// panels draw a metric of experiments on one benchmark: what was found, or each target over the course of the search.
func (f ecdf) panels(sets []*trace.Set, x course, metric string) ([]Panel, error) {
	if len(f.targets) == 0 {
		p, err := f.values(sets, x, metric)
		return []Panel{p}, err
	}
	var all []Panel
	for _, target := range f.targets {
		p, err := f.course(sets, x, metric, target)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// shows is what the figure is of.
func (f ecdf) shows(x course) string {
	switch {
	case f.regret:
		return "how soon runs come near the best"
	case len(f.targets) > 0:
		return "how soon runs come to a result"
	case !math.IsNaN(f.at):
		return fmt.Sprintf("what the runs had found after %g %s", f.at, x.label)
	}
	return "what the runs found"
}

// values draws the distribution of a metric. Where lower is better it is the share of the runs at or below a value,
// else at or above. A run that found nothing counts among the runs and is at no value.
func (f ecdf) values(sets []*trace.Set, c course, metric string) (Panel, error) {
	p := Panel{Limits: [2]float64{0, 1}, LogX: f.logX == "yes"}
	var all [][]float64
	for _, s := range sets {
		y, err := s.Measure(metric)
		if err != nil {
			return p, err
		}
		if p.XLabel, p.YLabel = together(p.XLabel, y), "share of the runs at or above"; y.Falls {
			p.YLabel = "share of the runs at or below"
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			all = append(all, c.results(s, a, y, f.at))
			p.Series = append(p.Series, Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline})
		}
	}
	y, _ := sets[0].Measure(metric) // the loop has found it
	low, high := span(y, all, p.LogX)
	for i := range p.Series {
		p.Series[i].share(all[i], low, high, y.Falls)
	}
	return p, nil
}

// span is from the least to the greatest of all values for which an axis has a place, and on a linear one a little
// more, so that steps at its ends are seen; but not beyond what there can be.
func span(y trace.Measure, all [][]float64, log bool) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, xs := range all {
		for _, x := range xs {
			if drawable(x, log) {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	if log || low > high {
		return low, high
	}
	air := (high - low) / 25
	if below := low - air; !(low >= 0 && below < 0) {
		low = below
	}
	if above := high + air; !(high <= y.Top && above > y.Top) {
		high = above
	}
	return low, high
}

// share draws the share of values at most at X, or at least there, from low to high. NaN counts among the values and
// is nowhere.
func (s *Series) share(values []float64, low, high float64, most bool) {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(known)
	n := float64(len(values))
	at := func(x, count float64) { s.X, s.Mid = append(s.X, x), append(s.Mid, count/n) }
	count := 0.0 // of values before X
	total := float64(len(known))
	height := func() float64 {
		if most {
			return count
		}
		return total - count
	}
	for len(known) > 0 && known[0] < low {
		count++
		known = known[1:]
	}
	at(low, height())
	for len(known) > 0 && known[0] <= high {
		x := known[0]
		at(x, height())
		for len(known) > 0 && known[0] == x {
			count++
			known = known[1:]
		}
		at(x, height())
	}
	at(high, height())
}

package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "ecdf",
		Doc:  "share of the runs that end at most at a regret, or at least at a result; with within or reach, how soon",
		Paper: "Runs to a target over time: Hoos and Stützle, Artificial Intelligence 112, 1999; Hansen et al., " +
			"COCO, Optim. Methods Softw. 36, 2021",
		Params: []evolve.Param{metricParam, courseParam.OnlyFor("within, reach and at"), logXParam,
			evolve.Float("within", 0, 0, farthest,
				"a regret: draw the share of the runs that have come so near the best, over the search").OrNone(),
			evolve.Float("reach", 0, -farthest, farthest,
				"a result in the unit of the metric, of hypervolumes a share of the exact front's, 0 to 1: draw the "+
					"share of the runs that have come to it, over the search").OrNone(),
			evolve.Float("at", 0, 0, farthest,
				"a budget on the course: draw what the runs had found by then instead of at their ends").OrNone(),
		},
		New: newECDF,
	})
}

// farthest is beyond every result and every budget, whose bound in experiments it is.
const farthest = 1e15

// ecdf is a figure of distribution functions over runs.
type ecdf struct {
	metric, x, logX string
	target, at      float64 // NaN for none
	regret          bool    // the target is a regret
}

func newECDF(o evolve.Options) (Figure, error) {
	f := ecdf{metric: o.Text("metric"), logX: o.Text("log-x"), target: math.NaN()}
	within, near := o.Given("within")
	reach, to := o.Given("reach")
	f.at, _ = o.Given("at")
	switch {
	case near && to:
		return nil, fmt.Errorf("figure ecdf: within is for regrets and reach for results: want one of them: %w",
			evolve.ErrInvalid)
	case near:
		f.target, f.regret = within, true
	case to:
		f.target = reach
	}
	switch target := !math.IsNaN(f.target); {
	case target && !math.IsNaN(f.at):
		return nil, fmt.Errorf("figure ecdf: at is one budget and within and reach draw all: want one of them: %w",
			evolve.ErrInvalid)
	case target || !math.IsNaN(f.at):
		f.x = o.Text("x")
	}
	return f, nil
}

func (f ecdf) Needs() Needs {
	return Needs{Trajectories: !math.IsNaN(f.target) || !math.IsNaN(f.at), OneMetric: true, Curves: true}
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
		if !math.IsNaN(f.target) {
			faint = faintly(s, x.of(s))
		}
		least, most := runsOf(s, begun(s))
		if most == 1 {
			return "Of one run of each algorithm" + faint
		}
		return fmt.Sprintf("Shares of %s runs of each algorithm", between(least, most)) + faint
	})}
	if err := f.within(sets, x); err != nil {
		return nil, err
	}
	regret, result := []string{"regret"}, []string{"val"}
	if !math.IsNaN(f.target) && !f.regret {
		regret = result
	}
	names, err := metrics(f.metric, sets, regret, result)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		draw := f.values
		if !math.IsNaN(f.target) {
			draw = f.courses
		}
		p, err := draw(sets, x, name)
		if err != nil {
			return nil, err
		}
		c.Panels = append(c.Panels, p)
	}
	c.Title = cmp.Or(o.Title, heading(sets, f.shows(x)))
	return c, nil
}

// begun tells the runs that there are. Of an unfinished experiment those without a trial are still to begin; of a
// finished one they found nothing within their bounds, and count.
func begun(s *trace.Set) func(*trace.Run) bool {
	return func(r *trace.Run) bool { return s.Unfinished == 0 || r.Found() || r.Final.Trial > 0 }
}

// begunRuns are those of an algorithm that there are.
func begunRuns(s *trace.Set, a *trace.Arm) []trace.Run {
	is := begun(s)
	return slices.DeleteFunc(slices.Clone(a.Runs), func(r trace.Run) bool { return !is(&r) })
}

// within refuses a budget before which no run has found anything, or after which none of them went on.
func (f ecdf) within(sets []*trace.Set, c course) error {
	if math.IsNaN(f.at) {
		return nil
	}
	first, last := math.Inf(1), 0.0
	for _, s := range sets {
		from, to := s.Span(c.of(s))
		first, last = min(first, from), max(last, to)
	}
	switch {
	case f.at < first:
		return fmt.Errorf("figure ecdf: at=%g: by then no run had found anything, the first did at %s=%g: %w",
			f.at, c.name, first, evolve.ErrInvalid)
	case f.at > last:
		return fmt.Errorf("figure ecdf: at=%g: all runs had ended by then, the last at %s=%s: %w",
			f.at, c.name, strconv.FormatFloat(last, 'f', -1, 64), evolve.ErrInvalid)
	}
	return nil
}

// shows is what the figure is of.
func (f ecdf) shows(x course) string {
	switch {
	case f.regret:
		return "how soon runs come near the best"
	case !math.IsNaN(f.target):
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
		if p.XLabel, p.YLabel = y.Label, "share of the runs at or above"; y.Falls {
			p.YLabel = "share of the runs at or below"
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			there := begunRuns(s, a)
			xs := trace.Arm{Runs: there}.Ends(y)
			if !math.IsNaN(f.at) {
				for k := range xs {
					xs[k] = before(y, c.of(s), &there[k], f.at)
				}
			}
			all = append(all, xs)
			p.Series = append(p.Series, Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline})
		}
	}
	y, _ := sets[0].Measure(metric) // which is there
	low, high := span(y, all, p.LogX)
	for i := range p.Series {
		p.Series[i].share(all[i], low, high, y.Falls)
	}
	return p, nil
}

// before is the value of a run at a point of the course; NaN where nothing was found by then.
func before(y trace.Measure, x trace.Axis, r *trace.Run, at float64) float64 {
	value := math.NaN()
	for k, step := range y.Steps(r) {
		if x.At(&step) > at {
			break
		}
		value = y.At(r, k)
	}
	return value
}

// courses draws the share of runs that have met the target over the course of the search.
func (f ecdf) courses(sets []*trace.Set, c course, metric string) (Panel, error) {
	p := Panel{Limits: [2]float64{0, 1}, LogX: c.log, XLabel: c.label}
	var all [][]float64
	low := math.Inf(1)
	var high []float64 // where the curve of each algorithm ends
	for _, s := range sets {
		y, err := s.Measure(metric)
		if err != nil {
			return p, err
		}
		if y.Regret != f.regret {
			return p, fmt.Errorf("figure ecdf: within is for regrets and reach for results, and %s is the other: %w",
				metric, evolve.ErrInvalid)
		}
		if y.Name == trace.HypervolumeMeasure && f.target > 1 && s.ExactFront() != nil {
			return p, fmt.Errorf("figure ecdf: reach=%g: hypervolumes are shares of the exact front's: want 0 to 1: %w",
				f.target, evolve.ErrInvalid)
		}
		p.YLabel = fmt.Sprintf("share with %s ≥ %s", y.What, y.Number(f.target))
		if y.Falls {
			p.YLabel = fmt.Sprintf("share with %s ≤ %s", y.What, y.Number(f.target))
		}
		x := c.of(s)
		from, _ := s.Span(x)
		low = min(low, from)
		for i := range s.Arms {
			a := &s.Arms[i]
			var met, ends []float64
			for _, r := range begunRuns(s, a) {
				met = append(met, f.meets(y, x, &r))
				if r.Found() {
					ends = append(ends, x.End(&r))
				}
			}
			all, high = append(all, met), append(high, max(from, ending(s, ends)))
			p.Series = append(p.Series, Series{Name: shown(sets, s, a.Label), Baseline: a.Baseline,
				From: fullFrom(s, a, x)})
		}
	}
	for i := range p.Series {
		p.Series[i].share(all[i], low, high[i], true)
	}
	return p, nil
}

// ending is where the last run ends. Runs that are still to go on would count there as if they had missed the target
// for good: the curve of an unfinished experiment ends where half of its runs do, as trajectories do.
func ending(s *trace.Set, ends []float64) float64 {
	if len(ends) == 0 {
		return 0
	}
	slices.Sort(ends)
	if s.Unfinished > 0 {
		return stats.Quantile(ends, .5)
	}
	return ends[len(ends)-1]
}

// meets is where a run meets the target first; NaN where it never does.
func (f ecdf) meets(y trace.Measure, x trace.Axis, r *trace.Run) float64 {
	steps := y.Steps(r)
	for k := range steps {
		if v := y.At(r, k); v == f.target || y.Better(v, f.target) {
			return x.At(&steps[k])
		}
	}
	return math.NaN()
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

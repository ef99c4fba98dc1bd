// Package runs asks the runs of experiments one question and gives the answers as a table of scores, or of times to a
// target: a row a benchmark, a column an algorithm.
package runs

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// The questions: each says what of a run is compared.
const (
	End  = "end"  // what it had found at its end, or at a budget
	Area = "area" // the mean height of its anytime curve, the area below over the length
	Time = "time" // how long it took to a target
)

// Questions are all of them.
var Questions = []string{End, Area, Time}

// Question is what is asked of each run.
type Question struct {
	Of     string  // one of [Questions]
	Metric string  // one of [trace.Set.Measures]; "" for the usual one
	Axis   string  // one of [trace.Set.Axes], on which budgets, areas and times are measured
	At     float64 // a budget, the end of the area, or until when runs are watched; NaN for none
	Target float64 // of times, as the metric counts
	Regret bool    // the target is a regret
}

// Answers are the table of what the runs answer: of scores or, to [Time], of times.
type Answers struct {
	Scores *scores.Table
	Times  *scores.Times
	Lower  bool   // the lower scores are the better
	What   string // the runs answer, in words and with its unit, such as "validation accuracy (%) at the end"
	Notes  []string
}

// Ask asks the runs of experiments. The error says what they lack.
func Ask(sets []*trace.Set, q Question) (*Answers, error) {
	if err := refuse(sets, q); err != nil {
		return nil, err
	}
	rows, methods, err := rowsOf(sets, q)
	if err != nil {
		return nil, err
	}
	a := &Answers{Notes: doubts(rows, q)}
	name := q.metric(sets)
	table, times := &scores.Table{Methods: methods}, &scores.Times{Methods: methods}
	for k := range rows {
		r := &rows[k]
		from, to, err := q.describe(a, r, name, len(rows) == 1)
		if err != nil {
			return nil, err
		}
		scored, timed, err := q.answers(r, name, from, to)
		if err != nil {
			return nil, err
		}
		table.Rows, table.Scores = append(table.Rows, r.name), append(table.Scores, scored)
		times.Rows, times.Runs = append(times.Rows, r.name), append(times.Runs, timed)
	}
	if q.Of == Time {
		if len(times.Never()) == len(rows) {
			return nil, fmt.Errorf("%s: no run on any benchmark gets there, want a target that some runs reach: %w",
				a.What, evolve.ErrInvalid)
		}
		a.Times = times
		return a, nil
	}
	if len(rows) == 1 && !table.Several() {
		return nil, fmt.Errorf("%s: one run of each algorithm on one benchmark tells nothing apart: "+
			"want several runs (--seeds), or folders of several benchmarks: %w", sets[0].Name, evolve.ErrInvalid)
	}
	a.Scores = table
	return a, nil
}

// describe says in words what the runs of a row are asked, and between which points of the course their areas are
// taken. The metric has that name; alone says that there is no other row.
func (q *Question) describe(a *Answers, r *row, name string, alone bool) (from, to float64, err error) {
	s := r.of[0].set
	y, err := s.Measure(name)
	if err != nil {
		return 0, 0, err
	}
	if q.Of == Time && y.Regret != q.Regret {
		return 0, 0, fmt.Errorf("--within is for regrets and --reach for results, and %s is the other: %w", name,
			evolve.ErrInvalid)
	}
	x, err := s.Axis(q.Axis)
	if err != nil {
		return 0, 0, err
	}
	if from, to, err = q.span(r); err != nil {
		return 0, 0, err
	}
	if last := r.last(q.Axis); q.At > last {
		a.Notes = append(a.Notes, fmt.Sprintf("on %s every run ends before --at %g, at %.10g or earlier", r.name,
			q.At, last))
	} else if q.Of == Area || q.Of == End && !math.IsNaN(q.At) {
		if late := r.carried(q.Axis, to); late != "" {
			a.Notes = append(a.Notes, fmt.Sprintf("on %s runs that end before %.10g %s count with what they had "+
				"found: %s", r.name, to, x.Label, late))
		}
	}
	a.Lower, a.What = y.Falls, q.words(y, x, from, to, alone)
	return from, to, nil
}

// answers are those of the runs of a row by algorithm: lifetimes to [Time], else scores.
func (q *Question) answers(r *row, name string, from, to float64) (scored [][]float64, timed [][]stats.Lifetime,
	err error) {
	for _, e := range r.of {
		y, err := e.set.Measure(name)
		if err != nil {
			return nil, nil, err
		}
		x, err := e.set.Axis(q.Axis)
		if err != nil {
			return nil, nil, err
		}
		var xs []float64
		var lives []stats.Lifetime
		for i := range e.arm.Runs {
			if run := &e.arm.Runs[i]; q.Of == Time {
				lives = append(lives, q.lifetime(y, x, run))
			} else {
				xs = append(xs, q.score(y, x, run, from, to))
			}
		}
		scored, timed = append(scored, xs), append(timed, lives)
	}
	return scored, timed, nil
}

// score is a run's answer to [End] or [Area]; NaN where it has none.
func (q *Question) score(y trace.Measure, x trace.Axis, r *trace.Run, from, to float64) float64 {
	switch {
	case q.Of == Area:
		return y.Average(r, x, from, to)
	case !math.IsNaN(q.At):
		return y.Before(r, x, q.At)
	case !r.Result():
		return math.NaN()
	}
	return y.End(r)
}

// lifetime is how long a run took to the target, or until when it was watched in vain.
func (q *Question) lifetime(y trace.Measure, x trace.Axis, r *trace.Run) stats.Lifetime {
	if at := y.Reached(r, x, q.Target); !math.IsNaN(at) {
		return stats.Lifetime{At: at}
	}
	return stats.Lifetime{At: x.End(r), Censored: true}
}

// metric is the name of the measure: the usual one is the validation result, where all have several objectives the
// hypervolume, and of a regret that is a target the regret.
func (q *Question) metric(sets []*trace.Set) string {
	fronts := !slices.ContainsFunc(sets, func(s *trace.Set) bool {
		_, err := s.Measure(trace.HypervolumeMeasure)
		return err != nil
	})
	switch {
	case q.Metric != "":
		return q.Metric
	case q.Of == Time && q.Regret && fronts:
		return trace.GapMeasure
	case q.Of == Time && q.Regret:
		return "regret"
	case fronts:
		return trace.HypervolumeMeasure
	}
	return "val"
}

// span is the part of the course over which areas of a row are taken: from where all of its runs that found anything
// have an incumbent to the budget or, without one, to the last end of the algorithm that ends first.
func (q *Question) span(r *row) (from, to float64, err error) {
	first, shortest := math.Inf(1), math.Inf(1)
	for _, e := range r.of {
		x, err := e.set.Axis(q.Axis)
		if err != nil {
			return 0, 0, err
		}
		from = max(from, e.arm.From(x))
		one := *e.set
		one.Arms = []trace.Arm{*e.arm}
		begin, end := one.Span(x)
		first, shortest = min(first, begin), min(shortest, end)
	}
	if to = shortest; !math.IsNaN(q.At) {
		to = q.At
		if to < first {
			return 0, 0, fmt.Errorf("--at %g: no run on %s has found anything before %g: %w", q.At, r.name, first,
				evolve.ErrInvalid)
		}
	}
	if q.Of == Area && !(from < to) {
		return 0, 0, fmt.Errorf("the area on %s would end at %g, where some run has found nothing before %g: "+
			"want a larger --at: %w", r.name, to, from, evolve.ErrInvalid)
	}
	return from, to, nil
}

// words say what the runs answer.
func (q *Question) words(y trace.Measure, x trace.Axis, from, to float64, one bool) string {
	what := words.InUnit(y.What, y.Unit)
	switch {
	case q.Of == Time && y.Falls:
		return fmt.Sprintf("%s to %s ≤ %s", x.Label, y.What, y.Number(q.Target))
	case q.Of == Time:
		return fmt.Sprintf("%s to %s ≥ %s", x.Label, y.What, y.Number(q.Target))
	case q.Of == Area && one:
		return fmt.Sprintf("%s, averaged over %.6g to %.6g %s", what, from, to, x.Label)
	case q.Of == Area:
		return fmt.Sprintf("%s, averaged over the %s that all runs of a benchmark have", what, x.Label)
	case math.IsNaN(q.At):
		return what + " at the end"
	}
	return fmt.Sprintf("%s after %.10g %s", what, q.At, x.Label)
}

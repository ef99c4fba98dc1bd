package plots

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// farthest is beyond every result and every budget: experiments have the same bound.
const farthest = 1e15

// atParam is a budget by which a figure shows the runs, which it otherwise shows at their ends.
var atParam = evolve.Float("at", 0, 0, farthest,
	"a budget on the course: draw what the runs had found by then instead of at their ends").OrNone()

// given is a number that an option gives, NaN for none, and the axis that it lies on, "" where there is none.
func given(o evolve.Options, name string) (x float64, axis string) {
	x, ok := o.Given(name)
	if !ok {
		return x, ""
	}
	return x, o.Text("x")
}

// results are what the runs of an algorithm have found by a budget or, where that is NaN, at their ends.
func (c course) results(s *trace.Set, a *trace.Arm, y trace.Measure, at float64) []float64 {
	runs := begunRuns(s, a)
	xs := trace.Arm{Runs: runs}.Ends(y)
	if !math.IsNaN(at) {
		for i := range xs {
			xs[i] = y.Before(&runs[i], c.of(s), at)
		}
	}
	return xs
}

// begun tells which runs have begun. Runs without a trial are still to begin where the experiment is unfinished; where
// it is finished they found nothing within their bounds, and count.
func begun(s *trace.Set) func(*trace.Run) bool {
	return func(r *trace.Run) bool { return s.Unfinished == 0 || r.Found() || r.Final.Trial > 0 }
}

// begunRuns are the runs of an algorithm that have begun.
func begunRuns(s *trace.Set, a *trace.Arm) []trace.Run {
	is := begun(s)
	return slices.DeleteFunc(slices.Clone(a.Runs), func(r trace.Run) bool { return !is(&r) })
}

// within refuses a budget before which no run has found anything, or after which none of an experiment went on.
func (c course) within(kind string, sets []*trace.Set, at float64) error {
	first := math.Inf(1)
	for _, s := range sets {
		from, last := s.Span(c.of(s))
		first = min(first, from)
		if at > last {
			return fmt.Errorf("figure %s: at=%g: all runs of %s had ended by then, the last at %s=%s: %w", kind, at,
				folder(s), c.name, strconv.FormatFloat(last, 'f', -1, 64), evolve.ErrInvalid)
		}
	}
	if at < first {
		return fmt.Errorf("figure %s: at=%g: by then no run had found anything, the first did at %s=%g: %w",
			kind, at, c.name, first, evolve.ErrInvalid)
	}
	return nil
}

package plots

import (
	"fmt"
	"io"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Figures are the kinds of figures of experiments, one a file. Their specs are written as those of searchers:
// ecdf,metric=val.
var Figures = evolve.NewRegistry[Figure]("figure")

// Figure is a kind of figure with its options. Title, caption and axes are its own.
type Figure interface {
	Needs() Needs
	// Draw draws one or more experiments that fit its needs.
	Draw(sets []*trace.Set, o Options) (Drawing, error)
}

// Drawing is a figure that can be written, as "png", "svg" or "pdf", and that tells the numbers that it draws.
type Drawing interface {
	Write(w io.Writer, format string) error
	Data() Table
}

// Options are what every figure can be told.
type Options struct {
	Title string // in place of its own
	// Of a figure with Needs.Benchmark: the benchmark, and its spec as a person wrote it.
	Benchmark     evolve.Benchmark
	BenchmarkSpec string
}

// Needs are what a kind of figure asks of experiments.
type Needs struct {
	Trajectories bool // that incumbents were recorded, and not the runs' ends alone
	Trials       bool // that every trial was recorded: [trace.Set.RunTrials] gives them
	OneMetric    bool // that the results of all are in one metric
	OneBenchmark bool // that all are of one benchmark with the same options
	Objectives   bool // that there are several objectives, the same of all
	Curves       bool // that a reader can tell the algorithms of all together apart: at most MaxSeries
	Single       bool // that there is one experiment
	Arms         int  // that all together have at least so many algorithms
	Runs         int  // that every algorithm has at least so many runs that found something
	// Benchmark says that the figure is of a benchmark, in Options.Benchmark. Experiments may be given in its place:
	// then it is the benchmark of these.
	Benchmark bool
}

// lacking says what experiments lack; "" for nothing.
func (n Needs) lacking(sets []*trace.Set) string {
	if len(sets) == 0 {
		return "there is no experiment to draw"
	}
	if n.Single && len(sets) > 1 {
		return fmt.Sprintf("the figure is of one experiment, and there are %d", len(sets))
	}
	arms := 0
	for _, s := range sets {
		arms += len(s.Arms)
		switch m, first := s.About.Metric.Name(), sets[0].About.Metric.Name(); {
		case n.Trajectories && s.Spec.Record == "none":
			return folder(s) +
				" was recorded with record=none and holds no trajectories: run it with --record incumbents"
		case n.Trajectories && !n.Objectives && s.OnlyEnds():
			return folder(s) + " knows the results of its runs' answers alone, which are trained when a run ends, " +
				"and the figure is of results on the way: ecdf and box are of the ends"
		case n.Trials && s.RunTrials == nil:
			return fmt.Sprintf("%s was recorded with record=%s and holds no single trials: run it with --record all",
				folder(s), s.Spec.Record)
		case (n.OneBenchmark || n.Benchmark) && s.Spec.Benchmark != sets[0].Spec.Benchmark:
			return fmt.Sprintf("%s is of %s and %s of %s: the figure is of one benchmark", folder(s), s.Spec.Benchmark,
				folder(sets[0]), sets[0].Spec.Benchmark)
		case !s.Any((*trace.Run).Found):
			return "nothing was evaluated within the bounds of " + folder(s)
		case n.Objectives && len(s.Objectives) < 2:
			return folder(s) + " has one objective, and a front is of several"
		case n.Objectives &&
			!slices.Equal(evolve.ObjectiveNames(s.Objectives), evolve.ObjectiveNames(sets[0].Objectives)):
			return fmt.Sprintf("%s and %s have other objectives", folder(s), folder(sets[0]))
		case n.OneMetric && m != first:
			return fmt.Sprintf("%s is measured in %s and %s in %s, which have no axis in common",
				folder(s), m, folder(sets[0]), first)
		}
	}
	if why := n.few(sets, arms); why != "" {
		return why
	}
	if size := newMultiples(sets).size(); n.Curves && size > MaxSeries {
		return fmt.Sprintf(
			"%d algorithms are more than the %d that a reader can tell apart; draw some with amoeba plot --algo",
			size, MaxSeries)
	}
	return ""
}

// few says of what there is too little: algorithms of all together, or runs of one; "" of nothing.
func (n Needs) few(sets []*trace.Set, arms int) string {
	if arms < n.Arms {
		return fmt.Sprintf("%s, and the figure compares at least %d", number.Count(arms, "algorithm"), n.Arms)
	}
	for _, s := range sets {
		for _, a := range s.Arms {
			found := 0
			for i := range a.Runs {
				if a.Runs[i].Found() {
					found++
				}
			}
			if found < n.Runs {
				return fmt.Sprintf("%s of %s has %s that found something, and the figure needs %d", a.Label, folder(s),
					number.Count(found, "run"), n.Runs)
			}
		}
	}
	return ""
}

// folder is an experiment in an error.
func folder(s *trace.Set) string {
	if s.Name != "" {
		return s.Name
	}
	return "the experiment"
}

// Draw draws experiments, or a benchmark, as a spec says.
func Draw(spec evolve.Spec, sets []*trace.Set, o Options) (Drawing, error) {
	f, _, err := Figures.Open(spec)
	if err != nil {
		return nil, err
	}
	needs := f.Needs()
	switch {
	case o.Benchmark == nil:
		if why := needs.lacking(sets); why != "" {
			return nil, fmt.Errorf("%s: %w", why, evolve.ErrInvalid)
		}
	case !needs.Benchmark:
		return nil, fmt.Errorf("figure %s is of experiments: want folders in place of a benchmark: %w", spec.Name,
			evolve.ErrInvalid)
	case len(sets) > 0:
		return nil, fmt.Errorf("figure %s is of one benchmark: want folders or a benchmark, one of them: %w", spec.Name,
			evolve.ErrInvalid)
	}
	if needs.Benchmark && o.Benchmark == nil {
		o.BenchmarkSpec = sets[0].Spec.Benchmark
		if o.Benchmark, _, err = evolve.Benchmarks.OpenText(o.BenchmarkSpec); err != nil {
			return nil, fmt.Errorf("the benchmark of %s: %w", folder(sets[0]), err)
		}
	}
	return f.Draw(sets, o)
}

// DrawScores draws a table of scores as a spec says; errors name the table. Few kinds of figures are of one.
func DrawScores(spec evolve.Spec, name string, t *scores.Table, o Options) (Drawing, error) {
	f, _, err := Figures.Open(spec)
	if err != nil {
		return nil, err
	}
	of, ok := f.(interface {
		DrawScores(name string, t *scores.Table, o Options) (Drawing, error)
	})
	if !ok {
		return nil, fmt.Errorf("figure %s is of experiments: want folders in place of %s: %w", spec.Name, name,
			evolve.ErrInvalid)
	}
	return of.DrawScores(name, t, o)
}

// Lacking says why experiments have no figure of a kind, such as that they found nothing; "" where they have one.
func Lacking(spec evolve.Spec, sets ...*trace.Set) string {
	f, _, err := Figures.Open(spec)
	if err != nil {
		return err.Error()
	}
	return f.Needs().lacking(sets)
}

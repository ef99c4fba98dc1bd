package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

func searchCmd() *cobra.Command {
	var f experimentFlags
	c := &cobra.Command{
		Use:   "search",
		Short: "Run one search and print the architecture it found",
		Args:  args(0, 0),
	}
	defaults := lab.Default()
	defaults.Algos, defaults.Seeds = []string{"regevo"}, 1
	f.add(c, defaults)
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := f.open(c)
		if err != nil {
			return err
		}
		if len(e.Arms) != 1 || e.Spec.Seeds != 1 {
			return fmt.Errorf("search is one study: want one --algo and one seed; amoeba compare runs more: %w", evolve.ErrInvalid)
		}
		if f.run.out == "" {
			f.run.out = "amoeba-search-" + e.ID()
		}
		return carry(c, e, f.run, func(o *lab.Outcome, r lab.Report) error {
			return tellSearch(c, o, r, f.run.out)
		})
	}
	return c
}

// found is what a search is for.
type found struct {
	Arch    string   `json:"arch"` // in the literature's notation
	Genome  string   `json:"genome"`
	Trial   int64    `json:"trial"`
	Seconds *float64 `json:"sim_seconds,omitempty"`
	Real    *float64 `json:"seconds,omitempty"` // measured, where networks are trained
	Val     float64  `json:"val"`               // in the unit of the metric, after the full schedule
	Test    float64  `json:"test"`
	Others  []other  `json:"others,omitempty"` // further objectives

	bench evolve.Benchmark // nil where it is not to be had any more
}

// other is a further objective of an architecture; what should be high is negated.
type other struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// foundBy is the architecture that a single study found, nil for more or none.
func foundBy(o *lab.Outcome, dir string) *found {
	if len(o.Set.Arms) != 1 || len(o.Set.Arms[0].Runs) != 1 || len(o.Set.Arms[0].Runs[0].Steps) == 0 {
		return nil
	}
	steps := o.Set.Arms[0].Runs[0].Steps
	s := steps[len(steps)-1]
	f := &found{Arch: s.Arch, Genome: s.Arch, Trial: s.Trial, Val: o.About.Metric.Value(s.ValError), Test: o.About.Metric.Value(s.TestError)}
	if o.About.Trains() {
		f.Real = &s.Seconds
	} else {
		f.Seconds = &s.Seconds
	}
	bench := o.Bench
	if bench == nil { // read back: if the benchmark is still to be had, it knows the notation
		if spec, err := evolve.ParseSpec(o.Spec.Benchmark); err == nil {
			if b, _, err := evolve.Benchmarks.Open(spec); err == nil {
				bench = b
			}
		}
	}
	if f.bench = bench; bench != nil {
		if n, ok := bench.Problem().Space.(evolve.Notation); ok {
			f.Arch = n.Format(evolve.Arch(s.Arch))
		}
		f.Others = othersOf(bench, o, dir)
	}
	return f
}

// othersOf are the further objectives of what a single study found: asked for again, but where
// that would be a training.
func othersOf(b evolve.Benchmark, o *lab.Outcome, dir string) (all []other) {
	names := evolve.ObjectiveNames(b.Problem().Objectives[1:])
	var r evolve.Result
	switch a := o.Set.Arms[0].Runs[0].Final.Arch; {
	case len(names) == 0:
		return nil
	case o.About.Trains():
		r.Others = o.OthersOf(dir, 0, 0)
	default:
		if b.Evaluate(context.Background(), &evolve.Trial{Proposal: evolve.Proposal{Arch: evolve.Arch(a)}}, &r) != nil {
			return nil
		}
	}
	for i, x := range r.Others {
		all = append(all, other{names[i], x})
	}
	return all
}

func tellSearch(c *cobra.Command, o *lab.Outcome, r lab.Report, dir string) error {
	w := c.OutOrStdout()
	run := o.Set.Arms[0].Runs[0]
	x := r.Results[0]
	fmt.Fprintf(w, "%s on %s: %d trials, %.0f %s\n", x.Algo, r.Benchmark, run.Final.Trial, run.Final.Seconds, r.Clock())
	best := foundBy(o, dir)
	if best == nil {
		fmt.Fprintln(w, "nothing was evaluated within the bounds")
		return nil
	}
	m := o.About.Metric
	printed := func(x float64) string {
		what := m.Unit()
		if m.Name() != evolve.Accuracy.Name() {
			what = strings.TrimSpace(what + " " + m.Name())
		}
		return fmt.Sprintf("%.3f %s", x, what)
	}
	clock := "s"
	if r.Unpriced {
		clock = r.Clock()
	}
	regret := ""
	if x := float64(x.RegretMean); !math.IsNaN(x) {
		regret = fmt.Sprintf("; regret %.3f", x)
	}
	fmt.Fprintf(w, "best      %s\ngenome    %s, found by trial %d at %.0f %s\nobserved  %s validation, epochs %d\nreported  %s validation, %s test after the full schedule (%s)%s\nnumbers   %s\n",
		best.Arch, best.Genome, best.Trial, *cmp.Or(best.Seconds, best.Real), clock, printed(m.Value(run.Final.Loss)), r.Epochs, printed(best.Val), printed(best.Test), kind(r.Kind), regret, r.Source)
	if text := r.Repeats(); text != "" {
		fmt.Fprintln(w, text)
	}
	for _, x := range best.Others {
		fmt.Fprintf(w, "%-9s %g (told, not minimised)\n", x.Name, x.Value)
	}
	for _, p := range r.Files {
		fmt.Fprintln(w, "wrote    ", p)
	}
	if best.bench == nil {
		return nil
	}
	if commands := next(best.bench, r.Benchmark, evolve.Arch(best.Genome), dir); len(commands) > 0 {
		fmt.Fprintf(w, "\nGo on with it:\n  %s\n", strings.Join(commands, "\n  "))
	}
	return nil
}

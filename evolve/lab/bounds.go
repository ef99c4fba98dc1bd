package lab

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// bounds are when a run ends, of which at least one is given: 0 is none.
type bounds struct {
	trials       int
	budget, full float64
	epochs       int // of all trials
}

func (s *Spec) bounds() bounds { return bounds{s.Trials, s.Budget, s.Full, s.TotalEpochs} }

// bound gives the spec other bounds.
func (s *Spec) bound(b bounds) {
	s.Trials, s.Budget, s.Full, s.TotalEpochs = b.trials, b.budget, b.full, b.epochs
}

// Bound gives the spec the bounds of another.
func (s *Spec) Bound(of Spec) { s.bound(of.bounds()) }

// within says whether a run with these bounds is no longer than one with others.
func (b bounds) within(o bounds) bool {
	return b.trials <= o.trials && b.budget <= o.budget && b.full <= o.full && b.epochs <= o.epochs
}

// Metered says whether the runs of an experiment are bounded by something that a trial can pass, so that its overshoot
// matters.
func (s *Spec) Metered() bool { return s.Budget > 0 || s.Full > 0 || s.TotalEpochs > 0 }

// or are the bounds with others in the place of those that are given.
func (b bounds) or(o bounds) bounds {
	return bounds{cmp.Or(o.trials, b.trials), cmp.Or(o.budget, b.budget), cmp.Or(o.full, b.full),
		cmp.Or(o.epochs, b.epochs)}
}

// endless says whether runs may be without a bound: searchers that train shared weights end by themselves.
func (e *Experiment) endless() bool { return e.Bench.Problem().Sharing != nil }

// said are the things that the bounds count, in words.
func (b bounds) said() string {
	var all []string
	for _, c := range []struct {
		given bool
		of    string
	}{{b.trials > 0, "trials"}, {b.budget > 0, "seconds"}, {b.full > 0, "full trainings"}, {b.epochs > 0, "epochs"}} {
		if c.given {
			all = append(all, c.of)
		}
	}
	return strings.Join(all, " and ")
}

// roomFor refuses a bound of epochs within which no trial of an arm ends: all its runs would find nothing. Where
// weights are shared [Experiment.roomForFirst] does.
func (e *Experiment) roomFor(a *Arm) error {
	levels := e.Bench.Problem().Fidelities
	if e.Spec.TotalEpochs == 0 || len(levels) == 0 || e.endless() {
		return nil
	}
	least := levels[len(levels)-1].Epochs
	if least == 0 {
		return fmt.Errorf("total_epochs %d: no trial on %s trains an epoch, which this bound counts: want trials "+
			"or a budget: %w", e.Spec.TotalEpochs, e.Spec.Benchmark, evolve.ErrUnsupported)
	}
	if a.Schedules() {
		least = levels[0].Epochs
	}
	if e.Spec.TotalEpochs >= least || e.Spec.Overshoot != "drop" {
		return nil
	}
	return fmt.Errorf("total_epochs %d: each trial of %s is trained for %s or more: "+
		"want %d or more, or overshoot count: %w",
		e.Spec.TotalEpochs, a.Label, number.Count(least, "epoch"), least, evolve.ErrInvalid)
}

// roomForFirst is roomFor of a searcher that trains shared weights and has begun: its first proposal says for how many
// epochs its first trial trains them, which are all epochs where later trials only score.
func (e *Experiment) roomForFirst(a *Arm, s evolve.Searcher) error {
	var first evolve.Proposal
	if !e.endless() || e.Spec.TotalEpochs == 0 || e.Spec.Overshoot != "drop" || !s.Ask(&first) ||
		e.Spec.TotalEpochs >= first.Epochs {
		return nil
	}
	return fmt.Errorf("total_epochs %d: the first trial of %s trains the shared weights for %s: "+
		"want %d or more, or overshoot count: %w",
		e.Spec.TotalEpochs, a.Label, number.Count(first.Epochs, "epoch"), first.Epochs, evolve.ErrInvalid)
}

// wanted says which bounds would do where no trial ended within those that there are. Where networks are trained, only
// the journals in the folder know how long a training takes.
func (o *Outcome) wanted(dir string) string {
	takes := number.Count(o.About.Epochs, "epoch")
	if cost, err := o.fullCost(); err == nil {
		takes += fmt.Sprintf(" and %s s in the mean, which is --full 1", number.Brief(cost))
	}
	if first := o.firstEnd(dir); o.Spec.Budget > 0 && first > o.Spec.Budget && !math.IsInf(first, 1) {
		return fmt.Sprintf("the first trial ended at %s s: want a --budget of as much, or --overshoot count",
			number.Brief(first))
	}
	return fmt.Sprintf("a full training takes %s: want bounds of as much, or --overshoot count", takes)
}

// firstEnd is when the first trial ended, in seconds of its run, as the journals of the runs have it; +Inf where there
// are none.
func (o *Outcome) firstEnd(dir string) float64 {
	first := math.Inf(1)
	for run := range o.Spec.Seeds {
		for a := range o.Arms {
			past, err := journal.ReadFile(filepath.Join(o.runDir(dir, a, run), trialsFile))
			if err != nil {
				continue
			}
			for i := range past {
				first = min(first, past[i].End)
			}
		}
	}
	return first
}

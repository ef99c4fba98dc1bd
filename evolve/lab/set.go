package lab

import (
	"fmt"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// set is the experiment with the rows of its runs, as figures, tables and reports look at it.
func (e *Experiment) set(rows []journal.Entry) (*trace.Set, error) {
	arms, err := trace.Group(rows)
	if err != nil {
		return nil, err
	}
	// By the other rules a shorter training may well tell the best.
	fullOnly := e.Spec.Rule() == trace.Highest && !e.Spec.Advised() && !e.About.Shared
	for i := range arms {
		a := &arms[i]
		k := slices.IndexFunc(e.Arms, func(of Arm) bool { return of.Algo == a.Algo })
		if k < 0 {
			return nil, fmt.Errorf("rows of %q, which is no algorithm of the experiment: %w", a.Algo, evolve.ErrInvalid)
		}
		of := &e.Arms[k]
		a.Label, a.Params, a.Paper, a.Baseline = of.Label, of.Params, of.Paper, of.Baseline
		for run := range a.Runs {
			end := &a.Runs[run].Final
			a.Runs[run].Partial = fullOnly && end.Arch != "" && int(end.Epochs) < e.About.Epochs
		}
	}
	s := e.Spec
	return &trace.Set{
		About: e.About, Objectives: e.Objectives, Arms: arms, FullCost: sync.OnceValues(e.fullCost),
		Exact: sync.OnceValues(e.exactFront),
		Spec: trace.Spec{Benchmark: s.Benchmark, Seeds: s.Seeds, Trials: s.Trials, Budget: s.Budget, Full: s.Full,
			TotalEpochs: s.TotalEpochs, Overshoot: s.Overshoot, Workers: s.Workers, Cluster: s.Cluster,
			Record: s.Record, Seed: s.Seed, Rule: s.Rule(), Advised: s.Advised()},
	}, nil
}

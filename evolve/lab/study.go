package lab

import (
	"context"
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// study runs one run and returns its incumbents and its end.
func (e *Experiment) study(ctx context.Context, arm *Arm, run int, trials *journal.TrialWriter) ([]journal.Incumbent, error) {
	searcher, err := arm.entry.New(arm.opts)
	if err != nil {
		return nil, err
	}
	rec := recorder{bench: e.Bench, trials: trials, all: e.Spec.Record != "none",
		row: journal.Incumbent{Algo: arm.Label, Run: int32(run), Loss: math.Inf(1), ValError: math.NaN(), TestError: math.NaN()}}
	if trials != nil {
		trials.Run(run)
	}
	study := evolve.Study{
		Problem: e.Bench.Problem(), Searcher: searcher, Pool: evolve.Simulate(e.Bench, e.Spec.Workers), Recorder: &rec,
		Seed: e.Seed(arm, run), Trials: e.Spec.Trials, Budget: e.Spec.Budget, Overshoot: e.Spec.Overshoot == "count",
	}
	sum, err := study.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s, run %d: %w", arm.Label, run, err)
	}
	rec.row.Trial, rec.row.Seconds, rec.row.Final = int64(sum.Trials), sum.End, true
	return append(rec.rows, rec.row), nil
}

// recorder keeps the incumbent: the trial of strictly lowest observed loss, the first of
// equals. Its reported errors come through the benchmark's second door.
type recorder struct {
	bench  evolve.Benchmark
	trials *journal.TrialWriter
	all    bool
	told   int64
	row    journal.Incumbent
	rows   []journal.Incumbent
}

func (r *recorder) Record(o *evolve.Outcome) error {
	r.told++
	if r.trials != nil {
		if err := r.trials.Record(o); err != nil {
			return err
		}
	}
	if !(o.Loss < r.row.Loss) {
		return nil
	}
	s, err := r.bench.Score(&o.Trial)
	if err != nil {
		return err
	}
	r.row.Trial, r.row.Seconds, r.row.Arch = r.told, o.End, string(o.Arch)
	r.row.Loss, r.row.ValError, r.row.TestError = o.Loss, s.Val, s.Test
	if r.all {
		r.rows = append(r.rows, r.row)
	}
	return nil
}

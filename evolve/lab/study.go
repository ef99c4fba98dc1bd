package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// study runs one run and returns its incumbents and its end. Of what it finds on the way it tells
// trials and l, which may be nil.
func (e *Experiment) study(ctx context.Context, a, run int, trials *journal.TrialWriter, l *live) ([]journal.Incumbent, error) {
	arm := &e.Arms[a]
	searcher, err := arm.searcher()
	if err != nil {
		return nil, err
	}
	rec := e.recorder(e.Bench, arm, run)
	rec.trials, rec.live = trials, l
	if trials != nil {
		trials.Run(run)
	}
	if e.base != nil { // what is recorded must come again
		rec.all = true
		if rec.past, err = e.recordedTrials(a, run); err != nil {
			return nil, err
		}
	}
	study := e.studyOf(arm, run, searcher)
	study.Pool, study.Recorder = evolve.Simulate(e.Bench, e.Spec.Workers), &rec
	sum, err := study.Run(ctx)
	switch {
	case errors.Is(err, evolve.ErrDiverged):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s, run %d: %w", arm.Label, run, err)
	}
	rows := rec.finals(sum)
	if err := e.repeats(a, run, rows); err != nil {
		return nil, err
	}
	if rec.past != nil {
		if err := rec.past.end(run); err != nil {
			return nil, err
		}
	}
	if e.Spec.Record == "none" {
		rows = rows[len(rows)-1:]
	}
	return rows, nil
}

// studyOf is a run's study, without its pool and its recorder.
func (e *Experiment) studyOf(arm *Arm, run int, s evolve.Searcher) evolve.Study {
	return evolve.Study{Problem: e.Bench.Problem(), Searcher: s, Seed: e.Seed(arm, run),
		Trials: e.Spec.Trials, Budget: e.Spec.Budget, Overshoot: e.Spec.Overshoot == "count"}
}

// recorder keeps the incumbent: of the trials of the highest fidelity so far, the one of
// strictly lowest observed loss, the first of equals. Losses of a shorter training say little
// of a longer one. Its reported errors come through the benchmark's second door.
type recorder struct {
	bench  evolve.Benchmark
	last   int // epochs of the last fidelity
	epochs int // of the incumbent
	trials *journal.TrialWriter
	live   *live
	past   *pastTrials // that must come again; nil for none
	all    bool
	told   int64
	row    journal.Incumbent
	rows   []journal.Incumbent
}

func (e *Experiment) recorder(bench evolve.Benchmark, arm *Arm, run int) recorder {
	f := bench.Problem().Fidelities
	return recorder{bench: bench, last: f[len(f)-1].Epochs, all: e.Spec.Record != "none", row: nothing(arm, run)}
}

// nothing is the row of a run that has no incumbent.
func nothing(arm *Arm, run int) journal.Incumbent {
	return journal.Incumbent{Algo: arm.Label, Run: int32(run), Loss: math.Inf(1), ValError: math.NaN(), TestError: math.NaN()}
}

// finals are the rows of a finished run.
func (r *recorder) finals(sum evolve.Summary) []journal.Incumbent {
	r.row.Trial, r.row.Seconds, r.row.Final = int64(sum.Trials), sum.End, true
	return append(r.rows, r.row)
}

func (r *recorder) Record(o *evolve.Outcome) error {
	r.told++
	if r.past != nil {
		if err := r.past.check(r.row.Run, o); err != nil {
			return err
		}
	}
	if r.trials != nil {
		if err := r.trials.Record(o); err != nil {
			return err
		}
	}
	if r.live != nil && r.told%liveTrials == 0 {
		r.live.stands(r.told, o.End)
	}
	epochs := cmp.Or(o.Epochs, r.last)
	if o.Err != nil || epochs < r.epochs || epochs == r.epochs && !(o.Loss < r.row.Loss) {
		return nil
	}
	s, err := r.bench.Score(&o.Trial)
	if err != nil {
		return err
	}
	r.epochs = epochs
	r.row.Trial, r.row.Seconds, r.row.Arch = r.told, o.End, string(o.Arch)
	r.row.Loss, r.row.ValError, r.row.TestError = o.Loss, s.Val, s.Test
	if r.all {
		r.rows = append(r.rows, r.row)
		if r.live != nil {
			r.live.found(r.row)
		}
	}
	return nil
}

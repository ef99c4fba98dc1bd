package lab

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// studyOf is a run's study, without its pool and its recorder.
func (e *Experiment) studyOf(arm *Arm, run int, s evolve.Searcher) evolve.Study {
	return evolve.Study{Problem: e.Bench.Problem(), Searcher: s, Seed: e.Seed(arm, run),
		Trials: e.Spec.Trials, Budget: e.Spec.Budget, Spent: e.Spec.Full * e.FullCost, Epochs: e.Spec.TotalEpochs,
		Overshoot: e.Spec.Overshoot == "count", Stopwatch: arm.stopwatch(run)}
}

// FitsModels says whether the arm's searcher fits a model for its proposals, as far as it is known here.
func (a *Arm) FitsModels() bool { return a.entry.ModelsOf(a.opts) }

// Keeps says whether a result keeps what the arm's options ask of it, as constraints do; nil where they ask for
// nothing, and as far as it is known here.
func (a *Arm) Keeps(p evolve.Problem) func(*evolve.Result) bool {
	if a.entry.Keeps == nil {
		return nil
	}
	return a.entry.Keeps(a.opts, p)
}

// One run in so many is timed where its searcher answers so soon that reading clocks would be seen.
const timedRun = 8

// stopwatch is that of a run, nil where it is not timed.
func (a *Arm) stopwatch(run int) *evolve.Stopwatch {
	models := a.FitsModels()
	if !models && run%timedRun != 0 {
		return nil
	}
	return &evolve.Stopwatch{Sampled: !models}
}

// timed are the seconds of a stopwatch; NaN of none.
func timed(w *evolve.Stopwatch) float64 {
	if w == nil {
		return math.NaN()
	}
	return w.Seconds()
}

// recorder keeps the entries of a run's archive. Their reported errors come through the benchmark's second door.
type recorder struct {
	bench   evolve.Benchmark
	archive *trace.Archive
	others  int // objectives beside the loss
	problem evolve.Problem
	shared  bool            // losses are of shared weights, see [evolve.About]
	asks    evolve.Searcher // whose trials these are; nil where nobody said so
	trials  *journal.TrialWriter
	live    *live
	past    *pastTrials // that must come again; nil for none
	all     bool        // keep all entries, not the end alone
	told    int64
	spent   float64 // seconds
	epochs  int64   // that were trained
	row     journal.Entry
	answer  evolve.Trial // that row is of
	rows    []journal.Entry
	// Where searchers tell their incumbents, the latest trial of each architecture that did not fail; nil otherwise.
	trialOf map[evolve.Arch]evolve.Outcome
	then    func()      // called when the searcher has been told the latest of them; nil is nothing
	now     float64     // on the clock, when the latest of them was told
	pool    evolve.Pool // whose workers may be lost; nil of others
	workers int         // that the pool had
	lost    int         // of these workers, when the latest trial was told
}

func (e *Experiment) recorder(bench evolve.Benchmark, arm *Arm, run int) recorder {
	p := bench.Problem()
	r := recorder{bench: bench, archive: trace.NewArchive(p, e.Spec.Rule()), others: len(p.Objectives) - 1,
		problem: p, shared: bench.About().Shared, all: e.Spec.Record != "none", row: nothing(arm, run)}
	if e.Spec.Advised() {
		r.trialOf = map[evolve.Arch]evolve.Outcome{}
	}
	return r
}

// nothing is the row of a run that has no incumbent.
func nothing(arm *Arm, run int) journal.Entry {
	return nothingOf(journal.Entry{Algo: arm.Algo, Label: arm.Label, Run: int32(run)})
}

// nothingOf is the row of the same run without an incumbent.
func nothingOf(r journal.Entry) journal.Entry {
	return journal.Entry{Algo: r.Algo, Label: r.Label, Run: r.Run, Loss: math.Inf(1),
		ValError: math.NaN(), TestError: math.NaN()}
}

// finals are the rows of a finished run.
func (r *recorder) finals(sum evolve.Summary) []journal.Entry {
	r.row.Trial, r.row.Seconds, r.row.Final = int64(sum.Trials), sum.End, true
	r.row.Spent, r.row.SpentEpochs = r.spent, r.epochs
	r.row.Lost = int32(r.lost)
	return append(r.rows, r.row)
}

// broken are the rows of a run whose searcher broke: the end alone, without an incumbent, as nothing of it counts.
// [trace.Run.Broken] tells it by a loss that is no number.
func (r *recorder) broken(sum evolve.Summary) []journal.Entry {
	end := nothingOf(r.row)
	end.Loss, end.Trial, end.Seconds, end.Final = math.NaN(), int64(sum.Trials), sum.End, true
	end.Spent, end.SpentEpochs = r.spent, r.epochs
	return []journal.Entry{end}
}

func (r *recorder) Record(o *evolve.Outcome) error {
	if r.told++; r.told == 1 {
		if ranker := rankerOf(r.asks); ranker != nil {
			r.archive.RankBy(ranker.Ahead)
		}
	}
	r.spent += o.Cost
	r.epochs += int64(r.problem.EpochsTrained(o))
	if r.pool != nil {
		r.lost = r.workers - r.pool.Size()
	}
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
		r.live.stands(r.told, o.End, r.spent, r.epochs)
	}
	if o.Err == nil && len(o.Others) < r.others {
		return fmt.Errorf("%s has %d further objectives, want %d: %w",
			o.Arch, len(o.Others), r.others, evolve.ErrInvalid)
	}
	if r.trialOf != nil {
		r.remember(o)
		return nil
	}
	if !r.archive.Add(o) {
		return nil
	}
	return r.enter(o, o.End, r.archive.Leads())
}

// enter makes an entry of an outcome, at so many seconds on the clock.
func (r *recorder) enter(o *evolve.Outcome, now float64, best bool) error {
	s, err := r.bench.Score(&o.Trial)
	if err != nil {
		return err
	}
	row := r.row
	row.Trial, row.Seconds, row.Spent, row.SpentEpochs = r.told, now, r.spent, r.epochs
	row.Arch, row.Epochs = string(o.Arch), int32(r.archive.Epochs(o))
	if r.problem.Sharing != nil {
		row.Epochs = int32(r.epochs) // that the shared weights were trained when the loss was seen
	}
	row.Loss, row.Others, row.Best = o.Loss, slices.Clone(o.Others[:r.others]), best
	row.ValError, row.TestError = s.Val, s.Test
	if best {
		r.row, r.answer = row, o.Trial
	}
	if r.all {
		r.rows = append(r.rows, row)
		if r.live != nil {
			r.live.found(row)
		}
	}
	return nil
}

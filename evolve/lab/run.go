package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Options are how an experiment is run: none of them changes a byte of what it finds.
type Options struct {
	Procs int    // real cores; at least 1
	Dir   string // the folder; "" keeps nothing
	// Observer, which may be nil, hears of the events [Progress], [Trained] and [Epoch], and of those of the benchmark,
	// one at a time.
	Observer evolve.Observer
}

// Progress is how many runs are finished. It is reported now and then.
type Progress struct{ Done, Of int }

// Outcome is an experiment with what it found and what that took.
type Outcome struct {
	*Experiment
	Set  *trace.Set // what it found, all that figures and tables look at
	Ran  []int64    // trials of each arm that this process ran, without those that it resumed from
	Wall []float64  // real seconds that these took: busy time of all cores over the number of cores
	// AskTell are the real seconds that each arm's searcher took itself, to ask and to be told, in the mean of the runs
	// that this process timed; NaN where there are none.
	AskTell []float64
	Broken  []Broken // in the order of algorithms and runs
	Waiting []Arm    // of an experiment that is not finished, algorithms that have found nothing yet: no Arms
	Files   []string // written, the folder's path included
}

// Interrupted says that an experiment was stopped and where it goes on.
type Interrupted struct {
	Dir         string
	Done, Total int // runs
	Cause       error
	Unsaved     error    // why the finished runs could not be saved; nil when they are
	Broken      []Broken // of the finished runs; who goes on does not know why
}

func (i *Interrupted) Error() string {
	text := fmt.Sprintf("stopped with %d of %d runs done: %v", i.Done, i.Total, i.Cause)
	if i.Unsaved != nil {
		text += fmt.Sprintf("; they are not saved: %v", i.Unsaved)
	}
	return text
}

func (i *Interrupted) Unwrap() error { return i.Cause }

// Stuck says that what stopped the experiment is there when it goes on, too: something in the folder is not what the
// experiment wants, and has to be put right first.
func (i *Interrupted) Stuck() bool {
	for _, kind := range []error{evolve.ErrInvalid, evolve.ErrDiverged, evolve.ErrUnknown, evolve.ErrUnsupported} {
		if errors.Is(i.Cause, kind) {
			return true
		}
	}
	return false
}

// A unit of work are consecutive runs of one arm, computed on one goroutine.
type unit struct{ arm, from, to int }

// A runner computes the runs of an experiment: simulated ones, or ones that train networks.
type runner interface {
	// todo are the units that the folder does not hold, in the order in which they are begun.
	todo(held runs) ([]unit, error)
	// parallel is how many units are computed at a time.
	parallel() int
	// compute computes a unit and reports each of its runs that is kept.
	compute(ctx context.Context, u unit, report func(ranRun)) error
	// save keeps what has been found so far, so that a kill loses little of it.
	save(finished runs) error
}

// ranRun is a run that was computed or read: its rows, and how many of its trials this process ran.
type ranRun struct {
	run  int
	rows []journal.Entry
	ran  int64
	own  float64 // seconds of its searcher; NaN where it was read
	// why its searcher broke, which wraps evolve.ErrBroken; nil where it did not, or the run was read
	broke error
}

// Broken is a run whose searcher broke in this process. It counts as failed and has no result.
type Broken struct {
	Label string // the algorithm's
	Run   int
	Err   error
}

// runner is the experiment's.
func (e *Experiment) runner(o Options) runner {
	if e.About.Trains() {
		return &trainedRuns{e, o}
	}
	return &simulatedRuns{e: e, o: o}
}

// Run runs what the folder does not hold yet. Stopped by ctx it keeps the finished runs and
// returns an *Interrupted; so it does when all is done and cannot be written, beside the
// outcome.
func (e *Experiment) Run(ctx context.Context, o Options) (*Outcome, error) {
	if err := RefuseExtension(o.Dir); err != nil {
		return nil, err
	}
	if err := e.begins(); err != nil {
		return nil, err
	}
	o.Observer = o.Observer.OneAtATime()
	if e.Extends() {
		return e.extend(ctx, o)
	}
	return e.run(ctx, o)
}

// begins lets each searcher begin once, so that what one has against its options is said before a folder is made or
// extended: it would be said again whenever the folder is gone on with.
func (e *Experiment) begins() error {
	for i := range e.Arms {
		a := &e.Arms[i]
		err := a.guarded(func() error {
			s, err := a.searcher()
			if err == nil {
				if err = s.Init(e.Bench.Problem(), evolve.Stream(e.Spec.Seed, "begins")); err == nil {
					err = e.roomForFirst(a, s)
				}
				_ = evolve.Close(s) // no trial is lost where it breaks: its first run begins it anew
				a.first.Store(&s)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("algo %q on %s: %w", a.Algo, e.Spec.Benchmark, err)
		}
	}
	return nil
}

func (e *Experiment) run(ctx context.Context, o Options) (*Outcome, error) {
	w := &work{runs: e.noRuns(), total: len(e.Arms) * e.Spec.Seeds, busy: make([]time.Duration, len(e.Arms)),
		ran: make([]int64, len(e.Arms)), own: make([]own, len(e.Arms)), broke: map[unit]error{}}
	if o.Dir != "" {
		unlock, err := e.open(o.Dir, w.runs)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	r := e.runner(o)
	todo, err := r.todo(w.runs)
	if err != nil {
		return nil, err
	}
	if err := w.do(ctx, r, todo, o.Observer); err != nil {
		return nil, &Interrupted{Dir: o.Dir, Done: w.runs.done(), Total: w.total, Cause: err, Unsaved: r.save(w.runs),
			Broken: w.brokenOf(e)}
	}
	out := &Outcome{Experiment: e, Wall: w.wall(todo, r.parallel()), Ran: w.ran, AskTell: w.askTell(),
		Broken: w.brokenOf(e)}
	if err := e.finish(out, o.Dir, w.runs); err != nil {
		return out, &Interrupted{Dir: o.Dir, Done: w.total, Total: w.total, Cause: err, Unsaved: r.save(w.runs)}
	}
	return out, nil
}

// work is an experiment's computation: what is done of it.
type work struct {
	mu    sync.Mutex // guards what follows
	runs  runs
	total int             // of all runs
	busy  []time.Duration // by arm: the sum of the units' times
	ran   []int64         // by arm: trials
	own   []own           // by arm
	broke map[unit]error  // by run: why its searcher broke
}

// brokenOf lists the runs of an experiment whose searchers broke.
func (w *work) brokenOf(e *Experiment) (all []Broken) {
	for a := range e.Arms {
		for run := range e.Spec.Seeds {
			if err := w.broke[unit{a, run, run + 1}]; err != nil {
				all = append(all, Broken{e.Arms[a].Label, run, err})
			}
		}
	}
	return all
}

// own is what searchers took themselves, in so many runs.
type own struct {
	seconds float64
	runs    int
}

// askTell are the searchers' seconds by arm, in the mean of the runs.
func (w *work) askTell() []float64 {
	means := make([]float64, len(w.own))
	for a, x := range w.own {
		means[a] = x.seconds / float64(x.runs)
	}
	return means
}

// How often a long experiment reports its progress.
const reportEvery = 100 * time.Millisecond

// How often it saves what is done and what the runs in progress have found: what a kill loses of
// finished runs. Lowered by tests.
var saveEvery = 10 * time.Second

// do computes the units, several at a time, until all are done, one fails or the context is.
func (w *work) do(ctx context.Context, r runner, todo []unit, o evolve.Observer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done atomic.Int64
	done.Store(int64(w.total))
	for _, u := range todo {
		done.Add(int64(u.from - u.to))
	}
	var wg sync.WaitGroup
	for range min(max(r.parallel(), 1), len(todo)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(todo) || ctx.Err() != nil {
					return
				}
				if err := w.one(ctx, r, todo[i], &done); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	report := func() { o.Report(Progress{int(done.Load()), w.total}) }
	reporting, keeping := time.NewTicker(reportEvery), time.NewTicker(saveEvery)
	defer reporting.Stop()
	defer keeping.Stop()
	for report(); ; {
		select {
		case <-reporting.C:
			report()
		case <-keeping.C:
			w.mu.Lock()
			held := w.runs.clone()
			w.mu.Unlock()
			if err := r.save(held); err != nil {
				cancel(err)
			}
		case <-finished:
			report()
			return context.Cause(ctx)
		}
	}
}

// one computes a unit.
func (w *work) one(ctx context.Context, r runner, u unit, done *atomic.Int64) (err error) {
	begin := time.Now()
	ran := int64(0)
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if ran > 0 { // else what the folder held was read
			w.ran[u.arm] += ran
			w.busy[u.arm] += time.Since(begin)
		}
	}()
	return r.compute(ctx, u, func(x ranRun) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.runs[u.arm][x.run] = x.rows
		if x.broke != nil {
			w.broke[unit{u.arm, x.run, x.run + 1}] = x.broke
		}
		ran += x.ran
		if !math.IsNaN(x.own) {
			w.own[u.arm].seconds += x.own
			w.own[u.arm].runs++
		}
		done.Add(1)
	})
}

// wall are the real seconds of each arm's computation: of so many units at a time as there were.
func (w *work) wall(todo []unit, parallel int) []float64 {
	units := make([]int, len(w.busy))
	for _, u := range todo {
		units[u.arm]++
	}
	wall := make([]float64, len(w.busy))
	for a, busy := range w.busy {
		wall[a] = busy.Seconds() / float64(max(1, min(parallel, units[a])))
	}
	return wall
}

// guarded returns what f does, a panic as an error that names the arm.
func (a *Arm) guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: internal error: %v", a.Label, p)
		}
	}()
	return f()
}

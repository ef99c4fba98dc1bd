package evolve

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// LocalOptions say how a [Local] pool works.
type LocalOptions struct {
	Window int  // trials in flight, those included that ended and wait for their turn
	Procs  int  // evaluations at a time, 0 = Window; it changes no loss and no proposal
	Told   bool // costs may be other seconds than the trials took, see [About.Told]: the clock does not follow them
	// Abreast is for an evaluator that works on trials jointly, see [About.Abreast]: the whole window is evaluated at a
	// time, whatever Procs. A cost is then a trial's share of seconds that several took together, and the clock shows
	// what all were charged so far, those in flight included, so that it counts these seconds once and trials that end
	// together end at the same second; unless costs are told.
	Abreast bool
	// Past is what the journal of a stopped study holds, nil for a new study. These trials are
	// not evaluated again but delivered as recorded. The clock goes on from the last.
	Past []Outcome
	// Journal, which may be nil, is given each outcome that is not of the past, once and when it
	// ends, which may be long before it is delivered: so no trial that has ended is lost. The
	// calls do not overlap; an error stops the study.
	Journal Recorder
}

// Local returns a pool that evaluates on goroutines and measures real seconds. It delivers outcomes in the order of
// starting: what a searcher knows when it proposes then depends on the window of trials in flight alone, and a run is
// reproducible. A panic in an evaluation becomes an error that stops the study. A trial that is not the recorded one of
// its number is ErrDiverged.
func Local(e Evaluator, o LocalOptions) *LocalPool {
	if o.Procs <= 0 || o.Abreast {
		o.Procs = o.Window
	}
	l := &LocalPool{eval: e, o: o, begin: time.Now(), done: make(chan *Outcome, o.Window),
		known: make(map[int]*Outcome, len(o.Past)), flight: NewFlight(min(o.Procs, o.Window))}
	for i := range o.Past {
		l.known[o.Past[i].ID] = &o.Past[i]
		l.offset = max(l.offset, o.Past[i].End)
		l.flight.charged += o.Past[i].Cost
	}
	l.flight.past = l.offset
	return l
}

// LocalPool is the pool that [Local] returns.
type LocalPool struct {
	eval    Evaluator
	o       LocalOptions
	begin   time.Time
	offset  float64          // seconds on the clock at begin
	known   map[int]*Outcome // recorded and not yet asked for
	done    chan *Outcome    // holds Window, so that an evaluation never waits to hand over
	arrived []*Outcome       // not yet delivered
	running []int            // IDs not yet delivered, rising
	workers sync.WaitGroup
	flight  *Flight

	mu      sync.Mutex // guards what follows and orders the calls of Journal
	busy    int        // workers
	queue   []job      // started, and waiting for a worker
	resumed float64    // seconds that trials say they took before this pool began: they count
}

type job struct {
	ctx context.Context
	o   *Outcome
}

// Size is the window.
func (l *LocalPool) Size() int { return l.o.Window }

func (l *LocalPool) clock() float64 {
	if l.sums() {
		l.flight.clock.Lock()
		defer l.flight.clock.Unlock()
		return l.flight.shows()
	}
	return l.offset + l.resumed + time.Since(l.begin).Seconds()
}

// sums says whether the clock is that of the flight.
func (l *LocalPool) sums() bool { return l.o.Abreast && !l.o.Told }

// Start queues a trial; with the context done, only one whose outcome is known.
func (l *LocalPool) Start(ctx context.Context, t *Trial) error {
	if len(l.running) == l.o.Window {
		return fmt.Errorf("evolve: all %d workers are busy", l.o.Window)
	}
	if o, ok := l.known[t.ID]; ok {
		delete(l.known, t.ID)
		l.running, l.arrived = append(l.running, t.ID), append(l.arrived, o)
		return diverged(t, o)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &Outcome{Trial: *t}
	l.running = append(l.running, o.ID)
	l.flight.Stand(l.flight.Most()) // others may be started before the next Wait, which knows how many were
	l.mu.Lock()
	defer l.mu.Unlock()
	if o.Known != nil {
		o.Result = *o.Known
		o.Cost = 0
		o.Start = l.clock()
		l.end(ctx, o, 0)
		return nil
	}
	l.queue = append(l.queue, job{l.flight.With(ctx), o})
	if l.busy < l.o.Procs {
		l.busy++
		l.workers.Go(l.work)
	}
	return nil
}

// work evaluates what is queued, in the order of starting, until there is nothing.
func (l *LocalPool) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		j := l.queue[0]
		l.queue = l.queue[1:]
		begin := time.Now()
		j.o.Start = l.clock()
		l.mu.Unlock()
		l.evaluate(j)
		took := time.Since(begin).Seconds()
		l.mu.Lock()
		l.end(j.ctx, j.o, took)
	}
	l.busy--
}

func (l *LocalPool) evaluate(j job) {
	defer func() {
		if p := recover(); p != nil {
			j.o.Err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if j.o.Err = j.ctx.Err(); j.o.Err == nil { // stopped while it waited
		j.o.Err = l.eval.Evaluate(j.ctx, &j.o.Trial, &j.o.Result)
	}
}

// end hands over an outcome. The lock is held.
func (l *LocalPool) end(ctx context.Context, o *Outcome, took float64) {
	if err := ctx.Err(); err != nil && errors.Is(o.Err, ErrFailed) {
		o.Err = err // who is stopped has not failed: the trial is to be evaluated again
	}
	err := settle(o)
	if err == nil && !l.o.Told {
		l.resumed = max(l.resumed, o.Cost-took)
	}
	o.End = l.clock()
	if a := AccountOf(ctx); a != nil && err == nil && l.sums() {
		o.End = a.ends(o.Cost)
	}
	if err == nil && l.o.Journal != nil {
		if err = l.o.Journal.Record(o); err != nil {
			err = fmt.Errorf("record: %w", err)
		}
	}
	if err != nil {
		o.Err = err
	}
	l.done <- o
}

// Wait returns the outcome of the trial that was started first of those in flight. Whenever it has to wait, no trial
// can be started until one ends, and the flight hears how many are evaluated.
func (l *LocalPool) Wait(ctx context.Context) (*Outcome, error) {
	if len(l.running) == 0 {
		return nil, errIdle
	}
	for {
		next := func(o *Outcome) bool { return o.ID == l.running[0] }
		if i := slices.IndexFunc(l.arrived, next); i >= 0 {
			o := l.arrived[i]
			l.arrived = slices.Delete(l.arrived, i, i+1)
			l.running = slices.Delete(l.running, 0, 1)
			if len(l.running) == 0 {
				l.flight.Stand(0)
			}
			return o, nil
		}
		l.flight.Stand(min(len(l.running)-len(l.arrived), l.flight.Most()))
		select {
		case o := <-l.done:
			l.arrived = append(l.arrived, o)
		case <-ctx.Done():
			l.flight.Stand(0)
			return nil, ctx.Err()
		}
	}
}

// Drain waits until nothing is evaluated any more; after a study was stopped, whoever cancelled
// its context calls it. What ends meanwhile, Journal is given.
func (l *LocalPool) Drain() { l.workers.Wait() }

// Unasked is the lowest number of a trial of the past that was not asked for, 0 for none. After
// the end of a study there is none, unless the journal is of another.
func (l *LocalPool) Unasked() int {
	lowest := 0
	for id := range l.known {
		if lowest == 0 || id < lowest {
			lowest = id
		}
	}
	return lowest
}

// diverged says how a trial differs from the recorded one of its number.
func diverged(t *Trial, o *Outcome) error {
	a, b := t.Proposal, o.Proposal
	a.Known, b.Known = nil, nil
	if a == b && t.Seed == o.Seed {
		return nil
	}
	for _, x := range []struct {
		what       string
		asks, have any
	}{
		{"architecture", t.Arch, o.Arch}, {"epochs", t.Epochs, o.Epochs}, {"the weights of trial", t.From, o.From},
		{"epochs before", t.Trained, o.Trained}, {"parents", t.Parents, o.Parents}, {"tag", t.Tag, o.Tag},
		{"seed", t.Seed, o.Seed},
	} {
		if x.asks != x.have {
			return fmt.Errorf("trial %d asks for %s %v, the journal has %v: %w",
				t.ID, x.what, x.asks, x.have, ErrDiverged)
		}
	}
	return nil
}

package evolve

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// Order is the order in which a [Local] pool delivers outcomes.
type Order int

const (
	// ByID delivers in the order of starting. What a searcher knows when it proposes then
	// depends on the window of trials in flight alone, and a run is reproducible.
	ByID Order = iota
	// ByArrival delivers whatever ends first: faster, and declared not reproducible.
	ByArrival
)

// Local returns a pool that evaluates on n goroutines and measures real seconds. A panic in
// an evaluation becomes an error that stops the study.
//
// past, nil for a new study, is what the journal of a stopped one holds, in its order. These
// trials are not evaluated again but delivered as recorded, in that order, and the clock goes
// on from the last of them. A trial that is not the recorded one is ErrDiverged.
func Local(e Evaluator, n int, order Order, past []Outcome) Pool {
	l := &local{eval: e, n: n, order: order, begin: time.Now(), done: make(chan *Outcome, n), past: past, known: make(map[int]*Outcome, len(past))}
	for i := range past {
		l.known[past[i].ID] = &past[i]
		l.offset = max(l.offset, past[i].End)
	}
	return l
}

type local struct {
	eval    Evaluator
	n       int
	order   Order
	begin   time.Time
	offset  float64   // seconds on the clock at begin
	past    []Outcome // recorded and not yet delivered
	known   map[int]*Outcome
	done    chan *Outcome // holds n, so that an evaluation never waits to hand over
	arrived []*Outcome    // not yet delivered
	running []int         // IDs not yet delivered, rising
}

func (l *local) Size() int { return l.n }

func (l *local) clock() float64 { return l.offset + time.Since(l.begin).Seconds() }

func (l *local) Start(ctx context.Context, t *Trial) error {
	if len(l.running) == l.n {
		return fmt.Errorf("evolve: all %d workers are busy", l.n)
	}
	if o, ok := l.known[t.ID]; ok {
		l.running = append(l.running, t.ID)
		l.arrived = append(l.arrived, o)
		return diverged(t, o)
	}
	o := &Outcome{Trial: *t, Start: l.clock()}
	l.running = append(l.running, o.ID)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				o.Err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			o.End = l.clock()
			l.done <- o
		}()
		if o.Known != nil {
			o.Result = *o.Known
			o.Cost = 0
			return
		}
		o.Err = l.eval.Evaluate(ctx, &o.Trial, &o.Result)
	}()
	return nil
}

func (l *local) Wait(ctx context.Context) (*Outcome, error) {
	if len(l.running) == 0 {
		return nil, errIdle
	}
	for {
		if i := slices.IndexFunc(l.arrived, l.due); i >= 0 {
			o := l.arrived[i]
			l.arrived = slices.Delete(l.arrived, i, i+1)
			at := slices.Index(l.running, o.ID)
			l.running = slices.Delete(l.running, at, at+1)
			if len(l.past) > 0 {
				l.past = l.past[1:]
			}
			return o, nil
		}
		if len(l.past) > 0 && !slices.Contains(l.running, l.past[0].ID) {
			return nil, fmt.Errorf("the journal goes on with trial %d, which was not asked for: %w", l.past[0].ID, ErrDiverged)
		}
		select {
		case o := <-l.done:
			l.arrived = append(l.arrived, o)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// due says whether an outcome that is there is the next to deliver.
func (l *local) due(o *Outcome) bool {
	switch {
	case len(l.past) > 0:
		return o.ID == l.past[0].ID
	case l.order == ByID:
		return o.ID == l.running[0]
	}
	return true
}

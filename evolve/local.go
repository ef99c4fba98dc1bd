package evolve

import (
	"context"
	"fmt"
	"runtime/debug"
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

// Local returns a pool that evaluates on n goroutines and measures real seconds from its
// making. A panic in an evaluation becomes an error that stops the study.
func Local(e Evaluator, n int, order Order) Pool {
	return &local{eval: e, n: n, order: order, begin: time.Now(), done: make(chan *Outcome, n)}
}

type local struct {
	eval    Evaluator
	n       int
	order   Order
	begin   time.Time
	done    chan *Outcome // holds n, so that an evaluation never waits to hand over
	arrived []*Outcome    // not yet delivered
	running []int         // IDs not yet delivered, rising
}

func (l *local) Size() int { return l.n }

func (l *local) clock() float64 { return time.Since(l.begin).Seconds() }

func (l *local) Start(ctx context.Context, t *Trial) error {
	if len(l.running) == l.n {
		return fmt.Errorf("evolve: all %d workers are busy", l.n)
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
		for i, o := range l.arrived {
			if l.order == ByArrival || o.ID == l.running[0] {
				l.arrived = append(l.arrived[:i], l.arrived[i+1:]...)
				for k, id := range l.running {
					if id == o.ID {
						l.running = append(l.running[:k], l.running[k+1:]...)
						break
					}
				}
				return o, nil
			}
		}
		select {
		case o := <-l.done:
			l.arrived = append(l.arrived, o)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

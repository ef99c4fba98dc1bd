package evolve

import (
	"context"
	"errors"
	"fmt"
)

var errIdle = errors.New("evolve: Wait with nothing running")

// Simulate returns a pool of n virtual workers. Trials are evaluated at once and
// delivered in the order in which their cost says they would have ended, ties by ID.
// The clock has no wall time in it.
func Simulate(e Evaluator, n int) Pool {
	s := &sim{eval: e, slots: make([]Outcome, n+1), heap: make([]int, 0, n), idle: make([]int, 0, n+1)}
	for i := n; i >= 0; i-- {
		s.idle = append(s.idle, i)
	}
	return s
}

// Outcomes stay in their slots; the heap holds slot numbers. One slot more than there are
// workers lets the delivered outcome stand while the next trial starts.
type sim struct {
	eval  Evaluator
	now   float64
	slots []Outcome
	heap  []int // by (End, ID)
	idle  []int
}

func (s *sim) Size() int { return len(s.slots) - 1 }

func (s *sim) Start(ctx context.Context, t *Trial) error {
	if len(s.heap) == s.Size() {
		return fmt.Errorf("evolve: all %d workers are busy", s.Size())
	}
	n := len(s.idle) - 1
	slot := s.idle[n]
	s.idle = s.idle[:n]
	o := &s.slots[slot]
	o.Trial, o.Result, o.Err = *t, Result{}, nil
	if t.Known != nil {
		o.Result = *t.Known
		o.Cost = 0
	} else {
		o.Err = s.eval.Evaluate(ctx, &o.Trial, &o.Result)
	}
	o.Start = s.now
	o.End = s.now + o.Cost
	s.heap = append(s.heap, slot)
	s.up(len(s.heap) - 1)
	return nil
}

func (s *sim) Wait(context.Context) (*Outcome, error) {
	if len(s.heap) == 0 {
		return nil, errIdle
	}
	top := s.heap[0]
	n := len(s.heap) - 1
	s.heap[0] = s.heap[n]
	s.heap = s.heap[:n]
	s.down(0)
	// Put under the stack: with a spare slot, the next Start takes another.
	s.idle = append(s.idle, top)
	if k := len(s.idle) - 1; k > 0 {
		s.idle[0], s.idle[k] = s.idle[k], s.idle[0]
	}
	o := &s.slots[top]
	s.now = o.End
	return o, nil
}

func (s *sim) less(a, b int) bool {
	x, y := &s.slots[a], &s.slots[b]
	return x.End < y.End || x.End == y.End && x.ID < y.ID
}

func (s *sim) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if !s.less(s.heap[i], s.heap[p]) {
			return
		}
		s.heap[i], s.heap[p] = s.heap[p], s.heap[i]
		i = p
	}
}

func (s *sim) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(s.heap) {
			return
		}
		if c+1 < len(s.heap) && s.less(s.heap[c+1], s.heap[c]) {
			c++
		}
		if !s.less(s.heap[c], s.heap[i]) {
			return
		}
		s.heap[i], s.heap[c] = s.heap[c], s.heap[i]
		i = c
	}
}

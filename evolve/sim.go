package evolve

import (
	"context"
	"errors"
	"fmt"
	"math"
)

var errIdle = errors.New("evolve: Wait with nothing running")

// Simulate returns a pool of n virtual workers. Trials are evaluated at once and
// delivered in the order in which their cost says they would have ended, ties by ID.
// The clock has no wall time in it.
func Simulate(e Evaluator, n int) Pool { return SimulateOn(e, n, nil) }

// SimulateOn is [Simulate] on workers that are as slow and as short-lived as fates say; nil is for workers that do what
// the evaluator says. Size is then the number of workers that are left. A trial whose worker is lost fails or, as its
// fate says, goes to another worker: to one that has nothing to do, else to the first that has ended its trial, before
// any new one; where no worker is left it fails after all. The cost of a trial is all the seconds for which it had
// workers.
func SimulateOn(e Evaluator, n int, fates Fates) Pool {
	s := &sim{eval: e, workers: n, slots: make([]Outcome, n+1), heap: make([]int, 0, n), idle: make([]int, 0, n+1)}
	for i := n; i >= 0; i-- {
		s.idle = append(s.idle, i)
	}
	if fates != nil {
		s.fates, s.tries = fates, make([]try, n+1)
	}
	return s
}

// Fates say what becomes of trials on the workers of a simulated pool.
type Fates interface {
	// Of is the fate of a trial on the worker that it is given to after so many others were lost with it. seconds are
	// those that the benchmark says.
	Of(trial, lost int, seconds float64) Fate
}

// Fate is what becomes of a trial on one worker.
type Fate struct {
	Seconds float64 // that the trial takes there
	Err     error   // why it then fails, wrapping ErrFailed, as every trial whose worker is lost; nil of others
	Lost    bool    // the worker is lost with it, for good
	Again   bool    // a trial whose worker is lost goes to another one, and fails only where none is left
}

// Outcomes stay in their slots; the heap holds slot numbers. One slot more than there are
// workers lets the delivered outcome stand while the next trial starts.
type sim struct {
	eval    Evaluator
	now     float64
	workers int // that are not lost
	slots   []Outcome
	heap    []int // by (End, ID)
	idle    []int

	fates Fates // nil for none
	tries []try // by slot, where there are fates
	line  []int // slots of trials that lost their worker and wait for another
}

// try is a trial on a worker.
type try struct {
	fate    Fate
	lost    int     // workers before this one
	seconds float64 // that the benchmark says
}

func (s *sim) Size() int { return s.workers }

func (s *sim) Start(ctx context.Context, t *Trial) error {
	if len(s.heap)+len(s.line) >= s.workers {
		return fmt.Errorf("evolve: all %d workers are busy", s.workers)
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
	if s.fates != nil {
		s.tries[slot] = try{seconds: o.Cost}
		// No worker sees what is known, nor what is refused at no cost.
		if t.Known == nil && (o.Err == nil || o.Cost > 0) {
			o.Cost = 0
			s.give(slot)
		}
	}
	s.push(slot)
	return nil
}

// give decides what becomes of the trial of a slot on the worker that it is given to now.
func (s *sim) give(slot int) {
	o, t := &s.slots[slot], &s.tries[slot]
	t.fate = s.fates.Of(o.ID, t.lost, t.seconds)
	o.Cost += t.fate.Seconds
	o.End = s.now + t.fate.Seconds
}

func (s *sim) Wait(context.Context) (*Outcome, error) {
	for len(s.heap) > 0 {
		top := s.pop()
		o := &s.slots[top]
		s.now = o.End
		if s.fates != nil && s.leave(top) {
			continue
		}
		// Put under the stack: with a spare slot, the next Start takes another.
		s.idle = append(s.idle, top)
		if k := len(s.idle) - 1; k > 0 {
			s.idle[0], s.idle[k] = s.idle[k], s.idle[0]
		}
		return o, nil
	}
	return nil, errIdle
}

// leave ends the trial of a slot on its worker, and says whether it goes to another one.
func (s *sim) leave(slot int) (again bool) {
	o, t := &s.slots[slot], &s.tries[slot]
	if t.fate.Lost {
		s.workers--
		again = t.fate.Again && s.workers > 0
	}
	switch {
	case again:
		t.lost++
		s.line = append(s.line, slot)
	case t.fate.Err != nil && o.Err == nil:
		fail(o, t.fate.Err)
	}
	for len(s.line) > 0 && len(s.heap) < s.workers {
		first := s.line[0]
		s.line = s.line[1:]
		s.give(first)
		s.push(first)
	}
	if s.workers == 0 {
		for _, slot := range s.line {
			fail(&s.slots[slot], s.tries[slot].fate.Err)
			s.slots[slot].End, s.tries[slot].fate = s.now, Fate{}
			s.push(slot)
		}
		s.line = nil
	}
	return again
}

// fail takes the result from an outcome, but not what it cost.
func fail(o *Outcome, err error) {
	o.Err, o.Loss, o.Others = err, math.Inf(1), nil
}

func (s *sim) push(slot int) {
	s.heap = append(s.heap, slot)
	s.up(len(s.heap) - 1)
}

func (s *sim) pop() int {
	top := s.heap[0]
	n := len(s.heap) - 1
	s.heap[0] = s.heap[n]
	s.heap = s.heap[:n]
	s.down(0)
	return top
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

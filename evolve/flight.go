package evolve

import (
	"context"
	"sync"
)

// Flight is how many trials are evaluated at the same time. It is for evaluators that work on several trials jointly,
// and would rather wait until all have come than begin with some. A [Local] pool has one in the context of its
// evaluations, which goes through every wrapper of an evaluator.
type Flight struct {
	most int

	mu     sync.Mutex
	stands int
	hear   []func(int)
}

// NewFlight is for at most so many evaluations at a time.
func NewFlight(most int) *Flight { return &Flight{most: most} }

// Most is the largest number of evaluations at a time.
func (f *Flight) Most() int { return f.most }

// Stand says that so many evaluations are in progress, those included that are about to begin, and that no other one
// begins until one of them has ended; 0 ends the flight. Whoever hears of it then may wait for that many.
func (f *Flight) Stand(n int) {
	f.mu.Lock()
	f.stands = n
	hear := f.hear
	f.mu.Unlock()
	for _, h := range hear {
		h(n)
	}
}

// Hear calls a function with what Stand said last, if that was more than 0, and with all that it says from now on.
func (f *Flight) Hear(h func(n int)) {
	f.mu.Lock()
	f.hear = append(f.hear[:len(f.hear):len(f.hear)], h)
	n := f.stands
	f.mu.Unlock()
	if n > 0 {
		h(n)
	}
}

type flightKey struct{}

// With is a context of evaluations that belong to the flight.
func (f *Flight) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, flightKey{}, f)
}

// FlightOf is the flight that an evaluation belongs to, nil where nobody counts them.
func FlightOf(ctx context.Context) *Flight {
	f, _ := ctx.Value(flightKey{}).(*Flight)
	return f
}

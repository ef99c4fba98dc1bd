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
// begins until one of them has ended; 0 ends the flight, and nobody hears any more of it. Whoever hears of it then may
// wait for that many.
func (f *Flight) Stand(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stand(n)
}

// Land says that one evaluation fewer is in progress, and that none begins in its place.
func (f *Flight) Land() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stand(f.stands - 1)
}

// stand tells all who hear. The lock is held, so that they hear the numbers in the order in which they were said: who
// took an old one for the last would wait for evaluations that have ended.
func (f *Flight) stand(n int) {
	f.stands = n
	for _, h := range f.hear {
		h(n)
	}
	if n == 0 {
		f.hear = nil
	}
}

// Hear calls a function with what was said last, if that was more than 0, and with all that is said until the flight
// ends. The function must not call the flight.
func (f *Flight) Hear(h func(n int)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hear = append(f.hear, h)
	if f.stands > 0 {
		h(f.stands)
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

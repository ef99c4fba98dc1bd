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

	// The clock has a lock of its own: who hears may hold one that whoever charges waits for.
	clock   sync.Mutex
	charged float64 // seconds, to all evaluations so far
	past    float64 // what the clock showed when the flight began
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

// shows is what the clock shows: the seconds that all evaluations were charged so far, and no less than at the
// beginning. The clock's lock is held.
func (f *Flight) shows() float64 { return max(f.past, f.charged) }

// Account is what one evaluation of a flight is charged of the seconds that several take together. Whoever evaluates
// them jointly charges them as the seconds pass, so that the flight's clock shows at any time what all were charged
// until then.
type Account struct {
	flight *Flight
	paid   float64
	end    float64 // what the clock showed at the end
}

// Charge adds seconds to an account and to its flight's clock.
func (a *Account) Charge(seconds float64) {
	f := a.flight
	f.clock.Lock()
	defer f.clock.Unlock()
	a.paid += seconds
	f.charged += seconds
	a.end = f.shows()
}

// End says that the evaluation was charged all that it took up to now, and others in flight as well.
func (a *Account) End() {
	f := a.flight
	f.clock.Lock()
	defer f.clock.Unlock()
	a.end = f.shows()
}

// ends is what the clock showed when an evaluation ended that costs so much. One that nobody charged as it took its
// seconds is charged here.
func (a *Account) ends(cost float64) float64 {
	if a.paid == 0 {
		a.Charge(cost)
	}
	return a.end
}

type accountKey struct{}

// With is a context of an evaluation that belongs to the flight, with an account of its own.
func (f *Flight) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, accountKey{}, &Account{flight: f})
}

// AccountOf is the account of an evaluation, nil where it belongs to no flight.
func AccountOf(ctx context.Context) *Account {
	a, _ := ctx.Value(accountKey{}).(*Account)
	return a
}

// FlightOf is the flight that an evaluation belongs to, nil where nobody counts them.
func FlightOf(ctx context.Context) *Flight {
	if a := AccountOf(ctx); a != nil {
		return a.flight
	}
	return nil
}

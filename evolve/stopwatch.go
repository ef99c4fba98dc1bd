package evolve

import (
	"math"
	"sync"
	"time"
)

// A Stopwatch measures the real seconds that a searcher takes itself, to ask and to be told. Reading a clock takes
// about as long as a cheap searcher takes to answer: of such a one some calls are timed and stand for the others.
type Stopwatch struct {
	Sampled bool    // else each call is timed
	took    float64 // seconds of all calls, as far as those that are timed tell
}

// Seconds are those of all calls.
func (w *Stopwatch) Seconds() float64 { return w.took }

// ask asks and times it.
func (w *Stopwatch) ask(s Searcher, p *Proposal, stands int) bool {
	begin := time.Now()
	ok := s.Ask(p)
	w.add(time.Since(begin), stands)
	return ok
}

// tell tells and times it.
func (w *Stopwatch) tell(s Searcher, o *Outcome, stands int) error {
	begin := time.Now()
	err := s.Tell(&o.Trial, &o.Result)
	w.add(time.Since(begin), stands)
	return err
}

// add adds what a call took that stands for so many, less what reading the clock takes.
func (w *Stopwatch) add(took time.Duration, stands int) {
	w.took += float64(max(0, took-clockTakes()).Seconds() * float64(stands))
}

// clockTakes is how long two readings of the clock are apart that nothing lies between.
var clockTakes = sync.OnceValue(func() time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 100 {
		least = min(least, time.Since(time.Now()))
	}
	return least
})

// pace says which calls are timed, each in the middle of those that it stands for. Of these there are more and more: a
// short run has a few, a long one not many.
type pace struct{ left, stands, most int }

// So many calls the first timed one stands for, and the last at most. The first is a prime number, which no generation
// is a multiple of.
const (
	firstStands = 31
	mostStands  = 31 << 6
)

func (w *Stopwatch) pace() pace {
	switch {
	case w == nil:
		return pace{math.MaxInt, 1, 1}
	case w.Sampled:
		return pace{firstStands/2 + 1, firstStands, mostStands}
	}
	return pace{1, 1, 1}
}

// due says of a call whether it is timed.
func (p *pace) due() bool {
	p.left--
	return p.left <= 0
}

// next goes on to the next call that is timed and returns for how many this one stands.
func (p *pace) next() int {
	n := p.stands
	p.stands = min(2*n, p.most)
	p.left = n/2 + p.stands - p.stands/2
	return n
}

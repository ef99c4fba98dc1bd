package search

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nest runs one searcher within another. The outer searcher may change a proposal of the inner one, tag it, and make
// trials of its own in between. The inner searcher notices nothing of that: it gets its own proposals back, with its
// own tags, and its trials are numbered from 1 in the order of its asking.
//
// The Tag of the inner searcher's trial is below 0, so that the outer searcher's own tags are 0 and above.
type nest struct {
	inner  evolve.Searcher
	slots  flights[inFlight]
	asked  int   // trials of the inner searcher
	number []int // of its trials that it was told of, by its own number: the study's number
	seen   evolve.Trial
}

// inFlight is a trial of the inner searcher that it was not told of yet.
type inFlight struct {
	number int             // its own
	asked  evolve.Proposal // as it was made
	outer  int             // the tag that the outer searcher gave
}

// begin starts a search of the inner searcher.
func (n *nest) begin(inner evolve.Searcher, p evolve.Problem, r *rand.Rand) error {
	*n = nest{inner: inner, number: []int{0}}
	return inner.Init(p, r)
}

// ask is the inner searcher's Ask with the outer searcher's tag. Everything else of the proposal the outer searcher may
// change afterwards.
func (n *nest) ask(p *evolve.Proposal, outer int) bool {
	if !n.inner.Ask(p) {
		return false
	}
	slot, f := n.slots.begin()
	n.asked++
	*f = inFlight{number: n.asked, asked: *p, outer: outer}
	p.From, p.Parents = n.outside(p.From), [2]int{n.outside(p.Parents[0]), n.outside(p.Parents[1])}
	p.Tag = -1 - slot
	return true
}

// owns says whether the inner searcher asked for a trial.
func (n *nest) owns(t *evolve.Trial) bool { return t.Tag < 0 }

// tell is the inner searcher's Tell, for a trial that it owns. It returns the outer searcher's tag.
func (n *nest) tell(t *evolve.Trial, r *evolve.Result) (outer int, err error) {
	f := n.slots.end(-1 - t.Tag)
	for len(n.number) <= f.number {
		n.number = append(n.number, 0)
	}
	n.number[f.number] = t.ID
	n.seen = evolve.Trial{ID: f.number, Proposal: f.asked, Seed: t.Seed}
	outer = f.outer
	return outer, n.inner.Tell(&n.seen, r)
}

// learn lets the inner searcher learn from a trial that it does not own, if it can. The trial's number is below 0,
// where it has none of its own; a child that it breeds from it names that number.
func (n *nest) learn(t *evolve.Trial, r *evolve.Result) {
	l, ok := n.inner.(evolve.Learner)
	if !ok {
		return
	}
	n.seen = *t
	n.seen.ID, n.seen.From, n.seen.Parents, n.seen.Tag = -t.ID, 0, [2]int{}, 0
	l.Learn(&n.seen, r)
}

// outside is the study's number of a trial by the inner searcher's.
func (n *nest) outside(number int) int {
	if number < 0 {
		return -number
	}
	return n.number[number]
}

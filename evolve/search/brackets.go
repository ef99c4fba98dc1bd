package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// brackets runs successive halving, bracket after bracket, for ever. A bracket begins with some new architectures at
// one rung. When all of them have finished, the best are trained at the next rung, and so on until the last: of n that
// began, ⌊n/η⌋ go on, at least one.
//
// No worker waits for a rung to be complete. One that the open brackets have nothing for begins the next bracket, as
// in HpBandSter. With one worker there is one bracket at a time.
//
// Of equal losses the earlier trial is better. A failed trial has taken its place and never goes on; if fewer are left
// than have places at the next rung, its other places stay empty (HpBandSter draws new architectures for them).
type brackets struct {
	levels []evolve.Fidelity
	eta    int
	next   func() (level, n int) // the rung at which the next bracket begins, and with how many architectures

	in      nests
	open    map[int]*bracket // by number
	drawing *bracket         // the one that has begun last; no other has architectures to draw
	begun   int
	ready   heap // the numbers of the brackets that have somebody to train longer, the lowest first
	running int
}

// bracket is one run of successive halving.
type bracket struct {
	number  int
	level   int       // the rung that trains
	size    int       // how many places it has
	draw    int       // how many of them are still for new architectures
	due     []entrant // those of the rung below that are still to be trained at this one
	running int
	done    []entrant // who has finished this rung
}

// begin starts the first bracket. An inner searcher proposes at each of the lowest rungs that next may name.
func (s *brackets) begin(p evolve.Problem, eta int, inner []evolve.Searcher, r *rand.Rand) error {
	levels, err := Rungs(p, eta)
	if err != nil {
		return err
	}
	*s = brackets{levels: levels, eta: eta, next: s.next, open: map[int]*bracket{},
		ready: heap{before: func(a, b int) bool { return a < b }}}
	return s.in.begin(inner, p, levels, r)
}

func (s *brackets) ask(p *evolve.Proposal) bool {
	for len(s.ready.at) == 0 {
		b := s.drawing
		if b == nil || b.draw == 0 {
			b = &bracket{number: s.begun}
			b.level, b.size = s.next()
			b.draw = b.size
			s.drawing, s.open[b.number] = b, b
			s.begun++
		}
		if s.in.ask(p, b.level, b.number) {
			b.draw--
			b.running++
			s.running++
			p.Epochs = s.levels[b.level].Epochs
			return true
		}
		if s.running > 0 || len(b.done) == 0 {
			return false
		}
		// The inner searcher is done: who has come goes on without the others.
		*p = evolve.Proposal{}
		b.size, b.draw = b.size-b.draw, 0
		s.advance(b)
	}
	b := s.open[s.ready.at[0]]
	e := b.due[0]
	if b.due = b.due[1:]; len(b.due) == 0 {
		s.ready.pop()
	}
	b.running++
	s.running++
	p.Arch, p.Epochs, p.Tag = e.arch, s.levels[b.level].Epochs, b.number
	if s.levels[b.level].Resumes {
		p.From, p.Trained = e.id, s.levels[b.level-1].Epochs
	}
	return true
}

func (s *brackets) tell(t *evolve.Trial, r *evolve.Result) error {
	number, err := s.in.tell(t, r)
	if err != nil {
		return err
	}
	b := s.open[number]
	b.running--
	s.running--
	// What an inner searcher answered from memory has no training of its own to go on with.
	if t.Known == nil && !math.IsInf(r.Loss, 1) {
		b.done = append(b.done, entrant{t.Arch, t.ID, r.Loss})
	}
	if b.draw+len(b.due)+b.running == 0 {
		s.advance(b)
	}
	return nil
}

// advance takes a bracket whose rung is complete to the next one, or closes it.
func (s *brackets) advance(b *bracket) {
	if b.level == len(s.levels)-1 || len(b.done) == 0 {
		delete(s.open, b.number)
		return
	}
	slices.SortFunc(b.done, func(x, y entrant) int {
		return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.id, y.id))
	})
	b.level++
	b.size = max(1, b.size/s.eta)
	b.due, b.done = b.done[:min(b.size, len(b.done))], nil
	s.ready.push(b.number)
}

// nests are searchers within one that compares architectures at several rungs: one searcher for each of the lowest
// rungs, which is shown the fidelity of its rung alone and told of the trials that it proposed there. So no searcher
// compares losses after trainings of different lengths, unless it is an [evolve.Learner], which also learns from all
// other trials, each with its epochs.
type nests struct{ at []nest }

func (n *nests) begin(inner []evolve.Searcher, p evolve.Problem, levels []evolve.Fidelity, r *rand.Rand) error {
	n.at = make([]nest, len(inner))
	for i := range inner {
		if err := n.at[i].begin(inner[i], p.At(levels[i].Epochs), r); err != nil {
			return fmt.Errorf("inner: %w", err)
		}
	}
	return nil
}

// ask is the Ask of a rung's searcher. The tag below 0 names the rung too.
func (n *nests) ask(p *evolve.Proposal, level, outer int) bool {
	if !n.at[level].ask(p, outer) {
		return false
	}
	p.Tag = -1 - (len(n.at)*(-1-p.Tag) + level)
	return true
}

// tell tells whoever is to know. It returns the outer searcher's tag.
func (n *nests) tell(t *evolve.Trial, r *evolve.Result) (outer int, err error) {
	outer, owner := t.Tag, -1
	if t.Tag < 0 {
		own := *t
		owner, own.Tag = (-1-t.Tag)%len(n.at), -1-(-1-t.Tag)/len(n.at)
		if outer, err = n.at[owner].tell(&own, r); err != nil {
			return outer, err
		}
	}
	for i := range n.at {
		if i != owner {
			n.at[i].learn(t, r)
		}
	}
	return outer, nil
}

// orRandom is the searcher within another, by default random search.
func orRandom(inner evolve.Searcher) evolve.Searcher {
	if inner == nil {
		return &Random{}
	}
	return inner
}

// wantEta refuses an η that halves nothing.
func wantEta(searcher string, eta int) error {
	if eta < 2 {
		return fmt.Errorf("%s: eta=%d: want at least 2: %w", searcher, eta, evolve.ErrInvalid)
	}
	return nil
}

package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Local is local search, hill climbing with restarts: White, Nolen and Savani, "Exploring the Loss Landscape in Neural
// Architecture Search", UAI 2021, arXiv:2005.02960, Algorithm 1. Of a few random architectures the best is where a
// climb starts. The neighbours of where it stands are evaluated in random order, and it moves to a better one, until
// there is none; then the next climb starts.
//
// The defaults are those of the authors' naszilla: ten draws, a move to the first improvement, and a visited set that
// all climbs share (repeat=skip), of networks and not of genomes (same=network; naszilla knows cells by their paths,
// under which a few different networks are one too). As there, improvement=best moves to the best of the neighbours
// that were not visited before, so that a climb may miss a better one that an earlier climb saw; repeat=charge with
// improvement=best is the local search of NASLib. With minimum=continue nothing is drawn again: where a climb ends, the
// search goes on from the best architecture that has neighbours not visited yet, naszilla's stop_at_minimum=False.
//
// What the paper leaves open: a neighbour that is as good is no improvement. Where all draws failed, others are drawn.
// Several workers evaluate neighbours of one architecture; what ends after the climb moved on and is better than where
// it stands then is moved to as well.
type Local struct {
	Best     bool   // move to the best of the neighbours, instead of to the first that is better
	Draws    int    // random architectures at the start of a climb
	Continue bool   // go on from the best that is left, instead of drawing again
	Repeat   string // charge, cache or skip; "" is charge
	Same     string // genome or network; "" is genome

	space   evolve.Space
	near    evolve.Neighborer
	r       *rand.Rand
	memory  memory
	drawing bool
	drawn   int
	out     int   // trials asked for and not told yet
	at      place // where the climb stands
	best    place // the best told since the climb came there, itself included
	queue   []evolve.Arch
	told    []place // under Continue
	left    heap    // of told: those whose neighbours may not all be visited, the best first
}

// place is an architecture that was evaluated.
type place struct {
	arch evolve.Arch
	id   int // of the trial
	loss float64
}

// nowhere is where a climb stands before it starts: everything that did not fail is better.
var nowhere = place{loss: math.Inf(1)}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "local",
		Doc:    "local search: from the best of a few draws to better neighbours until there are none, then again",
		Paper:  "White, Nolen and Savani, UAI 2021, arXiv:2005.02960",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			evolve.Choice("improvement", "move to the first better neighbour, or to the best of all", "first", "best"),
			evolve.Int("draws", 10, 1, maxPopulation,
				"random architectures, from the best of which a climb starts (10: naszilla)").Logarithmic(),
			evolve.Choice("minimum", "where no neighbour is better: draw again, or go on from the best architecture "+
				"that has neighbours not visited yet", "restart", "continue"),
		}, skipNetworks()...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Neighbours },
		Claims: claims,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &Local{Best: o.Text("improvement") == "best", Draws: o.Int("draws"),
				Continue: o.Text("minimum") == "continue"}
			s.Repeat, s.Same = repeatOptions(o)
			return s, s.valid()
		},
	})
}

// valid refuses settings that make no search.
func (s *Local) valid() error {
	switch {
	case s.Draws < 1:
		return fmt.Errorf("local: draws=%d: want at least 1: %w", s.Draws, evolve.ErrInvalid)
	case s.Continue && s.Repeat != repeatSkip:
		return fmt.Errorf("local: minimum=continue goes on where neighbours are not visited yet, "+
			"which repeat=skip alone knows: %w", evolve.ErrInvalid)
	}
	return nil
}

func (s *Local) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	if err := evolve.Neighbours.Check(p); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	*s = Local{Best: s.Best, Draws: s.Draws, Continue: s.Continue, Repeat: s.Repeat, Same: s.Same,
		space: p.Space, near: p.Space.(evolve.Neighborer), r: r, drawing: true, at: nowhere, best: nowhere}
	s.left.before = func(a, b int) bool {
		x, y := &s.told[a], &s.told[b]
		return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.id, y.id)) < 0
	}
	return s.memory.begin("local", p.Space, r, s.Repeat, s.Same)
}

// Ask waits where the next step hangs on what is still evaluated: for the last draws, and for the last neighbours of
// an architecture. It is done when the space is used up.
func (s *Local) Ask(p *evolve.Proposal) bool {
	if s.memory.over() {
		return false
	}
	for {
		if a, ok := s.look(); ok {
			s.out++
			p.Arch, p.Parents[0], p.Known = a, s.at.id, s.memory.recall(a)
			return true
		}
		switch {
		case s.out > 0:
			return false
		case s.best.loss < s.at.loss:
			s.move(s.best)
		case s.drawing && s.drawn == 0:
			return false // nothing is left to draw
		case s.drawing: // every draw failed
			s.drawn = 0
		case s.Continue && s.resume():
		default:
			s.drawing, s.drawn, s.at, s.best = true, 0, nowhere, nowhere
		}
	}
}

// look is the next draw, or the next neighbour to visit.
func (s *Local) look() (evolve.Arch, bool) {
	if s.drawing {
		if s.drawn == s.Draws {
			return "", false
		}
		a, ok := s.memory.draw(func() evolve.Arch { return s.space.Sample(s.r) })
		if ok {
			s.drawn++
		}
		return a, ok
	}
	for n := len(s.queue); n > 0; n = len(s.queue) {
		a := s.queue[n-1]
		s.queue = s.queue[:n-1]
		if s.memory.mark(a) {
			return a, true
		}
	}
	return "", false
}

// move climbs to a place, whose neighbours are visited next.
func (s *Local) move(to place) {
	s.drawing, s.at, s.best = false, to, to
	s.queue = s.near.Neighbors(s.queue[:0], to.arch)
	s.r.Shuffle(len(s.queue), func(i, j int) { s.queue[i], s.queue[j] = s.queue[j], s.queue[i] })
}

// resume moves to the best place that has neighbours not visited yet; false where there is none.
func (s *Local) resume() bool {
	for len(s.left.at) > 0 {
		s.move(s.told[s.left.at[0]])
		for _, a := range s.queue {
			if !s.memory.has(a) {
				return true
			}
		}
		s.left.pop()
	}
	return false
}

func (s *Local) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.out--
	s.memory.told(t, r)
	if !(r.Loss < math.Inf(1)) {
		return nil
	}
	here := place{t.Arch, t.ID, r.Loss}
	if s.Continue {
		s.told = append(s.told, here)
		s.left.push(len(s.told) - 1)
	}
	if here.loss < s.best.loss {
		s.best = here
		if !s.drawing && !s.Best {
			s.move(here)
		}
	}
	return nil
}

package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// ASHA is asynchronous successive halving by promotion: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht
// and Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, arXiv:1810.05934, Algorithm 2.
// Rungs are lengths of training. Whenever a worker is free, the best architecture that is among the ⌊n/η⌋ best of the
// n that finished a rung, and was not promoted yet, is trained at the next rung, higher rungs first; where there is
// none, a new architecture starts at the lowest rung. Nobody waits for a rung to be complete.
//
// As published, new architectures are drawn at random. With another searcher as Inner that searcher proposes them; it
// is told of its trials at the lowest rung and, if it is an [evolve.Learner], learns from the promoted ones.
//
// The paper leaves three things open. Of equal losses the earlier trial is better. A failed trial counts among the n
// and is never promoted. An answer that Inner gave itself from memory is of an architecture that is on the rung
// already, and is not entered twice.
type ASHA struct {
	Eta   int             // η, one in so many is promoted
	Inner evolve.Searcher // proposes at the lowest rung; nil is Random

	levels []evolve.Fidelity
	rungs  []rung // one for each level but the last
	nest   nest
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "asha",
		Doc:   "asynchronous successive halving by promotion: the best of what was trained a little is trained longer",
		Paper: "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, MLSys 2020, arXiv:1810.05934",
		Params: []evolve.Param{
			evolve.Int("eta", 3, 2, maxEta,
				"η: one in so many is promoted, to a training about so many times as long "+
					"(3: Hyperband, Li et al., JMLR 18, 2018)"),
			evolve.Nested("inner", "searcher", "random",
				"the searcher that proposes architectures to train a little (random: as published)"),
		},
		Needs: func(evolve.Options) evolve.Needs { return evolve.Schedules },
		// Where schedules are 12 and 200 epochs. It learns nothing, but leaves bad architectures early.
		Claims: []evolve.Claim{
			{On: "nb201:cifar10,source=surrogate", By: evolve.BySeconds, Budget: 200_000, Over: "random"},
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner, err := evolve.Searchers.OpenNested(o, "inner")
			if err != nil {
				return nil, err
			}
			return &ASHA{Eta: o.Int("eta"), Inner: inner}, nil
		},
	})
}

// The largest η: nothing is promoted before so many architectures are trained.
const maxEta = 1000

func (s *ASHA) Init(p evolve.Problem, r *rand.Rand) error {
	if s.Eta < 2 {
		return fmt.Errorf("asha: eta=%d: want at least 2: %w", s.Eta, evolve.ErrInvalid)
	}
	levels, err := Rungs(p, s.Eta)
	if err != nil {
		return fmt.Errorf("asha: %w", err)
	}
	*s = ASHA{Eta: s.Eta, Inner: s.Inner, levels: levels}
	s.rungs = make([]rung, len(s.levels)-1)
	for i := range s.rungs {
		s.rungs[i].begin()
	}
	inner := s.Inner
	if inner == nil {
		inner = &Random{}
	}
	if err := s.nest.begin(inner, p.At(s.levels[0].Epochs), r); err != nil {
		return fmt.Errorf("asha: inner: %w", err)
	}
	return nil
}

// Ask promotes where it can, and otherwise asks the inner searcher. The Tag of a promoted trial is its rung, counted
// from 0 at the bottom.
func (s *ASHA) Ask(p *evolve.Proposal) bool {
	for k := len(s.rungs) - 1; k >= 0; k-- {
		e := s.rungs[k].promote()
		if e == nil {
			continue
		}
		p.Arch, p.Epochs, p.Tag = e.arch, s.levels[k+1].Epochs, k+1
		if s.levels[k+1].Resumes {
			p.From, p.Trained = e.id, s.levels[k].Epochs
		}
		return true
	}
	if !s.nest.ask(p, 0) {
		return false
	}
	p.Epochs = s.levels[0].Epochs
	return true
}

func (s *ASHA) Tell(t *evolve.Trial, r *evolve.Result) error {
	k := t.Tag
	if s.nest.owns(t) {
		var err error
		if k, err = s.nest.tell(t, r); err != nil {
			return err
		}
	} else {
		s.nest.learn(t, r)
	}
	if k < len(s.rungs) && t.Known == nil {
		s.rungs[k].add(entrant{t.Arch, t.ID, r.Loss}, s.Eta)
	}
	return nil
}

// rung keeps who finished it. The ⌊n/η⌋ best of n are in top, the others in rest; those of top that were not promoted
// are in ready. Adding one and promoting one takes time in the logarithm of n.
type rung struct {
	all   []entrant
	state []state
	top   heap // the worst first
	rest  heap // the best first
	ready heap // the best first; who has left top is passed over
}

// entrant is a trial that finished a rung.
type entrant struct {
	arch evolve.Arch
	id   int
	loss float64
}

// state is a set of what holds of an entrant.
type state uint8

const (
	isTop state = 1 << iota
	isReady
	isPromoted
)

func (r *rung) begin() {
	better := func(a, b int) bool {
		x, y := &r.all[a], &r.all[b]
		return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.id, y.id)) < 0
	}
	worse := func(a, b int) bool { return better(b, a) }
	*r = rung{top: heap{before: worse}, rest: heap{before: better}, ready: heap{before: better}}
}

func (r *rung) add(e entrant, eta int) {
	i := len(r.all)
	r.all, r.state = append(r.all, e), append(r.state, 0)
	// The new one may take the place of the worst of top.
	if len(r.top.at) > 0 && r.top.before(r.top.at[0], i) {
		r.rise(i)
		i = r.top.pop()
		r.state[i] &^= isTop
	}
	r.rest.push(i)
	if len(r.all)/eta > len(r.top.at) {
		r.rise(r.rest.pop())
	}
}

// rise brings an entrant into top.
func (r *rung) rise(i int) {
	r.top.push(i)
	r.state[i] |= isTop
	if r.state[i]&(isReady|isPromoted) == 0 && !math.IsInf(r.all[i].loss, 1) {
		r.state[i] |= isReady
		r.ready.push(i)
	}
}

// promote returns the best of top that was not promoted, and marks it; nil for none.
func (r *rung) promote() *entrant {
	for len(r.ready.at) > 0 {
		i := r.ready.pop()
		r.state[i] &^= isReady
		if r.state[i]&isTop != 0 {
			r.state[i] |= isPromoted
			return &r.all[i]
		}
	}
	return nil
}

// heap is a binary heap of numbers.
type heap struct {
	at     []int
	before func(a, b int) bool
}

func (h *heap) push(x int) {
	h.at = append(h.at, x)
	for i := len(h.at) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(h.at[i], h.at[up]) {
			return
		}
		h.at[i], h.at[up] = h.at[up], h.at[i]
		i = up
	}
}

func (h *heap) pop() int {
	first, n := h.at[0], len(h.at)-1
	h.at[0] = h.at[n]
	h.at = h.at[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < n && h.before(h.at[down+1], h.at[down]) {
			down++
		}
		if down >= n || !h.before(h.at[down], h.at[i]) {
			return first
		}
		h.at[i], h.at[down] = h.at[down], h.at[i]
		i = down
	}
}

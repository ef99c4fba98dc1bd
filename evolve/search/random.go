package search

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Random is random search: sample, evaluate, keep the best. The zero value draws with
// repeats, as published by the tabular benchmarks.
type Random struct {
	NoRepeats bool // draw every architecture once; done when the space is used up

	space evolve.Space
	r     *rand.Rand
	seen  seen
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:     "random",
		Doc:      "random search: independent samples of the space's initial distribution",
		Paper:    "Bergstra and Bengio, JMLR 13, 2012; Li and Talwalkar, UAI 2019, arXiv:1902.07638",
		Baseline: true,
		Params: []evolve.Param{
			evolve.Switch("repeats", true, "an architecture may be drawn, and paid for, again (yes: as published)"),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			return &Random{NoRepeats: !o.Yes("repeats")}, nil
		},
	})
}

func (s *Random) Init(p evolve.Problem, r *rand.Rand) error {
	s.space, s.r = p.Space, r
	if s.NoRepeats {
		s.seen = seen{}
	}
	return nil
}

func (s *Random) Ask(p *evolve.Proposal) bool {
	if !s.NoRepeats {
		p.Arch = s.space.Sample(s.r)
		return true
	}
	a, ok := s.seen.draw(s.space, s.r, func() evolve.Arch { return s.space.Sample(s.r) })
	p.Arch = a
	return ok
}

func (s *Random) Tell(*evolve.Trial, *evolve.Result) error { return nil }

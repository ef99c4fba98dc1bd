package search

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Random is random search: sample, evaluate, keep the best. The zero value draws with
// repeats, as published by the tabular benchmarks.
type Random struct {
	Repeat string // charge, cache or skip: what to do with an architecture drawn before; "" is charge
	Same   string // genome or network: what counts as drawn before; "" is genome

	space  evolve.Space
	r      *rand.Rand
	memory memory
}

func init() {
	repeat := later(repeatParams(repeatCharge))
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:     "random",
		Doc:      "random search: independent samples of the space's initial distribution",
		Paper:    "Bergstra and Bengio, JMLR 13, 2012; Li and Talwalkar, UAI 2019, arXiv:1902.07638",
		Losses:   evolve.ByRank,
		Baseline: true,
		Params: append([]evolve.Param{
			evolve.Switch("repeats", true, "an architecture may be drawn, and paid for, again (yes: as published)").
				Spelling("repeat", map[string]string{"yes": repeatCharge, "no": repeatSkip}),
		}, repeat...),
		New: func(o evolve.Options) (evolve.Searcher, error) {
			repeat, same := repeatOptions(o)
			return &Random{Repeat: repeat, Same: same}, nil
		},
	})
}

func (s *Random) Init(p evolve.Problem, r *rand.Rand) error {
	s.space, s.r = p.Space, r
	return s.memory.begin("random", p.Space, r, s.Repeat, s.Same)
}

func (s *Random) Ask(p *evolve.Proposal) (ok bool) {
	if s.memory.over() {
		return false
	}
	if !s.memory.skips() {
		p.Arch = s.space.Sample(s.r)
		p.Known = s.memory.recall(p.Arch)
		return true
	}
	p.Arch, ok = s.memory.draw(func() evolve.Arch { return s.space.Sample(s.r) })
	return ok
}

func (s *Random) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	return nil
}

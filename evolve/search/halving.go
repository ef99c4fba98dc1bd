package search

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Halving is successive halving: Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", ICML
// 2013, with rungs of growing trainings as in Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and
// Hyperparameter Optimization", AISTATS 2016, arXiv:1502.07943, Algorithm 1. N new architectures are trained at the
// lowest rung, the best ⌊N/η⌋ of them at the next, ⌊N/η²⌋ at the one after, at least one, until the last. Then the next
// N begin.
//
// It departs from the paper in three things: rungs are those that the benchmark has (see [Rungs]), the share that goes
// on is 1/η and not a half, and idle workers begin the next N. On failures and ties see the code of brackets.
type Halving struct {
	Eta   int             // η, one in so many goes on
	N     int             // architectures at the lowest rung
	Inner evolve.Searcher // proposes them; nil is Random

	brackets brackets
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "halving",
		Doc: "successive halving: some architectures are trained a little, the best of them longer, the best " +
			"of these longer",
		Paper:  "Jamieson and Talwalkar, AISTATS 2016, arXiv:1502.07943",
		Losses: evolve.ByRank,
		Params: []evolve.Param{
			etaParam(),
			evolve.Int("n", 27, 1, maxPopulation,
				"architectures at the lowest rung (27: one in 3 over four rungs leaves one)").Logarithmic(),
			innerParam(),
		},
		Needs: func(evolve.Options) evolve.Needs { return evolve.Schedules },
		Claims: []evolve.Claim{
			secondsClaim("nb201:cifar10,source=surrogate", 200_000),
			secondsClaim("nasnet-digits", 300),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner, err := evolve.Searchers.OpenNested(o, "inner")
			if err != nil {
				return nil, err
			}
			return &Halving{Eta: o.Int("eta"), N: o.Int("n"), Inner: inner}, nil
		},
	})
}

func (s *Halving) Init(p evolve.Problem, r *rand.Rand) error {
	if err := wantEta("halving", s.Eta); err != nil {
		return err
	}
	if s.N < 1 {
		return fmt.Errorf("halving: n=%d: want at least 1: %w", s.N, evolve.ErrInvalid)
	}
	s.brackets.next = func() (level, n int) { return 0, s.N }
	if err := s.brackets.begin(p, s.Eta, []evolve.Searcher{orRandom(s.Inner)}, r); err != nil {
		return fmt.Errorf("halving: %w", err)
	}
	return nil
}

// Ask trains the best of a complete rung longer and otherwise begins with a new architecture. The Tag of a trial that
// goes on is the number of its bracket.
func (s *Halving) Ask(p *evolve.Proposal) bool { return s.brackets.ask(p) }

func (s *Halving) Tell(t *evolve.Trial, r *evolve.Result) error { return s.brackets.tell(t, r) }

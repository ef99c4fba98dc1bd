package search

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Hyperband is Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based Approach to
// Hyperparameter Optimization", JMLR 18, 2018, arXiv:1603.06560, Algorithm 1: brackets of successive halving in turn,
// from the one that begins with the most architectures at the lowest rung to the one that trains all of its own in
// full, and then from the first again. No bracket trusts short trainings as much as the one before, so that nothing is
// lost for ever where these mislead.
//
// With L rungs the bracket that trains at s+1 of them begins with n(s) architectures. HpBandSter's is
// ⌊L/(s+1)⌋·η^s, which [Hyperband] uses unless JMLR is set; the paper's ⌈L/(s+1)·η^s⌉. Both are computed in whole
// numbers. Rungs are those that the benchmark has, see [Rungs], so that L is what counts and not log R.
//
// As published, new architectures are drawn at random. With another searcher as Inner there is one of them for each
// rung at which brackets begin: it is told of what it proposed there and, if it is an [evolve.Learner], learns from all
// other trials.
type Hyperband struct {
	Eta   int // η, one in so many goes on
	JMLR  bool
	Inner func() (evolve.Searcher, error) // makes what proposes at a rung; nil is Random

	brackets brackets
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "hyperband",
		Doc:    "brackets of successive halving in turn, from many short trainings to a few in full",
		Paper:  "Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18, 2018, arXiv:1603.06560",
		Losses: evolve.ByRank,
		Params: []evolve.Param{
			etaParam(),
			formParam(),
			innerParam(),
		},
		Needs: func(evolve.Options) evolve.Needs { return evolve.Schedules },
		// The budgets were chosen on the suite's own seeds. Over 400 others A12 is 0.593 on both (p < 0.00001), and no
		// longer budget shows clearly more.
		Claims: []evolve.Claim{
			secondsClaim("nb201:cifar10,source=surrogate", 400_000),
			secondsClaim("nb201:imagenet16,source=surrogate", 400_000),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			open := func() (evolve.Searcher, error) { return evolve.Searchers.OpenNested(o, "inner") }
			if _, err := open(); err != nil {
				return nil, err
			}
			return &Hyperband{Eta: o.Int("eta"), JMLR: o.Text("form") == "jmlr", Inner: open}, nil
		},
	})
}

func (s *Hyperband) Init(p evolve.Problem, r *rand.Rand) error {
	if err := wantEta("hyperband", s.Eta); err != nil {
		return err
	}
	inner := s.Inner
	if inner == nil {
		inner = func() (evolve.Searcher, error) { return &Random{}, nil }
	}
	if err := s.brackets.inTurn(p, s.Eta, s.JMLR, inner, r); err != nil {
		return fmt.Errorf("hyperband: %w", err)
	}
	return nil
}

// inTurn begins Hyperband's brackets, with a searcher of its own at each rung.
func (s *brackets) inTurn(p evolve.Problem, eta int, jmlr bool, inner func() (evolve.Searcher, error),
	r *rand.Rand) error {
	levels, err := Rungs(p, eta)
	if err != nil {
		return err
	}
	within := make([]evolve.Searcher, len(levels))
	for i := range within {
		if within[i], err = inner(); err != nil {
			return err
		}
	}
	level := len(levels) - 1
	s.next = func() (int, int) {
		level = (level + 1) % len(levels)
		return level, bracketSize(len(levels), level, eta, jmlr)
	}
	return s.begin(p, eta, within, r)
}

// formParam is the option form of searchers that run Hyperband's brackets.
func formParam() evolve.Param {
	return evolve.Choice("form", "how many architectures a bracket begins with: HpBandSter's ⌊L/(s+1)⌋·η^s, or "+
		"the paper's ⌈L/(s+1)·η^s⌉", "hpbandster", "jmlr")
}

// bracketSize is how many architectures begin a bracket of Hyperband at a rung.
func bracketSize(rungs, level, eta int, jmlr bool) int {
	steps := rungs - level // s+1
	power := 1
	for range steps - 1 {
		power *= eta
	}
	if jmlr {
		return (rungs*power + steps - 1) / steps
	}
	return rungs / steps * power
}

// Ask trains the best of a complete rung longer and otherwise begins with a new architecture. The Tag of a trial that
// goes on is the number of its bracket.
func (s *Hyperband) Ask(p *evolve.Proposal) bool { return s.brackets.ask(p) }

func (s *Hyperband) Tell(t *evolve.Trial, r *evolve.Result) error { return s.brackets.tell(t, r) }

package search

import (
	"fmt"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// BOHB is Hyperband whose new architectures are not random but likely to be good: Falkner, Klein and Hutter, "BOHB:
// Robust and Efficient Hyperparameter Optimization at Scale", ICML 2018, arXiv:1807.01774. Its brackets are those of
// [Hyperband], its proposals those of a [KDE], on the results of the longest training that has enough of them, whatever
// the rung it proposes for. The doc comments of these two say where it departs from HpBandSter.
type BOHB struct {
	Eta  int // η, one in so many goes on
	JMLR bool
	KDE  KDE // its settings

	brackets brackets
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "bohb",
		Doc:    "Hyperband whose new architectures come from kernel densities of good and bad results",
		Paper:  "Falkner, Klein and Hutter, ICML 2018, arXiv:1807.01774",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{etaParam(), formParam()}, kdeParams()...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Schedules | evolve.Decides },
		Claims: []evolve.Claim{
			secondsClaim("nb201:cifar10,source=surrogate", 200_000),
			secondsClaim("nasnet-digits", 300),
		},
		Models: true,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			return &BOHB{Eta: o.Int("eta"), JMLR: o.Text("form") == "jmlr", KDE: newKDE(o)}, nil
		},
	})
}

func (s *BOHB) Init(p evolve.Problem, r *rand.Rand) error {
	if err := wantEta("bohb", s.Eta); err != nil {
		return err
	}
	if err := (evolve.Schedules | evolve.Decides).Check(p); err != nil {
		return fmt.Errorf("bohb: %w", err)
	}
	inner := func() (evolve.Searcher, error) {
		settings := s.KDE
		return &settings, nil
	}
	if err := s.brackets.inTurn(p, s.Eta, s.JMLR, inner, r); err != nil {
		return fmt.Errorf("bohb: %w", err)
	}
	return nil
}

// Ask trains the best of a complete rung longer and otherwise begins with a new architecture. The Tag of a trial that
// goes on is the number of its bracket.
func (s *BOHB) Ask(p *evolve.Proposal) bool { return s.brackets.ask(p) }

func (s *BOHB) Tell(t *evolve.Trial, r *evolve.Result) error { return s.brackets.tell(t, r) }

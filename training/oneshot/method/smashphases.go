package method

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// smashPhases proposes what SMASH scores with the weights that a trained hypernetwork writes (ajbrock/SMASH,
// evaluate.py and perturb_arch.py): random cells, perturbations of the best of these, and a chain of perturbations that
// moves on to each cell that is strictly better than where it stands. It is done after these.
//
// A perturbation draws each decision anew with a small chance. A cell has few decisions, where an architecture of the
// paper has hundreds, and most perturbations of one would be itself: here they are drawn until something differs.
type smashPhases struct {
	random, perturbed, chained int
	chance                     float64 // that a decision is drawn anew

	space       evolve.Space
	decider     evolve.Decider
	r           *rand.Rand
	asked, told int
	base, best  candidate
	choices     []float64 // of base
	drawn       []float64
}

func (s *smashPhases) Init(p evolve.Problem, r *rand.Rand) error {
	if err := evolve.Decides.Check(p); err != nil {
		return err
	}
	none := candidate{loss: math.Inf(1)}
	*s = smashPhases{random: s.random, perturbed: s.perturbed, chained: s.chained, chance: s.chance, space: p.Space,
		decider: p.Space.(evolve.Decider), r: r, base: none, best: none}
	return nil
}

// Ask waits for all trials of a phase before the next begins, and in the chain for each trial.
func (s *smashPhases) Ask(p *evolve.Proposal) bool {
	first := s.random + s.perturbed // of the chain
	switch n := s.asked; {
	case n >= first+s.chained || (n == s.random || n >= first) && s.told < n:
		return false
	case n < s.random:
		p.Arch = s.space.Sample(s.r)
	default:
		if n == s.random || n >= first { // in between the base stays
			s.base = s.best
		}
		p.Arch, p.Parents[0] = s.perturb(), s.base.id
	}
	s.asked++
	return true
}

// perturb is a cell near the base.
func (s *smashPhases) perturb() evolve.Arch {
	if s.base.id == 0 { // every cell so far has failed
		return s.space.Sample(s.r)
	}
	s.choices = s.decider.Choices(s.choices[:0], s.base.arch)
	all := s.decider.Decisions()
	const tries = 10_000 // a space of one cell has no other
	for range tries {
		s.drawn = append(s.drawn[:0], s.choices...)
		evolve.Redraw(all, s.drawn, s.chance, s.r)
		if slices.Equal(s.drawn, s.choices) {
			continue
		}
		if a, err := s.decider.Choose(s.drawn); err == nil && a != s.base.arch {
			return a
		}
	}
	return s.base.arch
}

func (s *smashPhases) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.told++
	if r.Loss < s.best.loss || r.Loss == s.best.loss && t.ID < s.best.id {
		s.best = candidate{t.Arch, t.ID, r.Loss}
	}
	return nil
}

// Recommend is the first of the best of all that were scored.
func (s *smashPhases) Recommend() (evolve.Arch, bool) { return s.best.arch, s.best.id > 0 }

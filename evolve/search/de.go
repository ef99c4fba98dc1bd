package search

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// DE is differential evolution, rand/1/bin: Storn and Price, "Differential Evolution", Journal of Global Optimization
// 11, 1997, on architectures as vectors of numbers as Awad, Mallik and Hutter, "DEHB", IJCAI 2021, arXiv:2105.09821,
// write them. For each member of a population in turn, a mutant a + F·(b-c) of three others takes some of the member's
// numbers back and, if it is as good, takes its place.
//
// The settings are those of the DE within DEHB: F and the rate of crossover 0.5, numbers that are out of range drawn
// anew, and members replaced at once, which keeps all workers busy; the first mutants wait for the first generation.
// The members begin as random architectures of the space. Different vectors often mean one architecture, which is
// evaluated and paid for again by default, as published. A mutant that the space refuses is made anew, of others.
type DE struct {
	Population int
	F          float64
	CR         float64 // chance that a number is the mutant's
	Repeat     string  // charge, cache or skip; "" is charge
	Same       string  // genome or network; "" is genome

	space   evolve.Space
	cube    *cube
	r       *rand.Rand
	memory  memory
	members []deMember
	asked   int
	alive   int // members that were told
	flights flights[deFlight]
	v       []float64
}

// deMember is a member of the population.
type deMember struct {
	v    []float64
	loss float64
	id   int // of its trial; 0 before there is one
}

// deFlight is a vector that is evaluated, and the member whose place it may take.
type deFlight struct {
	v      []float64
	target int
}

// Three others and the member itself.
const deLeast = 4

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "de",
		Doc:    "differential evolution: a member's rival is another, moved as two further ones differ",
		Paper:  "Storn and Price, Journal of Global Optimization 11, 1997; Awad et al., IJCAI 2021, arXiv:2105.09821",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			evolve.Int("population", 20, deLeast, maxPopulation, "members (20: DEHB)").Logarithmic(),
			evolve.Float("f", 0.5, 0, 2, "F, how far the difference of two members moves a third (0.5: DEHB)"),
			evolve.Float("cr", 0.5, 0, 1, "chance that a decision is the mutant's and not the member's (0.5: DEHB)"),
		}, repeatParams(repeatCharge)...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Decides },
		Claims: claims,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &DE{Population: o.Int("population"), F: o.Float("f"), CR: o.Float("cr")}
			s.Repeat, s.Same = repeatOptions(o)
			return s, s.valid()
		},
	})
}

// valid refuses settings that make no search.
func (s *DE) valid() error {
	switch {
	case s.Population < deLeast:
		return fmt.Errorf("de: population=%d: want at least %d: %w", s.Population, deLeast, evolve.ErrInvalid)
	case !(s.F >= 0 && s.F <= 2) || !(s.CR >= 0 && s.CR <= 1):
		return fmt.Errorf("de: f=%g, cr=%g: want 0 to 2 and 0 to 1: %w", s.F, s.CR, evolve.ErrInvalid)
	}
	return nil
}

func (s *DE) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	if err := evolve.Decides.Check(p); err != nil {
		return fmt.Errorf("de: %w", err)
	}
	*s = DE{Population: s.Population, F: s.F, CR: s.CR, Repeat: s.Repeat, Same: s.Same,
		space: p.Space, cube: newCube(p.Space.(evolve.Decider)), r: r, members: make([]deMember, s.Population)}
	d := len(s.cube.all)
	s.v = make([]float64, d)
	all := make([]float64, s.Population*d)
	for i := range s.members {
		s.members[i] = deMember{v: all[i*d:][:d], loss: math.Inf(1)}
	}
	return s.memory.begin("de", p.Space, r, s.Repeat, s.Same)
}

// Ask is done when the space is used up. The Tag is the number of the flight.
func (s *DE) Ask(p *evolve.Proposal) bool {
	if s.memory.over() {
		return false
	}
	first := s.asked < s.Population
	if !first && s.alive < s.Population {
		return false
	}
	target := s.asked % s.Population
	a, ok := s.memory.draw(func() evolve.Arch {
		if !first {
			if s.rival(p, target) {
				return p.Arch
			}
		}
		*p = evolve.Proposal{Arch: s.space.Sample(s.r)}
		return p.Arch
	})
	if !ok {
		return false
	}
	if a != p.Arch {
		*p = evolve.Proposal{Arch: a} // found elsewhere: nobody's child
	}
	if p.Parents[0] == 0 {
		s.cube.encode(s.v, a, s.r)
	}
	s.asked++
	tag, f := s.flights.begin()
	f.v, f.target = append(f.v[:0], s.v...), target
	p.Known, p.Tag = s.memory.recall(a), tag
	return true
}

// rival makes a mutant that may take the place of a member, in v and as a proposal; false where the space refused too
// many.
func (s *DE) rival(p *evolve.Proposal, target int) bool {
	for range redraws {
		x := threeOf(s.Population, target, s.r)
		m, t := s.members, &s.members[target]
		differ(s.v, m[x[0]].v, m[x[1]].v, m[x[2]].v, s.F, s.r)
		crossBinomially(s.v, t.v, s.CR, s.r)
		if a, err := s.cube.decode(s.v); err == nil {
			*p = evolve.Proposal{Arch: a, Parents: [2]int{t.id, m[x[0]].id}}
			return true
		}
	}
	return false
}

func (s *DE) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	f := s.flights.end(t.Tag)
	m := &s.members[f.target]
	if m.id == 0 {
		s.alive++
	}
	if r.Loss <= m.loss {
		m.v, f.v = f.v, m.v
		m.loss, m.id = r.Loss, t.ID
	}
	return nil
}

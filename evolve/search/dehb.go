package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// DEHB is differential evolution within Hyperband's brackets: Awad, Mallik and Hutter, "DEHB: Evolutionary Hyperband
// for Scalable, Robust and Efficient Hyperparameter Optimization", IJCAI 2021, arXiv:2105.09821, as automl/DEHB has it.
//
// Every rung has a population of its own, as large as the most trials that a bracket has there. A trial at a rung is a
// rival of the next member of its population in turn: a mutant a + F·(b-c), from which binomial crossover gives the
// member some of its numbers back. The three are drawn among the best of the population one rung below, as many as the
// bracket has trials at this rung; at a bracket's first rung among the population itself; and of fewer than three with
// mutants of all populations together. A rival that is as good takes the member's place. In the first sweep of
// brackets, as many as there are rungs, trials above a bracket's first rung are instead the best below that are not
// here yet, which go on with their training. All other trials are trained from the beginning.
//
// The populations begin as random architectures of the space, which are not evaluated themselves. Numbers out of range
// are drawn anew, and members are replaced at once. It departs from automl/DEHB in two things: whether an architecture
// is here already is asked of architectures and not of vectors, and by default nothing is trained twice at one rung but
// for promotions (repeat=charge is as published). A bracket leaves out the trials of a rung that has nothing new left;
// the search ends when no rung has.
type DEHB struct {
	Eta    int     // η, one in so many goes on
	F      float64 // how far the difference of two members moves a third
	CR     float64 // chance that a number is the mutant's
	Repeat string  // charge, cache or skip, at each rung; "" is charge
	Same   string  // genome or network; "" is genome

	space   evolve.Space
	cube    *cube
	r       *rand.Rand
	levels  []evolve.Fidelity
	floors  []dehbFloor
	open    []*dehbBracket // the first that began first
	begun   int
	flights flights[dehbFlight]
	v       []float64
	extra   [][]float64 // mutants that fill up too few parents
	parents []*dehbMember
}

// dehbFloor is the population of a rung.
type dehbFloor struct {
	memory  memory
	members []dehbMember
	next    int                      // the member whose rival is next
	spent   bool                     // nothing is left that was not trained here
	sent    map[evolve.Arch]struct{} // promoted to here in the first sweep
}

// dehbMember is an architecture of a population as a vector.
type dehbMember struct {
	v       []float64
	arch    evolve.Arch
	loss    float64
	id      int  // of its trial; 0 before there is one
	trained bool // the trial has a training to go on with
}

// dehbBracket is a bracket and the rung that it trains at.
type dehbBracket struct {
	number, first int
	level, size   int
	left, running int
	due           []dehbMember // to be trained longer, the best first
}

// dehbFlight is a vector that is evaluated, for a bracket, and the member whose place it may take.
type dehbFlight struct {
	v       []float64
	bracket *dehbBracket
	target  int
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "dehb",
		Doc:    "differential evolution in Hyperband's brackets: a population for each length of training",
		Paper:  "Awad, Mallik and Hutter, IJCAI 2021, arXiv:2105.09821",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			etaParam(),
			evolve.Float("f", 0.5, 0, 2, "F, how far the difference of two members moves a third (0.5: DEHB)"),
			evolve.Float("cr", 0.5, 0, 1, "chance that a decision is the mutant's and not the member's (0.5: DEHB)"),
		}, repeatParams(repeatSkip)...),
		Needs: func(evolve.Options) evolve.Needs { return evolve.Schedules | evolve.Decides },
		Claims: []evolve.Claim{
			secondsClaim("nb201:cifar10,source=surrogate", 200_000),
			secondsClaim("nasnet-digits", 300),
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &DEHB{Eta: o.Int("eta"), F: o.Float("f"), CR: o.Float("cr")}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

func (s *DEHB) Init(p evolve.Problem, r *rand.Rand) error {
	if err := wantEta("dehb", s.Eta); err != nil {
		return err
	}
	if !(s.F >= 0 && s.F <= 2) || !(s.CR >= 0 && s.CR <= 1) {
		return fmt.Errorf("dehb: f=%g, cr=%g: want 0 to 2 and 0 to 1: %w", s.F, s.CR, evolve.ErrInvalid)
	}
	if err := (evolve.Schedules | evolve.Decides).Check(p); err != nil {
		return fmt.Errorf("dehb: %w", err)
	}
	levels, err := Rungs(p, s.Eta)
	if err != nil {
		return fmt.Errorf("dehb: %w", err)
	}
	*s = DEHB{Eta: s.Eta, F: s.F, CR: s.CR, Repeat: s.Repeat, Same: s.Same, space: p.Space, r: r, levels: levels,
		cube: newCube(p.Space.(evolve.Decider)), floors: make([]dehbFloor, len(levels))}
	d := len(s.cube.all)
	s.v = make([]float64, d)
	for k := range s.floors {
		f := &s.floors[k]
		f.sent = map[evolve.Arch]struct{}{}
		if err := f.memory.begin("dehb", p.Space, r, s.Repeat, s.Same); err != nil {
			return err
		}
		f.members = make([]dehbMember, s.population(k))
		for i := range f.members {
			m := dehbMember{v: make([]float64, d), arch: p.Space.Sample(r), loss: math.Inf(1)}
			s.cube.encode(m.v, m.arch, r)
			f.members[i] = m
		}
	}
	return nil
}

// population is the most trials that a bracket has at a rung.
func (s *DEHB) population(level int) (most int) {
	for first := range level + 1 {
		n := bracketSize(len(s.levels), first, s.Eta, false)
		for range level - first {
			n = max(1, n/s.Eta)
		}
		most = max(most, n)
	}
	return most
}

// Ask is done when the space is used up at every rung. The Tag is the number of the flight.
func (s *DEHB) Ask(p *evolve.Proposal) bool {
	b := s.bracket()
	for b != nil && !s.promote(p, b) && !s.breed(p, b) {
		s.floors[b.level].spent = true
		*p = evolve.Proposal{}
		b.left = 0
		if b.running == 0 {
			s.advance(b)
		}
		b = s.bracket()
	}
	if b == nil {
		return false
	}
	f := &s.floors[b.level]
	target := f.next
	f.next = (target + 1) % len(f.members)
	b.left--
	b.running++
	tag, fl := s.flights.begin()
	fl.v, fl.bracket, fl.target = append(fl.v[:0], s.v...), b, target
	p.Epochs, p.Tag = s.levels[b.level].Epochs, tag
	return true
}

// bracket is the first bracket that has a trial to begin, or the next one; nil where that could have none.
func (s *DEHB) bracket() *dehbBracket {
	for _, b := range s.open {
		if b.left > 0 {
			return b
		}
	}
	if !slices.ContainsFunc(s.floors, func(f dehbFloor) bool { return !f.spent }) {
		return nil
	}
	b := &dehbBracket{number: s.begun, first: s.begun % len(s.levels)}
	b.level, b.size = b.first, bracketSize(len(s.levels), b.first, s.Eta, false)
	b.left = b.size
	s.begun++
	s.open = append(s.open, b)
	return b
}

// promote proposes whom the bracket is still to train longer; false for nobody.
func (s *DEHB) promote(p *evolve.Proposal, b *dehbBracket) bool {
	if len(b.due) == 0 {
		return false
	}
	f, m := &s.floors[b.level], b.due[0]
	b.due = b.due[1:]
	f.memory.mark(m.arch)
	copy(s.v, m.v)
	p.Arch, p.Known = m.arch, f.memory.recall(m.arch)
	if s.levels[b.level].Resumes && m.trained {
		p.From, p.Trained = m.id, s.levels[b.level-1].Epochs
	}
	return true
}

// breed proposes a rival of the member whose turn it is; false where the rung has nothing new left.
func (s *DEHB) breed(p *evolve.Proposal, b *dehbBracket) bool {
	f := &s.floors[b.level]
	if f.spent || f.memory.over() {
		return false
	}
	a, ok := f.memory.draw(func() evolve.Arch {
		if !s.rival(p, b, f.next) {
			*p = evolve.Proposal{Arch: s.space.Sample(s.r)}
			s.cube.encode(s.v, p.Arch, s.r)
		}
		return p.Arch
	})
	if !ok {
		return false
	}
	if a != p.Arch {
		*p = evolve.Proposal{Arch: a} // found elsewhere: nobody's child
		s.cube.encode(s.v, a, s.r)
	}
	p.Known = f.memory.recall(a)
	return true
}

// choose fills a bracket's new rung with the best of the rung below that are not here yet.
func (s *DEHB) choose(b *dehbBracket) {
	f := &s.floors[b.level]
	for _, m := range s.best(b.level - 1) {
		here := func(x dehbMember) bool { return x.id > 0 && x.arch == m.arch }
		if _, sent := f.sent[m.arch]; sent || m.id == 0 || math.IsInf(m.loss, 1) ||
			slices.ContainsFunc(f.members, here) {
			continue
		}
		if len(b.due) == b.size {
			break
		}
		f.sent[m.arch] = struct{}{}
		due := *m
		due.v = slices.Clone(m.v) // the member's may be overwritten before
		b.due = append(b.due, due)
	}
}

// best are the members of a population, the lowest loss first, of equal ones the earlier trial.
func (s *DEHB) best(level int) []*dehbMember {
	s.parents = s.parents[:0]
	for i := range s.floors[level].members {
		s.parents = append(s.parents, &s.floors[level].members[i])
	}
	slices.SortStableFunc(s.parents, func(x, y *dehbMember) int {
		return cmp.Or(cmp.Compare(x.loss, y.loss), cmp.Compare(x.id, y.id))
	})
	return s.parents
}

// rival makes a mutant that may take the place of a member, in v and as a proposal; false where the space refused too
// many.
func (s *DEHB) rival(p *evolve.Proposal, b *dehbBracket, target int) bool {
	from := max(b.level-1, b.first)
	parents := s.best(from)
	parents = parents[:min(b.size, len(parents))]
	t := &s.floors[b.level].members[target]
	for range redraws {
		pool := s.filled(parents)
		x := threeOf(len(pool), -1, s.r)
		base := pool[x[0]]
		differ(s.v, base.v, pool[x[1]].v, pool[x[2]].v, s.F, s.r)
		crossBinomially(s.v, t.v, s.CR, s.r)
		if a, err := s.cube.decode(s.v); err == nil {
			*p = evolve.Proposal{Arch: a, Parents: [2]int{t.id, base.id}}
			if t.id == 0 {
				p.Parents = [2]int{base.id}
			}
			return true
		}
	}
	return false
}

// Vectors that a mutant is made of.
const dehbLeast = 3

// filled adds to too few parents mutants of all populations together, so that there is one to choose.
func (s *DEHB) filled(parents []*dehbMember) []*dehbMember {
	if len(parents) >= dehbLeast {
		return parents
	}
	all := 0
	for k := range s.floors {
		all += len(s.floors[k].members)
	}
	for i := 0; len(parents) <= dehbLeast; i++ {
		if i == len(s.extra) {
			s.extra = append(s.extra, make([]float64, len(s.v)))
		}
		x := threeOf(all, -1, s.r)
		differ(s.extra[i], s.member(x[0]).v, s.member(x[1]).v, s.member(x[2]).v, s.F, s.r)
		parents = append(parents, &dehbMember{v: s.extra[i]})
	}
	return parents
}

// member is one of all populations together.
func (s *DEHB) member(i int) *dehbMember {
	k := 0
	for ; i >= len(s.floors[k].members); k++ {
		i -= len(s.floors[k].members)
	}
	return &s.floors[k].members[i]
}

func (s *DEHB) Tell(t *evolve.Trial, r *evolve.Result) error {
	fl := s.flights.end(t.Tag)
	b := fl.bracket
	f := &s.floors[b.level]
	f.memory.told(t, r)
	if m := &f.members[fl.target]; r.Loss <= m.loss {
		fl.v, m.v = m.v, fl.v
		m.arch, m.loss, m.id, m.trained = t.Arch, r.Loss, t.ID, t.Known == nil
	}
	if b.running--; b.left+b.running == 0 {
		s.advance(b)
	}
	return nil
}

// advance takes a bracket whose rung is complete to the next one, or closes it.
func (s *DEHB) advance(b *dehbBracket) {
	if b.level == len(s.levels)-1 {
		s.open = slices.DeleteFunc(s.open, func(x *dehbBracket) bool { return x == b })
		return
	}
	b.level++
	b.size = max(1, b.size/s.Eta)
	b.left = b.size
	if b.number < len(s.levels) {
		s.choose(b)
	}
}

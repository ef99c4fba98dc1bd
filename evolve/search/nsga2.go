package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// NSGA2 is the elitist genetic algorithm of several objectives NSGA-II: Deb, Pratap, Agarwal and Meyarivan, "A Fast and
// Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6, 2002, §III; for architectures as in
// NSGA-Net, Lu et al., GECCO 2019, arXiv:1810.03522. Parents win tournaments of two, by the front that they are in and,
// within one, by how lonely they are there; a coin decides the rest. When as many children are told as the population
// has members, the best of both go on: whole fronts while they fit, and of the next one the loneliest.
//
// Two things are not Deb's. The population grows: it begins with Start members and has room for one more each 20
// trials, up to Population. A small one is ahead in a short run and ends before it has seen the front: on
// nb201:cifar10, error and params, random search misses 2.9 % of the front's hypervolume after 400 trials, 50 members
// 1.1 % and 200 members 3.0 %; after 5,000 trials 9 of the front's 10 architectures are found in 45 of 100 runs with
// 50 members, in 98 with 200. One that grows from 30 to 200 is as good as the better one in both. With Start as large
// as Population it is Deb's. And where parents have no new children left, the space is sampled: no architecture is
// proposed twice, as NSGA-Net removes duplicates. Each child is one mutation away from its parent, by default without
// crossover.
//
// The paper leaves three things open. Of members that are equally lonely the one that comes first in the front goes on.
// A failed trial is worse than all others. No worker waits for a generation: children are bred from the members there
// are, and count for the generation in which they are told; until the first is told the space is sampled.
type NSGA2 struct {
	Population int     // members at most
	Start      int     // members of the first population, no more than Population
	Crossover  float64 // chance that a child has two parents; it is mutated in any case
	Mutation   string  // the space's operator; "" is its default
	Repeat     string  // charge, cache or skip; "" is charge
	Same       string  // genome or network; "" is genome

	First evolve.Searcher // proposes the first generation; nil samples the space

	numbers int // of objectives
	space   evolve.Space
	mutate  evolve.Mutation
	cross   evolve.Crosser
	r       *rand.Rand
	memory  memory
	opening opening
	members []member // the population, its rooms filled from the front, and behind it the children that are told
	told    int      // rooms that are filled
	bred    int      // members that are parents: none before the first generation is told
	room    int      // members of the next population, and children until it is made
	trials  int      // that were told
	next    []member // scratch: what members becomes
	points  [][]float64
	fronts  pareto.Fronts
}

// member is an architecture that was evaluated.
type member struct {
	arch   evolve.Arch
	id     int // of the trial
	values []float64
	front  int
	apart  float64 // the crowding distance in it
}

// Children that are bred before the space is sampled instead. In nb201 a parent has 24 children, and those of 200
// members overlap: 100 draws find a new one unless nearly all are known, and cost some microseconds.
const nsga2Draws = 100

// Trials for each member that the population may have. Of 8, 15 and 20, on nb201:cifar10, 20 found most of the front in
// 1,000 and in 5,000 trials.
const nsga2Growth = 20

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "nsga2",
		Doc:    "NSGA-II: evolution of a whole front of several objectives, by non-dominated fronts and crowding",
		Paper:  "Deb, Pratap, Agarwal and Meyarivan, IEEE Trans. Evol. Comput. 6, 2002; for NAS: Lu et al., GECCO 2019",
		Losses: evolve.UpToScale,
		Params: append([]evolve.Param{
			evolve.Int("population", 200, 2, maxPopulation,
				"members at most, and children of a generation (NSGA-Net: 40)").Logarithmic(),
			evolve.Int("start", 30, 2, maxPopulation, "members of the first population, which grows by one each 20 "+
				"trials; as many as population, if that is less, are all at once").Logarithmic(),
			evolve.Float("crossover", 0, 0, 1, "chance that a child has two parents, before it is mutated (Deb: 0.9, "+
				"which is better in spaces of many decisions such as nasnet)"),
			evolve.Named("mutation", evolve.Mutates, "default", "the space's operator by name"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Needs: func(o evolve.Options) evolve.Needs { return nsga2Needs(o.Float("crossover")) },
		Claims: []evolve.Claim{
			{On: "nb201:cifar10,source=surrogate,objectives=error+params", By: evolve.ByTrials, Budget: 400,
				Over: "random"},
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &NSGA2{Population: o.Int("population"), Start: o.Int("start"), Crossover: o.Float("crossover"),
				Mutation: o.Text("mutation")}
			s.Start = min(s.Start, s.Population)
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			if s.First, err = openInit(o); err != nil {
				return nil, err
			}
			return s, s.valid()
		},
	})
}

func nsga2Needs(crossover float64) evolve.Needs {
	if crossover > 0 {
		return evolve.Objectives | evolve.Mutates | evolve.Crosses
	}
	return evolve.Objectives | evolve.Mutates
}

// valid refuses settings that make no search.
func (s *NSGA2) valid() error {
	switch {
	case s.Start < 2 || s.Start > s.Population:
		return fmt.Errorf("nsga2: start=%d of population=%d: want at least 2, and at most the population: %w", s.Start,
			s.Population, evolve.ErrInvalid)
	case !(s.Crossover >= 0 && s.Crossover <= 1):
		return fmt.Errorf("nsga2: crossover=%g: want a chance, 0 to 1: %w", s.Crossover, evolve.ErrInvalid)
	}
	return checkRepeat("nsga2", s.Repeat, s.Same)
}

func (s *NSGA2) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	if err := nsga2Needs(s.Crossover).Check(p); err != nil {
		return fmt.Errorf("nsga2: %w", err)
	}
	mutate, err := mutation("nsga2", p.Space, s.Mutation)
	if err != nil {
		return err
	}
	*s = NSGA2{Population: s.Population, Start: s.Start, Crossover: s.Crossover, Mutation: s.Mutation,
		Repeat: s.Repeat, Same: s.Same, First: s.First,
		numbers: len(p.Objectives), space: p.Space, mutate: mutate, r: r, room: s.Start}
	s.cross, _ = p.Space.(evolve.Crosser)
	if err := s.memory.begin("nsga2", p.Space, r, s.Repeat, s.Same); err != nil {
		return err
	}
	return s.opening.begin("nsga2", s.First, p, r, &s.memory)
}

func (s *NSGA2) Ask(p *evolve.Proposal) bool {
	if s.memory.over() {
		return false
	}
	if s.bred == 0 {
		return s.opening.ask(p, 0)
	}
	for range nsga2Draws {
		s.breed(p)
		if s.memory.mark(p.Arch) {
			p.Known = s.memory.recall(p.Arch)
			return true
		}
	}
	a, ok := s.memory.draw(func() evolve.Arch { return s.space.Sample(s.r) })
	*p = evolve.Proposal{Arch: a}
	return ok
}

// breed makes a child.
func (s *NSGA2) breed(p *evolve.Proposal) {
	a := s.tournament()
	p.Arch, p.Parents = a.arch, [2]int{a.id}
	if s.Crossover > 0 && s.r.Float64() < s.Crossover {
		b := s.tournament()
		p.Arch, p.Parents[1] = s.cross.Cross(a.arch, b.arch, s.r), b.id
	}
	p.Arch = s.mutate(p.Arch, s.r)
}

// tournament is the better of two members that are drawn with replacement. The second draw is as good as a coin where
// neither is better.
func (s *NSGA2) tournament() *member {
	a, b := &s.members[s.r.IntN(s.bred)], &s.members[s.r.IntN(s.bred)]
	if b.front < a.front || b.front == a.front && b.apart > a.apart {
		return b
	}
	return a
}

func (s *NSGA2) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	if _, err := s.opening.tell(t, r); err != nil {
		return err
	}
	if s.told == len(s.members) {
		s.members = append(s.members, member{})
	}
	m := &s.members[s.told]
	m.arch, m.id, m.values = t.Arch, t.ID, objectives(m.values, s.numbers, r)
	s.trials++
	if s.told++; s.told == s.bred+s.room {
		s.survive()
		s.room = min(s.Population, max(s.Start, s.trials/nsga2Growth))
	}
	return nil
}

// survive makes the next population of all that are told. The others leave their rooms to the next children.
func (s *NSGA2) survive() {
	s.points = s.points[:0]
	for i := range s.members[:s.told] {
		s.points = append(s.points, s.members[i].values)
	}
	s.fronts.Sort(s.points)
	s.next, s.bred = s.next[:0], 0
	for k := range s.fronts.Len() {
		front := s.fronts.Front(k)
		if left := s.room - s.bred; left > 0 {
			for at, apart := range s.fronts.Crowding(k) {
				m := &s.members[front[at]]
				m.front, m.apart = k, apart
			}
			if len(front) > left {
				front = s.fronts.Loneliest(k)
			}
			s.bred += min(left, len(front))
		}
		for _, i := range front {
			s.next = append(s.next, s.members[i])
		}
	}
	s.next = append(s.next, s.members[s.told:]...)
	s.members, s.next, s.told = s.next, s.members, s.bred
}

// objectives are the n values of a result, in the memory of dst. All of them are infinite where one is missing or none,
// so that a failed trial is worse than all others in everything.
func objectives(dst []float64, n int, r *evolve.Result) []float64 {
	dst = append(append(dst[:0], r.Loss), r.Others...)
	none := func(x float64) bool { return !(x < math.Inf(1)) } // NaN as well
	if len(dst) == n && !slices.ContainsFunc(dst, none) {
		return dst
	}
	dst = dst[:0]
	for range n {
		dst = append(dst, math.Inf(1))
	}
	return dst
}

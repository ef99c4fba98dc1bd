package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// Lemonade is the sampling of LEMONADE: Elsken, Metzen and Hutter, "Efficient Multi-objective Neural Architecture
// Search via Lamarckian Evolution", ICLR 2019, arXiv:1804.09081, Algorithm 1. The population is all that no trial
// dominates. Where it is dense in the cheap objectives, such as the number of parameters, the front is known well
// enough: parents are drawn with chances that are inverse to a kernel density of the population there, and of the
// children, mutants of theirs, those that are evaluated are drawn so as well. Expensive objectives count for who
// dominates whom alone.
//
// Cheap are the objectives after the first that are exact, or all after the first where none is. What a child's are is
// known before it is evaluated where training-free scores have their names; where one has not, such as a latency, all
// children are evaluated. Counts are compared by their logarithms. The kernels are Gaussian, as wide in each objective
// as Scott's rule says: the population's standard deviation times n^(-1/(d+4)) of n members and d objectives.
//
// The paper itself was not read, and n_pc = 200 and n_ac = 50 are from memory. The defaults are smaller, so that
// parents are drawn from a fresher population. Children are trained by themselves: that they inherit weights by
// morphisms, the Lamarckian part, is left out, and the first architectures are samples of the space and not a few
// trivial networks. Of equal trials the first stays. No worker waits: the next children are drawn when all that were
// accepted are asked for.
type Lemonade struct {
	Start    int // architectures to begin with
	Children int // n_pc, drawn at a time
	Accept   int // n_ac, of these that are evaluated
	Mutation string
	Repeat   string // charge, cache or skip; "" is charge
	Same     string // genome or network; "" is genome

	First evolve.Searcher // proposes the first architectures; nil samples the space

	numbers int // of objectives
	space   evolve.Space
	mutate  evolve.Mutation
	r       *rand.Rand
	memory  memory
	opening opening
	asked   int
	cheap   []cheapObjective
	knows   bool     // the cheap objectives of children
	alive   []member // the population
	density cheapDensity
	queue   []evolve.Proposal // children that are accepted and not asked for yet, the next last
	values  []float64
}

// cheapObjective is an objective whose density counts.
type cheapObjective struct {
	evolve.Objective
	at    int // among the values of a trial
	score func(evolve.Arch) (float64, error)
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "lemonade",
		Doc: "LEMONADE's sampling: parents and children where the front is thinnest in cheap objectives such as " +
			"parameters",
		Paper:  "Elsken, Metzen and Hutter, ICLR 2019, arXiv:1804.09081",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			evolve.Int("start", 10, 1, maxPopulation, "random architectures to begin with").Logarithmic(),
			evolve.Int("children", 20, 1, maxPopulation, "n_pc, mutants that are drawn at a time (200: from memory)").
				Logarithmic(),
			evolve.Int("accept", 5, 1, maxPopulation, "n_ac, mutants of these that are evaluated (50: from memory)").
				Logarithmic(),
			evolve.Named("mutation", evolve.Mutates, "default", "the space's operator by name"),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Needs: func(evolve.Options) evolve.Needs { return evolve.Objectives | evolve.Mutates },
		Claims: []evolve.Claim{
			{On: "nb201:cifar10,source=surrogate,objectives=error+params", By: evolve.ByTrials, Budget: 1000,
				Over: "random"},
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &Lemonade{Start: o.Int("start"), Children: o.Int("children"), Accept: o.Int("accept"),
				Mutation: o.Text("mutation")}
			s.Repeat, s.Same = repeatOptions(o)
			var err error
			if s.First, err = openInit(o); err != nil {
				return nil, err
			}
			return s, s.valid()
		},
	})
}

// valid refuses settings that make no search.
func (s *Lemonade) valid() error {
	switch {
	case s.Start < 1:
		return fmt.Errorf("lemonade: start=%d: want at least 1: %w", s.Start, evolve.ErrInvalid)
	case s.Accept < 1 || s.Accept > s.Children:
		return fmt.Errorf("lemonade: accept=%d of children=%d: want 1 to all of them: %w", s.Accept, s.Children,
			evolve.ErrInvalid)
	}
	return checkRepeat("lemonade", s.Repeat, s.Same)
}

func (s *Lemonade) Init(p evolve.Problem, r *rand.Rand) error {
	if err := s.valid(); err != nil {
		return err
	}
	if err := evolve.Objectives.Check(p); err != nil {
		return fmt.Errorf("lemonade: %w", err)
	}
	mutate, err := mutation("lemonade", p.Space, s.Mutation)
	if err != nil {
		return err
	}
	*s = Lemonade{Start: s.Start, Children: s.Children, Accept: s.Accept, Mutation: s.Mutation, Repeat: s.Repeat,
		Same: s.Same, First: s.First, numbers: len(p.Objectives), space: p.Space, mutate: mutate, r: r}
	s.cheap, s.knows = cheapObjectives(p)
	if err := s.memory.begin("lemonade", p.Space, r, s.Repeat, s.Same); err != nil {
		return err
	}
	return s.opening.begin("lemonade", s.First, p, r, &s.memory)
}

// cheapObjectives are those of a problem, and whether all have a training-free score.
func cheapObjectives(p evolve.Problem) (cheap []cheapObjective, known bool) {
	exact := slices.ContainsFunc(p.Objectives[1:], func(o evolve.Objective) bool { return o.Exact })
	known = true
	for i, o := range p.Objectives[1:] {
		if exact && !o.Exact {
			continue
		}
		c := cheapObjective{Objective: o, at: i + 1}
		if x, err := p.Proxy(o.Name); err == nil {
			c.score = x.Score
		}
		known = known && c.score != nil
		cheap = append(cheap, c)
	}
	return cheap, known
}

// place is where a number of an objective is on the axis along which densities are measured.
func (o *cheapObjective) place(x float64) float64 {
	if o.Unit == evolve.UnitCount {
		return math.Log(max(x, 1))
	}
	return x
}

func (s *Lemonade) Ask(p *evolve.Proposal) bool {
	if s.memory.over() {
		return false
	}
	if s.asked < s.Start || len(s.alive) == 0 {
		ok := s.opening.ask(p, 0)
		if ok {
			s.asked++
		}
		return ok
	}
	for tried := false; ; tried = true {
		for n := len(s.queue); n > 0; n = len(s.queue) {
			*p = s.queue[n-1]
			s.queue = s.queue[:n-1]
			if s.memory.mark(p.Arch) {
				p.Known = s.memory.recall(p.Arch)
				return true
			}
		}
		if tried { // parents have no new children, or next to none
			a, ok := s.memory.draw(func() evolve.Arch { return s.space.Sample(s.r) })
			*p = evolve.Proposal{Arch: a}
			return ok
		}
		s.breed()
	}
}

// breed draws children and queues those that are accepted.
func (s *Lemonade) breed() {
	s.density.fit(s.alive, s.cheap)
	parents := newLottery(s.density.members())
	n := s.Children
	if !s.knows {
		n = s.Accept
	}
	var children []evolve.Proposal
	var lonely []float64
	for range n {
		parent := &s.alive[parents.draw(s.r)]
		child := evolve.Proposal{Arch: s.mutate(parent.arch, s.r), Parents: [2]int{parent.id}}
		if s.memory.has(child.Arch) {
			continue
		}
		if s.knows {
			x, err := s.places(child.Arch)
			if err != nil {
				continue // no score says what it would cost
			}
			lonely = append(lonely, -s.density.log(x))
		}
		children = append(children, child)
	}
	if !s.knows {
		s.queue = append(s.queue, children...)
		return
	}
	accepted := newLottery(lonely)
	for range min(s.Accept, len(children)) {
		i := accepted.draw(s.r)
		accepted.remove(i)
		s.queue = append(s.queue, children[i])
	}
}

// places are where an architecture that is not evaluated yet is in the cheap objectives.
func (s *Lemonade) places(a evolve.Arch) ([]float64, error) {
	s.values = s.values[:0]
	for i := range s.cheap {
		x, err := s.cheap[i].score(a)
		if err != nil {
			return nil, err
		}
		s.values = append(s.values, s.cheap[i].place(x))
	}
	return s.values, nil
}

// Tell lets a trial into the population that no member is as good as in everything, and removes whom it dominates.
func (s *Lemonade) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	if _, err := s.opening.tell(t, r); err != nil {
		return err
	}
	values := objectives(s.values, s.numbers, r)
	s.values = values
	worse := func(m member) bool { return pareto.NoWorse(m.values, values) }
	if math.IsInf(values[0], 1) || slices.ContainsFunc(s.alive, worse) {
		return nil
	}
	s.alive = slices.DeleteFunc(s.alive, func(m member) bool { return pareto.Dominates(values, m.values) })
	s.alive = append(s.alive, member{arch: t.Arch, id: t.ID, values: slices.Clone(values)})
	return nil
}

// cheapDensity is a Gaussian kernel density of the population, but for a factor that is the same everywhere.
type cheapDensity struct {
	x      []float64 // row-major, by member and objective: where the members are
	narrow []float64 // by objective: one over the kernel's width; 0 where all members are in one place
}

// fit puts kernels on members.
func (d *cheapDensity) fit(alive []member, cheap []cheapObjective) {
	d.x, d.narrow = d.x[:0], d.narrow[:0]
	for i := range alive {
		for k := range cheap {
			o := &cheap[k]
			d.x = append(d.x, o.place(o.Value(alive[i].values[o.at])))
		}
	}
	n := float64(len(alive))
	for k := range cheap {
		mean, squares := 0.0, 0.0
		for i := range alive {
			mean += d.x[i*len(cheap)+k] / n
		}
		for i := range alive {
			off := d.x[i*len(cheap)+k] - mean
			squares += float64(off * off)
		}
		narrow := 0.0
		if squares > 0 {
			narrow = math.Pow(n, 1/float64(len(cheap)+4)) / math.Sqrt(squares/n)
		}
		d.narrow = append(d.narrow, narrow)
	}
}

// log is the logarithm of the density at a place.
func (d *cheapDensity) log(x []float64) float64 {
	nearest, sum := math.Inf(1), 0.0
	for pass := range 2 { // the nearest kernel is taken out of the sum, which would be 0 far away
		for i := 0; i < len(d.x); i += len(d.narrow) {
			far := 0.0
			for k, narrow := range d.narrow {
				z := (x[k] - d.x[i+k]) * narrow
				far += float64(z * z / 2)
			}
			if pass == 0 {
				nearest = min(nearest, far)
			} else {
				sum += math.Exp(nearest - far)
			}
		}
	}
	return math.Log(sum) - nearest
}

// members are how lonely the members are: minus the logarithms of the density where they are.
func (d *cheapDensity) members() (lonely []float64) {
	for x := range slices.Chunk(d.x, len(d.narrow)) {
		lonely = append(lonely, -d.log(x))
	}
	return lonely
}

// lottery draws numbers with given chances.
type lottery struct{ weight []float64 }

// newLottery has chances whose logarithms are given, but for a common factor.
func newLottery(logs []float64) lottery {
	l := lottery{make([]float64, len(logs))}
	if len(logs) > 0 {
		most := slices.Max(logs)
		for i, x := range logs {
			l.weight[i] = math.Exp(x - most)
		}
	}
	return l
}

// draw is one of the numbers that were not removed; where chances are 0 for rounding, any of these.
func (l lottery) draw(r *rand.Rand) (drawn int) {
	sum := 0.0
	for _, w := range l.weight {
		sum += max(0, w)
	}
	u := float64(r.Float64() * sum)
	for i, w := range l.weight {
		if w < 0 {
			continue
		}
		if drawn = i; u < w {
			break
		}
		u -= w
	}
	return drawn
}

// remove takes a number out.
func (l lottery) remove(i int) { l.weight[i] = -1 }

package search

import (
	"fmt"
	randv1 "math/rand"
	"math/rand/v2"

	"github.com/MaxHalford/eaopt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// EAOpt is the classical generational genetic algorithm of the eaopt library: tournament
// selection, uniform crossover, mutation, the offspring replace their parents. It is
// driven from outside: a generation's unevaluated individuals are proposed, and when all
// are told eaopt's model makes the next. The zero value has no usable settings; register's
// defaults are those of eaopt.NewDefaultGAConfig.
//
// Faults of eaopt v0.4.2 that this avoids, each pinned by a test: Individual.Crossover
// leaves the mate marked as evaluated, so our Crossover changes the receiver alone;
// the hall of fame sees survivors alone, so the incumbent is the study's affair;
// SelTournament's indexes are wrong, and the generational model does not use them.
type EAOpt struct {
	Population int
	Contest    int     // contestants of a tournament, distinct
	CrossRate  float64 // chance that a pair recombines
	MutRate    float64 // chance that an offspring mutates
	Mutation   string  // the space's operator; "" is its default
	Repeat     string  // charge, cache or skip: what to do with an architecture proposed before; "" is charge
	Same       string  // genome or network: what counts as proposed before; "" is genome

	memory memory
	space  evolve.Space
	cross  evolve.Crosser
	mutate evolve.Mutation
	r      *rand.Rand
	model  eaopt.ModGenerational
	pop    eaopt.Population
	queue  []int // slots still to propose
	told   int   // of those proposed in this generation
	asked  int
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:   "eaopt",
		Doc:    "generational genetic algorithm of github.com/MaxHalford/eaopt",
		Paper:  "Holland 1975; the library's defaults: eaopt v0.4.2, NewDefaultGAConfig",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			evolve.Int("population", 50, 2, maxPopulation, "individuals of a generation").Logarithmic(),
			evolve.Int("sample", 3, 1, maxPopulation, "distinct contestants of a tournament").Logarithmic(),
			evolve.Float("crossover", 0.7, 0, 1, "chance that a selected pair recombines"),
			evolve.Float("mutate", 0.5, 0, 1, "chance that an offspring mutates"),
			evolve.Named("mutation", evolve.Mutates, "default", "the space's operator by name").
				OnlyFor("mutate above 0, and of repeat=skip"),
		}, later(repeatParams(repeatCharge))...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Mutates | evolve.Crosses },
		Claims: claims,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			e := &EAOpt{Population: o.Int("population"), Contest: o.Int("sample"),
				CrossRate: o.Float("crossover"), MutRate: o.Float("mutate")}
			e.Repeat, e.Same = repeatOptions(o)
			if e.MutRate > 0 || e.Repeat == repeatSkip {
				if name := o.Text("mutation"); name != "default" {
					e.Mutation = name
				}
			}
			return e, e.valid()
		},
	})
}

// valid refuses settings that make no search.
func (e *EAOpt) valid() error {
	switch {
	case e.Contest < 1 || e.Contest > e.Population-1:
		return fmt.Errorf("eaopt: sample=%d of population=%d: "+
			"two distinct winners need a sample of 1 to population-1: %w", e.Contest, e.Population, evolve.ErrInvalid)
	case e.CrossRate == 0 && e.MutRate == 0:
		return fmt.Errorf("eaopt: crossover=0 and mutate=0 never make anything new: %w", evolve.ErrInvalid)
	}
	if err := e.generational().Validate(); err != nil {
		return fmt.Errorf("eaopt: %w: %w", err, evolve.ErrInvalid)
	}
	return checkRepeat("eaopt", e.Repeat, e.Same)
}

// generational is the library's model with these settings.
func (e *EAOpt) generational() eaopt.ModGenerational {
	return eaopt.ModGenerational{
		Selector: eaopt.SelTournament{NContestants: uint(e.Contest)}, CrossRate: e.CrossRate, MutRate: e.MutRate}
}

func (e *EAOpt) Init(p evolve.Problem, r *rand.Rand) error {
	if err := e.valid(); err != nil {
		return err
	}
	if err := (evolve.Mutates | evolve.Crosses).Check(p); err != nil {
		return fmt.Errorf("eaopt: %w", err)
	}
	mutate, err := mutation("eaopt", p.Space, e.Mutation)
	if err != nil {
		return err
	}
	*e = EAOpt{
		Population: e.Population, Contest: e.Contest, CrossRate: e.CrossRate, MutRate: e.MutRate, Mutation: e.Mutation,
		Repeat: e.Repeat, Same: e.Same,
		space: p.Space, cross: p.Space.(evolve.Crosser), mutate: mutate, r: r, model: e.generational()}
	e.pop.RNG = randv1.New(source{r})
	for range e.Population {
		g := &genome{arch: p.Space.Sample(r), e: e}
		e.pop.Individuals = append(e.pop.Individuals, eaopt.NewIndividual(g, e.pop.RNG))
	}
	e.enqueue()
	return e.memory.begin("eaopt", p.Space, r, e.Repeat, e.Same)
}

// enqueue lists the individuals that eaopt holds to be unevaluated; the others are clones
// of their parents and keep their loss without being paid again.
func (e *EAOpt) enqueue() {
	e.queue, e.told, e.asked = e.queue[:0], 0, 0
	for i, in := range e.pop.Individuals {
		if !in.Evaluated {
			e.queue = append(e.queue, i)
		}
	}
}

// Generations in a row that may change nobody before the search counts as done.
const idleGenerations = 1000

func (e *EAOpt) Ask(p *evolve.Proposal) bool {
	if e.asked == len(e.queue) {
		if e.told < e.asked {
			return false // a generation waits for its last member
		}
		for range idleGenerations {
			e.pop.Individuals.SortByFitness()
			if err := e.model.Apply(&e.pop); err != nil {
				panic("eaopt: " + err.Error()) // Init validated all that can fail
			}
			if e.enqueue(); len(e.queue) > 0 {
				break
			}
		}
		if len(e.queue) == 0 {
			return false
		}
	}
	slot := e.queue[e.asked]
	g := e.pop.Individuals[slot].Genome.(*genome)
	if e.memory.skips() && !e.renew(g) {
		return false
	}
	e.asked++
	p.Arch, p.Parents, p.Tag = g.arch, g.parents, slot
	p.Known = e.memory.recall(g.arch)
	return true
}

// renew mutates an individual that was proposed before until it is new. One that is found elsewhere in the end is
// nobody's child.
func (e *EAOpt) renew(g *genome) bool {
	asIs := true
	a, ok := e.memory.draw(func() evolve.Arch {
		if !asIs {
			g.arch = e.mutate(g.arch, e.r)
		}
		asIs = false
		return g.arch
	})
	if a != g.arch {
		g.arch, g.parents = a, [2]int{}
	}
	return ok
}

func (e *EAOpt) Tell(t *evolve.Trial, r *evolve.Result) error {
	in := &e.pop.Individuals[t.Tag]
	in.Fitness, in.Evaluated = r.Loss, true
	in.Genome.(*genome).id = t.ID
	e.told++
	e.memory.told(t, r)
	return nil
}

// genome is an architecture as eaopt sees it.
type genome struct {
	arch    evolve.Arch
	id      int // the trial that scored it
	parents [2]int
	e       *EAOpt
}

// Evaluate is eaopt's own way to a fitness; ours is Ask and Tell, and nothing unevaluated
// reaches a model.
func (g *genome) Evaluate() (float64, error) {
	return 0, fmt.Errorf("eaopt: %s reached a model before its loss was told", g.arch)
}

func (g *genome) Mutate(*randv1.Rand) {
	g.arch = g.e.mutate(g.arch, g.e.r)
}

// Crossover changes the receiver alone: eaopt does not mark the mate for evaluation.
func (g *genome) Crossover(mate eaopt.Genome, _ *randv1.Rand) {
	m := mate.(*genome)
	g.arch = g.e.cross.Cross(g.arch, m.arch, g.e.r)
	g.parents[1] = m.parents[0]
}

// Clone begins an offspring: its first parent is the cloned individual.
func (g *genome) Clone() eaopt.Genome {
	return &genome{arch: g.arch, id: g.id, parents: [2]int{g.id}, e: g.e}
}

// source lets eaopt, which speaks math/rand, draw from the study's stream.
type source struct{ r *rand.Rand }

func (s source) Int63() int64   { return int64(s.r.Uint64() >> 1) }
func (s source) Uint64() uint64 { return s.r.Uint64() }
func (s source) Seed(int64)     {}

package search

import (
	"cmp"
	"fmt"
	randv1 "math/rand"
	"math/rand/v2"
	"slices"

	"github.com/MaxHalford/eaopt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// EAOpt is the genetic algorithm of the eaopt library: by default the classical generational one, in which offspring of
// tournaments, uniform crossover and mutation replace their parents. It is driven from outside: a generation's
// unevaluated individuals are proposed, and when all are told the model (eaopt_models.go) makes the next. Several
// islands, each a population of its own, breed in step and now and then exchange members. The zero value has no usable
// settings; the registered defaults are those of eaopt.NewDefaultGAConfig.
//
// Faults of eaopt v0.4.2 that this avoids, each pinned by a test: Individual.Crossover
// leaves the mate marked as evaluated, so our Crossover changes the receiver alone;
// the hall of fame sees survivors alone, so the incumbent is the study's affair;
// SelTournament's indexes are wrong, and no model here uses them; ModRing with mutation changes
// members that it holds to be evaluated, so it is not offered; MigRing is a chain, whose last island gives the first
// nothing, which is left as it is; models that evaluate in the middle of Apply are taken apart.
type EAOpt struct {
	Population int     // of an island
	Contest    int     // contestants of a tournament, distinct
	CrossRate  float64 // chance that a pair recombines
	MutRate    float64 // chance that an offspring mutates
	Mutation   string  // the space's operator; "" is its default
	Repeat     string  // charge, cache or skip: what to do with an architecture proposed before; "" is charge
	Same       string  // genome or network: what counts as proposed before; "" is genome
	Model      string  // one of eaModels; "" is generational
	Offspring  int     // of a generation of down-to-size or aging; 0 is as many as the population, and for aging 1
	Drift      bool    // of mutation-only: a mutant takes its parent's place also where it is no better
	Islands    int     // 0 is 1
	Every      int     // generations between two migrations; 0 is 5
	Migrants   int     // that two islands exchange; 0 is 1
	Parents    int     // of model=spos: the best so far, from which all are bred
	Redraw     float64 // of model=spos: the chance that a decision of a mutant is drawn anew

	memory  memory
	space   evolve.Space
	cross   evolve.Crosser
	mutate  evolve.Mutation
	r       *rand.Rand
	rng     *randv1.Rand // the same numbers, for the library
	model   eaModel
	islands []eaIsland
	brood   int   // individuals of an island's generation, evaluated or not
	past    int   // generations that were made
	queue   []int // places of those still to propose: the island times brood, and its place there
	told    int   // of those proposed in this generation
	asked   int
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "eaopt",
		Doc: "genetic algorithms of github.com/MaxHalford/eaopt, generational unless told otherwise, on one " +
			"island or several",
		Paper:  "Holland 1975; the library's defaults: eaopt v0.4.2, NewDefaultGAConfig",
		Losses: evolve.ByRank,
		Params: append([]evolve.Param{
			evolve.Int("population", 50, 2, maxPopulation, "individuals of a generation").Logarithmic(),
			evolve.Int("sample", 3, 1, maxPopulation, "distinct contestants of a tournament").Logarithmic(),
			evolve.Float("crossover", 0.7, 0, 1, "chance that a selected pair recombines"),
			evolve.Float("mutate", 0.5, 0, 1, "chance that an offspring mutates"),
			evolve.Named("mutation", evolve.Mutates, "default", "the space's operator by name").
				OnlyFor("mutate above 0, and of repeat=skip"),
		}, append(later(repeatParams(repeatCharge)), later(eaParams())...)...),
		Needs:  func(o evolve.Options) evolve.Needs { return eaNeeds(o.Text("model")) },
		Claims: claims,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			e := &EAOpt{Population: o.Int("population"), Model: o.Text("model")}
			e.Repeat, e.Same = repeatOptions(o)
			e.readModel(o)
			if e.Model != "spos" && (e.MutRate > 0 || e.Repeat == repeatSkip) {
				e.Mutation = o.Text("mutation")
			}
			return e, e.valid()
		},
	})
}

// valid refuses settings that make no search.
func (e *EAOpt) valid() error {
	most := e.Population - 1 // a second winner of a pair is another one
	if e.Model == "aging" {
		most = e.Population
	}
	switch crosses := e.selects(); {
	case !slices.Contains(eaModels, cmp.Or(e.Model, eaModels[0])):
		return evolve.Unknown("eaopt model", e.Model, eaModels)
	case e.Population < 1:
		return fmt.Errorf("eaopt: population=%d: want at least 1: %w", e.Population, evolve.ErrInvalid)
	case crosses && (e.Contest < 1 || e.Contest > most):
		return fmt.Errorf("eaopt: sample=%d of population=%d: "+
			"two distinct winners need a sample of 1 to population-1: %w", e.Contest, e.Population, evolve.ErrInvalid)
	case e.Model == "aging" && (e.Contest < 1 || e.Contest > most || e.Offspring > e.Population):
		return fmt.Errorf("eaopt: sample=%d and offspring=%d of population=%d: want at most the population: %w",
			e.Contest, e.Offspring, e.Population, evolve.ErrInvalid)
	case crosses && e.CrossRate == 0 && e.MutRate == 0:
		return fmt.Errorf("eaopt: crossover=0 and mutate=0 never make anything new: %w", evolve.ErrInvalid)
	case e.Model == "spos" && (e.Parents < 1 || e.Parents > e.Population || !(e.Redraw > 0 && e.Redraw <= 1)):
		return fmt.Errorf("eaopt: parents=%d of population=%d and redraw=%g: want at most the population, and a "+
			"chance above 0: %w", e.Parents, e.Population, e.Redraw, evolve.ErrInvalid)
	case e.Offspring < 0 || e.Islands < 0 || e.Every < 0:
		return fmt.Errorf("eaopt: offspring=%d, islands=%d, migrate=%d: want none below 0: %w",
			e.Offspring, e.Islands, e.Every, evolve.ErrInvalid)
	case e.Migrants < 0 || e.Islands > 1 && e.Migrants >= e.Population:
		return fmt.Errorf("eaopt: migrants=%d of population=%d: want less than the population, "+
			"or the islands only change names: %w", e.Migrants, e.Population, evolve.ErrInvalid)
	}
	if e.selects() {
		if err := e.generational().Validate(); err != nil {
			return fmt.Errorf("eaopt: %w: %w", err, evolve.ErrInvalid)
		}
	}
	return checkRepeat("eaopt", e.Repeat, e.Same)
}

// selects says whether tournaments choose the pairs that recombine.
func (e *EAOpt) selects() bool { return e.Model != "spos" && eaNeeds(e.Model)&evolve.Crosses != 0 }

// generational is the library's model with these settings.
func (e *EAOpt) generational() eaopt.ModGenerational {
	return eaopt.ModGenerational{
		Selector: eaopt.SelTournament{NContestants: uint(e.Contest)}, CrossRate: e.CrossRate, MutRate: e.MutRate}
}

func (e *EAOpt) Init(p evolve.Problem, r *rand.Rand) error {
	if err := e.valid(); err != nil {
		return err
	}
	if err := eaNeeds(e.Model).Check(p); err != nil {
		return fmt.Errorf("eaopt: %w", err)
	}
	mutate, err := e.mutation(p.Space)
	if err != nil {
		return err
	}
	*e = EAOpt{
		Population: e.Population, Contest: e.Contest, CrossRate: e.CrossRate, MutRate: e.MutRate, Mutation: e.Mutation,
		Repeat: e.Repeat, Same: e.Same, Model: e.Model, Offspring: e.Offspring, Drift: e.Drift,
		Islands: e.Islands, Every: e.Every, Migrants: e.Migrants, Parents: e.Parents, Redraw: e.Redraw,
		space: p.Space, mutate: mutate, r: r, rng: randv1.New(source{r})}
	e.cross, _ = p.Space.(evolve.Crosser)
	e.model = e.newModel()
	e.islands = make([]eaIsland, max(1, e.Islands))
	for k := range e.islands {
		is := &e.islands[k]
		is.pop.RNG = e.rng
		for range e.Population {
			g := &genome{arch: p.Space.Sample(r), e: e}
			is.pop.Individuals = append(is.pop.Individuals, eaopt.NewIndividual(g, e.rng))
		}
		is.young = is.pop.Individuals
	}
	e.enqueue()
	return e.memory.begin("eaopt", p.Space, r, e.Repeat, e.Same)
}

// mutation is how individuals mutate.
func (e *EAOpt) mutation(s evolve.Space) (evolve.Mutation, error) {
	if e.Model == "spos" {
		return sposMutation(s.(evolve.Decider), e.Redraw), nil // Init has asked for decisions
	}
	return mutation("eaopt", s, e.Mutation)
}

// enqueue lists the individuals that eaopt holds to be unevaluated; the others are clones
// of their parents and keep their loss without being paid again.
func (e *EAOpt) enqueue() {
	e.queue, e.told, e.asked = e.queue[:0], 0, 0
	e.brood = len(e.islands[0].young)
	for k := range e.islands {
		for i, in := range e.islands[k].young {
			if !in.Evaluated {
				e.queue = append(e.queue, k*e.brood+i)
			}
		}
	}
}

// generation lets what was bred live, lets it travel, and breeds anew.
func (e *EAOpt) generation() {
	for k := range e.islands {
		if e.past > 0 {
			e.model.settle(&e.islands[k])
		}
	}
	if e.past++; len(e.islands) > 1 && e.past%cmp.Or(e.Every, eaEvery) == 0 {
		pops := make(eaopt.Populations, len(e.islands)) // which share their individuals with ours
		for k := range pops {
			pops[k] = e.islands[k].pop
		}
		eaopt.MigRing{NMigrants: uint(max(1, e.Migrants))}.Apply(pops, e.rng)
	}
	for k := range e.islands {
		is := &e.islands[k]
		is.young = e.model.breed(is)
	}
}

// individual is the one at a place of the queue.
func (e *EAOpt) individual(place int) *eaopt.Individual {
	return &e.islands[place/e.brood].young[place%e.brood]
}

// Generations in a row that may change nobody before the search counts as done.
const idleGenerations = 1000

func (e *EAOpt) Ask(p *evolve.Proposal) bool {
	if e.memory.over() {
		return false
	}
	if e.asked == len(e.queue) {
		if e.told < e.asked {
			return false // a generation waits for its last member
		}
		for range idleGenerations {
			e.generation()
			if e.enqueue(); len(e.queue) > 0 {
				break
			}
		}
		if len(e.queue) == 0 {
			return false
		}
	}
	place := e.queue[e.asked]
	g := e.individual(place).Genome.(*genome)
	if e.memory.skips() && !e.renew(g) {
		return false
	}
	e.asked++
	p.Arch, p.Parents, p.Tag = g.arch, g.parents, place
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
	if ok && a != g.arch {
		g.arch, g.parents = a, [2]int{}
	}
	return ok
}

func (e *EAOpt) Tell(t *evolve.Trial, r *evolve.Result) error {
	in := e.individual(t.Tag)
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

package search

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/MaxHalford/eaopt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The models of EAOpt. Those of the library that evaluate in the middle of Apply are taken apart, so that a generation
// can be evaluated by several workers in between: breed makes it by the library's operators, settle says who lives.
// aging and spos are our own.
var eaModels = []string{"generational", "down-to-size", "mutation-only", "steady", "aging", "spos"}

// eaEvery is the number of generations between two migrations, unless it is given: the library has no default, and its
// examples migrate every 5 or 10.
const eaEvery = 5

// eaParams are the options of the models and of islands.
func eaParams() []evolve.Param {
	offspring := evolve.Int("offspring", 1, 1, maxPopulation,
		"of a generation; none is as many as the population, and one under aging").Logarithmic().OrNone()
	return []evolve.Param{
		evolve.Choice("model", "offspring replace their parents; compete with them for their places; each member "+
			"mutates by itself; two take the places of two; the oldest go (regularized evolution in generations); "+
			"half are crossovers and half mutants of the best so far (Single Path One-Shot)",
			eaModels...),
		offspring.OnlyFor("model=down-to-size and model=aging"),
		evolve.Switch("strict", true, "a mutant takes its parent's place only where it is better").
			OnlyFor("model=mutation-only"),
		evolve.Int("islands", 1, 1, 1000, "populations that breed apart, in step"),
		evolve.Int("migrate", eaEvery, 1, maxPopulation, "generations after which islands exchange members").
			OnlyFor("islands above 1"),
		evolve.Int("migrants", 1, 1, maxPopulation, "members that two islands exchange").OnlyFor("islands above 1"),
		evolve.Int("parents", sposParents, 1, maxPopulation, "the best so far, from which all are bred").
			OnlyFor("model=spos").Logarithmic(),
		evolve.Float("redraw", sposRedraw, 0, 1, "chance that a decision of a mutant is drawn anew").
			OnlyFor("model=spos"),
	}
}

// readModel reads the options that have an effect on the chosen model.
func (e *EAOpt) readModel(o evolve.Options) {
	if e.Model != "mutation-only" && e.Model != "spos" {
		e.Contest = o.Int("sample")
	}
	if e.Model == "spos" {
		e.Parents, e.Redraw = o.Int("parents"), o.Float("redraw")
	} else if eaNeeds(e.Model)&evolve.Crosses != 0 {
		e.CrossRate, e.MutRate = o.Float("crossover"), o.Float("mutate")
	} else {
		e.MutRate = 1
	}
	if e.Model == "down-to-size" || e.Model == "aging" {
		if n, err := strconv.Atoi(o.Text("offspring")); err == nil {
			e.Offspring = n
		}
	}
	if e.Model == "mutation-only" {
		e.Drift = !o.Yes("strict")
	}
	if e.Islands = o.Int("islands"); e.Islands > 1 {
		e.Every, e.Migrants = o.Int("migrate"), o.Int("migrants")
	}
}

// eaNeeds are what a model needs.
func eaNeeds(model string) evolve.Needs {
	switch model {
	case "mutation-only", "aging":
		return evolve.Mutates
	case "spos":
		return evolve.Crosses | evolve.Decides
	}
	return evolve.Mutates | evolve.Crosses
}

// eaIsland is a population and its next generation.
type eaIsland struct {
	pop    eaopt.Population
	young  eaopt.Individuals
	oldest int // of aging: the place of the oldest member, behind which stands the next
}

// eaModel is a model whose generation is evaluated between breed and settle. All its generations after the first are
// of one size, also on every island.
type eaModel interface {
	breed(*eaIsland) eaopt.Individuals
	settle(*eaIsland)
}

func (e *EAOpt) newModel() eaModel {
	n := cmp.Or(e.Offspring, e.Population)
	switch e.Model {
	case "down-to-size":
		return eaDownToSize{e, n}
	case "mutation-only":
		return eaMutationOnly{e}
	case "steady":
		return eaSteady{e}
	case "aging":
		return eaAging{e, max(1, e.Offspring)}
	case "spos":
		return eaSPOS{e}
	}
	return eaGenerational{e}
}

// apply lets the library's generational model make offspring of a population, which is left alone.
func (e *EAOpt) apply(pop *eaopt.Population) eaopt.Individuals {
	copied := *pop
	copied.Individuals = slices.Clone(pop.Individuals)
	e.replace(&copied)
	return copied.Individuals
}

// replace lets the library's generational model replace a population by its offspring.
func (e *EAOpt) replace(pop *eaopt.Population) {
	if err := e.generational().Apply(pop); err != nil {
		panic("eaopt: " + err.Error()) // Init validated all that can fail
	}
}

// eaGenerational is eaopt.ModGenerational.
type eaGenerational struct{ e *EAOpt }

func (m eaGenerational) breed(is *eaIsland) eaopt.Individuals {
	is.pop.Individuals.SortByFitness()
	m.e.replace(&is.pop)
	return is.pop.Individuals
}

func (eaGenerational) settle(*eaIsland) {}

// eaDownToSize is eaopt.ModDownToSize with elitism: of members and offspring the best live. The library's elitism sorts
// without keeping the order of equals; of equals here the older live.
type eaDownToSize struct {
	e         *EAOpt
	offspring int
}

func (m eaDownToSize) breed(is *eaIsland) (young eaopt.Individuals) {
	for len(young) < m.offspring {
		young = append(young, m.e.apply(&is.pop)...)
	}
	return young[:m.offspring]
}

func (m eaDownToSize) settle(is *eaIsland) {
	all := append(slices.Clone(is.pop.Individuals), is.young...)
	slices.SortStableFunc(all, func(a, b eaopt.Individual) int { return cmp.Compare(a.Fitness, b.Fitness) })
	copy(is.pop.Individuals, all)
}

// eaMutationOnly is eaopt.ModMutationOnly: members climb side by side.
type eaMutationOnly struct{ e *EAOpt }

func (m eaMutationOnly) breed(is *eaIsland) (young eaopt.Individuals) {
	for _, in := range is.pop.Individuals {
		mutant := in.Clone(m.e.rng)
		mutant.Mutate(m.e.rng)
		young = append(young, mutant)
	}
	return young
}

func (m eaMutationOnly) settle(is *eaIsland) {
	for i, mutant := range is.young {
		if m.e.Drift || mutant.Fitness < is.pop.Individuals[i].Fitness {
			is.pop.Individuals[i] = mutant
		}
	}
}

// eaSteady is eaopt.ModSteadyState with KeepBest: of two parents and their two children the best two stay. The places
// of parents are found by who they are, since the selector's indexes are wrong.
type eaSteady struct{ e *EAOpt }

func (m eaSteady) breed(is *eaIsland) eaopt.Individuals { return m.e.apply(&is.pop)[:2] }

func (m eaSteady) settle(is *eaIsland) {
	var at [2]int
	for i, child := range is.young {
		parent := child.Genome.(*genome).parents[0]
		at[i] = slices.IndexFunc(is.pop.Individuals, func(in eaopt.Individual) bool {
			return in.Genome.(*genome).id == parent
		})
		if i == 1 && at[1] == at[0] { // a member and its clone are parents
			at[1] += 1 + slices.IndexFunc(is.pop.Individuals[at[0]+1:], func(in eaopt.Individual) bool {
				return in.Genome.(*genome).id == parent
			})
		}
	}
	all := eaopt.Individuals{is.pop.Individuals[at[0]], is.pop.Individuals[at[1]], is.young[0], is.young[1]}
	slices.SortStableFunc(all, func(a, b eaopt.Individual) int { return cmp.Compare(a.Fitness, b.Fitness) })
	is.pop.Individuals[at[0]], is.pop.Individuals[at[1]] = all[0], all[1]
}

// eaAging is regularized evolution (Real et al., AAAI 2019) as a model of eaopt: winners of tournaments, whose
// contestants are distinct, mutate, and as many of the oldest go. With one offspring a generation it is Algorithm 1,
// which regevo runs without waiting for a generation's last member. A migrant takes the age of the member whose place
// it takes.
type eaAging struct {
	e         *EAOpt
	offspring int
}

func (m eaAging) breed(is *eaIsland) (young eaopt.Individuals) {
	for range m.offspring {
		winner, _, err := eaopt.SelTournament{NContestants: uint(m.e.Contest)}.Apply(1, is.pop.Individuals, m.e.rng)
		if err != nil {
			panic("eaopt: " + err.Error()) // Init validated all that can fail
		}
		winner[0].Mutate(m.e.rng)
		young = append(young, winner[0])
	}
	return young
}

func (m eaAging) settle(is *eaIsland) {
	for _, child := range is.young {
		is.pop.Individuals[is.oldest] = child
		is.oldest = (is.oldest + 1) % len(is.pop.Individuals)
	}
}

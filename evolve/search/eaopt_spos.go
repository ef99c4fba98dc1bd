package search

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/MaxHalford/eaopt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The published settings of [eaSPOS], k and the chance of a mutation, beside a population of 50 and 20 generations.
const (
	sposParents = 10
	sposRedraw  = 0.1
)

// sposTries is how often the authors draw for each child that they want, before samples of the space take the places of
// those that were not found.
const sposTries = 10

// eaSPOS is the evolution of Guo, Zhang, Mu, Heng, Liu, Wei and Sun, "Single Path One-Shot Neural Architecture Search
// with Uniform Sampling", ECCV 2020, arXiv:1904.00420, as a model of eaopt: of each generation after the first, half
// are mutants and half crossovers of the k best architectures of all generations, and none was evaluated before (with
// repeat=skip). A mutant draws each decision anew with a small chance, a crossover takes each from either parent, by
// the space's own operator. Settings and steps were seen in two implementations that follow the authors' code,
// Microsoft NNI's (nni/nas/pytorch/spos/evolution.py) and OpenMMLab Razor's (configs/nas/spos); the limit on operations
// that the paper searches under is none of them.
type eaSPOS struct{ e *EAOpt }

func (m eaSPOS) breed(is *eaIsland) (young eaopt.Individuals) {
	m.keep(is, is.pop.Individuals) // of the first generation all live until here
	known := map[evolve.Arch]bool{}
	for _, in := range is.pop.Individuals {
		known[in.Genome.(*genome).arch] = true
	}
	add := func(in eaopt.Individual) bool {
		a := in.Genome.(*genome).arch
		if known[a] || m.e.memory.has(a) {
			return false
		}
		known[a] = true
		young = append(young, in)
		return true
	}
	parent := func() eaopt.Individual {
		return is.pop.Individuals[m.e.r.IntN(len(is.pop.Individuals))].Clone(m.e.rng)
	}
	children := func(n int, make func() eaopt.Individual) {
		for tries := n * sposTries; n > 0 && tries > 0; tries-- {
			if add(make()) {
				n--
			}
		}
	}
	n := m.e.Population
	children(n/2, func() eaopt.Individual {
		child := parent()
		child.Mutate(m.e.rng)
		return child
	})
	children(n-n/2, func() eaopt.Individual {
		child := parent()
		child.Crossover(parent(), m.e.rng)
		return child
	})
	sample := func() eaopt.Individual {
		return eaopt.NewIndividual(&genome{arch: m.e.space.Sample(m.e.r), e: m.e}, m.e.rng)
	}
	children(n-len(young), sample)
	for len(young) < n { // hardly anything is new: repeat says what happens
		young = append(young, sample())
	}
	return young
}

func (m eaSPOS) settle(is *eaIsland) {
	m.keep(is, append(slices.Clone(is.pop.Individuals), is.young...))
}

// keep lets the best live. Of equals the older do.
func (m eaSPOS) keep(is *eaIsland, all eaopt.Individuals) {
	slices.SortStableFunc(all, func(a, b eaopt.Individual) int { return cmp.Compare(a.Fitness, b.Fitness) })
	is.pop.Individuals = all[:min(len(all), m.e.Parents)]
}

// sposMutation draws each decision of an architecture anew with a chance. What the space refuses stays as it was.
func sposMutation(s evolve.Decider, chance float64) evolve.Mutation {
	decisions := s.Decisions()
	var x []float64
	return func(a evolve.Arch, r *rand.Rand) evolve.Arch {
		x = s.Choices(x[:0], a)
		evolve.Redraw(decisions, x, chance, r)
		child, err := s.Choose(x)
		if err != nil {
			return a
		}
		return child
	}
}

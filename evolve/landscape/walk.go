package landscape

import (
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// RandomWalk returns the architectures of a random walk, so many, the first drawn from the space and each other a
// mutation of the one before it, and the name of the mutation, the space's first. A space without mutations has no
// walk: nil.
func RandomWalk(s evolve.Space, steps int, r *rand.Rand) (archs []evolve.Arch, mutation string, err error) {
	mutator, ok := s.(evolve.Mutator)
	if !ok {
		return nil, "", nil
	}
	mutation = mutator.Mutations()[0]
	mutate, err := mutator.Mutation(mutation)
	if err != nil {
		return nil, "", err
	}
	a := s.Sample(r)
	for range steps {
		archs = append(archs, a)
		a = mutate(a, r)
	}
	return archs, mutation, nil
}

// Autocorrelation is that of a series at a lag ≥ 0 below its length (Weinberger, Biological Cybernetics 63, 1990, by
// the mean and the variance of the whole series). It is NaN for a constant series.
func Autocorrelation(xs []float64, lag int) float64 {
	mean, _ := stats.MeanSD(xs)
	var sum float64
	for i := range len(xs) - lag {
		sum += float64((xs[i] - mean) * (xs[i+lag] - mean))
	}
	return sum / stats.Squares(xs, mean)
}

// CorrelationLength is −1/ln of the autocorrelation at lag 1, in steps (Stadler, J. Math. Chem. 20, 1996): after so
// many steps a walk whose autocorrelation decays exponentially remembers 1/e. NaN where the autocorrelation does not
// fall from lag 1 to lag 2, or is not positive.
func CorrelationLength(first, second float64) float64 {
	if !(first > 0 && first < 1 && first > second) {
		return math.NaN()
	}
	return -1 / math.Log(first)
}

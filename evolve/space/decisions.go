package space

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// decided says which decision of a space has a number that is not allowed.
func decided(space string, all []evolve.Decision, x []float64) error {
	if err := evolve.CheckChoices(all, x); err != nil {
		return fmt.Errorf("%s: %w", space, err)
	}
	return nil
}

// numbered are the names word1, word2 and so on.
func numbered(word string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s%d", word, i+1))
	}
	return names
}

// edgeNames are the names of decisions on edges, source and target.
func edgeNames(edges [][2]int) (names []string) {
	for _, e := range edges {
		names = append(names, fmt.Sprintf("edge%d-%d", e[0], e[1]))
	}
	return names
}

// optionsEach are decisions among n options each.
func optionsEach(n int, names []string) (all []evolve.Decision) {
	for _, name := range names {
		all = append(all, evolve.Decision{Name: name, Options: n})
	}
	return all
}

// undecided is NaN n times, for decisions that do not apply or have no option for what is there.
func undecided(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }

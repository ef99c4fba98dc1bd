package search

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Rungs are the fidelities at which a search that halves, promotes or stops compares architectures, rising. They are
// the problem's nearest to R, R/η, R/η² … down to the first of these at or below its lowest, where R are the epochs of
// its last. Nearest is meant by ratio, of equally near ones the shorter, and each is there once. Every fidelity would
// be too many: few architectures would ever reach the last. At least the lowest and the last are always among them; a
// problem that has no two is refused.
//
// A rung resumes from the one below where every fidelity from there on does.
func Rungs(p evolve.Problem, eta int) ([]evolve.Fidelity, error) {
	if err := evolve.Schedules.Check(p); err != nil {
		return nil, err
	}
	all := p.Fidelities
	last := len(all) - 1
	var chosen []int
	// The divisor is a product of whole numbers: a power or a logarithm would lose a rung to rounding (243 = 3⁵ does).
	for divisor := 1; ; divisor *= eta {
		i := nearest(all, all[last].Epochs, divisor)
		if len(chosen) == 0 || i < chosen[len(chosen)-1] {
			chosen = append(chosen, i)
		}
		if i == 0 && all[last].Epochs <= all[0].Epochs*divisor {
			break
		}
	}
	slices.Reverse(chosen)
	rungs := make([]evolve.Fidelity, len(chosen))
	for k, i := range chosen {
		rungs[k] = all[i]
		for j := i; k > 0 && j > chosen[k-1]; j-- {
			rungs[k].Resumes = rungs[k].Resumes && all[j].Resumes
		}
	}
	return rungs, nil
}

// nearest is the place of the fidelity whose epochs are nearest to the quotient of two numbers by ratio.
func nearest(all []evolve.Fidelity, epochs, divisor int) int {
	above := slices.IndexFunc(all, func(f evolve.Fidelity) bool { return f.Epochs*divisor >= epochs })
	if above == 0 {
		return 0
	}
	// The quotient q lies between the two: q/lower ≤ upper/q where q² ≤ lower·upper.
	lower, upper := all[above-1].Epochs*divisor, all[above].Epochs*divisor
	if float64(epochs)*float64(epochs) <= float64(lower)*float64(upper) {
		return above - 1
	}
	return above
}

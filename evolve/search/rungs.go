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

// The largest η: nothing is promoted before so many architectures are trained.
const maxEta = 1000

// etaParam is the option η of searchers that compare at rungs.
func etaParam() evolve.Param {
	return evolve.Int("eta", 3, 2, maxEta,
		"η: one in so many is promoted, to a training about so many times as long "+
			"(3: Hyperband, Li et al., JMLR 18, 2018)")
}

// innerParam is the option inner of searchers that leave it to another which architectures to train a little.
func innerParam() evolve.Param {
	return evolve.Nested("inner", "searcher", "random",
		"the searcher that proposes architectures to train a little (random: as published)")
}

// secondsClaim is what a searcher that chooses how long it trains claims: that within so many simulated seconds it
// beats random search. A full training takes some 1,800 of nb201's seconds and 0.9 of nasnet-digits'.
func secondsClaim(on string, seconds float64) evolve.Claim {
	return evolve.Claim{On: on, By: evolve.BySeconds, Budget: seconds, Over: "random"}
}

package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// rungs chooses the fidelities at which a search that halves or promotes compares architectures, rising. They are the
// problem's nearest to R, R/η, R/η² … down to its lowest, where R are the epochs of its last. Every fidelity would be
// too many: few architectures would ever reach the last. A problem whose fidelities are all closer to one another
// than η has its lowest and its last.
func rungs(p evolve.Problem, eta int) []evolve.Fidelity {
	all := p.Fidelities
	last := all[len(all)-1]
	chosen := []evolve.Fidelity{last}
	// The divisor is a product of whole numbers: a power or a logarithm would lose a rung to rounding (243 = 3⁵ does).
	for divisor := eta; ; divisor *= eta {
		want := float64(last.Epochs) / float64(divisor)
		if want < float64(all[0].Epochs) {
			break
		}
		nearest := slices.MinFunc(all, func(a, b evolve.Fidelity) int {
			return cmp.Compare(math.Abs(float64(a.Epochs)-want), math.Abs(float64(b.Epochs)-want))
		})
		if nearest.Epochs < chosen[0].Epochs {
			chosen = slices.Insert(chosen, 0, nearest)
		}
	}
	if len(chosen) == 1 {
		chosen = slices.Insert(chosen, 0, all[0])
	}
	return chosen
}

package trace

import (
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// A Network is what isomorphic genomes of a space mean together: their representative and, as bits, the validation
// error that they share. Isomorphic genomes with errors of their own, as two trainings have, are two networks.
type Network struct {
	Arch evolve.Arch
	val  uint64
}

// Networks tells which incumbents are one network.
type Networks struct {
	space evolve.Space
	known map[string]Network // by genome
}

// NewNetworks tells networks of a space apart; where that is nil, genomes are networks.
func NewNetworks(s evolve.Space) Networks { return Networks{s, map[string]Network{}} }

// Of is the network of an incumbent. A genome is one network, whose error is the one it was first met with.
func (n Networks) Of(e *journal.Entry) Network {
	if of, ok := n.known[e.Arch]; ok {
		return of
	}
	of := Network{evolve.Arch(e.Arch), math.Float64bits(e.ValError)}
	if n.space != nil {
		if canon, err := n.space.Canon(of.Arch); err == nil {
			of.Arch = canon
		}
	}
	n.known[e.Arch] = of
	return of
}

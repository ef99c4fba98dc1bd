package space

import (
	"math/bits"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NASNetTally counts the pieces of which a network of NASNet cells is made, for each of the two cells. Networks of one
// tally have as many parameters and multiply-adds as each other.
type NASNetTally [2]struct {
	// Ops are the operations, in the order of [NASNetOps]: first those that read a block, then those that read an
	// input of the cell, which a reduction halves.
	Ops    [2][len(NASNetOps)]uint8
	Output uint8 // states that the cell's output concatenates
	Inputs uint8 // those of them that are inputs of the cell
}

// Tally counts the pieces of an architecture. The error wraps evolve.ErrInvalid for one that is not of the space.
func (NASNet) Tally(a evolve.Arch) (t NASNetTally, err error) {
	g, err := nasnetOf(a)
	if err != nil {
		return t, err
	}
	for i := range g {
		for _, p := range g[i].pairs {
			reads := 0
			if p.in < 2 {
				reads = 1
			}
			t[i].Ops[reads][p.op]++
		}
		t[i].Output = uint8(bits.OnesCount8(g[i].concat))
		t[i].Inputs = uint8(bits.OnesCount8(g[i].concat & 0b11))
	}
	return t, nil
}

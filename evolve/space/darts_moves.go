package space

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Mutations:
//
//   - one changes exactly one operation or one input. Cell, pair and which of the two are
//     drawn as in naszilla, then one of the other operations but none, or of the other
//     inputs that the pair's partner does not read; node 2 has no other, so its pairs
//     change their operation;
//   - naszilla (naszilla/nas_bench_301/cell_301.py, there the eighth pair never changes)
//     draws a cell, one of its eight pairs and, with equal chance, its operation anew from
//     all seven or its input anew from all states; an operation may come again, an input
//     that is the partner's changes nothing;
//   - randomnas (Li and Talwalkar, UAI 2019, arXiv:1902.07638) draws a cell, a node and the
//     node's two inputs and operations anew, the operations from all eight, with none.
func (DARTS) Mutations() []string { return []string{"one", "naszilla", "randomnas"} }

// Mutation returns a named operator.
func (d DARTS) Mutation(name string) (evolve.Mutation, error) {
	switch name {
	case "one":
		return dartsOne, nil
	case "naszilla":
		return dartsNaszilla, nil
	case "randomnas":
		return dartsRandomNAS, nil
	}
	return nil, evolve.Unknown("darts mutation", name, d.Mutations())
}

// dartsPick draws a cell, a pair of it and whether to change its operation.
func dartsPick(r *rand.Rand) (cell, pair int, op bool) {
	x := r.IntN(2 * dartsPairs * 2)
	return x >> 4, x >> 1 & 7, x&1 == 0
}

func dartsOne(a evolve.Arch, r *rand.Rand) evolve.Arch {
	g := dartsRead(a)
	cell, k, op := dartsPick(r)
	c := &g[cell]
	var options []dartsPair
	if op || k < 2 {
		options = c.otherOps(k)
	} else {
		options = c.otherInputs(k)
	}
	c[k] = options[r.IntN(len(options))]
	return g.arch()
}

// otherOps are pair k with every other operation but none.
func (c *dartsCell) otherOps(k int) (all []dartsPair) {
	for op := byte(dartsNone + 1); int(op) < len(DARTSOps); op++ {
		if op != c[k].op {
			all = append(all, dartsPair{c[k].in, op})
		}
	}
	return all
}

// otherInputs are pair k with every other input that its partner does not read.
func (c *dartsCell) otherInputs(k int) (all []dartsPair) {
	for in := range byte(dartsStates(k)) {
		if in != c[k].in && in != c[k^1].in {
			all = append(all, dartsPair{in, c[k].op})
		}
	}
	return all
}

func dartsNaszilla(a evolve.Arch, r *rand.Rand) evolve.Arch {
	g := dartsRead(a)
	cell, k, op := dartsPick(r)
	c := &g[cell]
	if op {
		c[k].op = byte(dartsNone + 1 + r.IntN(dartsOps))
	} else if in := byte(r.IntN(dartsStates(k))); in != c[k^1].in {
		c[k].in = in
	}
	return g.arch()
}

func dartsRandomNAS(a evolve.Arch, r *rand.Rand) evolve.Arch {
	g := dartsRead(a)
	g[r.IntN(2)].draw(r.IntN(dartsNodes), len(DARTSOps), r)
	return g.arch()
}

// Neighbors are all single changes that one makes: 96 of an operation and 24 of an input.
// Of a cell with none they are more, and not mutual: no change leads to none.
func (DARTS) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	g := dartsRead(a)
	for c := range g {
		for k := range dartsPairs {
			old := g[c][k]
			for _, p := range append(g[c].otherOps(k), g[c].otherInputs(k)...) {
				g[c][k] = p
				dst = append(dst, g.arch())
			}
			g[c][k] = old
		}
	}
	return dst
}

// Cross takes each node with its two pairs from either parent with equal chance.
func (DARTS) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	g, other, bits := dartsRead(a), dartsRead(b), r.Uint64()
	for c := range g {
		for k := range g[c] {
			if bits>>(c*dartsNodes+k/2)&1 != 0 {
				g[c][k] = other[c][k]
			}
		}
	}
	return g.arch()
}

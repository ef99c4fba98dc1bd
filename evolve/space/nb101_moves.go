package space

import (
	"math/bits"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Mutations: notebook is the authors' (NASBench.ipynb, rate 1): each of the 21 edges of the
// unpruned parent flips with chance 1/7, three on average, each operation changes to one of
// the others with chance 1/5; naszilla flips edges with chance 1/21. Both are drawn again
// until the child is valid and may leave the parent as it is. single changes exactly one of
// the 26 decisions (automl/nas_benchmarks, run_regularized_evolution.py); there an invalid
// child is kept with the worst error at no cost, here it is drawn again.
func (NB101) Mutations() []string { return []string{"notebook", "single", "naszilla"} }

// Mutation returns a named operator.
func (NB101) Mutation(name string) (evolve.Mutation, error) {
	switch name {
	case "notebook":
		return func(a evolve.Arch, r *rand.Rand) evolve.Arch { return nb101Mutate(a, r, nb101Sevenths) }, nil
	case "naszilla":
		return func(a evolve.Arch, r *rand.Rand) evolve.Arch { return nb101Mutate(a, r, nb101TwentyFirsts) }, nil
	case "single":
		return nb101Single, nil
	}
	return nil, evolve.Unknown("nb101 mutation", name, NB101{}.Mutations())
}

// nb101Flips says for three digits of base n, as one number of base n³, which are 0: three
// events of chance 1/n.
type nb101Flips []uint8

var nb101Sevenths, nb101TwentyFirsts = nb101Thrice(7), nb101Thrice(21)

func nb101Thrice(n int) nb101Flips {
	f := make(nb101Flips, n*n*n)
	for i := range f {
		for k, x := 0, i; k < 3; k++ {
			if x%n == 0 {
				f[i] |= 1 << k
			}
			x /= n
		}
	}
	return f
}

// mask draws 21 independent events. The digits are those of a fraction of 128 bits, so that
// the chance of no set of masks is off by more than 21²¹/2¹²⁸ < 2⁻³⁵.
func (f nb101Flips) mask(r *rand.Rand) (mask uint32) {
	hi, lo, n := r.Uint64(), r.Uint64(), uint64(len(f))
	for k := 0; k < 21; k += 3 {
		over, low := bits.Mul64(lo, n)
		digit, high := bits.Mul64(hi, n)
		high, carry := bits.Add64(high, over, 0)
		hi, lo = high, low
		mask |= uint32(f[digit+carry]) << k
	}
	return mask
}

// nb101Other is an operation, as text, moved on by 0, 1 or 2.
var nb101Other = [3][3]byte{{'0', '1', '2'}, {'1', '2', '0'}, {'2', '0', '1'}}

// nb101Tenths moves an operation on by 1 or 2 with chance 1/10 each.
var nb101Tenths = [10]uint8{1, 2}

// nb101Ops5 are the operations of a genome, as text.
func nb101Ops5(a evolve.Arch) (ops [nb101Inner]byte) {
	copy(ops[:], a[7:])
	return ops
}

// Whether a child is valid depends on its edges alone, so that its operations, which are
// independent of them, need not be drawn again.
func nb101Mutate(a evolve.Arch, r *rand.Rand, flips nb101Flips) evolve.Arch {
	edges, _, ok := nb101Read(a)
	if !ok {
		return a
	}
	child := edges ^ flips.mask(r)
	for !nb101Valid(child) {
		child = edges ^ flips.mask(r)
	}
	ops, u := nb101Ops5(a), r.Uint64()
	for v, op := range ops {
		var d uint64
		d, u = bits.Mul64(u, 10)
		ops[v] = nb101Other[op-'0'][nb101Tenths[d]]
	}
	return nb101Text(child, ops)
}

func nb101Single(a evolve.Arch, r *rand.Rand) evolve.Arch {
	edges, _, ok := nb101Read(a)
	if !ok {
		return a
	}
	ops := nb101Ops5(a)
	for {
		// 26 decisions, two ways to change each; an edge has only one.
		k := r.IntN(2 * 26)
		if v := k/2 - 21; v >= 0 {
			ops[v] = nb101Other[ops[v]-'0'][1+k&1]
			return nb101Text(edges, ops)
		}
		if child := edges ^ 1<<(k/2); nb101Valid(child) {
			return nb101Text(child, ops)
		}
	}
}

// Neighbors are naszilla's: another operation at a vertex that is on a path from input to
// output, one edge less that is on such a path, one more that comes to be; those that are
// valid. The change is made to the unpruned graph, which makes the relation symmetric: an
// edge that is taken away while in use is in use when it is put back. No neighbour computes
// what a does: its edges in use or its operations have other numbers. The representative of
// input to output alone has no neighbours: a new vertex would need two edges.
func (NB101) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	edges, _, ok := nb101Read(a)
	if !ok {
		return dst
	}
	live, used, ops := nb101Live(edges), nb101Prune(edges), nb101Ops5(a)
	for v, op := range ops {
		if live>>(v+1)&1 == 0 {
			continue
		}
		for d := 1; d < 3; d++ {
			ops[v] = nb101Other[op-'0'][d]
			dst = append(dst, nb101Text(edges, ops))
		}
		ops[v] = op
	}
	for bit := uint32(1); bit <= nb101AllEdges; bit <<= 1 {
		child := edges ^ bit
		if (used|nb101Prune(child))&bit != 0 && nb101Valid(child) {
			dst = append(dst, nb101Text(child, ops))
		}
	}
	return dst
}

// nb101CrossTries bounds the draws of a child: some pairs of parents have few children.
const nb101CrossTries = 100

// Cross takes each of the 26 decisions from either parent with equal chance, drawn again until
// the child is valid; after 100 draws it is a.
func (NB101) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	ea, _, oka := nb101Read(a)
	eb, _, okb := nb101Read(b)
	if !oka || !okb {
		return a
	}
	for range nb101CrossTries {
		u := r.Uint64()
		edges := ea ^ (ea^eb)&uint32(u)
		if !nb101Valid(edges) {
			continue
		}
		ops, other := nb101Ops5(a), nb101Ops5(b)
		for v := range ops {
			ops[v] ^= (ops[v] ^ other[v]) & -byte(u>>(21+v)&1)
		}
		return nb101Text(edges, ops)
	}
	return a
}

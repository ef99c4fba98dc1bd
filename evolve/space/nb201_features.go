package space

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Operations by their place in [NB201Ops].
const (
	nb201None = iota
	nb201Skip
	nb201Conv1
	nb201Conv3
	nb201Pool
)

// nb201Paths are the ways from the input to the output as edges, in the order in which
// naszilla walks them.
var nb201Paths = [4][]int{{3}, {0, 4}, {1, 5}, {0, 2, 5}}

// Lengths of the encodings of bits.
const (
	nb201OneHotLen = 30  // 6 edges × 5 operations
	nb201PathLen   = 155 // 5 + 25 + 125 sequences of one, two, three operations
)

// Encodings: onehot has a bit for each edge and operation, adj an operation number for
// each edge, path a bit for each sequence of operations from input to output (naszilla;
// White et al., NeurIPS 2020, arXiv:2007.04965), and structure describes the network
// that the cell computes, for surrogates. All values are integers 0..255.
func (NB201) Encodings() []string { return []string{"onehot", "adj", "path", "structure"} }

// Encode appends the named encoding of a cell to dst.
func (NB201) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if err := nb201Valid(a); err != nil {
		return dst, err
	}
	ops := nb201Digits(a)
	switch encoding {
	case "onehot":
		return nb201OneHot(dst, ops), nil
	case "adj":
		for _, op := range ops {
			dst = append(dst, float64(op))
		}
		return dst, nil
	case "path":
		return nb201Path(dst, ops), nil
	case "structure":
		return nb201Structure(dst, a), nil
	}
	return dst, evolve.Unknown("nb201 encoding", encoding, NB201{}.Encodings())
}

// nb201Digits are the operations of a valid cell's edges.
func nb201Digits(a evolve.Arch) (ops [6]int) {
	_ = a[5]
	for e := range ops {
		ops[e] = int(a[e] - '0')
	}
	return ops
}

func nb201OneHot(dst []float64, ops [6]int) []float64 {
	dst, bits := nb201Grow(dst, nb201OneHotLen)
	for e, op := range ops {
		bits[5*e+op] = 1
	}
	return dst
}

// naszilla numbers the operations by name.
var nb201Naszilla = [5]int{nb201None: 3, nb201Skip: 4, nb201Conv1: 1, nb201Conv3: 2, nb201Pool: 0}

// nb201Path sets the bits of the four paths. A path's index is the number of shorter
// sequences plus the base-5 number of its operations, the first the least significant;
// a path through none counts like any other.
func nb201Path(dst []float64, ops [6]int) []float64 {
	dst, bits := nb201Grow(dst, nb201PathLen)
	for _, path := range nb201Paths {
		index, digit := 0, 1
		for _, e := range path {
			index += digit * (nb201Naszilla[ops[e]] + 1)
			digit *= 5
		}
		bits[index-1] = 1
	}
	return dst
}

// nb201Grow appends n zeros and returns them as well.
func nb201Grow(dst []float64, n int) (all, added []float64) {
	all = slices.Grow(dst, n)[:len(dst)+n]
	added = all[len(dst):]
	clear(added)
	return all, added
}

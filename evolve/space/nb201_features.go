package space

import (
	"cmp"
	"slices"
	"strings"
	"sync"

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
	nb201Path30Len = 30  // those of one and two
)

// Encodings: onehot has a bit for each edge and operation, adj an operation number for
// each edge, path a bit for each sequence of operations from input to output (naszilla;
// White et al., NeurIPS 2020, arXiv:2007.04965), path30 the first 30 of these, the sequences of one and two
// operations, structure describes the network that the cell computes, for surrogates, and graf its
// graph. All values are integers 0..255.
func (NB201) Encodings() []string {
	return []string{"onehot", "adj", "path", "path30", "structure", grafName}
}

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
		return nb201Path(dst, ops, nb201PathLen), nil
	case "path30":
		return nb201Path(dst, ops, nb201Path30Len), nil
	case "structure":
		return nb201Structure(dst, a), nil
	case grafName:
		return nb201Graf.encode(dst, nb201Graphs(a)), nil
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

// nb201Path sets the bits of those of the four paths that are among the first size. A path's index is the number of
// shorter sequences plus the base-5 number of its operations, the first the least significant; a path through none
// counts like any other.
func nb201Path(dst []float64, ops [6]int, size int) []float64 {
	dst, bits := nb201Grow(dst, size)
	for _, path := range nb201Paths {
		index, digit := 0, 1
		for _, e := range path {
			index += digit * (nb201Naszilla[ops[e]] + 1)
			digit *= 5
		}
		if index <= size {
			bits[index-1] = 1
		}
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

// nb201Twins maps the rank of a cell to the lowest rank among the cells that compute the
// same sum of nested operations once edges without signal are dropped and skips dissolved:
// 4,930 classes.
var nb201Twins = sync.OnceValue(func() *[NB201Size]uint16 {
	twins := new([NB201Size]uint16)
	first := make(map[string]uint16, 4930)
	for rank := range twins {
		key := nb201Expression(nb201Digits(nb201Archs[rank]))
		if _, ok := first[key]; !ok {
			first[key] = uint16(rank)
		}
		twins[rank] = first[key]
	}
	return twins
})

// nb201Expression writes the output as a sorted sum in which a skip is its source's terms.
func nb201Expression(ops [6]int) string {
	node := [4][]string{{"x"}}
	e := 0
	for to := 1; to < 4; to++ {
		for from := range to {
			switch src := node[from]; {
			case ops[e] == nb201None || len(src) == 0:
			case ops[e] == nb201Skip:
				node[to] = append(node[to], src...)
			default:
				node[to] = append(node[to], string(rune('0'+ops[e]))+"("+strings.Join(src, "+")+")")
			}
			e++
		}
		slices.Sort(node[to])
	}
	return strings.Join(node[3], "+")
}

// nb201Chain counts the operations on one way from input to output, skips left out.
type nb201Chain struct{ length, convs, conv1, conv3, pool int }

const (
	nb201Sequences    = 40 // 1 + 3 + 9 + 27 sequences of at most three of conv1, conv3, pool
	nb201StructureLen = nb201OneHotLen + nb201Sequences + 5 + 4 + 5*3 + 4*5
)

// nb201Structure describes the network rather than the cell: all features are those of
// the class's first cell, so that twins, whose accuracies differ by noise alone, are one
// point to a surrogate. In order:
//
//	30  edge and operation
//	40  ways from input to output by their sequence of operations, skips left out
//	 5  edges by operation
//	 4  ways; ways of skips only; edges with a signal out of the input, into the output
//	15  most, fewest and sum over the ways of operations, convolutions, 1×1, 3×3, pools
//	20  the same five numbers, each plus one, of the four ways by falling number of
//	    convolutions, 3×3 and pools; zeros where there is no way
func nb201Structure(dst []float64, a evolve.Arch) []float64 {
	ops := nb201Digits(nb201Archs[nb201Twins()[nb201Rank(a)]])
	dst = nb201OneHot(dst, ops)
	dst, sequences := nb201Grow(dst, nb201Sequences)
	var buf [4]nb201Chain
	chains, bare := buf[:0], 0
	for _, path := range nb201Paths {
		c, sequence, ok := nb201Walk(ops, path)
		if !ok {
			continue
		}
		sequences[sequence]++
		chains = append(chains, c)
		if c.length == 0 {
			bare++
		}
	}
	slices.SortFunc(chains, func(a, b nb201Chain) int {
		return cmp.Or(b.convs-a.convs, b.conv3-a.conv3, b.pool-a.pool)
	})
	dst, count := nb201Grow(dst, 5)
	for _, op := range ops {
		count[op]++
	}
	// The first cell of a class has none on every edge without a signal.
	degree := func(edges ...int) (n float64) {
		for _, e := range edges {
			if ops[e] != nb201None {
				n++
			}
		}
		return n
	}
	dst = append(dst, float64(len(chains)), float64(bare), degree(0, 1, 3), degree(3, 4, 5))
	dst, rest := nb201Grow(dst, 5*3+4*5)
	spread, table := rest[:5*3], rest[5*3:]
	for i, c := range chains {
		for k, v := range [5]int{c.length, c.convs, c.conv1, c.conv3, c.pool} {
			s, v := spread[3*k:3*k+3], float64(v)
			if i == 0 {
				s[1] = v
			}
			s[0], s[1], s[2] = max(s[0], v), min(s[1], v), s[2]+v
			table[5*i+k] = v + 1
		}
	}
	return dst
}

// nb201Walk follows one way; ok is false when it is cut. The sequence is its index among
// the sequences of at most three operations, the first the least significant.
func nb201Walk(ops [6]int, path []int) (c nb201Chain, sequence int, ok bool) {
	digit := 1
	for _, e := range path {
		switch ops[e] {
		case nb201None:
			return c, 0, false
		case nb201Skip:
			continue
		case nb201Conv1:
			c.conv1++
		case nb201Conv3:
			c.conv3++
		case nb201Pool:
			c.pool++
		}
		sequence += digit * (ops[e] - nb201Skip)
		digit *= 3
	}
	c.convs = c.conv1 + c.conv3
	c.length = c.convs + c.pool
	return c, sequence, true
}

// nb201Graf: a skip does nothing. The graph is that of a class's first cell, as structure has it.
var nb201Graf = graf{graphs: 1, sources: 1, sinks: 1, sets: grafAllSets(4), free: 1 << (nb201Skip - 1)}

func nb201Graphs(a evolve.Arch) []grafGraph {
	return []grafGraph{fourNodesGraph(nb201Archs[nb201Twins()[nb201Rank(a)]])}
}

// fourNodesGraph is the graph of a cell of four nodes and six edges, on which 0 is no operation.
func fourNodesGraph(a evolve.Arch) (g grafGraph) {
	node := [4]int{g.source()}
	e := 0
	for to := 1; to < 4; to++ {
		var sum uint64
		for from := range to {
			if op := int(a[e] - '0'); op != nb201None {
				sum |= 1 << g.add(op-1, 1<<node[from])
			}
			e++
		}
		node[to] = g.add(grafPlain, sum)
	}
	g.sink(1 << node[3])
	return g
}

// Graphs makes what graf sees of an architecture, for kernels of graphs.
func (NB201) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		if err := nb201Valid(a); err != nil {
			return nil, err
		}
		return grafPlainly(nb201Graphs(a)), nil
	}
}

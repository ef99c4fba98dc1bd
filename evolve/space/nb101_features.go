package space

import (
	"math/bits"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Operations by their place in [NB101Ops].
const (
	nb101Conv3 = iota
	nb101Conv1
	nb101Pool
	nb101Kinds
)

// Lengths of the encodings.
const (
	nb101Edges      = 21
	nb101OneHotLen  = nb101Edges + nb101Inner*nb101Kinds
	nb101PathLen    = 364 // 1 + 3 + 9 + 27 + 81 + 243 sequences of none to five operations
	nb101Path40Len  = 40  // those of at most three
	nb101AdjLen     = nb101Edges + nb101Inner
	nb101RowsColumn = 6 // the last row and column of the upper triangle
)

// Encodings (sizes; naszilla, encodings.py; White et al., NeurIPS 2020, arXiv:2007.04965).
// Of the unpruned genome: adj (26) is the upper triangle row by row, then a number for each
// operation, of vertex i at the i-th place from the end: 0 is conv1x1, ½ conv3x3, 1 maxpool;
// onehot (36) has the same triangle, then three bits for each of the vertices 1..5 in the
// order of [NB101Ops]. Of the cell, alike for isomorphic ones: path (364) has a bit for each
// sequence of operations from input to output, path40 its first 40, sequences of at most
// three; canonical (36) is onehot of the representative, without bits for vertices that it
// has not; structure describes the network, for surrogates, in integers 0..255; graf its
// graph.
func (NB101) Encodings() []string {
	return []string{"onehot", "adj", "path", "path40", "canonical", "structure", grafName}
}

// Encode appends the named encoding of a valid genome to dst.
func (NB101) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	edges, word, err := nb101Check(a)
	if err != nil {
		return dst, err
	}
	switch encoding {
	case "onehot":
		return nb101OneHot(dst, edges, word, nb101Inner), nil
	case "adj":
		return nb101Adj(dst, edges, word), nil
	case "path":
		return nb101Path(dst, edges, word, nb101PathLen), nil
	case "path40":
		return nb101Path(dst, edges, word, nb101Path40Len), nil
	case "canonical":
		t := nb101Tables()
		c := t.cells[t.index(edges, word)]
		return nb101OneHot(dst, c.edges(), c.word(), bits.OnesCount32(nb101Live(c.edges()))-2), nil
	case "structure":
		t := nb101Tables()
		c := t.cells[t.index(edges, word)]
		g := nb101Compact(c.edges(), c.word())
		return g.structure(dst), nil
	case grafName:
		g := nb101Compact(edges, word)
		return nb101Graf.encode(dst, g.graphs()), nil
	}
	return dst, evolve.Unknown("nb101 encoding", encoding, NB101{}.Encodings())
}

// nb101Triangle fills in the 21 edges row by row.
func nb101Triangle(dst []float64, edges uint32) {
	for x, k := 0, 0; x < nb101RowsColumn; x++ {
		for y := x + 1; y < nb101Vertices; y, k = y+1, k+1 {
			dst[k] = float64(edges >> nb101Bit(x, y) & 1)
		}
	}
}

// nb101OneHot has operation bits for the first inner vertices.
func nb101OneHot(dst []float64, edges, word uint32, inner int) []float64 {
	dst, bit := nb201Grow(dst, nb101OneHotLen)
	nb101Triangle(bit, edges)
	for v, op := range nb101Labels[word][:inner] {
		bit[nb101Edges+v*nb101Kinds+int(op-'0')] = 1
	}
	return dst
}

// naszilla's numbers of the operations.
var nb101Naszilla = [nb101Kinds]float64{nb101Conv3: .5, nb101Conv1: 0, nb101Pool: 1}

func nb101Adj(dst []float64, edges, word uint32) []float64 {
	dst, v := nb201Grow(dst, nb101AdjLen)
	nb101Triangle(v, edges)
	for i, op := range nb101Labels[word] {
		v[nb101AdjLen-1-i] = nb101Naszilla[op-'0']
	}
	return dst
}

// nb101Path sets the bit of every path from input to output that is among the first size. A
// path's index is the sum of 3ⁱ(oᵢ+1) over its operations, the direct edge's is 0.
func nb101Path(dst []float64, edges, word uint32, size int) []float64 {
	dst, bit := nb201Grow(dst, size)
	g := nb101Compact(edges, word)
	g.paths(func(p nb101Walk) {
		if p.index < size {
			bit[p.index] = 1
		}
	})
	return dst
}

// nb101Walk is a path from input to output: its index in the path encoding, its operations,
// and how many there are of each kind.
type nb101Walk struct {
	index, length int
	kinds         [nb101Kinds]int
}

// paths calls visit for every path, in a fixed order.
func (g *nb101Graph) paths(visit func(nb101Walk)) { g.walk(0, 1, nb101Walk{}, visit) }

func (g *nb101Graph) walk(v, digit int, p nb101Walk, visit func(nb101Walk)) {
	if v == g.n-1 {
		visit(p)
		return
	}
	if v > 0 {
		op := int(g.op[v])
		p.index += digit * (op + 1)
		p.length++
		p.kinds[op]++
		digit *= nb101Kinds
	}
	for m := g.out[v]; m != 0; m &= m - 1 {
		g.walk(bits.TrailingZeros8(m), digit, p, visit)
	}
}

var nb101Graf = graf{graphs: 1, sources: 1, sinks: 1, sets: grafAllSets(nb101Kinds)}

// graphs is the cell in the form that graf takes.
func (g *nb101Graph) graphs() []grafGraph {
	var f grafGraph
	f.source()
	for v := 1; v < g.n-1; v++ {
		f.add(int(g.op[v]), uint64(g.in[v]))
	}
	f.sink(uint64(g.in[g.n-1]))
	return []grafGraph{f}
}

// Graphs makes what graf sees of an architecture, for kernels of graphs.
func (NB101) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		edges, word, err := nb101Check(a)
		if err != nil {
			return nil, err
		}
		g := nb101Compact(edges, word)
		return grafPlainly(g.graphs()), nil
	}
}

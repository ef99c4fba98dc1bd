package space

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Lengths of the encodings.
const (
	dartsVertices  = 7                                             // inputs, nodes and the output
	dartsAdjLen    = 2 * (dartsVertices*dartsVertices + 8)         // 114
	dartsEdges     = 2 + 3 + 4 + 5                                 // of the supernet's cell
	dartsOneHotLen = 2 * dartsEdges * len(DARTSOps)                // 224
	dartsWays      = 1 + 7 + 7*7 + 7*7*7 + 7*7*7*7                 // sequences of at most four of seven operations
	dartsPathLen   = len(dartsCells) * len(dartsCells) * dartsWays // 11,204: by cell and input
)

// Encodings, all of zeros and ones but for the operation numbers of adj and the counts of graf:
//
//   - adj: for each cell the 7×7 matrix of states and output, row by row, and the eight
//     operations as numbers (naszilla); they count from 0 without none, which here is 7;
//   - onehot: for each cell the 14 edges of the supernet, node by node, times the eight
//     operations, the shape of DARTS's own alphas. The order of a node's pairs does not show;
//   - path: for each cell and input a bit for each sequence of operations on a way from the
//     input to a node (naszilla; White et al., AAAI 2021, arXiv:1910.11858). A way with none
//     is no way;
//   - graf: what the graphs of the cells say, in numbers 0..255.
func (DARTS) Encodings() []string { return []string{"onehot", "adj", "path", grafName} }

// Encode appends the named encoding to dst.
func (d DARTS) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	g, err := dartsOf(a)
	if err != nil {
		return dst, err
	}
	if encoding == grafName {
		return dartsGraf.encode(dst, g.graphs()), nil
	}
	fill := map[string]struct {
		length int
		by     func(*dartsCell, []float64)
	}{
		"onehot": {dartsOneHotLen, (*dartsCell).onehot},
		"adj":    {dartsAdjLen, (*dartsCell).adj},
		"path":   {dartsPathLen, (*dartsCell).path},
	}
	e, ok := fill[encoding]
	if !ok {
		return dst, evolve.Unknown("darts encoding", encoding, d.Encodings())
	}
	at := len(dst)
	dst = slices.Grow(dst, e.length)[:at+e.length]
	clear(dst[at:])
	for c := range g {
		e.by(&g[c], dst[at+c*e.length/2:at+(c+1)*e.length/2])
	}
	return dst, nil
}

func (c *dartsCell) adj(dst []float64) {
	for k, p := range c {
		node := dartsStates(k)
		dst[int(p.in)*dartsVertices+node] = 1
		dst[node*dartsVertices+dartsVertices-1] = 1
		dst[dartsVertices*dartsVertices+k] = float64((int(p.op) + dartsOps) % len(DARTSOps))
	}
}

func (c *dartsCell) onehot(dst []float64) {
	for k, p := range c {
		node := dartsStates(k)
		edge := node*(node-1)/2 - 1 + int(p.in) // after the 2+3+… edges of the nodes before
		dst[edge*len(DARTSOps)+int(p.op)] = 1
	}
}

// path walks all ways. A sequence's index is the base-7 number of its operations, the first
// the least significant, each counted from 1.
func (c *dartsCell) path(dst []float64) {
	type way struct{ index, digit int }
	var ways [2 + dartsNodes][]way
	ways[0], ways[1] = []way{{0, 1}}, []way{{dartsWays, 1}}
	for k, p := range c {
		if p.op == dartsNone {
			continue
		}
		for _, w := range ways[p.in] {
			w = way{w.index + w.digit*int(p.op), 7 * w.digit}
			dst[w.index] = 1
			ways[dartsStates(k)] = append(ways[dartsStates(k)], w)
		}
	}
}

// dartsSkip is the place of skip_connect in [DARTSOps].
const dartsSkip = 3

// dartsHalving is a skip from an input of the reduction cell, which halves the resolution by convolutions.
const dartsHalving = 8

// dartsGraf asks for each operation, then for pooling and for separable, dilated and all convolutions.
var dartsGraf = graf{graphs: 2, sources: 2, sinks: 1, free: 1 << dartsSkip, sets: grafSomeSets(
	[]uint32{1 << 1, 1 << 2, 1<<dartsSkip | 1<<dartsHalving, 1 << 4, 1 << 5, 1 << 6, 1 << 7},
	1<<1|1<<2, 1<<4|1<<5, 1<<6|1<<7, 1<<4|1<<5|1<<6|1<<7)}

func (g *dartsGenotype) graphs() (all []grafGraph) {
	for i := range g {
		all = append(all, pairsGraph(g[i][:], 0b111100, i == 1, dartsNone, dartsSkip, dartsHalving))
	}
	return all
}

// pairsGraph is the graph of a cell of pairs, two a state. Of the operations none is no edge, and skip does nothing but
// between an input and a state of a reduction cell, where it is the operation halving.
func pairsGraph(pairs []dartsPair, concat byte, reduction bool, none, skip, halving byte) (g grafGraph) {
	state := [nasnetStates]int{g.source(), g.source()}
	for k := 0; k < len(pairs); k += 2 {
		var sum uint64
		for _, p := range pairs[k : k+2] {
			op := p.op
			if op == skip && reduction && p.in < 2 {
				op = halving
			}
			if op != none {
				sum |= 1 << g.add(int(op), 1<<state[p.in])
			}
		}
		state[dartsStates(k)] = g.add(grafPlain, sum)
	}
	var out uint64
	for s, v := range state {
		out |= uint64(concat>>s&1) << v
	}
	g.sink(out)
	return g
}

// Graphs makes what graf sees of an architecture, for kernels of graphs.
func (DARTS) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		g, err := dartsOf(a)
		if err != nil {
			return nil, err
		}
		return grafPlainly(g.graphs()), nil
	}
}

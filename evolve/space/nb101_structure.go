package space

import (
	"math/bits"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The groups of the structure encoding, in order:
//
//	 5  vertices; edges; vertices by operation
//	 4  paths from input to output; edges of the longest, of the shortest; most vertices at
//	    one depth
//	15  most, fewest and sum over the paths of operations, 3×3, 1×1, pools, convolutions
//	12  paths by their number of 3×3, 0..5; by their number of operations, 0..5
//	15  vertices by depth, 1..5, the longest way from the input, and operation
//	 4  edges out of the input, into the output, most out of and into one inner vertex
//	 7  direct edge; operations that feed the output; operations fed by the input
//	36  edges from one operation to another (9); chains of three operations (27)
//	13  paths by their sequence of operations, of none to two
//	 4  width at 128 channels: channels over 4 of all vertices of each operation; vertices
//	    that the output concatenates
//	 2  parameters and multiply-adds, sixteenths of an octave
//	 3  parts of the multiply-adds, in 255ths: 3×3, 1×1, projections
const (
	nb101Counts       = 5 + 4
	nb101Spread       = 3 * 5
	nb101Histograms   = 2 * 6
	nb101Levels       = nb101Inner * nb101Kinds
	nb101Ends         = 4 + 7
	nb101Chains       = 9 + 27
	nb101Short        = 13
	nb101Size         = 4 + 2 + 3
	nb101StructureLen = nb101Counts + nb101Spread + nb101Histograms + nb101Levels + nb101Ends + nb101Chains +
		nb101Short + nb101Size
)

// structure appends the numbers above, of a representative.
func (g *nb101Graph) structure(dst []float64) []float64 {
	dst, f := nb201Grow(dst, nb101StructureLen)
	take := func(n int) []float64 {
		group := f[:n]
		f = f[n:]
		return group
	}
	counts := take(nb101Counts)
	g.counts(counts[:5])
	g.pathCounts(counts[5:8], take(nb101Spread), take(nb101Histograms),
		f[nb101Levels+nb101Ends+nb101Chains:][:nb101Short])
	counts[8] = g.levels(take(nb101Levels))
	g.ends(take(nb101Ends))
	g.chains(take(nb101Chains))
	take(nb101Short)
	g.sizes(take(nb101Size))
	return dst
}

func (g *nb101Graph) counts(f []float64) {
	f[0] = float64(g.n)
	for v := range g.n {
		f[1] += float64(bits.OnesCount8(g.in[v]))
		if g.inner(v) {
			f[2+g.op[v]]++
		}
	}
}

// pathCounts fills in the counts along paths.
func (g *nb101Graph) pathCounts(number, spread, histograms, short []float64) {
	g.paths(func(p nb101Walk) {
		edges := float64(p.length + 1)
		first := number[0] == 0
		number[0]++
		number[1] = max(number[1], edges)
		if first || edges < number[2] {
			number[2] = edges
		}
		convs := p.kinds[nb101Conv3] + p.kinds[nb101Conv1]
		for k, n := range [5]int{p.length, p.kinds[nb101Conv3], p.kinds[nb101Conv1], p.kinds[nb101Pool], convs} {
			s, n := spread[3*k:3*k+3], float64(n)
			if first || n < s[1] {
				s[1] = n
			}
			s[0], s[2] = max(s[0], n), s[2]+n
		}
		histograms[p.kinds[nb101Conv3]]++
		histograms[6+p.length]++
		if p.index < len(short) {
			short[p.index]++
		}
	})
}

// levels counts operations by depth and returns the most vertices at one.
func (g *nb101Graph) levels(f []float64) (width float64) {
	var depth, at [nb101Vertices]int
	for v := 1; v < g.n-1; v++ {
		for m := g.in[v]; m != 0; m &= m - 1 {
			depth[v] = max(depth[v], depth[bits.TrailingZeros8(m)]+1)
		}
		f[(depth[v]-1)*nb101Kinds+int(g.op[v])]++
		at[depth[v]]++
		width = max(width, float64(at[depth[v]]))
	}
	return width
}

// ends describes what the input feeds and what feeds the output, and the largest degrees.
func (g *nb101Graph) ends(f []float64) {
	last := g.n - 1
	f[0], f[1] = float64(bits.OnesCount8(g.out[0])), float64(bits.OnesCount8(g.in[last]))
	if g.edge(0, last) {
		f[4] = 1
	}
	for v := 1; v < last; v++ {
		f[2] = max(f[2], float64(bits.OnesCount8(g.out[v])))
		f[3] = max(f[3], float64(bits.OnesCount8(g.in[v])))
		if g.edge(v, last) {
			f[5+g.op[v]]++
		}
		if g.edge(0, v) {
			f[8+g.op[v]]++
		}
	}
}

// chains counts pairs and triples of operations along edges.
func (g *nb101Graph) chains(f []float64) {
	pairs, triples := f[:9], f[9:]
	inner := uint8(1)<<(g.n-1) - 1
	for u := 1; u < g.n-1; u++ {
		for mv := g.out[u] & inner; mv != 0; mv &= mv - 1 {
			v := bits.TrailingZeros8(mv)
			pair := g.op[u]*nb101Kinds + g.op[v]
			pairs[pair]++
			for mw := g.out[v] & inner; mw != 0; mw &= mw - 1 {
				triples[pair*nb101Kinds+g.op[bits.TrailingZeros8(mw)]]++
			}
		}
	}
}

// The octaves of the smallest network, input to output alone: 227,274 parameters and
// 37,098,496 multiply-adds.
const (
	nb101ParamsFrom = 17
	nb101MACsFrom   = 25
)

func (g *nb101Graph) sizes(f []float64) {
	channels := g.channels(nb101Stem)
	for v := 1; v < g.n-1; v++ {
		f[g.op[v]] += float64(channels[v])
		if g.edge(v, g.n-1) {
			f[3]++
		}
	}
	for op := range nb101Kinds {
		f[op] = float64(int(f[op]) / 4)
	}
	c := g.cost()
	f[4], f[5] = nb101Octaves(c.params, nb101ParamsFrom), nb101Octaves(c.macs, nb101MACsFrom)
	for i, part := range [3]int{c.conv3, c.conv1, c.linear} {
		f[6+i] = float64(part * 255 / c.macs)
	}
}

// nb101Octaves is 16·log₂(x/2^from), straight between powers of two. Whole numbers are the
// same on every machine.
func nb101Octaves(x, from int) float64 {
	e := bits.Len(uint(x)) - 1
	return float64(16*(e-from) + x>>(e-4)&15)
}

// NB101Vertices is the largest number of vertices of a cell, input and output among them.
const NB101Vertices = nb101Vertices

// NB101Graph is the pruned graph of a cell's representative: vertex 0 is the input, Len()-1 the
// output.
type NB101Graph struct{ g nb101Graph }

// Graph is the graph that the benchmark trained for a cell: isomorphic ones can differ by a
// channel. The error wraps evolve.ErrInvalid.
func (s NB101) Graph(a evolve.Arch) (NB101Graph, error) {
	a, err := s.Canon(a)
	if err != nil {
		return NB101Graph{}, err
	}
	edges, word, _ := nb101Read(a)
	return NB101Graph{nb101Compact(edges, word)}, nil
}

// Len is the number of vertices.
func (g NB101Graph) Len() int { return g.g.n }

// Edge says whether y reads x.
func (g NB101Graph) Edge(x, y int) bool { return g.g.edge(x, y) }

// Op is the operation of an inner vertex, one of [NB101Ops].
func (g NB101Graph) Op(v int) string { return NB101Ops[g.g.op[v]] }

// Joined is the number of inner vertices that the output concatenates.
func (g NB101Graph) Joined() int { return bits.OnesCount8(g.g.in[g.g.n-1] &^ 1) }

// Channels are those of every vertex but the input when the cell has so many
// (compute_vertex_channels of nasbench's lib/model_builder.py).
func (g NB101Graph) Channels(out int) [NB101Vertices]int { return g.g.channels(out) }

package space

import (
	"math"
	"math/bits"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The encoding graf describes an architecture by what its graph alone says (Kadlecová, Lukasik, Pilát, Vidnerová,
// Safari, Neruda and Hutter, ICML 2024, arXiv:2404.16551): how often operations are there, how long ways from an input
// to the output are where only some operations may be on them, and which operations stand next to the inputs and the
// output. It is the same for every space that has a graph, so that a model knows one kind of features for all of them.
// A space gives its graphs in one form, [grafGraph], and the sets of operations that are worth a question, and this
// file computes the features. They are whole numbers 0..255, and isomorphic architectures have the same.
//
// Departures from the paper: an operation that does nothing, such as a skip, adds no length to a way; the number of
// ways is a feature too; averages over all vertices are not.
const grafName = "graf"

// graf is what is the same for all architectures of a space.
type graf struct {
	graphs         int      // in an architecture: its cells, or the stages of a chain
	sources, sinks int      // of each graph
	sets           []uint32 // of operations, a bit each
	free           uint32   // operations that do nothing
}

// grafMost is the number of vertices that a graph may have: one bit each.
const grafMost = 64

// grafPlain is a vertex without an operation: an input, a sum, the output.
const grafPlain = -1

// grafGraph is a graph with operations on its vertices, in the order in which they compute. An edge with an operation
// is a vertex in it.
type grafGraph struct {
	n        int
	op       [grafMost]int8
	reads    [grafMost]uint64 // the earlier vertices that each vertex reads
	from, to []int            // sources and sinks
}

// add appends a vertex and returns its number.
func (g *grafGraph) add(op int, reads uint64) int {
	g.op[g.n], g.reads[g.n] = int8(op), reads
	g.n++
	return g.n - 1
}

// source appends an input, sink an output.
func (g *grafGraph) source() int {
	g.from = append(g.from, g.n)
	return g.add(grafPlain, 0)
}

func (g *grafGraph) sink(reads uint64) { g.to = append(g.to, g.add(grafPlain, reads)) }

// chain makes a graph of operations one after another.
func (g *grafGraph) chain(ops []int) {
	at := g.source()
	for _, op := range ops {
		at = g.add(op, 1<<at)
	}
	g.sink(1 << at)
}

// grafStage is the number of layers of a chain that make one graph: of up to three layers the features say which stands
// where, by the operations next to the input and the output.
const grafStage = 3

// digits cuts a chain, whose operations are the characters of a genome from the lowest on, into graphs.
func (f *graf) digits(lowest byte) func(evolve.Arch) []grafGraph {
	return func(a evolve.Arch) []grafGraph {
		all := make([]grafGraph, f.graphs)
		for k := range all {
			n := min(len(a), grafStage)
			var ops [grafStage]int
			for i := range n {
				ops[i] = int(a[i] - lowest)
			}
			all[k].chain(ops[:n])
			a = a[n:]
		}
		return all
	}
}

// length is the number of features.
func (f *graf) length() int {
	return f.graphs * (len(f.sets)*(1+3*f.sources+f.sinks) + f.sources)
}

// encode appends the features of an architecture. Of each graph these are, for each set of operations: its operations
// that are there; for each source the operations on the shortest way to a sink with only such operations on it, plus
// one, 0 where there is none, the most such operations on any way, and those next to the source; and for each sink
// those next to it. For each source the number of ways follows.
//
// A vertex is next to another where only plain vertices are between them. What is on no way from a source to a sink is
// not there.
func (f *graf) encode(dst []float64, graphs []grafGraph) []float64 {
	dst, x := nb201Grow(dst, f.length())
	put := func(n int) {
		x[0] = float64(min(n, math.MaxUint8))
		x = x[1:]
	}
	for k := range graphs {
		g := &graphs[k]
		g.prune()
		of := g.byOperation(f.sets)
		before, after := g.beside()
		for i, set := range f.sets {
			put(bits.OnesCount64(of[i]))
			for s := range f.sources {
				shortest, most := g.lengths(g.from[s], of[i], set, f.free)
				put(shortest + 1)
				put(most)
				put(bits.OnesCount64(of[i] & after[s]))
			}
			for t := range f.sinks {
				put(bits.OnesCount64(of[i] & before[t]))
			}
		}
		for s := range f.sources {
			put(g.ways(g.from[s]))
		}
	}
	return dst
}

// prune makes what is on no way from a source to a sink unread and reading nothing.
func (g *grafGraph) prune() {
	var reached, needed uint64
	for _, s := range g.from {
		reached |= 1 << s
	}
	for v := range g.n {
		if g.reads[v]&reached != 0 {
			reached |= 1 << v
		}
	}
	for _, t := range g.to {
		needed |= 1 << t
	}
	for v := g.n - 1; v >= 0; v-- {
		if needed>>v&1 != 0 {
			needed |= g.reads[v]
		}
	}
	for v := range g.n {
		if live := reached & needed; live>>v&1 != 0 {
			g.reads[v] &= live
		} else {
			g.op[v], g.reads[v] = grafPlain, 0
		}
	}
}

// byOperation are the vertices with an operation of each set.
func (g *grafGraph) byOperation(sets []uint32) []uint64 {
	of := make([]uint64, len(sets))
	for v, op := range g.op[:g.n] {
		if op == grafPlain {
			continue
		}
		for i, set := range sets {
			of[i] |= uint64(set>>op&1) << v
		}
	}
	return of
}

// beside are the vertices next to each sink, before it, and next to each source, after it.
func (g *grafGraph) beside() (before, after [grafEnds]uint64) {
	var through [grafMost]uint64 // the operations that a vertex reads, by way of plain vertices
	for v := range g.n {
		for m := g.reads[v]; m != 0; m &= m - 1 {
			if u := bits.TrailingZeros64(m); g.op[u] == grafPlain {
				through[v] |= through[u]
			} else {
				through[v] |= 1 << u
			}
		}
	}
	for i, t := range g.to {
		before[i] = through[t]
	}
	for i, s := range g.from {
		same := uint64(1) << s // the plain vertices that only pass the source on, and the source
		for v := range g.n {
			if g.reads[v]&same == 0 {
				continue
			}
			if g.op[v] == grafPlain {
				same |= 1 << v
			} else {
				after[i] |= 1 << v
			}
		}
	}
	return before, after
}

// grafEnds is the number of sources or sinks that a graph may have.
const grafEnds = 3

// lengths are the length of the shortest way from a vertex to a sink with only operations of a set on it, -1 where
// there is none, and the most vertices out of of on any way.
func (g *grafGraph) lengths(from int, of uint64, set, free uint32) (shortest, most int) {
	var short, count [grafMost]int8
	for v := range g.n {
		short[v], count[v] = -1, -1
	}
	short[from], count[from] = 0, 0
	for v := from + 1; v < g.n; v++ {
		least, top := int8(-1), int8(-1)
		for m := g.reads[v]; m != 0; m &= m - 1 {
			u := bits.TrailingZeros64(m)
			if d := short[u]; d >= 0 && (least < 0 || d < least) {
				least = d
			}
			top = max(top, count[u])
		}
		op := g.op[v]
		if least >= 0 && op != grafPlain {
			if set>>op&1 == 0 {
				least = -1
			} else if free>>op&1 == 0 {
				least++
			}
		}
		if top >= 0 {
			top += int8(of >> v & 1)
		}
		short[v], count[v] = least, top
	}
	shortest = -1
	for _, t := range g.to {
		if d := int(short[t]); d >= 0 && (shortest < 0 || d < shortest) {
			shortest = d
		}
		most = max(most, int(count[t]))
	}
	return shortest, most
}

// ways is the number of ways from a vertex to the sinks, up to a few million.
func (g *grafGraph) ways(from int) (n int) {
	var ways [grafMost]int
	ways[from] = 1
	for v := from + 1; v < g.n; v++ {
		for m := g.reads[v]; m != 0; m &= m - 1 {
			ways[v] = min(ways[v]+ways[bits.TrailingZeros64(m)], 1<<20)
		}
	}
	for _, t := range g.to {
		n += ways[t]
	}
	return n
}

// grafAllSets are all sets of some of n operations.
func grafAllSets(n int) (sets []uint32) {
	for set := uint32(1); set < 1<<n; set++ {
		sets = append(sets, set)
	}
	return sets
}

// grafSomeSets are, where all sets would be too many: each operation by itself, all but each, all, and the groups of
// what is alike. An operation may be several bits, which no set tells apart.
func grafSomeSets(ops []uint32, groups ...uint32) (sets []uint32) {
	all := uint32(0)
	for _, op := range ops {
		all |= op
	}
	sets = append(sets, all)
	for _, op := range ops {
		sets = append(sets, op, all&^op)
	}
	return append(sets, groups...)
}

// grafRisingSets are, for operations in an order, such as widths: those from the second on, from the third on, …
func grafRisingSets(n int) (sets []uint32) {
	for least := 1; least < n; least++ {
		sets = append(sets, 1<<n-1<<least)
	}
	return sets
}

// grafBits are the sets of the operations from, …, to-1 by themselves.
func grafBits(from, to int) (ops []uint32) {
	for op := from; op < to; op++ {
		ops = append(ops, 1<<op)
	}
	return ops
}

// grafPlainly are graphs without what is on no way from a source to a sink, for whoever wants more than the encoding.
func grafPlainly(graphs []grafGraph) (all []evolve.Graph) {
	for k := range graphs {
		g := &graphs[k]
		g.prune()
		used := uint64(0)
		for _, v := range append(append([]int(nil), g.from...), g.to...) {
			used |= 1 << v
		}
		for v := range g.n {
			if g.reads[v] != 0 {
				used |= 1<<v | g.reads[v]
			}
		}
		var plain evolve.Graph
		var place [grafMost]int
		for v := range g.n {
			if used>>v&1 == 0 {
				continue
			}
			place[v] = len(plain.Labels)
			plain.Labels = append(plain.Labels, int(g.op[v]))
			reads := uint64(0)
			for r := g.reads[v]; r != 0; r &= r - 1 {
				reads |= 1 << place[bits.TrailingZeros64(r)]
			}
			plain.Reads = append(plain.Reads, reads)
		}
		all = append(all, plain)
	}
	return all
}

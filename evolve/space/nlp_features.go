package space

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The parts of the encoding wl, in their order.
const (
	recipeKinds   = 8                   // operations, linear of 2 and of 3 inputs apart
	recipeSources = 3 + len(NLPOps)     // x, h_prev_0, another h_prev_i, a node by its operation
	recipeDepths  = 8                   // nodes at depth 1 to 7, and deeper
	recipeBuckets = 64                  // of hashed labels
	recipeCounts  = 1 + 1 + recipeKinds // hidden states, nodes, nodes by kind
	recipeShape   = 2 + 4               // depth of the output and of the cell, and four counts
	recipeLength  = recipeCounts + recipeSources*len(NLPOps) + recipeShape + recipeDepths + len(NLPOps) +
		2*recipeBuckets
)

// Encodings: wl is 229 counts that isomorphic cells share and that see only nodes with an
// effect; the hidden states but the first, which no cell tells apart, count as one kind:
//
//	 10  hidden states; nodes; nodes by operation, linear with 2 and with 3 inputs apart
//	 70  edges by what they come from (x, h_prev_0, another h_prev_i, or a node's operation)
//	     and by the operation that they go to
//	  6  depth of the output h_new_0 and of the deepest node; nodes that several nodes read;
//	     results that nodes read; results that read an h_prev_i; nodes that h_new_0 depends on
//	  8  nodes at depth 1, 2, …, 7 and deeper (the longest way from a source)
//	  7  operation of the output, one bit each
//	128  nodes by what they do with which inputs, and the same with their inputs' inputs:
//	     Weisfeiler-Lehman labels (Shervashidze et al., JMLR 2011) in 64 buckets each, by
//	     their FNV-1a hash
//
// The encoding graf is what the graph says, which is the same for isomorphic cells too.
func (NLP) Encodings() []string { return []string{"wl", grafName} }

// Encode appends the named encoding of a cell to dst.
func (s NLP) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if !slices.Contains(s.Encodings(), encoding) {
		return dst, evolve.Unknown("nlp encoding", encoding, s.Encodings())
	}
	r, err := recipeOf(a)
	if err != nil {
		return dst, err
	}
	r.prune()
	if encoding == grafName {
		return nlpGraf.encode(dst, r.graphs()), nil
	}
	at := len(dst)
	dst = slices.Grow(dst, recipeLength)[:at+recipeLength]
	all := dst[at:]
	clear(all)
	part := func(n int) []float64 {
		p := all[:n]
		all = all[n:]
		return p
	}
	r.count(part(recipeCounts), part(recipeSources*len(NLPOps)))
	r.shape(part(recipeShape), part(recipeDepths), part(len(NLPOps)))
	r.labels(part(recipeBuckets), part(recipeBuckets))
	return dst, nil
}

// count fills in the sizes and the nodes and edges by operation.
func (r *recipe) count(nodes, edges []float64) {
	nodes[0], nodes[1] = float64(r.hidden), float64(len(r.nodes))
	for _, n := range r.nodes {
		kind := n.op
		if n.op == recipeLinear && len(n.in) == 3 {
			kind = len(NLPOps)
		}
		nodes[2+kind]++
		for _, in := range n.in {
			edges[r.kind(in)*len(NLPOps)+n.op]++
		}
	}
}

// kind numbers what an input is: x, h_prev_0, another h_prev_i, or a node by its operation.
func (r *recipe) kind(in int) int {
	if in < 0 {
		return min(-1-in, 2)
	}
	return 3 + r.nodes[in].op
}

// shape fills in the depths and the pairs of operations that read each other.
func (r *recipe) shape(shape, depths, output []float64) {
	depth, readers := make([]int, len(r.nodes)), make([]int, len(r.nodes))
	for _, i := range r.topological() {
		n := r.nodes[i]
		for _, in := range n.in {
			if in >= 0 {
				depth[i] = max(depth[i], depth[in])
				readers[in]++
			}
		}
		depth[i]++
		depths[min(depth[i], recipeDepths)-1]++
		shape[1] = max(shape[1], float64(depth[i]))
	}
	flag := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	for i, n := range r.nodes {
		shape[2] += flag(readers[i] > 1)
		if n.result >= 0 {
			shape[3] += flag(readers[i] > 0)
			shape[4] += flag(slices.ContainsFunc(n.in, func(in int) bool { return in < recipeX }))
		}
		if n.result == 0 {
			shape[0] = float64(depth[i])
			output[n.op] = 1
			shape[5] = float64(len(r.behind(i)))
		}
	}
}

// behind lists a node and the nodes that it depends on.
func (r *recipe) behind(i int) []int {
	all := []int{i}
	for k := 0; k < len(all); k++ {
		for _, in := range r.nodes[all[k]].in {
			if in >= 0 && !slices.Contains(all, in) {
				all = append(all, in)
			}
		}
	}
	return all
}

// labels fills in the buckets of the labels one and two steps deep.
func (r *recipe) labels(one, two []float64) {
	label := make([]uint64, len(r.nodes))
	for i, n := range r.nodes {
		label[i] = recipeHash(uint64(3+n.op), uint64(cmp.Compare(n.result, 0)+1))
	}
	for _, buckets := range [][]float64{one, two} {
		next := make([]uint64, len(label))
		for i, n := range r.nodes {
			around := make([]uint64, len(n.in))
			for k, in := range n.in {
				if around[k] = uint64(r.kind(in)); in >= 0 {
					around[k] = label[in]
				}
			}
			if n.op != recipeBlend {
				slices.Sort(around)
			}
			next[i] = recipeHash(append([]uint64{label[i]}, around...)...)
			buckets[next[i]%recipeBuckets]++
		}
		label = next
	}
}

// recipeHash is FNV-1a of the words, little end first.
func recipeHash(words ...uint64) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, w := range words {
		binary.LittleEndian.PutUint64(b[:], w)
		_, _ = h.Write(b[:])
	}
	return h.Sum64()
}

// recipeLinear3 is a linear node of three inputs, an operation of its own behind all others.
const recipeLinear3 = len(NLPOps)

// nlpGraf asks for each operation, then for linear nodes, nodes that combine inputs, and activations. Sources are the
// input, the first hidden state and all other ones, sinks the first new hidden state and all other ones.
var nlpGraf = graf{graphs: 1, sources: 3, sinks: 2, sets: grafSomeSets(grafBits(0, recipeLinear3+1),
	1<<recipeLinear|1<<recipeLinear3, 1<<recipeBlend|1<<recipeProd|1<<recipeSum,
	1<<recipeTanh|1<<(recipeTanh+1)|1<<(recipeTanh+2))}

// graphs is the cell in the form that graf takes.
func (r *recipe) graphs() []grafGraph {
	var g grafGraph
	source := [3]int{g.source(), g.source(), g.source()}
	at := make([]int, len(r.nodes))
	var results [2]uint64
	for _, i := range r.topological() {
		n := &r.nodes[i]
		var reads uint64
		for _, in := range n.in {
			if in >= 0 {
				reads |= 1 << at[in]
			} else {
				reads |= 1 << source[min(-1-in, 2)]
			}
		}
		op := n.op
		if op == recipeLinear && len(n.in) == 3 {
			op = recipeLinear3
		}
		at[i] = g.add(op, reads)
		if n.result >= 0 {
			results[min(n.result, 1)] |= 1 << at[i]
		}
	}
	g.sink(results[0])
	g.sink(results[1])
	return []grafGraph{g}
}

// Graphs makes what graf sees of an architecture, for kernels of graphs.
func (NLP) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		r, err := recipeOf(a)
		if err != nil {
			return nil, err
		}
		r.prune()
		return grafPlainly(r.graphs()), nil
	}
}

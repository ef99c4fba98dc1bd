package space

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Sample is the authors' generator (nas-bench-nlp-release, search_space.py): see grow for
// the graph. Hidden of its nodes become the results; nodes without an effect on them are
// left out; a cell that does not use every source, or in which a result reads an h_prev_i
// directly, is drawn again. (The authors' candidates come from a Python set, so their seeds
// do not reproduce a cell; the distribution is the same.)
func (s NLP) Sample(rng *rand.Rand) evolve.Arch {
	for {
		r := s.grow(rng)
		if r.direct() || r.unread() != "" {
			continue
		}
		r.prune()
		r.sort()
		return r.arch()
	}
}

// grow draws Hidden+Nodes nodes, one more where a linear comes last: linear with weight 3,
// the other operations of several inputs with weight 1 each. A linear reads 2 or 3 (4 to 1)
// of the sources and the activations so far and is followed by an activation of its own;
// the others read hidden states and any nodes so far.
func (s NLP) grow(rng *rand.Rand) *recipe {
	r := &recipe{hidden: s.Hidden}
	add := func(op int, in []int) {
		r.nodes = append(r.nodes, recipeNode{"node_" + strconv.Itoa(len(r.nodes)), op, in, -1})
	}
	var states, activations []int
	for i := range s.Hidden {
		states = append(states, -2-i)
	}
	for len(r.nodes) < s.Hidden+s.Nodes {
		op := max(rng.IntN(6)-2, recipeLinear)
		if op == recipeLinear {
			n := 2
			if rng.IntN(5) == 4 {
				n = 3
			}
			from := append(append([]int{recipeX}, states...), activations...)
			add(op, recipeDraw(from, min(n, len(from)), rng))
			activations = append(activations, len(r.nodes))
			add(recipeTanh+rng.IntN(3), []int{len(r.nodes) - 1})
			continue
		}
		from := append([]int{}, states...)
		for i := range r.nodes {
			from = append(from, i)
		}
		if n := recipeArity[op][0]; n <= len(from) {
			add(op, recipeDraw(from, n, rng))
		}
	}
	for i, at := range rng.Perm(len(r.nodes))[:s.Hidden] {
		r.nodes[at].name, r.nodes[at].result = "h_new_"+strconv.Itoa(i), i
	}
	return r
}

// recipeDraw takes n different ones; it reorders from.
func recipeDraw(from []int, n int, rng *rand.Rand) []int {
	for i := range n {
		j := i + rng.IntN(len(from)-i)
		from[i], from[j] = from[j], from[i]
	}
	return from[:n]
}

// direct says whether a result reads a hidden state.
func (r *recipe) direct() bool {
	for _, n := range r.nodes {
		for _, in := range n.in {
			if n.result >= 0 && in < recipeX {
				return true
			}
		}
	}
	return false
}

// moveEdge gives one edge that starts at a node another node as its source; false, and
// nothing is changed, when no edge can be moved.
func (r *recipe) moveEdge(rng *rand.Rand) bool {
	var edges [][2]int // node, input
	for i, n := range r.nodes {
		for k, in := range n.in {
			if in >= 0 {
				edges = append(edges, [2]int{i, k})
			}
		}
	}
	for _, e := range rng.Perm(len(edges)) {
		i, k := edges[e][0], edges[e][1]
		in := r.nodes[i].in
		old := in[k]
		for _, to := range rng.Perm(len(r.nodes)) {
			if slices.Contains(in, to) {
				continue
			}
			in[k] = to
			if r.onCycle() == "" && r.unread() == "" {
				return true
			}
			in[k] = old
		}
	}
	return false
}

// changeOp makes one activation another or exchanges product and sum; false when there is
// neither.
func (r *recipe) changeOp(rng *rand.Rand) bool {
	var places []int
	for i, n := range r.nodes {
		if n.op >= recipeProd {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return false
	}
	n := &r.nodes[places[rng.IntN(len(places))]]
	if n.op < recipeTanh {
		n.op = recipeProd + recipeSum - n.op
	} else {
		n.op = recipeTanh + (n.op-recipeTanh+1+rng.IntN(2))%3
	}
	return true
}

package space

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NLPOps are the operations of NAS-Bench-NLP: linear has one matrix for each input, blend
// is a·b + (1-a)·c.
var NLPOps = [7]string{"linear", "blend", "elementwise_prod", "elementwise_sum", "activation_tanh", "activation_sigm",
	"activation_leaky_relu"}

// Operations by their place in [NLPOps].
const (
	recipeLinear = iota
	recipeBlend
	recipeProd
	recipeSum
	recipeTanh // the first of three activations
)

// The fewest and most inputs of each operation.
var recipeArity = [7][2]int{{2, 3}, {3, 3}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, {1, 1}}

// recipeMaxNodes bounds what Canon has to search; released cells have 24 nodes at most.
const recipeMaxNodes = 32

// A recipe is a valid cell, its nodes sorted by name.
type recipe struct {
	hidden int
	nodes  []recipeNode
}

// A node's inputs are places of nodes, or -1 for x and -2-i for h_prev_i.
type recipeNode struct {
	name   string
	op     int
	in     []int
	result int // i of h_new_i, or -1
}

const recipeX = -1

// recipeIndex reads the i of a name like prefix+i, as Python prints it.
func recipeIndex(name, prefix string) (int, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	i, err := strconv.Atoi(digits)
	return i, ok && err == nil && strconv.Itoa(i) == digits && i >= 0
}

// source is the name of an input.
func (r *recipe) source(in int) string {
	switch {
	case in >= 0:
		return r.nodes[in].name
	case in == recipeX:
		return "x"
	}
	return "h_prev_" + strconv.Itoa(-2-in)
}

// arch prints the recipe. Names need no escaping.
func (r *recipe) arch() evolve.Arch {
	var b strings.Builder
	for i, n := range r.nodes {
		b.WriteString([]string{"{", ","}[min(i, 1)] + `"` + n.name + `":{"input":[`)
		for k, in := range n.in {
			b.WriteString([]string{`"`, `,"`}[min(k, 1)] + r.source(in) + `"`)
		}
		b.WriteString(`],"op":"` + NLPOps[n.op] + `"}`)
	}
	b.WriteByte('}')
	return evolve.Arch(b.String())
}

// sort puts the nodes in the order of their names.
func (r *recipe) sort() {
	order := make([]int, len(r.nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(r.nodes[a].name, r.nodes[b].name) })
	r.keep(order)
}

// keep makes the nodes at the given places the only ones, in that order. What they read
// must be among them.
func (r *recipe) keep(places []int) {
	to := make([]int, len(r.nodes))
	nodes := make([]recipeNode, len(places))
	for i, p := range places {
		to[p], nodes[i] = i, r.nodes[p]
	}
	for _, n := range nodes {
		for k, in := range n.in {
			if in >= 0 {
				n.in[k] = to[in]
			}
		}
	}
	r.nodes = nodes
}

// live marks the nodes that have an effect on a result.
func (r *recipe) live() []bool {
	live := make([]bool, len(r.nodes))
	var visit func(int)
	visit = func(i int) {
		if i < 0 || live[i] {
			return
		}
		live[i] = true
		for _, in := range r.nodes[i].in {
			visit(in)
		}
	}
	for i, n := range r.nodes {
		if n.result >= 0 {
			visit(i)
		}
	}
	return live
}

// prune leaves out the nodes without an effect.
func (r *recipe) prune() {
	var places []int
	for i, live := range r.live() {
		if live {
			places = append(places, i)
		}
	}
	r.keep(places)
}

// unread is the name of a source without an effect, or "".
func (r *recipe) unread() string {
	read := make([]bool, 1+r.hidden)
	for i, live := range r.live() {
		for _, in := range r.nodes[i].in {
			if live && in < 0 {
				read[-1-in] = true
			}
		}
	}
	if i := slices.Index(read, false); i >= 0 {
		return r.source(-1 - i)
	}
	return ""
}

// order lists the places of the nodes so that each comes after what it reads; of several
// the one of the lowest rank first. Nodes on and behind a cycle are missing.
func (r *recipe) order(rank func(place int) int) []int {
	order := make([]int, 0, len(r.nodes))
	done := make([]bool, len(r.nodes))
	for {
		next := -1
		for i, n := range r.nodes {
			if !done[i] && (next < 0 || rank(i) < rank(next)) &&
				!slices.ContainsFunc(n.in, func(in int) bool { return in >= 0 && !done[in] }) {
				next = i
			}
		}
		if next < 0 {
			return order
		}
		done[next] = true
		order = append(order, next)
	}
}

// topological is order with the nodes as they stand.
func (r *recipe) topological() []int { return r.order(func(i int) int { return i }) }

// onCycle is the name of a node that reads itself by way of others, or "".
func (r *recipe) onCycle() string {
	order := r.topological()
	if len(order) == len(r.nodes) {
		return ""
	}
	at := slices.IndexFunc(r.nodes, func(n recipeNode) bool {
		return !slices.ContainsFunc(order, func(i int) bool { return r.nodes[i].name == n.name })
	})
	// Every node that is missing reads another: as many steps as there are nodes end on a cycle.
	for range r.nodes {
		k := slices.IndexFunc(r.nodes[at].in, func(in int) bool { return in >= 0 && !slices.Contains(order, in) })
		at = r.nodes[at].in[k]
	}
	return r.nodes[at].name
}

// recipeOf reads an Arch, which is a recipe in the form that Parse gives it.
func recipeOf(a evolve.Arch) (*recipe, error) {
	r, err := recipeParse(string(a))
	if err == nil && r.arch() != a {
		return nil, fmt.Errorf("nlp: %s: a genome has its keys in alphabetical order and no blanks; Parse reads "+
			"other recipes: %w", clip(string(a)), evolve.ErrInvalid)
	}
	return r, err
}

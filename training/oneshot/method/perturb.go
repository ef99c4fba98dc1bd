package method

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

// selection chooses an architecture from a trained mixture by what its parts are worth there and not by their shares
// (Wang et al., "Rethinking Architecture Selection in Differentiable NAS", ICLR 2021, arXiv:2108.04392, as the authors'
// code has it, ruocwang/darts-pt, nasbench201/projection.py and sota/cnn/projection.py). A round takes a random edge
// that is open. Each of its candidates is closed in turn, the others keeping their shares, and the one without which
// the mixture answers worst on the whole validation part is chosen: the edge has it alone from then on. Where the cells
// of a space choose edges too, further rounds take a random node each, and remove the edge without which the mixture
// answers best until two are left. A round chooses in each kind of cell, and between rounds the mixture is tuned.
//
// Answers are compared by the images that they have right, as in that code, and by the loss where these are equally
// many, which on small data they often are.
type selection struct {
	cells []choice // kinds of cells
	ops   int      // candidates of an edge
	least int      // the first candidate that may be chosen
}

// choice is what is chosen in one kind of cell.
type choice struct {
	edges []int   // of the supernet
	nodes [][]int // edges of each node that chooses two of more; none where all edges stay
	op    []int   // by edge: the candidate chosen; undecided before, removed where the edge is removed
	done  []bool  // by node
}

// What an edge has before a candidate is chosen, and after it was removed.
const (
	undecided = -1
	removed   = -2
)

// keptEdges is the number of edges that a node of darts keeps (Liu, Simonyan and Yang 2019, section 2.4).
const keptEdges = 2

// judge asks the mixture with these shares, by gate, about the validation part.
type judge func(shares []float64) (correct int, loss float64, err error)

// newSelection is before its first round.
func newSelection(s *net.Supernet) *selection {
	p := &selection{ops: len(s.Ops)}
	for _, nodes := range nodesOf(s) {
		c := choice{}
		for _, edges := range nodes {
			c.edges = append(c.edges, edges...)
			if s.Space != "nb201" && len(edges) > keptEdges {
				c.nodes = append(c.nodes, edges)
			}
		}
		if s.Space != "nb201" {
			p.least = 1 + slices.Index(s.Ops, "none") // what is no answer there
		}
		c.op, c.done = slices.Repeat([]int{undecided}, len(c.edges)), make([]bool, len(c.nodes))
		p.cells = append(p.cells, c)
	}
	return p
}

// rounds are those of all edges and nodes of a cell.
func (p *selection) rounds() int { return len(p.cells[0].edges) + len(p.cells[0].nodes) }

// round chooses one edge's candidate or one node's edges in each kind of cell.
func (p *selection) round(shares []float64, ask judge, r *rand.Rand) error {
	for k := range p.cells {
		c := &p.cells[k]
		if at := draw(r, len(c.edges), func(i int) bool { return c.op[i] == undecided }); at >= 0 {
			if err := p.chooseOp(c, at, shares, ask); err != nil {
				return err
			}
		} else if at := draw(r, len(c.nodes), func(i int) bool { return !c.done[i] }); at >= 0 {
			if err := p.chooseEdges(c, at, shares, ask); err != nil {
				return err
			}
		}
	}
	return nil
}

// draw draws one of n that may be drawn; -1 where there is none.
func draw(r *rand.Rand, n int, may func(int) bool) int {
	var all []int
	for i := range n {
		if may(i) {
			all = append(all, i)
		}
	}
	if all == nil {
		return -1
	}
	return all[r.IntN(len(all))]
}

func (p *selection) chooseOp(c *choice, at int, shares []float64, ask judge) error {
	best, least, most := undecided, 0, 0.0
	for op := p.least; op < p.ops; op++ {
		without := p.project(shares)
		without[c.edges[at]*p.ops+op] = 0
		correct, loss, err := ask(without)
		if err != nil {
			return err
		}
		if best == undecided || correct < least || correct == least && loss > most {
			best, least, most = op, correct, loss
		}
	}
	c.op[at] = best
	return nil
}

func (p *selection) chooseEdges(c *choice, node int, shares []float64, ask judge) error {
	left := slices.Clone(c.nodes[node])
	for len(left) > keptEdges {
		idle, most, least := -1, 0, 0.0
		for i, edge := range left {
			without := p.project(shares)
			clear(without[edge*p.ops:][:p.ops])
			correct, loss, err := ask(without)
			if err != nil {
				return err
			}
			if idle < 0 || correct > most || correct == most && loss < least {
				idle, most, least = i, correct, loss
			}
		}
		c.op[slices.Index(c.edges, left[idle])] = removed
		left = slices.Delete(left, idle, idle+1)
	}
	c.done[node] = true
	return nil
}

// project is the mixture's shares where nothing was chosen, 1 for what was, and 0 for all else. It shares nothing with
// what it is given.
func (p *selection) project(shares []float64) []float64 {
	all := slices.Clone(shares)
	for _, c := range p.cells {
		for i, op := range c.op {
			of := all[c.edges[i]*p.ops:][:p.ops]
			if op != undecided {
				clear(of)
			}
			if op >= 0 {
				of[op] = 1
			}
		}
	}
	return all
}

// save is what was chosen, as numbers: of each kind of cell what the edges have, then which nodes are done.
func (p *selection) save() (state []float64) {
	for _, c := range p.cells {
		for _, op := range c.op {
			state = append(state, float64(op))
		}
		for _, done := range c.done {
			x := 0.0
			if done {
				x = 1
			}
			state = append(state, x)
		}
	}
	return state
}

// load goes on from the numbers of save. The error wraps evolve.ErrInvalid for those of another supernet.
func (p *selection) load(state []float64) error {
	if want := len(p.save()); len(state) != want {
		return fmt.Errorf("a selection of %d numbers, want %d: %w", len(state), want, evolve.ErrInvalid)
	}
	for _, c := range p.cells {
		for i := range c.op {
			c.op[i], state = int(state[0]), state[1:]
		}
		for i := range c.done {
			c.done[i], state = state[0] == 1, state[1:]
		}
	}
	return nil
}

// nodesOf are the edges of each node, by kind of cell.
func nodesOf(s *net.Supernet) (kinds [][][]int) {
	if s.Space == "nb201" {
		kinds = [][][]int{make([][]int, 3)}
		for e, edge := range space.NB201Edges {
			node := &kinds[0][edge[1]-1]
			*node = append(*node, e)
		}
		return kinds
	}
	for edge := 0; edge < s.Edges; {
		var nodes [][]int
		for node := range dartsNodes {
			var edges []int
			for range 2 + node {
				edges, edge = append(edges, edge), edge+1
			}
			nodes = append(nodes, edges)
		}
		kinds = append(kinds, nodes)
	}
	return kinds
}

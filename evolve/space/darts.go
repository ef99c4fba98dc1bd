package space

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// DARTS is the space of convolutional cells of DARTS (Liu, Simonyan and Yang, ICLR 2019,
// arXiv:1806.09055), the space of NAS-Bench-301. Each of two cells, normal and reduction,
// has the inputs 0 and 1 (c_{k-2} and c_{k-1}) and the nodes 2 to 5; a node is the sum of
// two operations on two different earlier states, and all four nodes are concatenated.
//
// An Arch is 32 digits: for the normal and then the reduction cell, node by node, two pairs
// of an input and an operation, 0..7 in the order of [DARTSOps]. The order of a node's pairs
// is kept: published genotypes put the stronger edge first.
type DARTS struct{}

// DARTSOps are the operations in the published order; none is zero, not identity. The
// space's own samples and changes use the seven others, but published cells keep none.
var DARTSOps = [8]string{"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5",
	"dil_conv_3x3", "dil_conv_5x5"}

const (
	dartsNone  = 0
	dartsNodes = 4
	dartsPairs = 2 * dartsNodes // of a cell
	dartsOps   = 7              // without none
)

// dartsCells are the cells in the order of the genome, with their names in a Genotype.
var dartsCells = [2]string{"normal", "reduce"}

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "darts",
		Doc:   "DARTS / NAS-Bench-301 convolutional cells: 2 cells of 4 nodes, 7 operations, 1.08e18 architectures",
		Paper: "Liu, Simonyan and Yang, ICLR 2019, arXiv:1806.09055",
		New:   func(evolve.Options) (evolve.Space, error) { return DARTS{}, nil },
	})
}

// A dartsPair is an input and an operation; a dartsCell has two for each node.
type (
	dartsPair     struct{ in, op byte }
	dartsCell     [dartsPairs]dartsPair
	dartsGenotype [2]dartsCell
)

// dartsStates is the number of states that pair k may read: pair k belongs to node 2+k/2.
func dartsStates(k int) int { return 2 + k/2 }

// arch writes the digits.
func (g *dartsGenotype) arch() evolve.Arch {
	var text [2 * 2 * dartsPairs]byte
	for c, cell := range g {
		for k, p := range cell {
			i := 2 * (c*dartsPairs + k)
			text[i], text[i+1] = '0'+p.in, '0'+p.op
		}
	}
	return evolve.Arch(text[:])
}

// dartsRead reads a valid genome.
func dartsRead(a evolve.Arch) (g dartsGenotype) {
	_ = a[2*2*dartsPairs-1]
	for c := range g {
		for k := range g[c] {
			i := 2 * (c*dartsPairs + k)
			g[c][k] = dartsPair{a[i] - '0', a[i+1] - '0'}
		}
	}
	return g
}

// valid says which rule a genotype breaks.
func (g *dartsGenotype) valid() error {
	for c, cell := range g {
		for k, p := range cell {
			node, cell := dartsStates(k), dartsCells[c]
			switch {
			case int(p.in) >= node:
				return fmt.Errorf("darts: pair %d of %s: node %d cannot read state %d: want 0..%d: %w",
					k+1, cell, node, p.in, node-1, evolve.ErrInvalid)
			case int(p.op) >= len(DARTSOps):
				return fmt.Errorf("darts: pair %d of %s: operation %d: want 0..%d: %w",
					k+1, cell, p.op, len(DARTSOps)-1, evolve.ErrInvalid)
			case k%2 == 1 && p.in == g[c][k-1].in:
				return fmt.Errorf("darts: pair %d of %s: node %d reads state %d twice: %w",
					k+1, cell, node, p.in, evolve.ErrInvalid)
			}
		}
	}
	return nil
}

// dartsOf reads and checks a genome.
func dartsOf(a evolve.Arch) (g dartsGenotype, err error) {
	if len(a) != 4*dartsPairs {
		return g, fmt.Errorf("darts: %s: a genome has %d digits, two for each of 16 pairs, this has %d characters: %w",
			clip(string(a)), 4*dartsPairs, len(a), evolve.ErrInvalid)
	}
	if i := strings.IndexFunc(string(a), func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		return g, fmt.Errorf("darts: %s: character %d is %q, not a digit: %w",
			clip(string(a)), i+1, a[i], evolve.ErrInvalid)
	}
	g = dartsRead(a)
	return g, g.valid()
}

func (DARTS) Name() string { return "darts" }

// Sample draws for each node of both cells two different inputs and two of seven operations,
// all uniformly (naszilla, NASLib).
func (DARTS) Sample(r *rand.Rand) evolve.Arch {
	var g dartsGenotype
	for c := range g {
		for node := range dartsNodes {
			g[c].draw(node, dartsOps, r)
		}
	}
	return g.arch()
}

// draw gives a node, 0..3, two different inputs and two of the last ops operations.
func (c *dartsCell) draw(node, ops int, r *rand.Rand) {
	states := 2 + node
	a, b := r.IntN(states), r.IntN(states-1)
	if b >= a {
		b++
	}
	for i, in := range [2]int{a, b} {
		c[2*node+i] = dartsPair{byte(in), byte(len(DARTSOps) - ops + r.IntN(ops))}
	}
}

// Canon sorts the two pairs of each node and numbers the nodes so that the digits are
// smallest: all four are concatenated, so another order of the nodes only permutes the
// channels of the output. An edge with none keeps its input.
func (DARTS) Canon(a evolve.Arch) (evolve.Arch, error) {
	g, err := dartsOf(a)
	if err != nil {
		return "", err
	}
	for c := range g {
		g[c] = g[c].canonical()
	}
	return g.arch(), nil
}

// dartsOrders are the 24 orders of four nodes: order[i] is the new place of node i.
var dartsOrders = func() (orders [][dartsNodes]byte) {
	for i := range byte(dartsNodes) {
		for j := range byte(dartsNodes) {
			for k := range byte(dartsNodes) {
				if i != j && i != k && j != k {
					orders = append(orders, [...]byte{i, j, k, 6 - i - j - k})
				}
			}
		}
	}
	return orders
}()

// canonical is the smallest cell of all orders in which every node still reads earlier ones.
func (c *dartsCell) canonical() dartsCell {
	best, found := *c, false
	for _, order := range dartsOrders {
		if next, ok := c.reordered(order); ok && (!found || next.less(&best)) {
			best, found = next, true
		}
	}
	return best
}

// reordered moves the nodes and sorts their pairs; false when a node would read a later one.
func (c *dartsCell) reordered(order [dartsNodes]byte) (next dartsCell, ok bool) {
	for node, to := range order {
		a, b := c[2*node], c[2*node+1]
		for _, p := range []*dartsPair{&a, &b} {
			if p.in >= 2 {
				if p.in = 2 + order[p.in-2]; p.in >= 2+to {
					return next, false
				}
			}
		}
		if b.less(a) {
			a, b = b, a
		}
		next[2*to], next[2*to+1] = a, b
	}
	return next, true
}

func (p dartsPair) less(q dartsPair) bool {
	return p.in < q.in || p.in == q.in && p.op < q.op
}

func (c *dartsCell) less(d *dartsCell) bool {
	for k, p := range c {
		if p != d[k] {
			return p.less(d[k])
		}
	}
	return false
}

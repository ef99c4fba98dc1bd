package net

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Supernet is a network that holds every candidate operation of a cell space at once. A path of it is the network of
// one architecture, on weights that all paths share (Pham et al. 2018, arXiv:1802.03268; Bender et al. 2018).
//
// A mixture of it weighs every candidate (Liu, Simonyan and Yang 2019, arXiv:1806.09055).
//
// A node is an [Add] of all candidates of all its edges, each of which ends in a [Weigh]. A sum skips its closed terms.
// The operation none has no layers: an edge has it where all its candidates are closed, and in a mixture its share adds
// nothing.
type Supernet struct {
	*Net
	Space string
	// Gates has a number for each layer: the gate that the layer is open with, or -1 for a layer that every path has.
	// Cells share their gates.
	Gates []int
	Edges int // of a cell
	// Ops are the candidates of an edge: Gate gives each its number.
	Ops []string
}

// Gate is the number of an edge's candidate.
func (s *Supernet) Gate(edge, op int) int { return edge*len(s.Ops) + op }

// SuperSpaces are the spaces whose supernets Super makes.
func SuperSpaces() []string { return []string{"nb201", "darts"} }

// Super makes the supernet of a space. darts has one without auxiliary head and drop path, on the skeleton darts, and
// counts the edges of its normal cell before those of its reduction cell. The error is as that of Build.
func Super(spaceName string, c Config) (*Supernet, error) {
	super := &Supernet{Space: spaceName}
	var build func(*blocks, Config) (output, aux int, err error)
	switch spaceName {
	case "nb201":
		super.Edges, super.Ops = len(space.NB201Edges), space.NB201Ops[:]
		build = func(b *blocks, c Config) (output, aux int, err error) {
			return b.nb201(c, super.nb201Cell), -1, nil
		}
	case "darts":
		super.Edges, super.Ops = 2*dartsEdges, space.DARTSOps[:]
		if c.Aux || c.DropPath > 0 || c.Skeleton != "" {
			return nil, fmt.Errorf("a supernet has neither auxiliary head nor drop path nor the skeleton %s: %w",
				SkeletonTF, evolve.ErrUnsupported)
		}
		build = func(b *blocks, c Config) (output, aux int, err error) { return b.chained(c, super.dartsCell) }
	default:
		return nil, evolve.Unknown("space to build a supernet of", spaceName, SuperSpaces())
	}
	s, _ := spaceNetOf(spaceName)
	var err error
	if super.Net, err = s.net(c, build); err != nil {
		return nil, err
	}
	super.mark(len(super.Layers), -1)
	return super, nil
}

// mark gives the layers that have no gate yet this one.
func (s *Supernet) mark(layers, gate int) {
	for len(s.Gates) < layers {
		s.Gates = append(s.Gates, gate)
	}
}

// candidates adds all operations of an edge, each weighed, and returns their layers.
func (s *Supernet) candidates(b *blocks, path string, edge int, add func(path, op string) int) (terms []int) {
	for o, op := range s.Ops {
		if op == "none" {
			continue
		}
		s.mark(len(b.net.Layers), -1)
		path := path + "/" + op
		terms = append(terms, b.Add(path+"/weight", Weigh{s.Gate(edge, o)}, add(path, op)))
		s.mark(len(b.net.Layers), s.Gate(edge, o))
	}
	return terms
}

func (s *Supernet) nb201Cell(b *blocks, name string, in int) int {
	b.net.Cells++
	nodes := [4]int{in}
	var terms []int // of the node that the edges lead to
	for e, edge := range space.NB201Edges {
		from, to := edge[0], edge[1]
		terms = append(terms, s.candidates(b, fmt.Sprintf("%s/edge%d-%d", name, from, to), e,
			func(path, op string) int { return b.nb201Op(path, op, nodes[from]) })...)
		if from == to-1 { // the node's last edge
			nodes[to] = b.Add(name+"/node"+strconv.Itoa(to), Add{}, terms...)
			terms = nil
		}
	}
	return nodes[3]
}

// A cell of darts has four nodes, each with an edge from every state before it.
const (
	dartsNodes = 4
	dartsEdges = 2 + 3 + 4 + 5
)

// dartsEdge is the number of an edge of a cell, from a state to a node.
func dartsEdge(reduces bool, node, state int) int {
	edge := node*(node+3)/2 + state // nodes before it have 2, 3, ... edges
	if reduces {
		edge += dartsEdges
	}
	return edge
}

func (s *Supernet) dartsCell(b *blocks, name string, reduces bool, f, before, last int) int {
	states := b.inputs(name, f, before, last)
	for node := range dartsNodes {
		var terms []int
		for state, in := range states {
			stride := 1
			if reduces && state < 2 {
				stride = 2
			}
			terms = append(terms, s.candidates(b, fmt.Sprintf("%s/edge%d-%d", name, state, 2+node),
				dartsEdge(reduces, node, state),
				func(path, op string) int { return b.edge(path, op, in, stride) })...)
		}
		states = append(states, b.Add(name+"/node"+strconv.Itoa(node), Add{}, terms...))
	}
	return b.concat(name+"/out", states[2:])
}

// Path says which layers are open on the path of an architecture. The error wraps evolve.ErrInvalid for what is no
// architecture of the space.
func (s *Supernet) Path(a evolve.Arch) (open []bool, err error) {
	gates := make([]bool, s.Edges*len(s.Ops))
	if s.Space == "darts" {
		g, err := space.DARTS{}.Genotype(a)
		if err != nil {
			return nil, err
		}
		for kind, cell := range []*space.Cell{&g.Normal, &g.Reduce} {
			for node, block := range cell.Blocks {
				for _, e := range block {
					gates[s.Gate(dartsEdge(kind == 1, node, e.In), slices.Index(s.Ops, e.Op))] = true
				}
			}
		}
		return s.Open(gates), nil
	}
	if _, err := (space.NB201{}).Canon(a); err != nil {
		return nil, err
	}
	for e := range s.Edges {
		gates[s.Gate(e, int(a[e]-'0'))] = true
	}
	return s.Open(gates), nil
}

// Open says which layers are open where these gates are.
func (s *Supernet) Open(gates []bool) []bool {
	open := make([]bool, len(s.Layers))
	for i, g := range s.Gates {
		open[i] = g < 0 || gates[g]
	}
	return open
}

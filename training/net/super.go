package net

import (
	"fmt"
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
func SuperSpaces() []string { return []string{"nb201"} }

// Super makes the supernet of a space. The error is as that of Build.
func Super(spaceName string, c Config) (*Supernet, error) {
	if spaceName != "nb201" {
		return nil, evolve.Unknown("space to build a supernet of", spaceName, SuperSpaces())
	}
	s, _ := spaceNetOf(spaceName)
	super := &Supernet{Space: spaceName, Edges: len(space.NB201Edges), Ops: space.NB201Ops[:]}
	var err error
	super.Net, err = s.net(c, func(b *blocks, c Config) (output, aux int, err error) {
		return b.nb201(c, func(b *blocks, name string, in int) int { return super.nb201Cell(b, name, in) }), -1, nil
	})
	if err != nil {
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

func (s *Supernet) nb201Cell(b *blocks, name string, in int) int {
	b.net.Cells++
	nodes := [4]int{in}
	var terms []int // of the node that the edges lead to
	for e, edge := range space.NB201Edges {
		from, to := edge[0], edge[1]
		for o, op := range s.Ops {
			if op == "none" {
				continue
			}
			s.mark(len(b.net.Layers), -1)
			path := fmt.Sprintf("%s/edge%d-%d/%s", name, from, to, op)
			at := b.Add(path+"/weight", Weigh{s.Gate(e, o)}, b.nb201Op(path, op, nodes[from]))
			s.mark(len(b.net.Layers), s.Gate(e, o))
			terms = append(terms, at)
		}
		if from == to-1 { // the node's last edge
			nodes[to] = b.Add(name+"/node"+strconv.Itoa(to), Add{}, terms...)
			terms = nil
		}
	}
	return nodes[3]
}

// Path says which layers are open on the path of an architecture. The error wraps evolve.ErrInvalid for what is no
// architecture of the space.
func (s *Supernet) Path(a evolve.Arch) (open []bool, err error) {
	if _, err := (space.NB201{}).Canon(a); err != nil {
		return nil, err
	}
	gates := make([]bool, s.Edges*len(s.Ops))
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

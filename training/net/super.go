package net

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	Edges int // of all kinds of cells
	// Ops are the candidates of an edge: Gate gives each its number.
	Ops []string
	// Loose are the gates that follow those of the edges: nasnet's, of the states that a cell's output is made of. A
	// network with such has paths and no mixtures.
	Loose int
	// Part is the K of a network whose candidates see every K-th channel alone, see [Partial]; 0: they see all. Such
	// a network has a gate more for each edge, after all others, which the other channels pass by.
	Part int
	// Probed networks have a gate more for each node of each kind of cell, after all others, see [Probed].
	Probed bool
}

// Gate is the number of an edge's candidate.
func (s *Supernet) Gate(edge, op int) int { return edge*len(s.Ops) + op }

// Shares is the number of gates that have a share in mixtures: those of all candidates, then those of the channels that
// pass by, then those of probes.
func (s *Supernet) Shares() int {
	n := s.Edges * len(s.Ops)
	if s.Part > 0 {
		n += s.Edges
	}
	if s.Probed {
		n += s.nodes()
	}
	return n
}

// SuperSpaces are the supernets that Super makes: of spaces, and enas of the part of nasnet that has ENAS's operations.
func SuperSpaces() []string { return []string{"nb201", "darts", "nasnet", "enas"} }

// Super makes a supernet. Those of darts, nasnet and enas have neither auxiliary head nor drop path, and count the
// edges of their normal cells before those of their reduction cells.
//
// nasnet is the shared model of ENAS (melodyguan/enas, src/cifar10/micro_child.py), which is not the network that Build
// makes of a cell: a factorised reduction comes before a reduction cell, whose edges all have stride 1, and a 1×1
// convolution of the states of the output brings them back to F channels. Both sides of a block have candidates of
// their own. The error is as that of Build.
func Super(spaceName string, c Config) (*Supernet, error) {
	return superOf(&Supernet{Space: spaceName}, c)
}

// superOf fills a supernet of which space and part are known.
func superOf(super *Supernet, c Config) (*Supernet, error) {
	var build func(*blocks, Config) (output, aux int, err error)
	switch spaceName := super.Space; spaceName {
	case "nb201":
		super.Edges, super.Ops = len(space.NB201Edges), space.NB201Ops[:]
		build = func(b *blocks, c Config) (output, aux int, err error) {
			return b.nb201(c, super.nb201Cell), -1, nil
		}
	case "nasnet", "enas":
		super.Space, super.Edges, super.Loose = "nasnet", 2*nasnetEdges, 2*(2+nasnetBlocks)
		super.Ops = space.NASNetOps[:nasnetOps]
		if spaceName == "enas" {
			super.Ops = []string{"sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3", "skip_connect"}
		}
		build = super.nasnet
	case "darts":
		super.Edges, super.Ops = 2*dartsEdges, space.DARTSOps[:]
		build = func(b *blocks, c Config) (output, aux int, err error) { return b.chained(c, super.dartsCell) }
	default:
		return nil, evolve.Unknown("space to build a supernet of", spaceName, SuperSpaces())
	}
	if c.Aux || c.DropPath > 0 || c.Skeleton != "" {
		return nil, fmt.Errorf("a supernet has neither auxiliary head nor drop path nor the skeleton %s: %w",
			SkeletonTF, evolve.ErrUnsupported)
	}
	s, _ := spaceNetOf(super.Space)
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
	states := []state{s.state(b, name+"/node0", in)}
	var sum mixture // of the node that the edges lead to
	for e, edge := range space.NB201Edges {
		from, to := edge[0], edge[1]
		s.edge(b, &sum, fmt.Sprintf("%s/edge%d-%d", name, from, to), e, states[from], 1, b.nb201Op)
		if from == to-1 { // the node's last edge
			path := name + "/node" + strconv.Itoa(to)
			out := s.node(b, path, to-1, &sum)
			if to == 3 {
				return out
			}
			states = append(states, s.state(b, path, out))
		}
	}
	return 0 // not reached: the last edge leads to node 3
}

// A cell of darts has four nodes, each with an edge from every state before it.
const (
	dartsNodes = 4
	dartsEdges = 2 + 3 + 4 + 5
)

// A cell of nasnet has five blocks, each with two edges from every state before it, and eight operations that are
// searched (space.NASNetOps).
const (
	nasnetBlocks = 5
	nasnetEdges  = 2 * (2 + 3 + 4 + 5 + 6)
	nasnetOps    = 8
)

// statesBefore is the number of states that the nodes before a node read: the first reads 2, and each one more.
func statesBefore(node int) int { return node * (node + 3) / 2 }

// dartsEdge is the number of an edge of a cell, from a state to a node.
func dartsEdge(reduces bool, node, state int) int {
	edge := statesBefore(node) + state
	if reduces {
		edge += dartsEdges
	}
	return edge
}

// nasnetEdge is the number of an edge of a cell, from a state to a side of a block.
func nasnetEdge(reduces bool, block, side, state int) int {
	edge := 2*statesBefore(block) + side*(2+block) + state
	if reduces {
		edge += nasnetEdges
	}
	return edge
}

// loose is the gate of a state in a cell's output.
func (s *Supernet) loose(reduces bool, state int) int {
	gate := s.Edges*len(s.Ops) + state
	if reduces {
		gate += s.Loose / 2
	}
	return gate
}

// nasnet is the shared model of ENAS.
func (s *Supernet) nasnet(b *blocks, c Config) (output, aux int, err error) {
	layers := c.Layers
	if layers == 0 {
		layers = 3*c.N + 2
	}
	inner := *b
	inner.norm.Affine = !c.Unscaled
	f := c.F
	last := b.convBN("stem", 0, stemMultiplier*f, 3, 1)
	prior := last
	for i := range layers {
		name := "cell" + strconv.Itoa(i)
		reduces := i == layers/3 || i == 2*layers/3
		if reduces {
			f *= 2
			prior, last = last, inner.halved(name+"/reduce", last, f)
		}
		prior, last = last, s.nasnetCell(&inner, name, reduces, f, prior, last)
		b.net.Cells++
	}
	return b.logits(b.relu("last/relu", last), c.Classes), -1, nil
}

func (s *Supernet) nasnetCell(b *blocks, name string, reduces bool, f, prior, last int) int {
	states := []int{prior, last}
	for i, in := range states {
		path := name + "/in" + strconv.Itoa(i)
		switch shape := b.Shape(in); {
		case shape.H != b.Shape(last).H:
			states[i] = b.factorised(path, in, f)
		case shape.C != f:
			states[i] = b.reluConvBN(path, in, f, 1, 1)
		}
	}
	for block := range nasnetBlocks {
		var terms []int
		for side := range 2 {
			for state, in := range states {
				path := fmt.Sprintf("%s/block%d/%s%d", name, block, [2]string{"left", "right"}[side], state)
				terms = append(terms, s.candidates(b, path, nasnetEdge(reduces, block, side, state),
					func(path, op string) int { return b.edge(path, op, in, 1) })...)
			}
		}
		states = append(states, b.Add(fmt.Sprintf("%s/block%d/sum", name, block), Add{}, terms...))
	}
	var terms []int // what a convolution of the joined states adds up
	for state, in := range states {
		s.mark(len(b.net.Layers), -1)
		path := fmt.Sprintf("%s/out%d", name, state)
		terms = append(terms, b.conv(path+"/conv", b.relu(path+"/relu", in), f, 1, 1))
		s.mark(len(b.net.Layers), s.loose(reduces, state))
	}
	return b.bn(name+"/out/bn", b.Add(name+"/out/sum", Add{}, terms...))
}

func (s *Supernet) dartsCell(b *blocks, name string, reduces bool, f, before, last int) int {
	var states []state
	for i, in := range b.inputs(name, f, before, last) {
		states = append(states, s.state(b, name+"/in"+strconv.Itoa(i), in))
	}
	var out []int
	for node := range dartsNodes {
		var sum mixture
		for i, in := range states {
			stride := 1
			if reduces && i < 2 {
				stride = 2
			}
			s.edge(b, &sum, fmt.Sprintf("%s/edge%d-%d", name, i, 2+node), dartsEdge(reduces, node, i), in, stride,
				func(path, op string, in int) int { return b.edge(path, op, in, stride) })
		}
		path := name + "/node" + strconv.Itoa(node)
		out = append(out, s.node(b, path, s.place(reduces, node), &sum))
		states = append(states, s.state(b, path, out[node]))
	}
	return b.concat(name+"/out", out)
}

// Path says which layers are open on the path of an architecture. The error wraps evolve.ErrInvalid for what is no
// architecture of the space.
func (s *Supernet) Path(a evolve.Arch) (open []bool, err error) {
	gates, err := s.Chosen(a)
	if err != nil {
		return nil, err
	}
	return s.Open(gates), nil
}

// Chosen says of each gate whether an architecture has its candidate. The error is as that of Path.
func (s *Supernet) Chosen(a evolve.Arch) (gates []bool, err error) {
	gates = make([]bool, s.Edges*len(s.Ops)+s.Loose)
	if s.Space != "nb201" {
		return gates, s.chain(gates, a)
	}
	if _, err := (space.NB201{}).Canon(a); err != nil {
		return nil, err
	}
	for e := range s.Edges {
		gates[s.Gate(e, int(a[e]-'0'))] = true
	}
	return gates, nil
}

// chain opens the gates of an architecture of darts or nasnet.
func (s *Supernet) chain(gates []bool, a evolve.Arch) error {
	genotype := space.DARTS{}.Genotype
	if s.Space == "nasnet" {
		genotype = space.NASNet{}.Genotype
	}
	g, err := genotype(a)
	if err != nil {
		return err
	}
	for kind, cell := range []*space.Cell{&g.Normal, &g.Reduce} {
		reduces := kind == 1
		for k, block := range cell.Blocks {
			for side, e := range block {
				op, edge := slices.Index(s.Ops, e.Op), dartsEdge(reduces, k, e.In)
				if op < 0 {
					return fmt.Errorf("%s is no operation of this supernet, which has %s: %w", e.Op,
						strings.Join(s.Ops, ", "), evolve.ErrInvalid)
				}
				if s.Space == "nasnet" {
					edge = nasnetEdge(reduces, k, side, e.In)
				}
				gates[s.Gate(edge, op)] = true
			}
		}
		if s.Loose > 0 {
			for _, state := range cell.Concat {
				gates[s.loose(reduces, state)] = true
			}
		}
	}
	return nil
}

// Open says which layers are open where these gates of candidates are, and in nasnet of states. Channels pass the edges
// that have an open candidate, which may be none. Gates of probes may be left out, which closes them.
func (s *Supernet) Open(gates []bool) []bool {
	open := make([]bool, len(s.Layers))
	for i, g := range s.Gates {
		switch by := g - s.Edges*len(s.Ops); {
		case s.Part > 0 && by >= 0:
			open[i] = slices.Contains(gates[s.Gate(by, 0):s.Gate(by+1, 0)], true)
		case s.Probed && by >= 0:
			open[i] = g < len(gates) && gates[g]
		default:
			open[i] = g < 0 || gates[g]
		}
	}
	return open
}

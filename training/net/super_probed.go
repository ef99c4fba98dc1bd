package net

// Probed is [Super] with a probe in each node: one everywhere, with a share of its own, for methods that want the sum
// of the gradient of a node, which is the gradient in the share. A path and a mixture have none unless its gate is
// open; where its share is 0, it adds nothing. The error is that of Super.
func Probed(spaceName string, c Config) (*Supernet, error) {
	return superOf(&Supernet{Space: spaceName, Probed: true}, c)
}

// Probe is the gate of the probe in the node that an edge leads to.
func (s *Supernet) Probe(edge int) int { return s.Edges*len(s.Ops) + s.Node(edge) }

// Node is the number of the node that an edge leads to, among those of all kinds of cells, without their inputs.
func (s *Supernet) Node(edge int) (place int) {
	for states := s.inputs(0); edge >= states; states = s.inputs(place) {
		edge -= states
		place++
	}
	return place
}

// inputs is the number of edges that lead to a node, by its place among those of all kinds of cells.
func (s *Supernet) inputs(place int) int {
	if s.Space == "nb201" {
		return 1 + place
	}
	return 2 + place%dartsNodes
}

// nodes is the number of nodes of all kinds of cells, without their inputs.
func (s *Supernet) nodes() int {
	if s.Space == "nb201" {
		return 3
	}
	return 2 * dartsNodes
}

// place is the number of a node of a cell of darts among those of both kinds.
func (s *Supernet) place(reduces bool, node int) int {
	if reduces {
		node += dartsNodes
	}
	return node
}

// probe adds a node's probe, of the shape of a term, and returns its layer.
func (s *Supernet) probe(b *blocks, path string, place, term int) int {
	s.mark(len(b.net.Layers), -1)
	out := b.Add(path+"/weight", Weigh{s.Edges*len(s.Ops) + place}, b.Add(path, Ones{}, term))
	s.mark(len(b.net.Layers), s.Edges*len(s.Ops)+place)
	return out
}

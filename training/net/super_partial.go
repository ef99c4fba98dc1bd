package net

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Partial is [Super] with partial connections (Xu et al., "PC-DARTS", ICLR 2020, arXiv:1907.05737): the
// candidates of an edge see the first C/k of C channels, so that they cost about 1/k of the memory. The others pass by,
// halved by a pool of 2×2 where the edge has stride 2. A node is the sum of both over its edges, each by its share.
//
// The channels of a node are then shifted by C/k, so that other ones are seen by the next edges. The authors' code
// shuffles them, and says that shifting does as well (yuhuixu1993/PC-DARTS, model_search.py); it does so on each edge,
// where here it is done once, of the sum, which is the same. In darts a batch norm without scale follows a pool, as
// there.
//
// The error wraps evolve.ErrInvalid for a k below 2 or one that does not divide the channels, evolve.ErrUnsupported for
// spaces other than nb201 and darts, and is that of Super.
func Partial(spaceName string, c Config, k int) (*Supernet, error) {
	switch {
	case k < 2:
		return nil, fmt.Errorf("1/%d of the channels: want 2 or more: %w", k, evolve.ErrInvalid)
	case spaceName != "nb201" && spaceName != "darts":
		return nil, fmt.Errorf("a supernet of %s has no mixtures, and so no partial ones: want nb201 or darts: %w",
			spaceName, evolve.ErrUnsupported)
	case c.F%k != 0:
		return nil, fmt.Errorf("%d channels are not a multiple of %d, of which candidates see one: %w", c.F, k,
			evolve.ErrInvalid)
	}
	return superOf(&Supernet{Space: spaceName, Part: k}, c)
}

// state is what the edges of a cell start at: a layer, and the parts of it that candidates see and that pass them by.
type state struct{ whole, seen, past int }

// mixture collects the terms of a node.
type mixture struct{ terms, past []int }

// state cuts a layer, where candidates see a part of it.
func (s *Supernet) state(b *blocks, path string, in int) state {
	c := b.Shape(in).C
	if s.Part == 0 || c == 0 { // of a network that cannot be, the first error stays
		return state{in, in, in}
	}
	return state{in, b.Add(path+"/seen", Slice{0, c / s.Part}, in), b.Add(path+"/past", Slice{c / s.Part, c}, in)}
}

// edge adds all candidates of an edge to a node's terms, and what passes them by.
func (s *Supernet) edge(b *blocks, m *mixture, path string, edge int, from state, stride int,
	add func(path, op string, in int) int) {
	m.terms = append(m.terms, s.candidates(b, path, edge, func(path, op string) int {
		out := add(path, op, from.seen)
		if s.Part > 0 && s.Space == "darts" && strings.Contains(op, "pool") {
			norm := b.norm
			norm.Affine = false
			out = b.Add(path+"/bn", norm, out)
		}
		return out
	})...)
	if s.Part == 0 {
		return
	}
	s.mark(len(b.net.Layers), -1)
	past := from.past
	if stride > 1 {
		past = b.Add(path+"/past/pool", MaxPool{K: stride, Stride: stride}, past)
	}
	m.past = append(m.past, b.Add(path+"/past/weight", Weigh{s.Edges*len(s.Ops) + edge}, past))
	s.mark(len(b.net.Layers), s.Edges*len(s.Ops)+edge)
}

// node is the sum of a node's terms, which it forgets; place is its number among those of all kinds of cells. What
// passed the candidates by comes first, so that the next ones see other channels.
func (s *Supernet) node(b *blocks, path string, place int, m *mixture) int {
	if s.Probed {
		m.terms = append(m.terms, s.probe(b, path+"/probe", place, m.terms[0]))
	}
	out := b.Add(path, Add{}, m.terms...)
	if s.Part > 0 {
		past := b.Add(path+"/past", Add{}, m.past...)
		out = b.Add(path+"/shift", Concat{}, past, out)
	}
	*m = mixture{}
	return out
}

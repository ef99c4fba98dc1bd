package graph

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// paths finds the passes of a graph in which some layers are closed. A pass has exactly the operations, in the order
// and with the sums, that the graph of a network without the closed layers would have: a sum of one term is that term,
// a gradient that came through it goes straight to the term, and what reaches no output is not there at all. So are
// its numbers that network's, bit for bit. A sum whose terms are all closed is zero.
type paths[T kernel.Float] struct {
	*compiler[T]
	byLayer     [][]*op[T] // operations of the forward pass, in their order
	gradientsOf [][]*op[T] // those that compute an operation's gradient, in their order
	met         []*op[T]   // of the open layers
	steps       []step[T]
	values      []value // of the steps
	at          []int   // the step of an operation
	in          [][]T   // what a step reads
	mixed       bool    // candidates have shares
	// By operation, for the path at hand:
	is      []*op[T]        // whose value it is: its own, that of a sum's one term, or nil where it is closed
	reads   [][]*op[T]      // the values that it reads, nil for images and weights
	zero    []bool          // it is a sum without terms
	wanted  []bool          // an output needs it
	trained []bool          // a weight is upstream
	sent    [][]gradient[T] // what was sent back through sums of one term
	live    []bool          // by layer: it has weights that the pass trains
}

// step is an operation of a pass with the values that it reads.
type step[T kernel.Float] struct {
	*op[T]
	reads []*op[T]
	sink  bool // nobody wants the output
}

// gradient is one that a reader of a value sent back.
type gradient[T kernel.Float] struct {
	origin
	value *op[T]
}

// TakesPaths is the error, which wraps evolve.ErrUnsupported, of a device that has no passes of paths: those that
// replay whole steps at once.
func TakesPaths[T kernel.Float](dev device.Device[T]) error {
	if _, wide := dev.Wide(); wide {
		return pathless(dev)
	}
	return nil
}

func pathless[T kernel.Float](dev device.Device[T]) error {
	return fmt.Errorf("%s cannot train a path of a supernet, which the processor can: %w", dev.Name(),
		evolve.ErrUnsupported)
}

func newPaths[T kernel.Float](c *compiler[T]) (*paths[T], error) {
	if err := TakesPaths(c.dev); err != nil {
		return nil, err
	}
	if c.scratch() > 0 {
		return nil, pathless(c.dev)
	}
	n := len(c.ops)
	p := &paths[T]{compiler: c, byLayer: make([][]*op[T], len(c.m.Net.Layers)), gradientsOf: make([][]*op[T], n)}
	for _, o := range c.ops {
		if f := o.gradientOf; f != nil {
			p.gradientsOf[f.id] = append(p.gradientsOf[f.id], o)
		} else { // the last layer's come last, as they must: its loss is one of them
			p.byLayer[o.layer] = append(p.byLayer[o.layer], o)
		}
	}
	p.is, p.reads, p.sent = make([]*op[T], n), make([][]*op[T], n), make([][]gradient[T], n)
	p.zero, p.wanted, p.trained = make([]bool, n), make([]bool, n), make([]bool, n)
	p.at = make([]int, n)
	p.live = make([]bool, len(c.m.Net.Layers))
	return p, nil
}

// Path returns the calls of a pass through the layers that are open, by their numbers, and says which of them have
// weights that the pass trains: those that the output depends on. It takes the memory that the pass needs. Both
// results are good until the next Path.
func (g *Graph[T]) Path(open []bool) (calls []device.Call, trains []bool, err error) {
	return g.find(open, false)
}

// Mixture is Path where each candidate of a supernet has its share: sums are of products with [Model.Shares], whose
// gradients come from the same pass.
func (g *Graph[T]) Mixture(open []bool) (calls []device.Call, trains []bool, err error) {
	return g.find(open, true)
}

func (g *Graph[T]) find(open []bool, mixed bool) (calls []device.Call, trains []bool, err error) {
	p := g.paths
	switch {
	case p == nil || g.closed:
		return nil, nil, errors.New("training graph: it is closed, or not one of paths")
	case len(open) != len(p.live):
		return nil, nil, fmt.Errorf("%d gates for %d layers: %w", len(open), len(p.live), evolve.ErrInvalid)
	}
	p.mixed = mixed
	p.find(open)
	offsets, length := plan(p.layout())
	if length > len(g.block) {
		if g.block != nil {
			g.dev.Give(g.block)
		}
		if g.block, err = g.dev.Take(length); err != nil {
			return nil, nil, fmt.Errorf("training graph: activations: %w", err)
		}
		g.length = length
	}
	g.calls = g.calls[:0]
	for i, s := range p.steps {
		s.data = g.block[offsets[i]:][:p.values[i].n:p.values[i].n]
		if call := p.call(s); call != nil {
			g.calls = append(g.calls, device.Named(s.name, call))
		}
	}
	g.Logits = p.is[p.logits.id].data
	return slices.Clip(g.calls), p.live, nil
}

// layout says what memory the steps want and what they read, as [plan] takes it.
func (p *paths[T]) layout() []value {
	for len(p.values) < len(p.steps) {
		p.values = append(p.values, value{})
	}
	vs, at := p.values[:len(p.steps)], p.at
	for i, s := range p.steps {
		at[s.id] = i
		vs[i] = value{view: -1, reads: vs[i].reads[:0]}
		if s.out == nil {
			vs[i].n = s.shape.TotalSize()
		}
		if s.sink {
			vs[i].n = 0
		}
		if s.view != nil {
			vs[i].view = at[s.view.id]
		}
		for _, r := range s.reads {
			if r != nil {
				vs[i].reads = append(vs[i].reads, at[r.id])
			}
		}
	}
	return vs
}

// call is that of a step, whose own memory and that of what it reads are settled; nil of one that computes nothing.
func (p *paths[T]) call(s step[T]) device.Call {
	in := p.in[:0] // which kernels do not keep
	for k, r := range s.reads {
		if r != nil {
			in = append(in, r.data)
		} else {
			in = append(in, s.in[k])
		}
	}
	p.in = in
	switch {
	case s.sum != nil && len(in) == 0:
		return s.sum.zero.Forward(s.data)
	case s.sum != nil:
		return s.sum.add.Forward(s.data, in...)
	case s.call == nil:
		return nil
	case s.sink:
		return s.call(nil, in)
	}
	return s.call(s.data, in)
}

// find settles what the pass through open layers consists of. It looks at open layers alone: a supernet has many more.
func (p *paths[T]) find(open []bool) {
	for _, o := range p.met {
		p.forget(o)
		for _, b := range p.gradientsOf[o.id] {
			p.forget(b)
		}
	}
	p.met, p.steps = p.met[:0], p.steps[:0]
	clear(p.live)
	for layer, isOpen := range open {
		if isOpen {
			p.met = append(p.met, p.byLayer[layer]...)
		}
	}
	for _, o := range p.met {
		p.meet(o)
	}
	for _, o := range p.roots {
		p.wanted[o.id] = true
	}
	for _, o := range slices.Backward(p.met) {
		if p.wanted[o.id] {
			for _, r := range p.reads[o.id] {
				if r != nil {
					p.wanted[r.id] = true
				}
			}
		}
	}
	for _, o := range p.met {
		if p.wanted[o.id] {
			p.live[o.layer] = p.live[o.layer] || o.learns
			p.steps = append(p.steps, step[T]{op: o, reads: p.reads[o.id]})
		}
	}
	for _, o := range slices.Backward(p.met) {
		for _, b := range p.gradientsOf[o.id] {
			p.back(b)
		}
	}
}

// forget makes an operation one of no path.
func (p *paths[T]) forget(o *op[T]) {
	p.is[o.id], p.zero[o.id], p.wanted[o.id], p.trained[o.id] = nil, false, false, false
	p.reads[o.id], p.sent[o.id] = p.reads[o.id][:0], p.sent[o.id][:0]
}

// passes says that an operation whose input is one value, or has one open term, is that value.
func (p *paths[T]) passes(o *op[T]) bool { return o.sum != nil || o.weighs && !p.mixed }

// meet settles the value of an open operation of the forward pass and what it reads.
func (p *paths[T]) meet(o *op[T]) {
	reads, passes := p.reads[o.id], p.passes(o)
	for _, in := range o.inputs {
		switch {
		case in == nil && !passes:
			reads = append(reads, nil)
		case in == nil:
		case p.is[in.id] != nil && !(passes && p.zero[p.is[in.id].id]):
			reads = append(reads, p.is[in.id])
		case !passes:
			return // what it reads is closed
		}
	}
	p.reads[o.id] = reads
	if passes && len(reads) == 1 {
		p.is[o.id] = reads[0]
		return
	}
	p.is[o.id], p.trained[o.id], p.zero[o.id] = o, o.learns, passes && len(reads) == 0
	for _, r := range reads {
		p.trained[o.id] = p.trained[o.id] || r != nil && p.trained[r.id]
	}
}

// back adds an operation of the backward pass, if the path has it.
func (p *paths[T]) back(o *op[T]) {
	f := o.gradientOf
	switch is := p.is[f.id]; {
	case is == nil:
	case o.sum != nil:
		all := append(p.sent[f.id], p.gradients(o)...)
		if is != f { // a sum of one term, which is sent back its gradients
			p.sent[is.id] = append(p.sent[is.id], all...)
			return
		}
		if len(all) == 0 || !p.trained[f.id] {
			return
		}
		// The order in which the network without the closed layers is walked.
		slices.SortStableFunc(all, func(a, b gradient[T]) int {
			return cmp.Or(b.reader-a.reader, a.input-b.input)
		})
		if len(all) == 1 {
			p.is[o.id] = all[0].value
			return
		}
		s := step[T]{op: o, reads: p.reads[o.id]}
		for _, g := range all {
			s.reads = append(s.reads, g.value)
		}
		p.reads[o.id] = s.reads
		p.is[o.id] = o
		p.steps = append(p.steps, s)
	case is == f && p.wanted[f.id] && p.trained[f.id] && o.out == nil:
		s := step[T]{op: o, reads: p.reads[o.id]}
		for _, in := range o.inputs {
			if in == nil {
				s.reads = append(s.reads, nil)
			} else if v := p.is[in.id]; v != nil {
				s.reads = append(s.reads, v)
			} else {
				return
			}
		}
		p.reads[o.id] = s.reads
		s.sink = o.pulls && !p.upstream(f)
		if s.sink && !f.learns {
			return
		}
		if !s.sink {
			p.is[o.id] = o
		}
		p.steps = append(p.steps, s)
	}
}

// upstream says that a value which an operation reads has a gradient.
func (p *paths[T]) upstream(o *op[T]) bool {
	for _, in := range o.inputs {
		if in != nil && p.trained[p.is[in.id].id] {
			return true
		}
	}
	return false
}

// gradients are those that the path's readers send back to a value; sums of one term have passed theirs on.
func (p *paths[T]) gradients(o *op[T]) (all []gradient[T]) {
	for k, from := range o.sum.from {
		reader := p.ops[from.reader]
		if p.wanted[reader.id] && p.is[reader.id] == reader && p.is[o.inputs[k].id] != nil {
			all = append(all, gradient[T]{from, p.is[o.inputs[k].id]})
		}
	}
	return all
}

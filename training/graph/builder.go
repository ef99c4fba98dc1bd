package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// builder appends operations to a graph. Each takes the one before as a last input, so that
// gorgonia runs them in exactly this order, which is what memory is planned for.
type builder[T kernel.Float] struct {
	g   *G.ExprGraph
	dev device.Device[T]
	ops []*op[T]
	// kernels are those that need memory of their own.
	kernels []device.Kernel[T]
	calls   []device.Call // of a pass, noted by the operations as the tape runs
	of      map[*G.Node]*op[T]
	need    map[*G.Node]bool // a weight is upstream: a gradient is wanted
	paths   bool             // as Options.Paths says
	stop    func() error     // as Options.Stop
	adding  int              // the layer that operations are added for
	walked  *op[T]           // the operation that the backward pass adds operations for
	roots   []*op[T]         // whose results leave the graph
	last    *G.Node
	err     error
}

func newBuilder[T kernel.Float](dev device.Device[T]) *builder[T] {
	return &builder[T]{g: G.NewGraph(), dev: dev, of: map[*G.Node]*op[T]{}, need: map[*G.Node]bool{}}
}

func dtype[T kernel.Float]() tensor.Dtype {
	var z T
	if _, ok := any(z).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// dense wraps memory for gorgonia.
func dense[T kernel.Float](data []T, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// input adds a node that holds a value from outside, or none where the graph is only planned.
func (b *builder[T]) input(name string, shape tensor.Shape, v *tensor.Dense) *G.Node {
	with := []G.NodeConsOpt{G.WithShape(shape...), G.WithName(name)}
	if v != nil {
		with = append(with, G.WithValue(v))
	}
	return G.NewTensor(b.g, dtype[T](), shape.Dims(), with...)
}

// add appends an operation and returns its node; after an error it does nothing.
func (b *builder[T]) add(o *op[T], in ...*G.Node) *G.Node {
	if b.err != nil {
		return nil
	}
	o.id, o.calls = len(b.ops), &b.calls
	o.in = make([][]T, len(in))
	o.layer, o.gradientOf = b.adding, b.walked
	for i, n := range in {
		o.inputs = append(o.inputs, b.of[n])
		if v := n.Value(); v != nil && b.paths {
			o.in[i] = v.Data().([]T)
		}
	}
	if b.last != nil {
		in = append(in[:len(in):len(in)], b.last)
	}
	for _, n := range in {
		o.dims = append(o.dims, n.Dims())
	}
	n, err := G.ApplyOp(o, in...)
	if err != nil {
		b.err = fmt.Errorf("%s: %w", o.name, err)
		return nil
	}
	b.ops = append(b.ops, o)
	b.of[n], b.last = o, n
	return n
}

// stopped is the error of whoever wants no graph any more.
func (b *builder[T]) stopped() error {
	if b.stop == nil {
		return nil
	}
	return b.stop()
}

// kernel makes a spec's kernel; nil after an error.
func (b *builder[T]) kernel(name string, spec device.Spec[T]) device.Kernel[T] {
	k, err := b.dev.Kernel(spec)
	switch {
	case err != nil && b.err == nil:
		b.err = fmt.Errorf("%s: %w", name, err)
	case k != nil && k.Scratch() > 0:
		b.kernels = append(b.kernels, k)
	}
	return k
}

// apply appends a spec's operation on one activation and its weights, or on several
// activations. dw are where the gradients of the weights are added up.
func (b *builder[T]) apply(name string, spec device.Spec[T], dw [][]T,
	grad func(k device.Kernel[T], dy *G.Node) (G.Nodes, error), in ...*G.Node) *G.Node {
	k := b.kernel(name, spec)
	o := &op[T]{name: name, shape: size(spec.Out()), learns: len(dw) > 0, call: forward(k)}
	if grad != nil {
		o.grad = func(dy *G.Node) (G.Nodes, error) { return grad(k, dy) }
	}
	n := b.add(o, in...)
	need := len(dw) > 0
	for _, i := range in {
		need = need || b.need[i]
	}
	b.need[n] = need
	return n
}

// forward makes the call of a kernel's forward pass.
func forward[T kernel.Float](k device.Kernel[T]) func(out []T, in [][]T) device.Call {
	return func(out []T, in [][]T) device.Call { return k.Forward(out, in...) }
}

// unary appends an operation on one activation and its weights, whose gradient is its kernel's
// Backward.
func (b *builder[T]) unary(name string, spec device.Spec[T], in device.Size, dw [][]T, dwNodes []*tensor.Dense,
	nodes ...*G.Node) *G.Node {
	x := nodes[0]
	return b.apply(name, spec, dw, func(k device.Kernel[T], dy *G.Node) (G.Nodes, error) {
		return b.pullback(name, k, in, dw, dwNodes, dy, b.need[x], nodes...)
	}, nodes...)
}

// pullback appends the operation that computes the gradients of another: its output is dx, and
// the weights' gradients are added where they live. The nodes of these follow it.
func (b *builder[T]) pullback(name string, k device.Kernel[T], in device.Size, dw [][]T, dwNodes []*tensor.Dense,
	dy *G.Node, wantDx bool, nodes ...*G.Node) (G.Nodes, error) {
	o := &op[T]{name: name + "/grad", shape: size(in), pulls: true}
	if !wantDx {
		o.shape = tensor.Shape{1, 1, 1}
	}
	o.call = func(out []T, in [][]T) device.Call {
		if !wantDx {
			out = nil
		}
		return k.Backward(out, dw, in[0], in[1:]...)
	}
	dx := b.add(o, append(G.Nodes{dy}, nodes...)...)
	grads := G.Nodes{dx}
	if !wantDx {
		grads[0] = nil
	}
	for i, d := range dwNodes {
		side := &op[T]{name: fmt.Sprintf("%s/grad%d", name, i), shape: d.Shape(), out: d}
		grads = append(grads, b.add(side, dx))
	}
	for len(grads) < len(nodes) {
		grads = append(grads, nil)
	}
	return grads, b.err
}

// backward walks the operations from the last to the first and asks each with a gradient for
// those of its inputs. It stands in for gorgonia's Grad, whose sums of gradients would be
// stock operations, outside the memory that is planned.
func (b *builder[T]) backward(seeds map[*G.Node]*G.Node) error {
	grads := map[*op[T]]G.Nodes{}
	from := map[*op[T]][]origin{} // of grads, in a graph of paths
	node := map[*op[T]]*G.Node{}
	for n, o := range b.of {
		node[o] = n
	}
	for n, dy := range seeds {
		grads[b.of[n]] = G.Nodes{dy}
		from[b.of[n]] = []origin{{b.of[dy].id, 0}}
	}
	forward := b.ops
	for i := len(forward) - 1; i >= 0; i-- {
		o := forward[i]
		dys := grads[o]
		if len(dys) == 0 || !b.need[node[o]] {
			continue
		}
		dy := dys[0]
		if err := b.stopped(); err != nil {
			return err
		}
		b.adding, b.walked = o.layer, o
		s := device.Sum[T]{In: device.Size{Pixels: o.shape[0], C: o.shape[1], Row: o.shape[2]}}
		if b.paths {
			dy = b.addSum(o.name+"/sum", s, from[o], dys...)
		} else if len(dys) > 1 {
			dy = b.apply(o.name+"/sum", s, nil, nil, dys...)
		}
		n := node[o]
		in, err := o.SymDiff(nil, n, dy)
		if err != nil {
			return err
		}
		for j, d := range in {
			if d != nil && j < len(o.inputs) && o.inputs[j] != nil {
				grads[o.inputs[j]] = append(grads[o.inputs[j]], d)
				from[o.inputs[j]] = append(from[o.inputs[j]], origin{i, j})
			}
		}
	}
	return b.err
}

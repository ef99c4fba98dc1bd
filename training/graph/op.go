package graph

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// op is an operation on gorgonia's graph: a device's kernel, or what its gradient does. It
// implements gorgonia's Op and SDOp. Its output's memory is settled by the plan.
type op[T kernel.Float] struct {
	id    int
	name  string
	dims  []int // of the inputs
	shape tensor.Shape
	// call makes the device's call; nil where there is nothing to run.
	call  func(out []T, in [][]T) device.Call
	calls *[]device.Call // where it is noted
	// grad makes the nodes that compute the gradients of the inputs from the output's; nil where
	// there is none.
	grad func(dy *G.Node) (G.Nodes, error)

	// What a path is found by: the layer, whether it has weights, the sum that the operation is, if it is one, and the
	// operation whose gradient it computes, if it does.
	layer      int
	learns     bool
	weighs     bool // it gives its input the share of its gate in a mixture; on a path it is its input
	pulls      bool // its output is the gradient of its second input, after dy
	sum        *sum[T]
	gradientOf *op[T]

	inputs []*op[T] // nil where the input is no op
	view   *op[T]   // whose memory this is the beginning of
	out    *tensor.Dense
	data   []T
	in     [][]T
}

// Arity counts the inputs and, but for the first operation, the one before.
func (o *op[T]) Arity() int { return len(o.dims) }

func (o *op[T]) Type() hm.Type {
	of := hm.TypeVariable('a')
	ts := make([]hm.Type, 0, len(o.dims)+1)
	for _, d := range append(o.dims[:len(o.dims):len(o.dims)], o.shape.Dims()) {
		ts = append(ts, G.TensorType{Dims: d, Of: of})
	}
	return hm.NewFnType(ts...)
}

func (o *op[T]) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape.Clone(), nil }
func (o *op[T]) ReturnsPtr() bool                               { return true }
func (o *op[T]) CallsExtern() bool                              { return false }
func (o *op[T]) OverwritesInput() int                           { return -1 }

// WriteHash carries the number: gorgonia merges operations of one hash.
func (o *op[T]) WriteHash(h hash.Hash) { fmt.Fprintf(h, "amoeba:%d:%s", o.id, o.name) }

func (o *op[T]) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *op[T]) String() string { return o.name }

// Do notes the operation's call: gorgonia's tape runs once, and what it noted is repeated. A panic becomes an error:
// gorgonia calls Do on a goroutine of its own, where nobody else could recover.
func (o *op[T]) Do(in ...G.Value) (v G.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", o.name, p)
		}
	}()
	if o.call != nil {
		for i := range o.in {
			o.in[i] = in[i].Data().([]T)
		}
		*o.calls = append(*o.calls, device.Named(o.name, o.call(o.data, o.in)))
	}
	return o.out, nil
}

func (o *op[T]) DiffWRT(n int) []bool {
	wrt := make([]bool, n)
	for i := range wrt {
		// The last input but the first operation's is there for the order alone.
		wrt[i] = o.grad != nil && i < len(o.in)
	}
	return wrt
}

func (o *op[T]) SymDiff(_ G.Nodes, _, dy *G.Node) (G.Nodes, error) {
	if o.grad == nil {
		return nil, fmt.Errorf("%s has no gradient", o.name)
	}
	return o.grad(dy)
}

// size is the shape of an activation in gorgonia's terms.
func size(s device.Size) tensor.Shape { return tensor.Shape{s.Pixels, s.C, s.Row} }

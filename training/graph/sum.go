package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// sum is an operation that adds those of its inputs that a path has: a layer's, or the gradients that the readers of
// a value send back.
type sum[T kernel.Float] struct {
	add, zero device.Kernel[T]
	from      []origin // of each gradient; nil in the forward pass
}

// origin says which operation sends a gradient back, by its number, and for which of its inputs.
type origin struct{ reader, input int }

// addSum appends a sum.
func (b *builder[T]) addSum(name string, spec device.Sum[T], from []origin, in ...*G.Node) *G.Node {
	for _, n := range in {
		if b.of[n] == nil && b.err == nil {
			b.err = fmt.Errorf("%s: a path cannot add images: %w", name, evolve.ErrUnsupported)
		}
	}
	s := &sum[T]{b.kernel(name, spec), b.kernel(name, device.Zero[T]{Size: spec.In}), from}
	o := &op[T]{name: name, shape: size(spec.In), sum: s}
	if from == nil {
		o.grad = func(dy *G.Node) (G.Nodes, error) {
			grads := make(G.Nodes, len(in))
			for k := range grads {
				grads[k] = dy
			}
			return grads, nil
		}
	}
	n := b.add(o, in...)
	for _, i := range in {
		b.need[n] = b.need[n] || b.need[i]
	}
	return n
}

package device

import (
	"slices"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Sum adds its inputs.
type Sum[T kernel.Float] struct{ In Size }

func (s Sum[T]) Out() Size { return s.In }

func (s Sum[T]) CPU() Kernel[T] { return sum[T]{} }

type sum[T kernel.Float] struct{ forwardOnly[T] }

func (sum[T]) Forward(out []T, in ...[]T) Call {
	if len(in) == 1 {
		x := in[0]
		return func() { copy(out, x) }
	}
	a, b, more := in[0], in[1], slices.Clone(in[2:])
	return func() {
		kernel.Add(out, a, b)
		for _, x := range more {
			kernel.Add(out, out, x)
		}
	}
}

// Launches add as many inputs at once as a job names, in the order of the inputs.
func (s Sum[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
		n := min(len(in), elementwiseMost)
		ls := []launch.Launch{elementwise(m, elementSum, 0, out, in[:n]...)}
		for in = in[n:]; len(in) > 0; in = in[n:] {
			n = min(len(in), elementwiseMost-1)
			ls = append(ls, elementwise(m, elementSum, 0, out, append([][]T{out}, in[:n]...)...))
		}
		return ls
	}}
}

func drawSum[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Sum[T]{In: d.size(d.image())}
	c := Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }}
	n := d.between(1, 5)
	if d.one(4) { // more than a job names
		n = elementwiseMost + d.between(1, 3)
	}
	for range n {
		c.Inputs = append(c.Inputs, d.values(s.In.Len()))
	}
	return c
}

package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// ReLU is max(x, 0).
type ReLU[T kernel.Float] struct{ In Size }

func (s ReLU[T]) Out() Size { return s.In }

func (s ReLU[T]) CPU() Kernel[T] { return relu[T]{} }

type relu[T kernel.Float] struct{ onHost[T] }

func (relu[T]) Forward(out []T, in ...[]T) Call { return masked(out, in[0], in[0]) }

func (relu[T]) Backward(dx []T, _ [][]T, dy []T, in ...[]T) Call { return masked(dx, dy, in[0]) }

// masked copies v to out where x is not zero or below.
func masked[T kernel.Float](out, v, x []T) func() {
	return func() {
		copy(out, v)
		kernel.Mask(out, x)
	}
}

// Launches are elementwise.
func (s ReLU[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{
		Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
			return []launch.Launch{elementwise(m, elementReLU, 0, out, in[0], in[0])}
		},
		Backward: func(m launch.Maker[T], _, dx []T, _ [][]T, dy []T, in [][]T) []launch.Launch {
			return []launch.Launch{elementwise(m, elementReLU, 0, dx, dy, in[0])}
		},
	}
}

func drawReLU[T kernel.Float](d *Drawer[T]) Case[T] {
	s := ReLU[T]{In: d.size(d.image())}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true,
		Inputs: [][]T{d.values(s.In.Len())}}
}

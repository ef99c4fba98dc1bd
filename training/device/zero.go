package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Zero is zero.
type Zero[T kernel.Float] struct{ Size }

func (s Zero[T]) Out() Size { return s.Size }

func (s Zero[T]) CPU() Kernel[T] { return zero[T]{} }

type zero[T kernel.Float] struct{ forwardOnly[T] }

func (zero[T]) Forward(out []T, _ ...[]T) Call { return func() { clear(out) } }

// Launches is one that adds up nothing.
func (s Zero[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, _ [][]T) []launch.Launch {
		return []launch.Launch{elementwise(m, elementSum, 0, out)}
	}}
}

func drawZero[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Zero[T]{d.size(d.image())}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }}
}

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

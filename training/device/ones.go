package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Ones is one everywhere.
type Ones[T kernel.Float] struct{ Size }

func (s Ones[T]) Out() Size { return s.Size }

func (s Ones[T]) CPU() Kernel[T] { return ones[T]{} }

type ones[T kernel.Float] struct{ forwardOnly[T] }

func (ones[T]) Forward(out []T, _ ...[]T) Call {
	return func() {
		for i := range out {
			out[i] = 1
		}
	}
}

// Launches is one that reads nothing.
func (s Ones[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, _ [][]T) []launch.Launch {
		return []launch.Launch{elementwise(m, elementOne, 0, out)}
	}}
}

func drawOnes[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Ones[T]{d.size(d.image())}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }}
}

package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Dropout multiplies elements by Mask, or with Paths whole images: zero, or what scales the others up. Mask has In.Row
// numbers for Paths, In.Len() else; it is drawn on the host and uploaded before a step.
type Dropout[T kernel.Float] struct {
	In    Size
	Paths bool
	Mask  []T
}

func (s Dropout[T]) Out() Size { return s.In }

func (s Dropout[T]) CPU() Kernel[T] { return dropout[T]{Dropout: s} }

type dropout[T kernel.Float] struct {
	onHost[T]
	Dropout[T]
}

func (k dropout[T]) Forward(out []T, in ...[]T) Call { return k.multiply(out, in[0]) }

func (k dropout[T]) Backward(dx []T, _ [][]T, dy []T, _ ...[]T) Call { return k.multiply(dx, dy) }

func (k dropout[T]) multiply(out, x []T) func() {
	mask := k.Mask
	return func() {
		for o, x := out, x; len(x) >= len(mask); o, x = o[len(mask):], x[len(mask):] {
			for i, m := range mask {
				o[i] = x[i] * m
			}
		}
	}
}

// Launches are elementwise.
func (s Dropout[T]) Launches() launch.Operation[T] {
	multiply := func(m launch.Maker[T], out, x []T) []launch.Launch {
		return []launch.Launch{elementwise(m, elementMask, len(s.Mask), out, x, s.Mask)}
	}
	return launch.Operation[T]{
		Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch { return multiply(m, out, in[0]) },
		Backward: func(m launch.Maker[T], _, dx []T, _ [][]T, dy []T, _ [][]T) []launch.Launch {
			return multiply(m, dx, dy)
		},
	}
}

func drawDropout[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Dropout[T]{In: d.size(d.image()), Paths: d.one(2)}
	n := s.In.Len()
	if s.Paths {
		n = s.In.Row
	}
	mask := make([]T, n)
	for i := range mask {
		mask[i] = T(d.Rand.IntN(2)) * 1.25
	}
	return Case[T]{Slabs: [][]T{mask}, Gradient: true, Inputs: [][]T{d.values(s.In.Len())},
		Spec: func(slabs [][]T, _ []float64) Spec[T] {
			s.Mask = slabs[0]
			return s
		}}
}

package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// MaxPool takes maxima. Its output is twice its size: the maxima, then the taps they came from.
type MaxPool[T kernel.Float] struct {
	In     Size
	Window kernel.Window
}

func (s MaxPool[T]) Out() Size {
	z := s.In.window(s.In.C, s.Window)
	z.Pixels *= 2
	return z
}

func (s MaxPool[T]) CPU() Kernel[T] { return newMaxPool(s) }

func (s MaxPool[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type maxPool[T kernel.Float] struct {
	onHost[T]
	fwd, bwd *kernel.Taps
	block    int
}

func newMaxPool[T kernel.Float](s MaxPool[T]) *maxPool[T] {
	fwd := s.Window.Forward()
	return &maxPool[T]{fwd: fwd, bwd: fwd.Backward(s.In.Pixels), block: s.In.C * s.In.Row}
}

func (k *maxPool[T]) Forward(out []T, in ...[]T) Call {
	x := in[0]
	return func() { k.forward(out, x) }
}

func (k *maxPool[T]) forward(out, x []T) {
	n, low := k.fwd.Pixels(), T(math.Inf(-1))
	for p := range n {
		m, arg := out[p*k.block:][:k.block], out[(n+p)*k.block:][:k.block]
		for i := range m {
			m[i] = low
		}
		for i := k.fwd.Start[p]; i < k.fwd.Start[p+1]; i++ {
			kernel.Max(m, arg, x[int(k.fwd.X[i])*k.block:][:k.block], T(k.fwd.W[i]))
		}
	}
}

// Backward takes as its second input what Forward gave.
func (k *maxPool[T]) Backward(dx []T, _ [][]T, dy []T, in ...[]T) Call {
	arg := in[1][len(in[1])/2:]
	return func() { k.backward(dx, dy, arg) }
}

func (k *maxPool[T]) backward(dx, dy, arg []T) {
	clear(dx)
	for p := range k.bwd.Pixels() {
		d := dx[p*k.block:][:k.block]
		for i := k.bwd.Start[p]; i < k.bwd.Start[p+1]; i++ {
			at := int(k.bwd.X[i]) * k.block
			kernel.Route(d, dy[at:at+k.block], arg[at:at+k.block], T(k.bwd.W[i]))
		}
	}
}

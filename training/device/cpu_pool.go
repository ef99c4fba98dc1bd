package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

type maxPool[T kernel.Float] struct {
	fwd, bwd *kernel.Taps
	block    int
}

func newMaxPool[T kernel.Float](s MaxPool) *maxPool[T] {
	fwd := s.Window.Forward()
	return &maxPool[T]{fwd, fwd.Backward(s.In.Pixels), s.In.C * s.In.Row}
}

func (k *maxPool[T]) Forward(out []T, in ...[]T) {
	n, low := k.fwd.Pixels(), T(math.Inf(-1))
	for p := range n {
		m, arg := out[p*k.block:][:k.block], out[(n+p)*k.block:][:k.block]
		for i := range m {
			m[i] = low
		}
		for i := k.fwd.Start[p]; i < k.fwd.Start[p+1]; i++ {
			kernel.Max(m, arg, in[0][int(k.fwd.X[i])*k.block:][:k.block], T(k.fwd.W[i]))
		}
	}
}

// Backward takes as its second input what Forward gave.
func (k *maxPool[T]) Backward(dx []T, _ [][]T, dy []T, in ...[]T) {
	arg := in[1][len(in[1])/2:]
	clear(dx)
	for p := range k.bwd.Pixels() {
		d := dx[p*k.block:][:k.block]
		for i := k.bwd.Start[p]; i < k.bwd.Start[p+1]; i++ {
			at := int(k.bwd.X[i]) * k.block
			kernel.Route(d, dy[at:at+k.block], arg[at:at+k.block], T(k.bwd.W[i]))
		}
	}
}

// avgPool is a depthwise convolution of one very wide channel, with a weight for each tap of
// each pixel.
type avgPool[T kernel.Float] struct {
	fwd, bwd   *kernel.Taps
	wFwd, wBwd []T
	shape      kernel.Shape
}

func newAvgPool[T kernel.Float](s AvgPool) *avgPool[T] {
	k := &avgPool[T]{fwd: s.Window.Forward(), shape: kernel.Shape{C: 1, Row: s.In.C * s.In.Row}}
	n := k.fwd.Pixels()
	weight := make([]T, n)
	for p := range weight {
		weight[p] = 1 / T(k.fwd.Start[p+1]-k.fwd.Start[p])
		if s.CountPad {
			weight[p] = 1 / T(s.Window.KH*s.Window.KW)
		}
	}
	k.bwd = k.fwd.Backward(s.In.Pixels)
	k.wFwd, k.wBwd = make([]T, len(k.fwd.X)), make([]T, len(k.fwd.X))
	for p := range n {
		for i := k.fwd.Start[p]; i < k.fwd.Start[p+1]; i++ {
			k.wFwd[i], k.fwd.W[i] = weight[p], i
		}
	}
	for i, p := range k.bwd.X {
		k.wBwd[i], k.bwd.W[i] = weight[p], int32(i)
	}
	k.shape.T = len(k.fwd.X)
	return k
}

func (k *avgPool[T]) Forward(out []T, in ...[]T) {
	kernel.Depth(out, in[0], k.wFwd, k.fwd, k.shape, floor[T](false))
}

func (k *avgPool[T]) Backward(dx []T, _ [][]T, dy []T, _ ...[]T) {
	kernel.Depth(dx, dy, k.wBwd, k.bwd, k.shape, floor[T](false))
}

type relu[T kernel.Float] struct{}

func (relu[T]) Forward(out []T, in ...[]T) {
	copy(out, in[0])
	kernel.Mask(out, in[0])
}

func (relu[T]) Backward(dx []T, _ [][]T, dy []T, in ...[]T) {
	copy(dx, dy)
	kernel.Mask(dx, in[0])
}

package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// AvgPool takes means: of the pixels that the window covers, or over the whole window's area
// where CountPad.
type AvgPool[T kernel.Float] struct {
	In       Size
	Window   kernel.Window
	CountPad bool
}

func (s AvgPool[T]) Out() Size { return s.In.window(s.In.C, s.Window) }

func (s AvgPool[T]) CPU() Kernel[T] { return newAvgPool(s) }

func (s AvgPool[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

// avgPool is a depthwise convolution of one very wide channel, with a weight for each tap of
// each pixel.
type avgPool[T kernel.Float] struct {
	onHost[T]
	fwd, bwd   *kernel.Taps
	wFwd, wBwd []T
	shape      kernel.Shape
}

func newAvgPool[T kernel.Float](s AvgPool[T]) *avgPool[T] {
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

func (k *avgPool[T]) Forward(out []T, in ...[]T) Call {
	x := in[0]
	return func() { kernel.Depth(out, x, k.wFwd, k.fwd, k.shape, floor[T](false)) }
}

func (k *avgPool[T]) Backward(dx []T, _ [][]T, dy []T, _ ...[]T) Call {
	return func() { kernel.Depth(dx, dy, k.wBwd, k.bwd, k.shape, floor[T](false)) }
}

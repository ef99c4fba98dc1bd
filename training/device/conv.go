package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Conv is a convolution of In to O channels; its weights are [O][C][T], or [C][T] where
// Depthwise. ReLU rectifies the input first.
type Conv[T kernel.Float] struct {
	In              Size
	O               int
	Window          kernel.Window
	Depthwise, ReLU bool
}

func (s Conv[T]) Out() Size { return s.In.window(s.O, s.Window) }

func (s Conv[T]) CPU() Kernel[T] {
	if s.Depthwise {
		return newDepth(s)
	}
	return newConv(s)
}

func (s Conv[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type conv[T kernel.Float] struct {
	onHost[T]
	Conv[T]
	shape, back  kernel.Shape
	fwd, bwd     *kernel.Taps
	pairs        []kernel.Pairs
	packed, pack []T // forward and backward
}

func newConv[T kernel.Float](s Conv[T]) *conv[T] {
	w := s.Window
	k := &conv[T]{Conv: s, shape: kernel.Shape{C: s.In.C, O: s.O, T: w.KH * w.KW, Row: s.In.Row}, fwd: w.Forward()}
	k.back = kernel.Shape{C: s.O, O: s.In.C, T: k.shape.T, Row: s.In.Row}
	k.packed = make([]T, kernel.Packed[T](k.shape))
	return k
}

func (k *conv[T]) Forward(out []T, in ...[]T) Call { return k.forward(out, in[0], in[1]) }

func (k *conv[T]) forward(out, x, w []T) func() {
	return func() {
		kernel.Pack(k.packed, w, k.shape)
		kernel.Conv(out, x, k.packed, k.fwd, k.shape, floor[T](k.ReLU))
	}
}

func (k *conv[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	return k.backward(dx, dw[0], dy, in[0], in[1])
}

func (k *conv[T]) backward(dx, dw, dy, x, w []T) func() {
	if k.pairs == nil {
		k.pairs = k.fwd.Pairs(k.shape.T)
	}
	if dx != nil && k.bwd == nil {
		k.bwd, k.pack = k.fwd.Backward(k.In.Pixels), make([]T, kernel.Packed[T](k.back))
	}
	return func() {
		kernel.ConvGrad(dw, dy, x, k.pairs, k.shape, floor[T](k.ReLU))
		if dx == nil {
			return
		}
		kernel.PackBack(k.pack, w, k.back)
		kernel.Conv(dx, dy, k.pack, k.bwd, k.back, floor[T](false))
		if k.ReLU {
			kernel.Mask(dx, x)
		}
	}
}

// depth is the depthwise convolution.
type depth[T kernel.Float] struct {
	onHost[T]
	Conv[T]
	shape    kernel.Shape
	fwd, bwd *kernel.Taps
	scratch  []T
}

func newDepth[T kernel.Float](s Conv[T]) *depth[T] {
	return &depth[T]{Conv: s, shape: kernel.Shape{C: s.In.C, T: s.Window.KH * s.Window.KW, Row: s.In.Row},
		fwd: s.Window.Forward()}
}

func (k *depth[T]) Forward(out []T, in ...[]T) Call {
	x, w := in[0], in[1]
	return func() { kernel.Depth(out, x, w, k.fwd, k.shape, floor[T](k.ReLU)) }
}

func (k *depth[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	x, w, g := in[0], in[1], dw[0]
	if k.scratch == nil {
		k.scratch = make([]T, kernel.DepthScratch(k.shape))
	}
	if dx != nil && k.bwd == nil {
		k.bwd = k.fwd.Backward(k.In.Pixels)
	}
	return func() {
		kernel.DepthGrad(g, dy, x, k.scratch, k.fwd, k.shape, floor[T](k.ReLU))
		if dx == nil {
			return
		}
		kernel.Depth(dx, dy, w, k.bwd, k.shape, floor[T](false))
		if k.ReLU {
			kernel.Mask(dx, x)
		}
	}
}

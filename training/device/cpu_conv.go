package device

import "github.com/amoeba-nas/amoeba/training/kernel"

type conv[T kernel.Float] struct {
	Conv
	shape, back  kernel.Shape
	fwd, bwd     *kernel.Taps
	pairs        []kernel.Pairs
	packed, pack []T // forward and backward
}

func newConv[T kernel.Float](s Conv) *conv[T] {
	w := s.Window
	k := &conv[T]{Conv: s, shape: kernel.Shape{C: s.In.C, O: s.O, T: w.KH * w.KW, Row: s.In.Row}, fwd: w.Forward()}
	k.back = kernel.Shape{C: s.O, O: s.In.C, T: k.shape.T, Row: s.In.Row}
	k.packed = make([]T, kernel.Packed[T](k.shape))
	return k
}

func (k *conv[T]) Forward(out []T, in ...[]T) {
	kernel.Pack(k.packed, in[1], k.shape)
	kernel.Conv(out, in[0], k.packed, k.fwd, k.shape, floor[T](k.ReLU))
}

func (k *conv[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) {
	if k.pairs == nil {
		k.pairs = k.fwd.Pairs(k.shape.T)
	}
	kernel.ConvGrad(dw[0], dy, in[0], k.pairs, k.shape, floor[T](k.ReLU))
	if dx == nil {
		return
	}
	if k.bwd == nil {
		k.bwd, k.pack = k.fwd.Backward(k.In.Pixels), make([]T, kernel.Packed[T](k.back))
	}
	kernel.PackBack(k.pack, in[1], k.back)
	kernel.Conv(dx, dy, k.pack, k.bwd, k.back, floor[T](false))
	if k.ReLU {
		kernel.Mask(dx, in[0])
	}
}

type depth[T kernel.Float] struct {
	Conv
	shape    kernel.Shape
	fwd, bwd *kernel.Taps
	scratch  []T
}

func newDepth[T kernel.Float](s Conv) *depth[T] {
	return &depth[T]{Conv: s, shape: kernel.Shape{C: s.In.C, T: s.Window.KH * s.Window.KW, Row: s.In.Row},
		fwd: s.Window.Forward()}
}

func (k *depth[T]) Forward(out []T, in ...[]T) {
	kernel.Depth(out, in[0], in[1], k.fwd, k.shape, floor[T](k.ReLU))
}

func (k *depth[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) {
	if k.scratch == nil {
		k.scratch = make([]T, kernel.DepthScratch(k.shape))
	}
	kernel.DepthGrad(dw[0], dy, in[0], k.scratch, k.fwd, k.shape, floor[T](k.ReLU))
	if dx == nil {
		return
	}
	if k.bwd == nil {
		k.bwd = k.fwd.Backward(k.In.Pixels)
	}
	kernel.Depth(dx, dy, in[1], k.bwd, k.shape, floor[T](false))
	if k.ReLU {
		kernel.Mask(dx, in[0])
	}
}

// linear is a convolution of one pixel, and a bias.
type linear[T kernel.Float] struct {
	conv *conv[T]
	s    Linear
}

func newLinear[T kernel.Float](s Linear) *linear[T] {
	w := kernel.Window{H: 1, W: 1, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
	return &linear[T]{newConv[T](Conv{In: s.In, O: s.O, Window: w}), s}
}

func (k *linear[T]) Forward(out []T, in ...[]T) {
	k.conv.Forward(out, in[0], in[1])
	for o, b := range in[2] {
		row := out[o*k.s.In.Row:][:k.s.In.Row]
		for i := range row {
			row[i] += b
		}
	}
}

func (k *linear[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) {
	for o := range k.s.O {
		var sum T
		for _, v := range dy[o*k.s.In.Row:][:k.s.In.Row] {
			sum += v
		}
		dw[1][o] += sum
	}
	k.conv.Backward(dx, dw[:1], dy, in...)
}

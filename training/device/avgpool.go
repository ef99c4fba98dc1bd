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

// Launches have an item for each element. A mean's weight follows from how many pixels its window covers, which the
// forward pass's lists tell the gradient as well.
func (s AvgPool[T]) Launches() launch.Operation[T] {
	fwd, block := s.Window.Forward(), s.In.C*s.In.Row
	area := 0
	if s.CountPad {
		area = s.Window.KH * s.Window.KW
	}
	pool := func(m launch.Maker[T], taps *kernel.Taps, back bool, y, x []T) []launch.Launch {
		start, xs, _ := tapTables(m, taps)
		return []launch.Launch{{Kernel: "avgpool", Groups: taps.Pixels() * ceil(block, launch.Group),
			Job:   launch.JobOf(m.At(y), m.At(x), start, xs, m.Table(fwd.Start), int32(block), int32(area), flag(back)),
			Reads: spans(m, x), Writes: spans(m, y)}}
	}
	return launch.Operation[T]{
		Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
			return pool(m, fwd, false, out, in[0])
		},
		Backward: func(m launch.Maker[T], _, dx []T, _ [][]T, dy []T, _ [][]T) []launch.Launch {
			return pool(m, fwd.Backward(s.In.Pixels), true, dx, dy)
		},
	}
}

const avgPoolSource = `
enum { VP_Y, VP_X, VP_START, VP_XS, VP_COUNTS, VP_BLOCK, VP_AREA, VP_BACK };
KERNEL(avgpool) ARGS {
  BEGIN
  const int block = j[VP_BLOCK], per = CEIL(block, WG), p = tile / per, e = tile % per * WG + l;
  if (e >= block) return;
  const int end = tables[j[VP_START] + p + 1];
  T v = 0;
  for (int i = tables[j[VP_START] + p]; i < end; i++) {
    const int q = tables[j[VP_XS] + i], window = j[VP_BACK] ? q : p;
    const int n = j[VP_AREA] ? j[VP_AREA] : tables[j[VP_COUNTS] + window + 1] - tables[j[VP_COUNTS] + window];
    v += (T)1 / (T)n * AT(j[VP_X])[q * block + e];
  }
  AT(j[VP_Y])[p * block + e] = v;
}
`

func drawAvgPool[T kernel.Float](d *Drawer[T]) Case[T] {
	h, w := d.image()
	s := AvgPool[T]{In: d.size(h, w), Window: d.window(h, w, append(squares, [2]int{h, w})...), CountPad: d.one(2)}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true,
		Inputs: [][]T{d.values(s.In.Len())}}
}

package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

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

func (s Conv[T]) depthLaunches() launch.Operation[T] {
	c, t, row := s.In.C, s.Window.KH*s.Window.KW, s.In.Row
	fwd := s.Window.Forward()
	parts := convParts(c*t, longest(fwd, t), row)
	product := func(m launch.Maker[T], taps *kernel.Taps, y, x, w, mask []T, relu bool) launch.Launch {
		start, xs, ws := tapTables(m, taps)
		return launch.Launch{Kernel: "depth", Groups: taps.Pixels() * ceil(c*row, launch.Group),
			Job: launch.JobOf(m.At(y), m.At(x), m.At(w), m.At(mask), start, xs, ws, int32(c), int32(t), int32(row),
				flag(relu)),
			Reads: spans(m, x, w, mask), Writes: spans(m, y)}
	}
	op := launch.Operation[T]{Scratch: partsScratch(parts, c*t)}
	op.Forward = func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
		return []launch.Launch{product(m, fwd, out, in[0], in[1], nil, s.ReLU)}
	}
	op.Backward = func(m launch.Maker[T], scratch, dx []T, dw [][]T, dy []T, in [][]T) []launch.Launch {
		ls := gradient(m, "depthw", fwd.Pairs(t), scratch, dw[0], dy, in[0], c*t, parts,
			int32(c), int32(t), int32(row), flag(s.ReLU))
		if dx != nil {
			var mask []T
			if s.ReLU {
				mask = in[0]
			}
			ls = append(ls, product(m, fwd.Backward(s.In.Pixels), dx, dy, in[1], mask, false))
		}
		return ls
	}
	return op
}

// depthSource has an item for each output, and in depthw a group for each weight and part of the pixels.
const depthSource = `
enum { DC_Y, DC_X, DC_W, DC_MASK, DC_START, DC_XS, DC_WS, DC_C, DC_T, DC_ROW, DC_RELU };
KERNEL(depth) ARGS {
  BEGIN
  const int row = j[DC_ROW], block = j[DC_C] * row, per = CEIL(block, WG), p = tile / per, e = tile % per * WG + l;
  if (e >= block) return;
  GLOBAL const T *x = AT(j[DC_X]) + e, *w = AT(j[DC_W]) + e / row * j[DC_T];
  const int end = tables[j[DC_START] + p + 1], relu = j[DC_RELU];
  T v = 0;
  for (int i = tables[j[DC_START] + p]; i < end; i++) {
    const T u = x[tables[j[DC_XS] + i] * block];
    v += w[tables[j[DC_WS] + i]] * (relu ? RELU(u) : u);
  }
  const int el = p * block + e;
  if (j[DC_MASK] >= 0 && AT(j[DC_MASK])[el] <= 0) v = 0;
  AT(j[DC_Y])[el] = v;
}

enum { DG_TO, DG_DY, DG_X, DG_START, DG_YS, DG_XS, DG_PARTS, DG_C, DG_T, DG_ROW, DG_RELU };
KERNEL(depthw) ARGS {
  BEGIN
  LOCAL T buf[WG];
  const int c_ = j[DG_C], t_ = j[DG_T], row = j[DG_ROW], S = j[DG_PARTS], relu = j[DG_RELU];
  const int s = tile % S, t = tile / S % t_, c = tile / S / t_;
  const int from = tables[j[DG_START] + t], n = tables[j[DG_START] + t + 1] - from;
  const int end = from + (int)((long)n * (s + 1) / S);
  GLOBAL const T *x = AT(j[DG_X]) + c * row, *dy = AT(j[DG_DY]) + c * row;
  T v = 0;
  // Of pair p the lane i; rows are counted along, which costs less than dividing for each product.
  for (int p = from + (int)((long)n * s / S) + l / row, i = l % row; p < end;) {
    const T u = x[tables[j[DG_XS] + p] * c_ * row + i];
    v += dy[tables[j[DG_YS] + p] * c_ * row + i] * (relu ? RELU(u) : u);
    for (i += WG; i >= row; i -= row) p++;
  }
  FOLD(buf, v)
  if (l > 0) return;
  if (S == 1) AT(j[DG_TO])[c * t_ + t] += buf[0];
  else AT(j[DG_TO])[(s * c_ + c) * t_ + t] = buf[0];
}
`

func drawDepth[T kernel.Float](d *Drawer[T]) Case[T] { return d.conv(true) }

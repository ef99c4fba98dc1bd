package device

import (
	"slices"

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

// convParts is how many parts the sum over n pairs of pixels, of row lanes each, is cut in where there are sums of
// them. It depends on the shape alone, so that a sum has one order on every device. 2048 groups fill the processors
// of a large card, 512 products are worth a group of 64 work-items, and 64 parts are soon added.
func convParts(sums, n, row int) int { return max(1, min(ceil(2048, sums), n, n*row/512, 64)) }

// Launches has a group for each pixel, 16 output channels and 64 lanes; the gradient of the input is the same with
// the taps turned around. The gradient of the weights has a group for each tap, 16×16 weights and part of the pixels.
func (s Conv[T]) Launches() launch.Operation[T] {
	if s.Depthwise {
		return s.depthLaunches()
	}
	return s.launches(false)
}

// launches are the convolution's and, with a bias, those of a linear layer.
func (s Conv[T]) launches(bias bool) launch.Operation[T] {
	c, o, t, row := s.In.C, s.O, s.Window.KH*s.Window.KW, s.In.Row
	fwd := s.Window.Forward()
	weights := o * c * t
	sums := t * ceil(o, 16) * ceil(c, 16)
	parts := convParts(sums, longest(fwd, t), row)
	// product is y from x: of the forward pass, or of the backward pass where y and x are gradients.
	product := func(m launch.Maker[T], taps *kernel.Taps, y, x, w, mask, bias []T, c, o, so, sc int,
		relu bool) launch.Launch {
		start, xs, ws := tapTables(m, taps)
		return launch.Launch{Kernel: "conv", Groups: taps.Pixels() * ceil(o, 16) * ceil(row, 64),
			Job: launch.JobOf(m.At(y), m.At(x), m.At(w), m.At(mask), m.At(bias), start, xs, ws, int32(c), int32(o),
				int32(so), int32(sc), int32(row), flag(relu)),
			Reads: spans(m, x, w, mask, bias), Writes: spans(m, y)}
	}
	op := launch.Operation[T]{Scratch: partsScratch(parts, weights)}
	op.Forward = func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
		var b []T
		if bias {
			b = in[2]
		}
		return []launch.Launch{product(m, fwd, out, in[0], in[1], nil, b, c, o, c*t, t, s.ReLU)}
	}
	op.Backward = func(m launch.Maker[T], scratch, dx []T, dw [][]T, dy []T, in [][]T) []launch.Launch {
		ls := gradient(m, "convw", fwd.Pairs(t), scratch, dw[0], dy, in[0], sums, parts,
			int32(c), int32(o), int32(t), int32(row), flag(s.ReLU))
		if bias {
			ls = append(ls, launch.Launch{Kernel: "rowsum", Groups: o,
				Job:   launch.JobOf(m.At(dw[1]), m.At(dy), int32(row)),
				Reads: spans(m, dy, dw[1]), Writes: spans(m, dw[1])})
		}
		if dx != nil {
			var mask []T
			if s.ReLU {
				mask = in[0]
			}
			ls = append(ls, product(m, fwd.Backward(s.In.Pixels), dx, dy, in[1], mask, nil, o, c, t, c*t, false))
		}
		return ls
	}
	return op
}

// gradient is a weight gradient's launches: sums in parts, which are added in their order, or one part that is added
// at once.
func gradient[T kernel.Float](m launch.Maker[T], name string, pairs []kernel.Pairs, scratch, dw, dy, x []T,
	sums, parts int, sizes ...int32) []launch.Launch {
	start, ys, xs := pairTables(m, pairs)
	to, n := dw, int32(len(dw))
	reads := spans(m, dy, x)
	if parts > 1 {
		to = scratch
	} else {
		reads = append(reads, spans(m, dw)...)
	}
	job := append([]int32{m.At(to), m.At(dy), m.At(x), start, ys, xs, int32(parts)}, sizes...)
	ls := []launch.Launch{{Kernel: name, Groups: sums * parts, Job: launch.JobOf(job...), Reads: reads,
		Writes: spans(m, to)}}
	if parts > 1 {
		ls = append(ls, launch.Launch{Kernel: "addparts", Groups: ceil(len(dw), launch.Group),
			Job:   launch.JobOf(m.At(dw), m.At(scratch), n, int32(parts)),
			Reads: spans(m, dw, scratch), Writes: spans(m, dw)})
	}
	return ls
}

// partsScratch is the memory that the parts of n sums need; a single part needs none.
func partsScratch(parts, n int) int {
	if parts == 1 {
		return 0
	}
	return parts * n
}

// longest is the largest number of pairs that one of the taps joins.
func longest(t *kernel.Taps, taps int) int {
	n := make([]int, taps)
	for _, w := range t.W {
		n[w]++
	}
	return slices.Max(n)
}

// tapTables keeps lists of taps on the device.
func tapTables[T kernel.Float](m launch.Maker[T], t *kernel.Taps) (start, x, w int32) {
	return m.Table(t.Start), m.Table(t.X), m.Table(t.W)
}

// pairTables keeps pairs on the device, those of one tap after those of another.
func pairTables[T kernel.Float](m launch.Maker[T], pairs []kernel.Pairs) (start, y, x int32) {
	s, ys, xs := []int32{0}, []int32(nil), []int32(nil)
	for _, p := range pairs {
		ys, xs = append(ys, p.Y...), append(xs, p.X...)
		s = append(s, int32(len(ys)))
	}
	return m.Table(s), m.Table(ys), m.Table(xs)
}

// convSource is an implicit matrix product. In conv a group computes 16 channels by 64 lanes of one pixel, over its
// taps and all input channels in steps of 16; an item computes 4 by 4. An item keeps where its next weight lies as
// tap and channel, because dividing for each would cost more than the products. In convw four teams of 16 items take
// two of eight pieces of the lanes for the same 16×16 weights, and are added at the end. An item's 4 by 4 are 4 apart
// there, so that the vectors that items read at once lie in different banks.
const convSource = `
enum { CV_Y, CV_X, CV_W, CV_MASK, CV_BIAS, CV_START, CV_XS, CV_WS, CV_C, CV_O, CV_SO, CV_SC, CV_ROW, CV_RELU };
#define CV_ADD(a, u) a.x += u * v.x, a.y += u * v.y, a.z += u * v.z, a.w += u * v.w;
KERNEL(conv) ARGS {
  BEGIN
  LOCAL VEC ws4[16][4], xs4[16][16];
  NEAR T *ws = (NEAR T *)ws4, *xs = (NEAR T *)xs4;
  const int c_ = j[CV_C], o_ = j[CV_O], row = j[CV_ROW], ot = CEIL(o_, 16), nt = CEIL(row, 64);
  const int n = tile % nt * 64 + l, o = tile / nt % ot * 16 + l % 16, p = tile / nt / ot;
  const int from = tables[j[CV_START] + p], taps = tables[j[CV_START] + p + 1] - from, K = taps * c_;
  GLOBAL const int *xt = tables + j[CV_XS] + from, *wt = tables + j[CV_WS] + from;
  GLOBAL const T *x = AT(j[CV_X]) + n, *w = AT(j[CV_W]) + o * j[CV_SO], *px = x;
  const int in = n < row, relu = j[CV_RELU];
  int xtap = -1, xc = 0, wtap = l / 16 / c_, wc = l / 16 % c_;
  VEC acc[4];
  for (int a = 0; a < 4; a++) acc[a].x = 0, acc[a].y = 0, acc[a].z = 0, acc[a].w = 0;
  for (int k0 = 0; k0 < K; k0 += 16) {
    for (int k = l / 16; k < 16; k += 4) {
      ws[k * 16 + l % 16] = k0 + k < K && o < o_ ? w[wc * j[CV_SC] + wt[wtap]] : (T)0;
      for (wc += 4; wc >= c_; wc -= c_) wtap++;
    }
    for (int k = 0; k < 16; k++) {
      if (xc == 0 && xtap < taps - 1) px = x + xt[++xtap] * c_ * row;
      const T v = in && k0 + k < K ? px[xc * row] : (T)0;
      xs[k * 64 + l] = relu ? RELU(v) : v;
      if (++xc == c_) xc = 0;
    }
    BARRIER;
    #pragma unroll 4
    for (int k = 0; k < 16; k++) {
      const VEC u = ws4[k][l / 16], v = xs4[k][l % 16];
      CV_ADD(acc[0], u.x)
      CV_ADD(acc[1], u.y)
      CV_ADD(acc[2], u.z)
      CV_ADD(acc[3], u.w)
    }
    BARRIER;
  }
  const int o1 = tile / nt % ot * 16 + l / 16 * 4, n1 = tile % nt * 64 + l % 16 * 4;
  if (n1 >= row) return;
  for (int a = 0; a < 4 && o1 + a < o_; a++) {
    const int el = (p * o_ + o1 + a) * row + n1;
    VEC v = acc[a];
    if (j[CV_BIAS] >= 0) {
      const T bias = AT(j[CV_BIAS])[o1 + a];
      v.x += bias, v.y += bias, v.z += bias, v.w += bias;
    }
    if (j[CV_MASK] >= 0) { // the gradient of a rectifier
      const VEC u = *(GLOBAL const VEC *)(AT(j[CV_MASK]) + el);
      if (u.x <= 0) v.x = 0;
      if (u.y <= 0) v.y = 0;
      if (u.z <= 0) v.z = 0;
      if (u.w <= 0) v.w = 0;
    }
    *(GLOBAL VEC *)(AT(j[CV_Y]) + el) = v; // rows are whole vectors
  }
}

enum { CG_TO, CG_DY, CG_X, CG_START, CG_YS, CG_XS, CG_PARTS, CG_C, CG_O, CG_T, CG_ROW, CG_RELU };
KERNEL(convw) ARGS {
  BEGIN
  // 16 rows of 32 lanes of dy, then as many of x, with 4 to spare each: in banks of their own, and still vectors.
  enum { LD = 36, XS = 16 * LD };
  LOCAL VEC buf4[8 * LD];
  NEAR T *buf = (NEAR T *)buf4;
  const int c_ = j[CG_C], o_ = j[CG_O], t_ = j[CG_T], row = j[CG_ROW], S = j[CG_PARTS], relu = j[CG_RELU];
  const int ct = CEIL(c_, 16), ot = CEIL(o_, 16);
  const int s = tile % S, c0 = tile / S % ct * 16, o0 = tile / S / ct % ot * 16, t = tile / S / ct / ot;
  const int from = tables[j[CG_START] + t], n = tables[j[CG_START] + t + 1] - from;
  const int end = from + (int)((long)n * (s + 1) / S), team = l / 16, a0 = l % 4, b0 = l / 4 % 4;
  T acc[4][4];
  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++) acc[a][b] = 0;
  for (int p = from + (int)((long)n * s / S); p < end; p++) {
    GLOBAL const T *dy = AT(j[CG_DY]) + (tables[j[CG_YS] + p] * o_ + o0) * row;
    GLOBAL const T *x = AT(j[CG_X]) + (tables[j[CG_XS] + p] * c_ + c0) * row;
    for (int n0 = 0; n0 < row; n0 += 32) {
      const int k = l % 32, in = n0 + k < row;
      for (int r = l / 32; r < 16; r += 2) {
        buf[r * LD + k] = in && o0 + r < o_ ? dy[r * row + n0 + k] : (T)0;
        const T v = in && c0 + r < c_ ? x[r * row + n0 + k] : (T)0;
        buf[XS + r * LD + k] = relu ? RELU(v) : v;
      }
      BARRIER;
      for (int i = team / 2 + team % 2 * 4, e = i + 4; i < e; i += 2) {
        VEC d[4], v[4];
        for (int a = 0; a < 4; a++) {
          d[a] = buf4[(a0 + 4 * a) * LD / 4 + i];
          v[a] = buf4[(XS + (b0 + 4 * a) * LD) / 4 + i];
        }
        for (int a = 0; a < 4; a++)
          for (int b = 0; b < 4; b++) {
            acc[a][b] += d[a].x * v[b].x;
            acc[a][b] += d[a].y * v[b].y;
            acc[a][b] += d[a].z * v[b].z;
            acc[a][b] += d[a].w * v[b].w;
          }
      }
      BARRIER;
    }
  }
  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++) buf[(team * 16 + a0 + 4 * a) * 17 + b0 + 4 * b] = acc[a][b];
  BARRIER;
  GLOBAL T *to = AT(j[CG_TO]);
  for (int e = l; e < 256; e += WG) {
    const int a = e / 16, b = e % 16, el = a * 17 + b;
    if (o0 + a >= o_ || c0 + b >= c_) continue;
    const T v = (buf[el] + buf[el + 272]) + (buf[el + 544] + buf[el + 816]);
    const int i = ((o0 + a) * c_ + c0 + b) * t_ + t;
    if (S == 1) to[i] += v;
    else to[s * o_ * c_ * t_ + i] = v;
  }
}

enum { AP_TO, AP_PARTS, AP_N, AP_COUNT };
KERNEL(addparts) ARGS {
  BEGIN
  const int i = tile * WG + l;
  if (i >= j[AP_N]) return;
  GLOBAL const T *part = AT(j[AP_PARTS]) + i;
  T v = 0;
  for (int s = 0; s < j[AP_COUNT]; s++) v += part[s * j[AP_N]];
  AT(j[AP_TO])[i] += v;
}
`

func drawConv[T kernel.Float](d *Drawer[T]) Case[T] { return d.conv(false) }

func (d *Drawer[T]) conv(depthwise bool) Case[T] {
	h, w := d.image()
	s := Conv[T]{In: d.size(h, w), Window: d.window(h, w, windows...), Depthwise: depthwise, ReLU: d.one(2)}
	n := s.In.C * s.Window.KH * s.Window.KW
	if s.O = s.In.C; !depthwise {
		s.O = d.channels()
		n *= s.O
	}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true, Weights: 1,
		Inputs: [][]T{d.values(s.In.Len()), d.values(n)}}
}

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

// Launches look at the pixels of each window and, for the gradient, at the windows of each pixel: nothing is scattered.
func (s MaxPool[T]) Launches() launch.Operation[T] {
	fwd, block := s.Window.Forward(), s.In.C*s.In.Row
	half := fwd.Pixels() * block
	pool := func(m launch.Maker[T], name string, taps *kernel.Taps, y, x, arg []T) launch.Launch {
		start, xs, ws := tapTables(m, taps)
		return launch.Launch{Kernel: name, Groups: taps.Pixels() * ceil(block, launch.Group),
			Job: launch.JobOf(m.At(y), m.At(x), m.At(arg), start, xs, ws, int32(block))}
	}
	return launch.Operation[T]{
		Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
			l := pool(m, "maxpool", fwd, out, in[0], out[half:])
			l.Reads, l.Writes = spans(m, in[0]), spans(m, out)
			return []launch.Launch{l}
		},
		Backward: func(m launch.Maker[T], _, dx []T, _ [][]T, dy []T, in [][]T) []launch.Launch {
			arg := in[1][half:]
			l := pool(m, "route", fwd.Backward(s.In.Pixels), dx, dy, arg)
			l.Reads, l.Writes = spans(m, dy, arg), spans(m, dx)
			return []launch.Launch{l}
		},
	}
}

const maxPoolSource = `
enum { MP_Y, MP_X, MP_ARG, MP_START, MP_XS, MP_WS, MP_BLOCK };
KERNEL(maxpool) ARGS {
  BEGIN
  const int block = j[MP_BLOCK], per = CEIL(block, WG), p = tile / per, e = tile % per * WG + l;
  if (e >= block) return;
  const int end = tables[j[MP_START] + p + 1];
  T best = -INF, arg = 0;
  for (int i = tables[j[MP_START] + p]; i < end; i++) {
    const T v = AT(j[MP_X])[tables[j[MP_XS] + i] * block + e];
    if (v > best || v != v) best = v, arg = (T)tables[j[MP_WS] + i];
  }
  AT(j[MP_Y])[p * block + e] = best;
  AT(j[MP_ARG])[p * block + e] = arg;
}

KERNEL(route) ARGS { // x is dy, y is dx
  BEGIN
  const int block = j[MP_BLOCK], per = CEIL(block, WG), p = tile / per, e = tile % per * WG + l;
  if (e >= block) return;
  const int end = tables[j[MP_START] + p + 1];
  T v = 0;
  for (int i = tables[j[MP_START] + p]; i < end; i++) {
    const int el = tables[j[MP_XS] + i] * block + e;
    if (AT(j[MP_ARG])[el] == (T)tables[j[MP_WS] + i]) v += AT(j[MP_X])[el];
  }
  AT(j[MP_Y])[p * block + e] = v;
}
`

func drawMaxPool[T kernel.Float](d *Drawer[T]) Case[T] {
	h, w := d.image()
	s := MaxPool[T]{In: d.size(h, w), Window: d.window(h, w, squares...)}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true, Keeps: true,
		Inputs: [][]T{d.values(s.In.Len())}}
}

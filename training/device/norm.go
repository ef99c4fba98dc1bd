package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// BatchNorm normalises channels over pixels and batch (Ioffe and Szegedy 2015). Its weights
// are scale and shift, or none. Stats, [2][C], are the running mean and variance; they are
// read instead of the batch's own unless Training.
type BatchNorm[T kernel.Float] struct {
	In                Size
	Momentum, Epsilon float64
	Training          bool
	Stats             []T
}

func (s BatchNorm[T]) Out() Size { return s.In }

func (s BatchNorm[T]) CPU() Kernel[T] { return newNorm(s) }

type norm[T kernel.Float] struct {
	onHost[T]
	BatchNorm[T]
	mean, inv, a, b, q []T // of each channel
	acc                []T // two blocks
}

func newNorm[T kernel.Float](s BatchNorm[T]) *norm[T] {
	k := &norm[T]{BatchNorm: s, acc: make([]T, 2*s.In.C*s.In.Row)}
	for _, p := range []*[]T{&k.mean, &k.inv, &k.a, &k.b, &k.q} {
		*p = make([]T, s.In.C)
	}
	return k
}

// total adds up a channel's lanes that are in use.
func (k *norm[T]) total(acc []T, c int) float64 {
	var sum float64
	for _, v := range acc[c*k.In.Row:][:k.In.Batch] {
		sum += float64(v)
	}
	return sum
}

func (k *norm[T]) Forward(out []T, in ...[]T) Call {
	var gamma, beta []T
	if len(in) > 1 {
		gamma, beta = in[1], in[2]
	}
	x := in[0]
	return func() { k.forward(out, x, gamma, beta) }
}

func (k *norm[T]) forward(out, x, gamma, beta []T) {
	rows := k.In.rows()
	n := float64(k.In.Pixels * k.In.Batch)
	if k.Training {
		acc := k.acc[:k.In.C*k.In.Row]
		clear(acc)
		kernel.Sum(acc, x)
		for c := range k.mean {
			k.mean[c] = T(k.total(acc, c) / n)
		}
		clear(acc)
		kernel.Square(acc, x, k.mean, rows)
		for c := range k.mean {
			v := k.total(acc, c)
			k.inv[c] = T(1 / math.Sqrt(v/n+k.Epsilon))
			m := T(k.Momentum)
			k.Stats[c] += T(m * (k.mean[c] - k.Stats[c]))
			// The running variance is the unbiased one, as PyTorch keeps it.
			k.Stats[k.In.C+c] += T(m * (T(v/max(n-1, 1)) - k.Stats[k.In.C+c]))
		}
	} else {
		for c := range k.mean {
			k.mean[c], k.inv[c] = k.Stats[c], T(1/math.Sqrt(float64(k.Stats[k.In.C+c])+k.Epsilon))
		}
	}
	for c := range k.mean {
		k.a[c], k.b[c] = k.inv[c], 0
		if gamma != nil {
			k.a[c], k.b[c] = gamma[c]*k.inv[c], beta[c]
		}
		k.b[c] -= T(k.mean[c] * k.a[c])
	}
	kernel.Affine(out, x, k.a, k.b, rows)
}

func (k *norm[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	var gamma, dgamma, dbeta []T
	if len(dw) > 0 {
		gamma, dgamma, dbeta = in[1], dw[0], dw[1]
	}
	x := in[0]
	return func() { k.backward(dx, dgamma, dbeta, dy, x, gamma) }
}

func (k *norm[T]) backward(dx, dgamma, dbeta, dy, x, gamma []T) {
	rows := k.In.rows()
	n := T(k.In.Pixels * k.In.Batch)
	clear(k.acc)
	g, b := k.acc[:len(k.acc)/2], k.acc[len(k.acc)/2:]
	kernel.Moments(g, b, dy, x, k.mean, rows)
	for c := range k.mean {
		dg, db := T(T(k.total(g, c))*k.inv[c]), T(k.total(b, c))
		k.a[c] = k.inv[c]
		if gamma != nil {
			dgamma[c] += dg
			dbeta[c] += db
			k.a[c] *= gamma[c]
		}
		// dx = a·(dy - db/n - (x - mean)·inv·dg/n)
		k.b[c], k.q[c] = 0, 0
		if k.Training {
			k.b[c] = -k.a[c] * k.inv[c] * dg / n
			k.q[c] = -k.a[c]*db/n - T(k.mean[c]*k.b[c])
		}
	}
	if dx == nil {
		return
	}
	kernel.Affine2(dx, dy, x, k.a, k.b, k.q, rows)
	unused(dx, k.In)
}

// unused clears the lanes without an image, where a gradient must be zero.
func unused[T kernel.Float](dx []T, s Size) {
	if s.Batch == s.Row {
		return
	}
	for i := 0; i < len(dx); i += s.Row {
		clear(dx[i+s.Batch : i+s.Row])
	}
}

// Launches cut a channel's numbers in parts: the mean of each part and its sum of squared distances from it are joined
// as Chan, Golub and LeVeque 1983 do, so that nothing is lost where the mean is far from zero. Every group of the
// second launch joins the parts for itself, which costs less than a launch between the two.
func (s BatchNorm[T]) Launches() launch.Operation[T] {
	c, row, pixels := s.In.C, s.In.Row, s.In.Pixels
	// 1024 numbers are worth a group, and 128 parts are joined in two rounds of its items.
	parts := max(1, min(pixels, pixels*row/1024, 128))
	tiles := c * ceil(pixels*row, 1024)
	// The scratch is the constants, each channel's mean and 1/deviation, and the parts.
	save, sums := launch.Unit, launch.Unit+kernel.Pad(2*c)
	op := launch.Operation[T]{Scratch: sums + 2*c*parts, Constants: []T{T(s.Epsilon), T(s.Momentum)}}
	job := func(m launch.Maker[T], scratch, y, x, dy, gamma, beta, dgamma, dbeta []T) launch.Job {
		return launch.JobOf(m.At(y), m.At(x), m.At(dy), m.At(gamma), m.At(beta), m.At(dgamma), m.At(dbeta),
			m.At(s.Stats), m.At(scratch), m.At(scratch[save:]), m.At(scratch[sums:]), int32(c), int32(row),
			int32(s.In.Batch), int32(pixels), int32(parts), flag(s.Training))
	}
	op.Forward = func(m launch.Maker[T], scratch, out []T, in [][]T) (ls []launch.Launch) {
		constants, save, sums := scratch[:save], scratch[save:sums], scratch[sums:]
		var gamma, beta []T
		if len(in) > 1 {
			gamma, beta = in[1], in[2]
		}
		j := job(m, scratch, out, in[0], nil, gamma, beta, nil, nil)
		apply := launch.Launch{Kernel: "bnapply", Groups: tiles, Job: j,
			Reads:  spans(m, in[0], gamma, beta, s.Stats, constants),
			Writes: spans(m, out, save)}
		if s.Training {
			ls = append(ls, launch.Launch{Kernel: "bnpart", Groups: c * parts, Job: j, Reads: spans(m, in[0]),
				Writes: spans(m, sums)})
			apply.Reads = append(apply.Reads, spans(m, sums)...)
			apply.Writes = append(apply.Writes, spans(m, s.Stats)...)
		}
		return append(ls, apply)
	}
	op.Backward = func(m launch.Maker[T], scratch, dx []T, dw [][]T, dy []T, in [][]T) []launch.Launch {
		save, sums := scratch[save:sums], scratch[sums:]
		var gamma, dgamma, dbeta []T
		if len(dw) > 0 {
			gamma, dgamma, dbeta = in[1], dw[0], dw[1]
		}
		j := job(m, scratch, dx, in[0], dy, gamma, nil, dgamma, dbeta)
		groups := tiles
		if dx == nil { // a group a channel adds the weights' gradients
			groups = c
		}
		x := in[0]
		apply := launch.Launch{Kernel: "bnbapply", Groups: groups, Job: j,
			Reads: spans(m, save, sums, gamma, dgamma, dbeta), Writes: spans(m, dx, dgamma, dbeta)}
		if dx != nil {
			apply.Reads = append(apply.Reads, spans(m, dy, x)...)
		}
		return []launch.Launch{{Kernel: "bnbpart", Groups: c * parts, Job: j, Reads: spans(m, x, dy, save),
			Writes: spans(m, sums)}, apply}
	}
	return op
}

const normSource = `
enum { BN_Y, BN_X, BN_DY, BN_GAMMA, BN_BETA, BN_DGAMMA, BN_DBETA, BN_STATS, BN_CONST, BN_SAVE, BN_SUMS, BN_C, BN_ROW,
  BN_BATCH, BN_PIXELS, BN_PARTS, BN_TRAINING, BN_TILE = 1024 };
// The first pixel of a part.
#define BN_FROM(s) ((int)((long)j[BN_PIXELS] * (s) / j[BN_PARTS]))
// An item takes every WG-th number of a channel: it is at lane i, which is element el, and BN_NEXT steps on. It counts
// rows along, since dividing for each number would cost more than all else that is done with it.
#define BN_BEGIN(e) int i = (e) % row, el = ((e) / row * c_ + c) * row + i;
#define BN_NEXT for (i += WG, el += WG; i >= row; i -= row) el += (c_ - 1) * row;

KERNEL(bnpart) ARGS {
  BEGIN
  LOCAL T buf[WG];
  const int c_ = j[BN_C], row = j[BN_ROW], b = j[BN_BATCH], S = j[BN_PARTS], s = tile % S, c = tile / S;
  const int from = BN_FROM(s) * row, end = BN_FROM(s + 1) * row;
  GLOBAL const T *x = AT(j[BN_X]);
  BN_BEGIN(from + l)
  const int i0 = i, el0 = el;
  T v = 0;
  for (int e = from + l; e < end; e += WG) {
    v += i < b ? x[el] : (T)0;
    BN_NEXT
  }
  FOLD(buf, v)
  const T mean = buf[0] / (T)((end - from) / row * b);
  v = 0, i = i0, el = el0;
  for (int e = from + l; e < end; e += WG) {
    const T d = x[el] - mean;
    v += i < b ? d * d : (T)0;
    BN_NEXT
  }
  FOLD(buf, v)
  if (l == 0) AT(j[BN_SUMS])[2 * tile] = mean, AT(j[BN_SUMS])[2 * tile + 1] = buf[0];
}

KERNEL(bnapply) ARGS {
  BEGIN
  LOCAL T buf[WG];
  const int c_ = j[BN_C], row = j[BN_ROW], b = j[BN_BATCH], S = j[BN_TRAINING] ? j[BN_PARTS] : 0;
  const int n_ = j[BN_PIXELS] * row, per = CEIL(n_, BN_TILE), c = tile / per, part = tile % per;
  GLOBAL T *stats = AT(j[BN_STATS]);
  GLOBAL const T *sums = AT(j[BN_SUMS]) + 2 * c * S;
  const T n = (T)(j[BN_PIXELS] * b);
  T v = 0;
  for (int s = l; s < S; s += WG) v += sums[2 * s] * (T)((BN_FROM(s + 1) - BN_FROM(s)) * b);
  FOLD(buf, v)
  T mean = buf[0] / n;
  v = 0;
  for (int s = l; s < S; s += WG) {
    const T d = sums[2 * s] - mean;
    v += sums[2 * s + 1] + d * d * (T)((BN_FROM(s + 1) - BN_FROM(s)) * b);
  }
  FOLD(buf, v)
  T var = buf[0] / n;
  if (!j[BN_TRAINING]) {
    mean = stats[c], var = stats[c_ + c];
  } else if (part == 0 && l == 0) { // the running variance is the unbiased one, as PyTorch keeps it
    const T momentum = AT(j[BN_CONST])[1];
    stats[c] += momentum * (mean - stats[c]);
    stats[c_ + c] += momentum * (buf[0] / (n > 2 ? n - 1 : (T)1) - stats[c_ + c]);
  }
  const T inv = 1 / sqrt(var + AT(j[BN_CONST])[0]);
  if (part == 0 && l == 0) AT(j[BN_SAVE])[c] = mean, AT(j[BN_SAVE])[c_ + c] = inv;
  const T a = j[BN_GAMMA] >= 0 ? AT(j[BN_GAMMA])[c] * inv : inv, beta = j[BN_BETA] >= 0 ? AT(j[BN_BETA])[c] : (T)0;
  const int end = min(n_, (part + 1) * BN_TILE);
  BN_BEGIN(part * BN_TILE + l)
  for (int e = part * BN_TILE + l; e < end; e += WG) {
    AT(j[BN_Y])[el] = (AT(j[BN_X])[el] - mean) * a + beta;
    BN_NEXT
  }
}

KERNEL(bnbpart) ARGS {
  BEGIN
  LOCAL T buf[WG];
  const int c_ = j[BN_C], row = j[BN_ROW], S = j[BN_PARTS], s = tile % S, c = tile / S;
  const int from = BN_FROM(s) * row, end = BN_FROM(s + 1) * row;
  const T mean = AT(j[BN_SAVE])[c];
  T g = 0, b = 0;
  BN_BEGIN(from + l)
  for (int e = from + l; e < end; e += WG) {
    if (i < j[BN_BATCH]) { // a lane without an image has numbers that may be none
      const T d = AT(j[BN_DY])[el];
      g += d * (AT(j[BN_X])[el] - mean);
      b += d;
    }
    BN_NEXT
  }
  FOLD(buf, g)
  if (l == 0) AT(j[BN_SUMS])[2 * tile] = buf[0];
  FOLD(buf, b)
  if (l == 0) AT(j[BN_SUMS])[2 * tile + 1] = buf[0];
}

KERNEL(bnbapply) ARGS { // dx = a·(dy - db/n - (x - mean)·inv·dg/n)
  BEGIN
  LOCAL T buf[WG];
  const int c_ = j[BN_C], row = j[BN_ROW], b = j[BN_BATCH], S = j[BN_PARTS], n_ = j[BN_PIXELS] * row;
  const int per = j[BN_Y] >= 0 ? CEIL(n_, BN_TILE) : 1, c = tile / per, part = tile % per;
  GLOBAL const T *sums = AT(j[BN_SUMS]) + 2 * c * S;
  const T mean = AT(j[BN_SAVE])[c], inv = AT(j[BN_SAVE])[c_ + c], n = (T)(j[BN_PIXELS] * b);
  T v = 0;
  for (int s = l; s < S; s += WG) v += sums[2 * s];
  FOLD(buf, v)
  const T dg = buf[0] * inv;
  v = 0;
  for (int s = l; s < S; s += WG) v += sums[2 * s + 1];
  FOLD(buf, v)
  const T db = buf[0];
  T a = inv;
  if (j[BN_GAMMA] >= 0) {
    a *= AT(j[BN_GAMMA])[c];
    if (part == 0 && l == 0) AT(j[BN_DGAMMA])[c] += dg, AT(j[BN_DBETA])[c] += db;
  }
  if (j[BN_Y] < 0) return;
  const T k = j[BN_TRAINING] ? a * inv * dg / n : (T)0, q = j[BN_TRAINING] ? a * db / n : (T)0;
  const int end = min(n_, (part + 1) * BN_TILE);
  BN_BEGIN(part * BN_TILE + l)
  for (int e = part * BN_TILE + l; e < end; e += WG) {
    AT(j[BN_Y])[el] = i < b ? AT(j[BN_DY])[el] * a - (AT(j[BN_X])[el] - mean) * k - q : (T)0;
    BN_NEXT
  }
}
`

func drawNorm[T kernel.Float](d *Drawer[T]) Case[T] {
	s := BatchNorm[T]{In: d.size(d.image()), Momentum: 0.1, Epsilon: 1e-5, Training: !d.one(4)}
	stats := d.values(2 * s.In.C)
	for i, v := range stats[s.In.C:] {
		stats[s.In.C+i] = T(v*v) + 0.5
	}
	c := Case[T]{Slabs: [][]T{stats}, Gradient: true, Inputs: [][]T{d.values(s.In.Len())},
		Spec: func(slabs [][]T, _ []float64) Spec[T] {
			s.Stats = slabs[0]
			return s
		}}
	if !d.one(4) {
		c.Inputs, c.Weights = append(c.Inputs, d.values(s.In.C), d.values(s.In.C)), 2
	}
	return c
}

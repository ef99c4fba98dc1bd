package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// CrossEntropy is the softmax's with labels smoothed by Smoothing (Szegedy et al. 2016, section
// 7), averaged over the batch and times Weight. Its output is the gradient of the logits. Labels
// are classes, one a lane and -1 where a lane has no image. The loss, the mean over the batch
// without Weight, and the number of right answers are left in the row of Results that Scalars name.
type CrossEntropy[T kernel.Float] struct {
	In                Size
	Smoothing, Weight float64
	Labels, Scalars   []T
	Results           []float64
}

func (s CrossEntropy[T]) Out() Size { return s.In }

func (s CrossEntropy[T]) CPU() Kernel[T] { return crossEntropy[T]{CrossEntropy: s} }

type crossEntropy[T kernel.Float] struct {
	forwardOnly[T]
	CrossEntropy[T]
}

func (k crossEntropy[T]) Forward(out []T, in ...[]T) Call {
	x := in[0]
	return func() { k.forward(out, x) }
}

func (k *crossEntropy[T]) forward(out, x []T) {
	lanes, classes, labels := k.In.Row, k.In.C, k.Labels[:k.In.Batch]
	clear(out)
	n, loss, correct := 0, 0.0, 0
	for _, y := range labels {
		if y >= 0 {
			n++
		}
	}
	scale := k.Weight / float64(max(n, 1))
	off := k.Smoothing / float64(classes)
	for b, y := range labels {
		if y < 0 { // no image in this lane
			continue
		}
		best, top := 0, math.Inf(-1)
		for c := range classes {
			if v := float64(x[c*lanes+b]); v > top {
				best, top = c, v
			}
		}
		if best == int(y) && !math.IsInf(top, 0) {
			correct++
		}
		z := 0.0
		for c := range classes {
			z += math.Exp(float64(x[c*lanes+b]) - top)
		}
		log := top + math.Log(z)
		for c := range classes {
			want := off
			if c == int(y) {
				want += 1 - k.Smoothing
			}
			v := float64(x[c*lanes+b]) - log
			loss -= float64(want * v)
			out[c*lanes+b] = T((math.Exp(v) - want) * scale)
		}
	}
	r := k.Results[ResultCount*row(k.Scalars):][:ResultCount]
	r[ResultLoss], r[ResultCorrect] = loss/float64(max(n, 1)), float64(correct)
}

// Launches have an item for each lane, and then a group that adds up the lanes' losses and right answers.
func (s CrossEntropy[T]) Launches() launch.Operation[T] {
	lanes, unit := s.In.Row, launch.Unit
	return launch.Operation[T]{
		Scratch:   unit + 2*lanes, // the constants, and the two numbers of each lane
		Constants: []T{T(s.Smoothing / float64(s.In.C)), T(1 - s.Smoothing), T(s.Weight)},
		Forward: func(m launch.Maker[T], scratch, out []T, in [][]T) []launch.Launch {
			constants, sums := scratch[:unit], scratch[unit:]
			j := launch.JobOf(m.At(out), m.At(in[0]), m.At(s.Labels), m.At(s.Scalars), m.At(constants), m.At(sums),
				m.Result(s.Results), int32(s.In.C), int32(lanes), int32(s.In.Batch))
			results := []launch.Span{m.ResultSpan(s.Results)}
			return []launch.Launch{
				{Kernel: "entropy", Groups: ceil(lanes, launch.Group), Job: j,
					Reads: spans(m, in[0], s.Labels, constants), Writes: spans(m, out, sums)},
				{Kernel: "losses", Groups: 1, Job: j, Reads: spans(m, s.Labels, s.Scalars, sums), Writes: results},
			}
		},
	}
}

const entropySource = `
enum { CE_OUT, CE_X, CE_LABELS, CE_SCALARS, CE_CONST, CE_SUMS, CE_RESULTS, CE_C, CE_ROW, CE_BATCH };
// CE_IMAGES leaves the number of images, at least 1, in buf[0].
#define CE_IMAGES                                                                            \
  T n_ = 0;                                                                                  \
  for (int i = l; i < j[CE_BATCH]; i += WG) n_ += AT(j[CE_LABELS])[i] >= 0 ? (T)1 : (T)0;    \
  FOLD(buf, n_)                                                                              \
  const T images = buf[0] > 0 ? buf[0] : (T)1;

KERNEL(entropy) ARGS {
  BEGIN
  LOCAL T buf[WG];
  CE_IMAGES
  const int row = j[CE_ROW], classes = j[CE_C], n = tile * WG + l;
  if (n >= row) return;
  GLOBAL const T *x = AT(j[CE_X]) + n;
  GLOBAL T *out = AT(j[CE_OUT]) + n;
  const T off = AT(j[CE_CONST])[0], on = AT(j[CE_CONST])[1], scale = AT(j[CE_CONST])[2] / images;
  const int y = n < j[CE_BATCH] ? (int)AT(j[CE_LABELS])[n] : -1;
  int best = 0;
  T top = -INF, z = 0, loss = 0;
  for (int c = 0; c < classes; c++)
    if (x[c * row] > top) best = c, top = x[c * row];
  for (int c = 0; c < classes; c++) z += exp(x[c * row] - top);
  z = log(z);
  for (int c = 0; c < classes; c++) {
    const T want = c == y ? off + on : off, v = x[c * row] - top - z;
    loss -= want * v;
    out[c * row] = y < 0 ? (T)0 : (exp(v) - want) * scale;
  }
  AT(j[CE_SUMS])[n] = y < 0 ? (T)0 : loss;
  AT(j[CE_SUMS])[row + n] = best == y && FINITE(top) ? (T)1 : (T)0;
}

KERNEL(losses) ARGS {
  BEGIN
  LOCAL T buf[WG];
  CE_IMAGES
  GLOBAL T *results = AT(j[CE_RESULTS]) + RESULTS * (int)AT(j[CE_SCALARS])[SCALAR_ROW];
  T loss = 0, right = 0;
  for (int n = l; n < j[CE_ROW]; n += WG) loss += AT(j[CE_SUMS])[n], right += AT(j[CE_SUMS])[j[CE_ROW] + n];
  FOLD(buf, loss)
  if (l == 0) results[RESULT_LOSS] = buf[0] / images;
  FOLD(buf, right)
  if (l == 0) results[RESULT_CORRECT] = buf[0];
}
`

func drawEntropy[T kernel.Float](d *Drawer[T]) Case[T] {
	const rows = 3
	s := CrossEntropy[T]{In: d.size(1, 1), Weight: []float64{1, 0.4}[d.Rand.IntN(2)],
		Smoothing: []float64{0, 0.1}[d.Rand.IntN(2)]}
	labels := make([]T, s.In.Row)
	for i := range labels {
		labels[i] = -1
		if i < s.In.Batch && !d.one(8) {
			labels[i] = T(d.Rand.IntN(s.In.C))
		}
	}
	logits := d.values(s.In.Len())
	for i := range logits {
		logits[i] *= 4
	}
	return Case[T]{Slabs: [][]T{labels, d.scalars(rows)}, Rows: rows, Inputs: [][]T{logits},
		Spec: func(slabs [][]T, results []float64) Spec[T] {
			s.Labels, s.Scalars, s.Results = slabs[0], slabs[1], results
			return s
		}}
}

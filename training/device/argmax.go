package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Argmax finds each lane's class of the highest logit, the first of equals: class 0 where the first logit is a NaN, and
// never another class whose logit is. In is the size of the logits, of one pixel. The class of a lane goes to
// Answers[row*In.Row+lane], with the row that Scalars name; those of unused lanes are anybody's guess. It has no output
// of its own.
type Argmax[T kernel.Float] struct {
	In               Size
	Scalars, Answers []T
}

func (s Argmax[T]) Out() Size { return Size{} }

func (s Argmax[T]) CPU() Kernel[T] { return argmax[T]{Argmax: s} }

type argmax[T kernel.Float] struct {
	forwardOnly[T]
	Argmax[T]
}

func (k argmax[T]) Forward(_ []T, in ...[]T) Call {
	logits, lanes := in[0], k.In.Row
	return func() {
		answers := k.Answers[row(k.Scalars)*lanes:][:lanes]
		for b := range k.In.Batch {
			best := 0
			for c := range k.In.C {
				if logits[c*lanes+b] > logits[best*lanes+b] {
					best = c
				}
			}
			answers[b] = T(best)
		}
	}
}

// Launches is one with an item for each lane.
func (s Argmax[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, _ []T, in [][]T) []launch.Launch {
		return []launch.Launch{{Kernel: "argmax", Groups: ceil(s.In.Row, launch.Group),
			Job: launch.JobOf(m.At(s.Answers), m.At(in[0]), m.At(s.Scalars), int32(s.In.C), int32(s.In.Row),
				int32(s.In.Batch)),
			Reads: spans(m, in[0], s.Scalars), Writes: spans(m, s.Answers)}}
	}}
}

const argmaxSource = `
enum { AM_ANSWERS, AM_X, AM_SCALARS, AM_C, AM_ROW, AM_BATCH };
KERNEL(argmax) ARGS {
  BEGIN
  const int row = j[AM_ROW], n = tile * WG + l;
  if (n >= j[AM_BATCH]) return;
  GLOBAL const T *x = AT(j[AM_X]) + n;
  int best = 0;
  for (int c = 1; c < j[AM_C]; c++)
    if (x[c * row] > x[best * row]) best = c;
  AT(j[AM_ANSWERS])[(int)AT(j[AM_SCALARS])[SCALAR_ROW] * row + n] = (T)best;
}
`

func drawArgmax[T kernel.Float](d *Drawer[T]) Case[T] {
	const rows = 3
	s := Argmax[T]{In: d.size(1, 1)}
	return Case[T]{Slabs: [][]T{d.scalars(rows), make([]T, rows*s.In.Row)}, Inputs: [][]T{d.values(s.In.Len())},
		Spec: func(slabs [][]T, _ []float64) Spec[T] {
			s.Scalars, s.Answers = slabs[0], slabs[1]
			return s
		}}
}

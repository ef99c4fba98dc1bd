package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// spans are the stretches of operands, but for those that are nil.
func spans[T kernel.Float](m launch.Maker[T], operands ...[]T) []launch.Span {
	s := make([]launch.Span, 0, len(operands))
	for _, o := range operands {
		if len(o) > 0 {
			s = append(s, m.Span(o))
		}
	}
	return s
}

// flag is a condition as kernels take it.
func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// ceil divides and rounds up.
func ceil(a, b int) int { return (a + b - 1) / b }

// tile is the number of elements that a group of a kernel computes which does little for each: 16 a work-item.
const tile = 16 * launch.Group

// How an elementwise launch makes an element.
const (
	elementSum  = iota // of all operands: a copy of one, zero of none
	elementReLU        // the first where the second is above zero, else 0
	elementMask        // the product with the second, which repeats
	elementOne         // one
)

// elementwise fills out from operands, at most elementwiseMost; period is the length of a mask.
func elementwise[T kernel.Float](m launch.Maker[T], how, period int, out []T, in ...[]T) launch.Launch {
	job := []int32{m.At(out), int32(len(out)), int32(how), int32(period), int32(len(in))}
	for _, x := range in {
		job = append(job, m.At(x))
	}
	return launch.Launch{Kernel: "elements", Groups: ceil(len(out), tile), Job: launch.JobOf(job...),
		Reads: spans(m, in...), Writes: spans(m, out)}
}

// elementwiseMost is how many operands a job has room for.
const elementwiseMost = len(launch.Job{}) - 5

const elementsSource = `
enum { EW_OUT, EW_N, EW_HOW, EW_PERIOD, EW_COUNT, EW_IN, EW_SUM = 0, EW_RELU, EW_MASK, EW_ONE, TILE = 16 * WG };
KERNEL(elements) ARGS {
  BEGIN
  const int end = min(j[EW_N], (tile + 1) * TILE);
  GLOBAL T *out = AT(j[EW_OUT]);
  for (int i = tile * TILE + l; i < end; i += WG) {
    T v = j[EW_COUNT] > 0 ? AT(j[EW_IN])[i] : (T)0;
    switch (j[EW_HOW]) {
    case EW_SUM:
      for (int k = 1; k < j[EW_COUNT]; k++) v += AT(j[EW_IN + k])[i];
      break;
    case EW_RELU:
      if (AT(j[EW_IN + 1])[i] <= 0) v = 0;
      break;
    case EW_MASK:
      v *= AT(j[EW_IN + 1])[i % j[EW_PERIOD]];
      break;
    case EW_ONE:
      v = 1;
    }
    out[i] = v;
  }
}
`

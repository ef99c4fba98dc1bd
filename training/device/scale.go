package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Scale multiplies an activation by one number, its weight [1]: an operation's share in a mixture (Liu, Simonyan and
// Yang 2019, equation 2).
type Scale[T kernel.Float] struct{ In Size }

func (s Scale[T]) Out() Size { return s.In }

func (s Scale[T]) CPU() Kernel[T] {
	c := s.In.C
	return &scale[T]{Scale: s, by: make([]T, c), zero: make([]T, c), acc: make([]T, 2*c*s.In.Row)}
}

type scale[T kernel.Float] struct {
	onHost[T]
	Scale[T]
	by, zero []T // of each channel
	acc      []T // two blocks
}

func (k *scale[T]) Forward(out []T, in ...[]T) Call {
	x, w := in[0], in[1]
	return func() { k.multiply(out, x, w) }
}

func (k *scale[T]) multiply(out, x, w []T) {
	for c := range k.by {
		k.by[c] = w[0]
	}
	kernel.Affine(out, x, k.by, k.zero, k.In.rows())
}

func (k *scale[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	x, w, share := in[0], in[1], dw[0]
	return func() {
		clear(k.acc)
		g, b := k.acc[:len(k.acc)/2], k.acc[len(k.acc)/2:]
		kernel.Moments(g, b, dy, x, k.zero, k.In.rows())
		var sum float64
		for i, v := range g {
			if i%k.In.Row < k.In.Batch {
				sum += float64(v)
			}
		}
		share[0] += T(sum)
		if dx != nil {
			k.multiply(dx, dy, w)
		}
	}
}

// Launches are elementwise; the gradient of the weight has one group, which adds up all products.
func (s Scale[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{
		Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
			return []launch.Launch{elementwise(m, elementMask, 1, out, in[0], in[1])}
		},
		Backward: func(m launch.Maker[T], _, dx []T, dw [][]T, dy []T, in [][]T) []launch.Launch {
			ls := []launch.Launch{{Kernel: "products", Groups: 1,
				Job: launch.JobOf(m.At(dw[0]), m.At(dy), m.At(in[0]), int32(s.In.Len()), int32(s.In.Row),
					int32(s.In.Batch)),
				Reads: spans(m, dw[0], dy, in[0]), Writes: spans(m, dw[0])}}
			if dx != nil {
				ls = append(ls, elementwise(m, elementMask, 1, dx, dy, in[1]))
			}
			return ls
		},
	}
}

const scaleSource = `
enum { PR_DW, PR_DY, PR_X, PR_N, PR_ROW, PR_BATCH };
KERNEL(products) ARGS {
  BEGIN
  LOCAL T buf[WG];
  T v = 0;
  for (int i = l; i < j[PR_N]; i += WG) // lanes without an image may hold numbers that are none
    v += i % j[PR_ROW] < j[PR_BATCH] ? AT(j[PR_DY])[i] * AT(j[PR_X])[i] : (T)0;
  FOLD(buf, v)
  if (l == 0) AT(j[PR_DW])[0] += buf[0];
}
`

func drawScale[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Scale[T]{In: d.size(d.image())}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true,
		Inputs: [][]T{d.values(s.In.Len()), d.values(1)}, Weights: 1,
		Sums: float64(s.In.Pixels*s.In.C*s.In.Batch) / 2} // of products of normal numbers, whose mean magnitude is 2/π
}

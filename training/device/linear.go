package device

import (
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Linear is a matrix [O][C] and a bias [O] on one pixel.
type Linear[T kernel.Float] struct {
	In Size
	O  int
}

func (s Linear[T]) Out() Size { return Size{1, s.O, s.In.Row, s.In.Batch} }

func (s Linear[T]) CPU() Kernel[T] { return &linear[T]{conv: newConv(s.conv()), Linear: s} }

// conv is the matrix as a convolution of one pixel.
func (s Linear[T]) conv() Conv[T] {
	w := kernel.Window{H: 1, W: 1, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
	return Conv[T]{In: s.In, O: s.O, Window: w}
}

type linear[T kernel.Float] struct {
	onHost[T]
	Linear[T]
	conv *conv[T]
}

func (k *linear[T]) Forward(out []T, in ...[]T) Call {
	product, bias, lanes := k.conv.forward(out, in[0], in[1]), in[2], k.In.Row
	return func() {
		product()
		for o, b := range bias {
			row := out[o*lanes:][:lanes]
			for i := range row {
				row[i] += b
			}
		}
	}
}

func (k *linear[T]) Backward(dx []T, dw [][]T, dy []T, in ...[]T) Call {
	product, bias, lanes := k.conv.backward(dx, dw[0], dy, in[0], in[1]), dw[1], k.In.Row
	return func() {
		for o := range k.O {
			var sum T
			for _, v := range dy[o*lanes:][:lanes] {
				sum += v
			}
			bias[o] += sum
		}
		product()
	}
}

// Launches are a convolution's of one pixel, with the bias added as the outputs are written.
func (s Linear[T]) Launches() launch.Operation[T] { return s.conv().launches(true) }

// linearSource is the bias's gradient: a group for each output adds up the lanes.
const linearSource = `
enum { RS_TO, RS_DY, RS_ROW };
KERNEL(rowsum) ARGS {
  BEGIN
  LOCAL T buf[WG];
  GLOBAL const T *dy = AT(j[RS_DY]) + tile * j[RS_ROW];
  T v = 0;
  for (int n = l; n < j[RS_ROW]; n += WG) v += dy[n];
  FOLD(buf, v)
  if (l == 0) AT(j[RS_TO])[tile] += buf[0];
}
`

func drawLinear[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Linear[T]{In: d.size(1, 1), O: d.channels()}
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Gradient: true, Weights: 2,
		Inputs: [][]T{d.values(s.In.Len()), d.values(s.O * s.In.C), d.values(s.O)}}
}

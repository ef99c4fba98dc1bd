package device

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Conv is a convolution of In to O channels; its weights are [O][C][T], or [C][T] where
// Depthwise. ReLU rectifies the input first.
type Conv struct {
	In              Size
	O               int
	Window          kernel.Window
	Depthwise, ReLU bool
}

// BatchNorm normalises channels over pixels and batch (Ioffe and Szegedy 2015). Its weights
// are scale and shift, or none. Stats, [2][C], are the running mean and variance; they are
// read instead of the batch's own unless Training.
type BatchNorm[T kernel.Float] struct {
	In                Size
	Momentum, Epsilon float64
	Training          bool
	Stats             []T
}

// ReLU is max(x, 0).
type ReLU struct{ In Size }

// MaxPool takes maxima. Its output is twice its size: the maxima, then the taps they came from.
type MaxPool struct {
	In     Size
	Window kernel.Window
}

// AvgPool takes means: of the pixels that the window covers, or over the whole window's area
// where CountPad.
type AvgPool struct {
	In       Size
	Window   kernel.Window
	CountPad bool
}

// Sum adds its inputs.
type Sum struct{ In Size }

// Concat joins the channels of inputs with In.C channels each.
type Concat struct {
	In Size // of all together
	C  []int
}

// Slice keeps channels From to From+C-1.
type Slice struct {
	In      Size
	From, C int
}

// Place is a slice's gradient: the input's channels from From on of C, the rest zero.
type Place struct {
	In      Size
	From, C int
}

// Zero is zero.
type Zero struct{ Size }

// Linear is a matrix [O][C] and a bias [O] on one pixel.
type Linear struct {
	In Size
	O  int
}

// Dropout clears elements, or with Paths whole images, with probability *Rate, and scales the
// others up. Stream returns the generator of this step's mask.
type Dropout struct {
	In     Size
	Paths  bool
	Rate   *float64
	Stream func() *rand.Rand
}

// CrossEntropy is the softmax's with labels smoothed by Smoothing (Szegedy et al. 2016, section
// 7), averaged over the batch and times Weight. Its output is the gradient of the logits; the
// loss is left in Loss and the number of correct answers in Correct.
type CrossEntropy struct {
	In        Size
	Smoothing float64
	Weight    float64
	Labels    *[]int32
	Loss      *float64 // mean over the batch, without Weight
	Correct   *int
}

func window(in Size, c int, w kernel.Window) Size { return Size{w.OH * w.OW, c, in.Row, in.Batch} }

func (s Conv) Out() Size         { return window(s.In, s.O, s.Window) }
func (s BatchNorm[T]) Out() Size { return s.In }
func (s ReLU) Out() Size         { return s.In }
func (s AvgPool) Out() Size      { return window(s.In, s.In.C, s.Window) }
func (s Sum) Out() Size          { return s.In }
func (s Concat) Out() Size       { return s.In }
func (s Zero) Out() Size         { return s.Size }
func (s Dropout) Out() Size      { return s.In }
func (s CrossEntropy) Out() Size { return s.In }
func (s Linear) Out() Size       { return Size{1, s.O, s.In.Row, s.In.Batch} }
func (s Slice) Out() Size        { return Size{s.In.Pixels, s.C, s.In.Row, s.In.Batch} }
func (s Place) Out() Size        { return Size{s.In.Pixels, s.C, s.In.Row, s.In.Batch} }
func (s MaxPool) Out() Size {
	z := window(s.In, s.In.C, s.Window)
	z.Pixels *= 2
	return z
}

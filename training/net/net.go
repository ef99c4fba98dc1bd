package net

import (
	"cmp"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Shape is an activation's channels, height and width.
type Shape struct{ C, H, W int }

// Layer is one operation on earlier layers.
type Layer struct {
	Name string // unique in its net, a path: "cell2/block0/left/conv"
	Op   Op
	In   []int // earlier layers
	Out  Shape
}

// Net is a network: Layers[0] is the input, every layer reads earlier ones.
type Net struct {
	Layers []Layer
	Output int // the layer of logits, Classes×1×1
	Aux    int // logits of an auxiliary head, used in training alone; -1 where there is none
	Cells  int // as Config.Layers counts them: those of all stacks, with nb201's residual blocks and without a stem's
}

// Op is what a layer does; the types below are all there are.
type Op interface{ op() }

type (
	// Input is the batch of images.
	Input struct{}
	// Conv is a convolution; Depthwise gives each channel a window of its own. Weights are
	// [Out][In][KH][KW], or [Out][1][KH][KW] for a depthwise one. Negative padding skips so
	// many first rows or columns and none of the last: the second path of a factorised
	// reduction starts at pixel 1, 1. It does so in pools as well. Ceil rounds the output's size
	// up, for which zeros follow the last pixel.
	Conv struct {
		Out, KH, KW      int
		Stride, Dilation int
		StrideW          int // along a row, where that is not Stride; 0: Stride
		PadH, PadW       int
		Depthwise, Ceil  bool
	}
	// BatchNorm normalises each channel. Momentum is the weight of the new batch in the
	// running statistics, PyTorch's convention. Affine adds a learned scale and shift.
	BatchNorm struct {
		Momentum, Epsilon float64
		Affine            bool
	}
	// ReLU is max(x, 0).
	ReLU struct{}
	// MaxPool takes the maximum over a K×K window; padding never wins.
	MaxPool struct{ K, Stride, Pad int }
	// AvgPool takes the mean over a K×K window; CountPad counts padding as zeros.
	AvgPool struct {
		K, Stride, Pad int
		CountPad       bool
	}
	// GlobalAvgPool takes the mean over the image.
	GlobalAvgPool struct{}
	// Concat joins channels in the order of its inputs.
	Concat struct{}
	// Slice keeps channels From to To-1.
	Slice struct{ From, To int }
	// Add sums its inputs.
	Add struct{}
	// Weigh multiplies by the architecture weight of a gate of a [Supernet]; on a path it passes its input on.
	Weigh struct{ Gate int }
	// Ones is one everywhere, of its input's shape.
	Ones struct{}
	// Zero is zero, of its input's channels, with the stride's size.
	Zero struct{ Stride int }
	// Linear is a matrix [Out][In] with a bias, on C×1×1.
	Linear struct{ Out int }
	// Dropout clears features with probability Rate and scales the rest by 1/(1-Rate)
	// (Srivastava et al. 2014).
	Dropout struct{ Rate float64 }
	// DropPath clears whole images with a probability that the trainer sets (Larsson et al. 2017):
	// Rate is its largest value, approached at the end of training (Zoph et al. 2018, appendix A.7).
	DropPath struct{ Rate float64 }
)

// Strides are those from row to row and along a row.
func (c Conv) Strides() (h, w int) { return c.Stride, cmp.Or(c.StrideW, c.Stride) }

func (Input) op()         {}
func (Conv) op()          {}
func (BatchNorm) op()     {}
func (ReLU) op()          {}
func (MaxPool) op()       {}
func (AvgPool) op()       {}
func (GlobalAvgPool) op() {}
func (Concat) op()        {}
func (Slice) op()         {}
func (Add) op()           {}
func (Weigh) op()         {}
func (Ones) op()          {}
func (Zero) op()          {}
func (Linear) op()        {}
func (Dropout) op()       {}
func (DropPath) op()      {}

// Builder makes a net layer by layer. The first error stays; what follows it is ignored.
type Builder struct {
	net Net
	err error
}

// NewBuilder starts a net with its input, layer 0.
func NewBuilder(in Shape) *Builder {
	return &Builder{net: Net{Layers: []Layer{{Name: "input", Op: Input{}, Out: in}}, Output: -1, Aux: -1}}
}

// Shape is a layer's output.
func (b *Builder) Shape(layer int) Shape { return b.net.Layers[layer].Out }

// Add appends a layer and returns its number.
func (b *Builder) Add(name string, op Op, in ...int) int {
	if b.err != nil {
		return 0
	}
	shapes := make([]Shape, len(in))
	for i, k := range in {
		shapes[i] = b.net.Layers[k].Out
	}
	out, err := infer(op, shapes)
	if err != nil {
		b.err = fmt.Errorf("%s: %w", name, err)
		return 0
	}
	b.net.Layers = append(b.net.Layers, Layer{Name: name, Op: op, In: append([]int(nil), in...), Out: out})
	return len(b.net.Layers) - 1
}

// Net finishes a net with its layer of logits and, or -1, those of the auxiliary head.
func (b *Builder) Net(output, aux int) (*Net, error) {
	if b.err != nil {
		return nil, b.err
	}
	b.net.Output, b.net.Aux = output, aux
	return &b.net, nil
}

// infer gives an operation's output shape, or says why it cannot be.
func infer(op Op, in []Shape) (Shape, error) {
	s := in[0]
	switch o := op.(type) {
	case Conv:
		if o.Depthwise && o.Out != s.C {
			return s, fmt.Errorf("a depthwise convolution of %d channels cannot give %d: %w",
				s.C, o.Out, evolve.ErrInvalid)
		}
		return slide(s, o)
	case MaxPool:
		return slide(s, Conv{Out: s.C, KH: o.K, KW: o.K, Stride: o.Stride, Dilation: 1, PadH: o.Pad, PadW: o.Pad})
	case AvgPool:
		return slide(s, Conv{Out: s.C, KH: o.K, KW: o.K, Stride: o.Stride, Dilation: 1, PadH: o.Pad, PadW: o.Pad})
	case GlobalAvgPool:
		return Shape{s.C, 1, 1}, nil
	case Zero:
		return Shape{s.C, (s.H + o.Stride - 1) / o.Stride, (s.W + o.Stride - 1) / o.Stride}, nil
	case Slice:
		if o.From < 0 || o.To > s.C || o.From >= o.To {
			return s, fmt.Errorf("channels %d to %d of %d: %w", o.From, o.To, s.C, evolve.ErrInvalid)
		}
		return Shape{o.To - o.From, s.H, s.W}, nil
	case Linear:
		if s.H != 1 || s.W != 1 {
			return s, fmt.Errorf("a linear layer wants 1x1 images and got %dx%d: %w", s.H, s.W, evolve.ErrInvalid)
		}
		return Shape{o.Out, 1, 1}, nil
	case Concat:
		for _, t := range in[1:] {
			if t.H != s.H || t.W != s.W {
				return s, fmt.Errorf("images of %dx%d and %dx%d cannot be concatenated: %w",
					s.H, s.W, t.H, t.W, evolve.ErrInvalid)
			}
			s.C += t.C
		}
	case Add:
		for _, t := range in[1:] {
			if t != s {
				return s, fmt.Errorf("activations of %dx%dx%d and %dx%dx%d cannot be added: %w",
					s.C, s.H, s.W, t.C, t.H, t.W, evolve.ErrInvalid)
			}
		}
	}
	return s, nil
}

// slide is the output of a convolution, or of a pool with the same window.
func slide(s Shape, o Conv) (Shape, error) {
	h, w := s.H+o.PadH+max(o.PadH, 0)-o.Dilation*(o.KH-1)-1, s.W+o.PadW+max(o.PadW, 0)-o.Dilation*(o.KW-1)-1
	if h < 0 || w < 0 {
		return s, fmt.Errorf("an image of %dx%d is too small for a %dx%d window: %w",
			s.H, s.W, o.KH, o.KW, evolve.ErrInvalid)
	}
	down, along := o.Strides()
	if o.Ceil {
		h, w = h+down-1, w+along-1
	}
	return Shape{o.Out, h/down + 1, w/along + 1}, nil
}

package device

import (
	"slices"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Concat joins the channels of inputs with C[i] channels each.
type Concat[T kernel.Float] struct {
	In Size // of all together
	C  []int
}

// Slice keeps channels From to From+C-1.
type Slice[T kernel.Float] struct {
	In      Size
	From, C int
}

// Place is a slice's gradient: the input's channels from From on of C, the rest zero.
type Place[T kernel.Float] struct {
	In      Size
	From, C int
}

func (s Concat[T]) Out() Size { return s.In }
func (s Slice[T]) Out() Size  { return Size{s.In.Pixels, s.C, s.In.Row, s.In.Batch} }
func (s Place[T]) Out() Size  { return Size{s.In.Pixels, s.C, s.In.Row, s.In.Batch} }

func (s Concat[T]) CPU() Kernel[T] { return concat[T]{Concat: s} }
func (s Slice[T]) CPU() Kernel[T]  { return slice[T]{Slice: s} }
func (s Place[T]) CPU() Kernel[T]  { return place[T]{Place: s} }

func (s Concat[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }
func (s Slice[T]) Launches() launch.Operation[T]  { return launch.Operation[T]{} }
func (s Place[T]) Launches() launch.Operation[T]  { return launch.Operation[T]{} }

type concat[T kernel.Float] struct {
	Concat[T]
	forwardOnly[T]
}

func (k concat[T]) Forward(out []T, in ...[]T) Call {
	in = slices.Clone(in)
	return func() {
		at, block := 0, k.In.C*k.In.Row
		for i, x := range in {
			n := k.C[i] * k.In.Row
			for p := range k.In.Pixels {
				copy(out[p*block+at:][:n], x[p*n:])
			}
			at += n
		}
	}
}

type slice[T kernel.Float] struct {
	Slice[T]
	forwardOnly[T]
}

func (k slice[T]) Forward(out []T, in ...[]T) Call {
	x, n, block := in[0], k.C*k.In.Row, k.In.C*k.In.Row
	return func() {
		for p := range k.In.Pixels {
			copy(out[p*n:][:n], x[p*block+k.From*k.In.Row:])
		}
	}
}

type place[T kernel.Float] struct {
	Place[T]
	forwardOnly[T]
}

func (k place[T]) Forward(out []T, in ...[]T) Call {
	x, n, block := in[0], k.In.C*k.In.Row, k.C*k.In.Row
	return func() {
		clear(out)
		for p := range k.In.Pixels {
			copy(out[p*block+k.From*k.In.Row:][:n], x[p*n:])
		}
	}
}

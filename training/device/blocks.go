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

// Launches is one for as many inputs as a job names.
func (s Concat[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, in [][]T) (ls []launch.Launch) {
		for at, i := 0, 0; i < len(in); {
			b := blocks[T]{out: out, pixels: s.In.Pixels, block: s.In.C * s.In.Row, from: at}
			for ; i < len(in) && len(b.pieces) < blocksMost; i++ {
				n := s.C[i] * s.In.Row
				b.pieces = append(b.pieces, piece[T]{in[i], n})
				at += n
			}
			ls = append(ls, b.launch(m, in[i-len(b.pieces):i]...))
		}
		return ls
	}}
}

// Launches is one that takes a piece out of each of the input's blocks.
func (s Slice[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
		n := s.C * s.In.Row
		b := blocks[T]{out: out, pixels: s.In.Pixels, block: n, stride: s.In.C * s.In.Row,
			pieces: []piece[T]{{in[0][s.From*s.In.Row:], n}}}
		return []launch.Launch{b.launch(m, in[0])}
	}}
}

// Launches is one that writes zeros around the input's blocks.
func (s Place[T]) Launches() launch.Operation[T] {
	return launch.Operation[T]{Forward: func(m launch.Maker[T], _, out []T, in [][]T) []launch.Launch {
		row, n := s.In.Row, s.In.C*s.In.Row
		b := blocks[T]{out: out, pixels: s.In.Pixels, block: s.C * row,
			pieces: []piece[T]{{nil, s.From * row}, {in[0], n}, {nil, s.C*row - n - s.From*row}}}
		return []launch.Launch{b.launch(m, in[0])}
	}}
}

// blocks is a launch that fills the blocks of out, one a pixel, from element from on with pieces.
type blocks[T kernel.Float] struct {
	out                 []T
	pixels, block, from int
	stride              int // from a piece to the next pixel's; 0 is the length of the piece
	pieces              []piece[T]
}

// piece is n elements of an input that begin at x for the first pixel; zeros where x is nil.
type piece[T kernel.Float] struct {
	x []T
	n int
}

// blocksMost is how many pieces a job has room for.
const blocksMost = (len(launch.Job{}) - 6) / 2

func (b blocks[T]) launch(m launch.Maker[T], reads ...[]T) launch.Launch {
	width := 0
	for _, p := range b.pieces {
		width += p.n
	}
	job := []int32{m.At(b.out), int32(b.pixels), int32(b.block), int32(b.from), int32(width), int32(b.stride)}
	for _, p := range b.pieces {
		job = append(job, m.At(p.x), int32(p.n))
	}
	return launch.Launch{Kernel: "blocks", Groups: ceil(b.pixels*width, tile), Job: launch.JobOf(job...),
		Reads: spans(m, reads...), Writes: spans(m, b.out)}
}

const blocksSource = `
enum { BL_OUT, BL_PIXELS, BL_BLOCK, BL_FROM, BL_WIDTH, BL_STRIDE, BL_PIECES };
KERNEL(blocks) ARGS {
  BEGIN
  const int width = j[BL_WIDTH], end = min(j[BL_PIXELS] * width, (tile + 1) * TILE);
  GLOBAL T *out = AT(j[BL_OUT]) + j[BL_FROM];
  for (int i = tile * TILE + l; i < end; i += WG) {
    const int p = i / width;
    int e = i % width, k = BL_PIECES;
    for (; e >= j[k + 1]; k += 2) e -= j[k + 1];
    const int stride = j[BL_STRIDE] > 0 ? j[BL_STRIDE] : j[k + 1];
    out[p * j[BL_BLOCK] + i % width] = j[k] >= 0 ? AT(j[k])[p * stride + e] : (T)0;
  }
}
`

func drawConcat[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Concat[T]{In: d.size(d.image())}
	s.In.C = 0
	var c Case[T]
	n := d.between(1, 6)
	if d.one(4) { // more than a job names
		n = blocksMost + d.between(1, 3)
	}
	for range n {
		k := d.between(1, 12)
		s.C, s.In.C = append(s.C, k), s.In.C+k
		c.Inputs = append(c.Inputs, d.values(s.In.Pixels*k*s.In.Row))
	}
	c.Spec = func([][]T, []float64) Spec[T] { return s }
	return c
}

func drawSlice[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Slice[T]{In: d.size(d.image())}
	s.From = d.Rand.IntN(s.In.C)
	s.C = d.between(1, s.In.C-s.From)
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Inputs: [][]T{d.values(s.In.Len())}}
}

func drawPlace[T kernel.Float](d *Drawer[T]) Case[T] {
	s := Place[T]{In: d.size(d.image()), From: d.Rand.IntN(10)}
	s.C = s.In.C + s.From + d.Rand.IntN(10)
	return Case[T]{Spec: func([][]T, []float64) Spec[T] { return s }, Inputs: [][]T{d.values(s.In.Len())}}
}

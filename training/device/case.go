package device

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Case is an operation on random operands. Package conform compares devices with the processor on such cases; each
// spec's file says how its own are drawn.
type Case[T kernel.Float] struct {
	// Spec makes the operation for its memory on a device: slabs with the numbers of Slabs, and Rows of results.
	Spec  func(slabs [][]T, results []float64) Spec[T]
	Slabs [][]T
	Rows  int
	// Inputs are what Forward takes, of which the last Weights are weights.
	Inputs  [][]T
	Weights int
	// Gradient says that there is a backward pass, and Keeps that it takes what Forward gave as its last input.
	Gradient, Keeps bool
	// Sums is the sum of the magnitudes of what a gradient of a weight adds up, where that may come to next to nothing:
	// rounding errors are relative to it. 0 where the largest gradient is as large as that.
	Sums float64
}

// Row is an operation of the suite, and how its cases are drawn.
type Row[T kernel.Float] struct {
	Name string
	Draw func(*Drawer[T]) Case[T]
}

// Rows are all operations.
func Rows[T kernel.Float]() []Row[T] {
	return []Row[T]{{"conv", drawConv[T]}, {"depthwise", drawDepth[T]}, {"linear", drawLinear[T]},
		{"batchnorm", drawNorm[T]}, {"relu", drawReLU[T]}, {"maxpool", drawMaxPool[T]}, {"avgpool", drawAvgPool[T]},
		{"sum", drawSum[T]}, {"concat", drawConcat[T]}, {"slice", drawSlice[T]}, {"place", drawPlace[T]},
		{"zero", drawZero[T]}, {"dropout", drawDropout[T]}, {"crossentropy", drawEntropy[T]}, {"update", drawUpdate[T]},
		{"argmax", drawArgmax[T]}, {"scale", drawScale[T]}, {"ones", drawOnes[T]}}
}

// Drawer draws shapes and numbers.
type Drawer[T kernel.Float] struct {
	Rand *rand.Rand
	// Large shapes have up to 130 channels or 400 images, others at most 40 channels, 100 pixels and 100 images. Tiny
	// ones still pass the edges of the kernels' tiles, of 16 channels and 64 lanes, but are for a machine that runs
	// kernels a thousand times slower and watches them.
	Large, Tiny bool
	// Single draws numbers that a float32 holds, so that both types have the same case.
	Single bool
}

// between is a whole number from a to b.
func (d *Drawer[T]) between(a, b int) int { return a + d.Rand.IntN(b-a+1) }

// one is true once in n times.
func (d *Drawer[T]) one(n int) bool { return d.Rand.IntN(n) == 0 }

// values are n numbers of a normal distribution, one in eight of them rounded to a half: there are zeros and equals.
func (d *Drawer[T]) values(n int) []T {
	v := make([]T, n)
	for i := range v {
		x := samebits.Normal(d.Rand)
		if d.one(8) {
			x = float64(int(2*x)) / 2
		}
		if d.Single {
			x = float64(float32(x))
		}
		v[i] = T(x)
	}
	return v
}

func (d *Drawer[T]) channels() int {
	if d.Tiny {
		return d.between(1, 18)
	}
	return d.between(1, 40)
}

func (d *Drawer[T]) image() (h, w int) {
	most := 10
	if d.Tiny {
		most = 3
	}
	return d.between(2, most), d.between(2, most)
}

// size is that of an activation of h by w pixels. A large one has many channels or many images and less of the other,
// so that the time stays short.
func (d *Drawer[T]) size(h, w int) Size {
	s := Size{Pixels: h * w, C: d.channels(), Batch: d.between(1, 100)}
	if d.Tiny && d.one(2) {
		s.Batch = d.between(1, 16)
	}
	if d.Large {
		if d.one(2) {
			s.C, s.Batch = d.between(41, 130), min(s.Batch, 32)
		} else {
			s.C, s.Batch = min(s.C, 20), d.between(101, 400)
		}
	}
	s.Row = kernel.Pad(s.Batch)
	return s
}

// window slides over h by w pixels, and each of its places covers one of them at least.
func (d *Drawer[T]) window(h, w int, kernels ...[2]int) kernel.Window {
	for {
		k := kernels[d.Rand.IntN(len(kernels))]
		v := kernel.Window{H: h, W: w, KH: k[0], KW: k[1], Stride: d.between(1, 3), Dilation: d.between(1, 2)}
		if d.one(4) {
			v.StrideW = d.between(1, 3)
		}
		if d.one(2) { // what keeps the size
			v.PadH, v.PadW = v.Dilation*(v.KH-1)/2, v.Dilation*(v.KW-1)/2
		} else {
			v.PadH, v.PadW = d.between(-1, 2), d.between(-1, 2)
		}
		v.Ceil = d.one(4)
		if v = v.Slide(); v.OH < 1 || v.OW < 1 {
			continue
		}
		if taps := v.Forward(); full(taps) {
			return v
		}
	}
}

// full says whether every pixel has a tap.
func full(t *kernel.Taps) bool {
	for p := range t.Pixels() {
		if t.Start[p] == t.Start[p+1] {
			return false
		}
	}
	return true
}

// squares are the windows of pools, and windows those of convolutions.
var (
	squares = [][2]int{{2, 2}, {3, 3}, {5, 5}}
	windows = [][2]int{{1, 1}, {3, 3}, {5, 5}, {1, 7}, {7, 1}, {3, 1}}
)

// scalars are a step's, with a row of results below rows.
func (d *Drawer[T]) scalars(rows int) []T {
	s := make([]T, ScalarCount)
	s[ScalarRow] = T(d.Rand.IntN(rows))
	for i, v := range map[int]float64{ScalarRate: 0.01, ScalarEpsilon: 1e-7, ScalarApart: 1e-4} {
		s[i] = T(float32(v))
	}
	return s
}

// tensors are the stretches of a slab that some weights lie in, in units, and the slab's length in elements.
func (d *Drawer[T]) tensors() (spans []launch.Span, lengths []int, n int) {
	most := 2000
	if d.Large { // enough for parts of the gradients' norm that have two tiles
		most = 1 << 18
	}
	for range d.between(1, 6) {
		k := d.between(1, most)
		at := int32(n / launch.Unit)
		n += kernel.Pad(k)
		spans, lengths = append(spans, launch.Span{From: at, To: int32(n / launch.Unit)}), append(lengths, k)
	}
	return spans, lengths, n
}

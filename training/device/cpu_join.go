package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

// forwardOnly is a kernel whose gradient is another operation, or its own output.
type forwardOnly[T kernel.Float] struct{}

func (forwardOnly[T]) Backward([]T, [][]T, []T, ...[]T) {
	panic("device: this operation's gradient is no kernel of its own")
}

type sum[T kernel.Float] struct{ forwardOnly[T] }

func (sum[T]) Forward(out []T, in ...[]T) {
	if len(in) == 1 {
		copy(out, in[0])
		return
	}
	kernel.Add(out, in[0], in[1])
	for _, x := range in[2:] {
		kernel.Add(out, out, x)
	}
}

type concat[T kernel.Float] struct {
	Concat
	forwardOnly[T]
}

func (k concat[T]) Forward(out []T, in ...[]T) {
	at, block := 0, k.In.C*k.In.Row
	for i, x := range in {
		n := k.C[i] * k.In.Row
		for p := range k.In.Pixels {
			copy(out[p*block+at:][:n], x[p*n:])
		}
		at += n
	}
}

type slice[T kernel.Float] struct {
	Slice
	forwardOnly[T]
}

func (k slice[T]) Forward(out []T, in ...[]T) {
	n, block := k.C*k.In.Row, k.In.C*k.In.Row
	for p := range k.In.Pixels {
		copy(out[p*n:][:n], in[0][p*block+k.From*k.In.Row:])
	}
}

type place[T kernel.Float] struct {
	Place
	forwardOnly[T]
}

func (k place[T]) Forward(out []T, in ...[]T) {
	clear(out)
	n, block := k.In.C*k.In.Row, k.C*k.In.Row
	for p := range k.In.Pixels {
		copy(out[p*block+k.From*k.In.Row:][:n], in[0][p*n:])
	}
}

type zero[T kernel.Float] struct{ forwardOnly[T] }

func (zero[T]) Forward(out []T, _ ...[]T) { clear(out) }

type dropout[T kernel.Float] struct {
	Dropout
	mask []T
}

func maskLen(s Dropout) int {
	if s.Paths {
		return s.In.Row
	}
	return s.In.Len()
}

func (k *dropout[T]) Forward(out []T, in ...[]T) {
	if *k.Rate <= 0 {
		copy(out, in[0])
		return
	}
	r, keep := k.Stream(), 1-*k.Rate
	up := T(1 / keep)
	for i := range k.mask {
		k.mask[i] = 0
		if r.Float64() < keep {
			k.mask[i] = up
		}
	}
	k.apply(out, in[0])
}

func (k *dropout[T]) apply(out, x []T) {
	for ; len(x) >= len(k.mask); out, x = out[len(k.mask):], x[len(k.mask):] {
		for i, m := range k.mask {
			out[i] = x[i] * m
		}
	}
}

func (k *dropout[T]) Backward(dx []T, _ [][]T, dy []T, _ ...[]T) {
	if *k.Rate <= 0 {
		copy(dx, dy)
		return
	}
	k.apply(dx, dy)
}

type crossEntropy[T kernel.Float] struct {
	CrossEntropy
	forwardOnly[T]
}

func (k *crossEntropy[T]) Forward(out []T, in ...[]T) {
	x, row, classes, labels := in[0], k.In.Row, k.In.C, *k.Labels
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
			if v := float64(x[c*row+b]); v > top {
				best, top = c, v
			}
		}
		if best == int(y) && !math.IsInf(top, 0) {
			correct++
		}
		z := 0.0
		for c := range classes {
			z += math.Exp(float64(x[c*row+b]) - top)
		}
		log := top + math.Log(z)
		for c := range classes {
			want := off
			if c == int(y) {
				want += 1 - k.Smoothing
			}
			v := float64(x[c*row+b]) - log
			loss -= float64(want * v)
			out[c*row+b] = T((math.Exp(v) - want) * scale)
		}
	}
	*k.Loss, *k.Correct = loss/float64(max(n, 1)), correct
}

package kernel

import "cmp"

// Taps lists, for each output pixel p, the input pixels it reads, X[Start[p]:Start[p+1]],
// and through which tap of the window, W at the same places.
type Taps struct {
	Start, X, W []int32
}

// Pixels is the number of output pixels.
func (t *Taps) Pixels() int { return len(t.Start) - 1 }

// A Window slides over an image: its kernel, stride, dilation and padding. A negative
// padding crops that much at the top and the left alone, as the shifted path of a factorised
// reduction does.
type Window struct {
	H, W             int // of the input
	KH, KW           int
	Stride, Dilation int
	StrideW          int // along a row, where that is not Stride; 0: Stride
	PadH, PadW       int
	Ceil             bool // the output's size is rounded up, for which zeros follow the last pixel
	OH, OW           int  // of the output
}

// Slide gives the window's output size by the usual floor rule, or by Ceil.
func (w Window) Slide() Window {
	w.StrideW = cmp.Or(w.StrideW, w.Stride)
	h, v := w.H+around(w.PadH)-w.Dilation*(w.KH-1)-1, w.W+around(w.PadW)-w.Dilation*(w.KW-1)-1
	if w.Ceil {
		h, v = h+w.Stride-1, v+w.StrideW-1
	}
	w.OH, w.OW = h/w.Stride+1, v/w.StrideW+1
	return w
}

// around is what a padding adds to an extent.
func around(pad int) int {
	if pad < 0 {
		return pad
	}
	return 2 * pad
}

// Forward lists what each output pixel reads.
func (w Window) Forward() *Taps {
	t := &Taps{Start: make([]int32, 1, w.OH*w.OW+1)}
	for i := range w.OH {
		for j := range w.OW {
			for p := range w.KH {
				y := i*w.Stride - w.PadH + p*w.Dilation
				if y < 0 || y >= w.H {
					continue
				}
				for q := range w.KW {
					if x := j*w.StrideW - w.PadW + q*w.Dilation; 0 <= x && x < w.W {
						t.X = append(t.X, int32(y*w.W+x))
						t.W = append(t.W, int32(p*w.KW+q))
					}
				}
			}
			t.Start = append(t.Start, int32(len(t.X)))
		}
	}
	return t
}

// Backward turns the lists around: for each of n input pixels, the output pixels that read it.
func (t *Taps) Backward(n int) *Taps {
	b := &Taps{Start: make([]int32, n+1), X: make([]int32, len(t.X)), W: make([]int32, len(t.X))}
	for _, x := range t.X {
		b.Start[x+1]++
	}
	for i := range n {
		b.Start[i+1] += b.Start[i]
	}
	next := append([]int32(nil), b.Start[:n]...)
	for p := range t.Pixels() {
		for i := t.Start[p]; i < t.Start[p+1]; i++ {
			at := &next[t.X[i]]
			b.X[*at], b.W[*at] = int32(p), t.W[i]
			*at++
		}
	}
	return b
}

// Pairs lists, for each tap, which output pixel meets which input pixel.
func (t *Taps) Pairs(taps int) []Pairs {
	pairs := make([]Pairs, taps)
	for p := range t.Pixels() {
		for i := t.Start[p]; i < t.Start[p+1]; i++ {
			q := &pairs[t.W[i]]
			q.Y, q.X = append(q.Y, int32(p)), append(q.X, t.X[i])
		}
	}
	return pairs
}

// Pairs are output pixels and the input pixels that one tap joins them with.
type Pairs struct{ Y, X []int32 }

package kernel

// Shape are the sizes of a convolution's operands: C input and O output channels, T taps and
// rows of Row lanes. Weights are [O][C][T]; x has C·Row numbers for every pixel that a list of
// taps names, y and dy O·Row for every pixel that it is of. The assembly trusts these lengths.
type Shape struct{ C, O, T, Row int }

// tile is the number of output channels that a kernel computes together.
func tile[T Float](row int) int {
	if avx512 && row >= 32 && is32[T]() {
		return 8
	}
	return 4
}

func is32[T Float]() bool {
	var z T
	_, ok := any(z).(float32)
	return ok
}

// Packed is the length of a shape's weights as [Pack] and [PackBack] arrange them.
func Packed[T Float](s Shape) int {
	if viaGEMM[T](s) {
		return s.O * 2 * s.T * s.C
	}
	m := tile[T](s.Row)
	return (s.O + m - 1) / m * m * s.C * s.T
}

// Pack arranges weights for [Conv]: [O/m][tap][C][m], the rest of the last m zero, or for a
// library as [wide] does.
func Pack[T Float](dst, w []T, s Shape) { pack(dst, w, s, s.C*s.T, s.T) }

// PackBack arranges the weights of a convolution with O inputs and C outputs for the gradient
// of its input, which is a convolution from its outputs.
func PackBack[T Float](dst, w []T, s Shape) { pack(dst, w, s, s.T, s.O*s.T) }

// pack takes output channels so apart and input channels sc apart.
func pack[T Float](dst, w []T, s Shape, so, sc int) {
	if viaGEMM[T](s) {
		wide(dst, w, s, so, sc)
		return
	}
	i, m := 0, tile[T](s.Row)
	for o := 0; o < s.O; o += m {
		n := min(m, s.O-o)
		for t := range s.T {
			for c := range s.C {
				d := dst[i : i+m]
				at := o*so + c*sc + t
				for k := range n {
					d[k] = w[at]
					at += so
				}
				clear(d[n:])
				i += m
			}
		}
	}
}

// chunk is a number of pixels whose blocks stay in the second-level cache together: 128 KiB of
// float32 leave half of the smallest, 256 KiB, to what is written and to the weights.
func chunk(block int) int { return max(1, 1<<15/block) }

// Conv computes y[p][o] = Σ w[o][c][t]·max(x[X][c], floor) over the taps of each pixel p and
// all channels; packed is of [Pack].
func Conv[T Float](y, x, packed []T, t *Taps, s Shape, floor T) {
	if viaGEMM[T](s) {
		convGEMM(as32(y), as32(x), as32(packed), t, s, float32(floor))
		return
	}
	if y32, ok := any(y).([]float32); ok && avx2 {
		conv32(y32, any(x).([]float32), any(packed).([]float32), t, s, float32(floor))
		return
	}
	const m = 4
	for p := range t.Pixels() {
		for o := 0; o < s.O; o += m {
			n := min(m, s.O-o)
			out := y[(p*s.O+o)*s.Row : (p*s.O+o+n)*s.Row]
			clear(out)
			panel := packed[o*s.C*s.T:]
			for i := t.Start[p]; i < t.Start[p+1]; i++ {
				for c := range s.C {
					in := x[(int(t.X[i])*s.C+c)*s.Row:][:s.Row]
					w := panel[(int(t.W[i])*s.C+c)*m:][:n]
					if n == m {
						addScaled4(out, in, (*[m]T)(w), floor)
						continue
					}
					for k, wk := range w {
						addScaled(out[k*s.Row:], in, wk, floor)
					}
				}
			}
		}
	}
}

// ConvGrad adds to gw[o][c][t] the sum over pairs and lanes of dy[Y][o]·max(x[X][c], floor).
func ConvGrad[T Float](gw, dy, x []T, pairs []Pairs, s Shape, floor T) {
	if viaGEMM[T](s) {
		convGradGEMM(as32(gw), as32(dy), as32(x), pairs, s, float32(floor))
		return
	}
	if g32, ok := any(gw).([]float32); ok && avx2 {
		convGrad32(g32, any(dy).([]float32), any(x).([]float32), pairs, s, float32(floor))
		return
	}
	for t := range pairs {
		for i, p := range pairs[t].Y {
			q := pairs[t].X[i]
			for o := range s.O {
				g := dy[(int(p)*s.O+o)*s.Row:][:s.Row]
				for c := range s.C {
					gw[(o*s.C+c)*s.T+t] += dot(g, x[(int(q)*s.C+c)*s.Row:], floor)
				}
			}
		}
	}
}

// Depth computes y[p][c] = Σ w[c][t]·max(x[X][c], floor): each channel has its own window.
// O is not looked at.
func Depth[T Float](y, x, w []T, t *Taps, s Shape, floor T) {
	if y32, ok := any(y).([]float32); ok && avx2 {
		depth32(y32, any(x).([]float32), any(w).([]float32), t, s, float32(floor))
		return
	}
	for p := range t.Pixels() {
		for c := range s.C {
			out := y[(p*s.C+c)*s.Row:][:s.Row]
			clear(out)
			for i := t.Start[p]; i < t.Start[p+1]; i++ {
				addScaled(out, x[(int(t.X[i])*s.C+c)*s.Row:][:s.Row], w[c*s.T+int(t.W[i])], floor)
			}
		}
	}
}

// DepthScratch is the length of [DepthGrad]'s scratch.
func DepthScratch(s Shape) int { return 8 * s.C * s.T }

// DepthGrad adds to gw[c][t] the sum over pixels and lanes of dy[p][c]·max(x[X][c], floor).
func DepthGrad[T Float](gw, dy, x, scratch []T, t *Taps, s Shape, floor T) {
	if g32, ok := any(gw).([]float32); ok && avx2 {
		depthGrad32(g32, any(dy).([]float32), any(x).([]float32), any(scratch).([]float32), t, s, float32(floor))
		return
	}
	for p := range t.Pixels() {
		for c := range s.C {
			g := dy[(p*s.C+c)*s.Row:][:s.Row]
			for i := t.Start[p]; i < t.Start[p+1]; i++ {
				gw[c*s.T+int(t.W[i])] += dot(g, x[(int(t.X[i])*s.C+c)*s.Row:], floor)
			}
		}
	}
}

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// modes runs a test with each set of instructions that is there.
func modes(t *testing.T, f func(t *testing.T)) {
	for _, m := range instructionSets() {
		t.Run(m.name, func(t *testing.T) {
			defer m.use()()
			f(t)
		})
	}
}

func fill[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(float32(r.NormFloat64()))
	}
	return s
}

func widen(s []float32) []float64 {
	d := make([]float64, len(s))
	for i, v := range s {
		d[i] = float64(v)
	}
	return d
}

// near compares float32 results with float64 ones, relative to the largest.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	scale := 1e-3
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= 2e-5*scale) {
			t.Fatalf("%s: at %d %g, want %g", what, i, got[i], want[i])
		}
	}
}

func randomWindow(r *rand.Rand) Window {
	for {
		w := Window{H: 1 + r.IntN(9), W: 1 + r.IntN(9), KH: 1 + r.IntN(5), KW: 1 + r.IntN(5), Stride: 1 + r.IntN(2), StrideW: r.IntN(4), Dilation: 1 + r.IntN(2), Ceil: r.IntN(2) == 0}
		w.PadH, w.PadW = r.IntN(w.KH*w.Dilation)-r.IntN(2), r.IntN(w.KW*w.Dilation)-r.IntN(2)
		if w = w.Slide(); w.OH > 0 && w.OW > 0 && w.H+around(w.PadH) >= w.Dilation*(w.KH-1)+1 && w.W+around(w.PadW) >= w.Dilation*(w.KW-1)+1 {
			return w
		}
	}
}

func TestConvAgainstDefinition(t *testing.T) {
	modes(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 200 {
			w := randomWindow(r)
			s := Shape{C: 1 + r.IntN(9), O: 1 + r.IntN(18), T: w.KH * w.KW, Row: Lanes * (1 + r.IntN(5))}
			floor := float32(0)
			if i%2 == 0 {
				floor = float32(math.Inf(-1))
			}
			taps := w.Forward()
			x, k, dy := fill[float32](r, w.H*w.W*s.C*s.Row), fill[float32](r, s.O*s.C*s.T), fill[float32](r, w.OH*w.OW*s.O*s.Row)
			name := fmt.Sprint(w, s, floor)

			y, packed := make([]float32, len(dy)), make([]float32, Packed[float32](s))
			Pack(packed, k, s)
			Conv(y, x, packed, taps, s, floor)
			gw := make([]float32, len(k))
			ConvGrad(gw, dy, x, taps.Pairs(s.T), s, floor)
			back := Shape{C: s.O, O: s.C, T: s.T, Row: s.Row}
			dx, packed2 := make([]float32, len(x)), make([]float32, Packed[float32](back))
			PackBack(packed2, k, back)
			Conv(dx, dy, packed2, taps.Backward(w.H*w.W), back, float32(math.Inf(-1)))

			wy, wg, wx := make([]float64, len(y)), make([]float64, len(gw)), make([]float64, len(x))
			direct(w, s, func(p, q, t, o, c, b int) {
				xi, wi, yi := (q*s.C+c)*s.Row+b, (o*s.C+c)*s.T+t, (p*s.O+o)*s.Row+b
				v := float64(max(x[xi], floor))
				wy[yi] += float64(k[wi]) * v
				wg[wi] += float64(dy[yi]) * v
				wx[xi] += float64(k[wi]) * float64(dy[yi])
			})
			near(t, "y of "+name, y, wy)
			near(t, "gw of "+name, gw, wg)
			near(t, "dx of "+name, dx, wx)
		}
	})
}

// direct calls f for every product of a convolution, by the definition.
func direct(w Window, s Shape, f func(p, q, t, o, c, b int)) {
	for i := range w.OH {
		for j := range w.OW {
			for p := range w.KH {
				for q := range w.KW {
					y, x := i*w.Stride-w.PadH+p*w.Dilation, j*w.StrideW-w.PadW+q*w.Dilation
					if y < 0 || x < 0 || y >= w.H || x >= w.W {
						continue
					}
					for o := range s.O {
						for c := range s.C {
							for b := range s.Row {
								f(i*w.OW+j, y*w.W+x, p*w.KW+q, o, c, b)
							}
						}
					}
				}
			}
		}
	}
}

func TestDepthAgainstDefinition(t *testing.T) {
	modes(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for i := range 200 {
			w := randomWindow(r)
			s := Shape{C: 1 + r.IntN(9), O: 1, T: w.KH * w.KW, Row: Lanes * (1 + r.IntN(9))}
			floor := float32(0)
			if i%2 == 0 {
				floor = float32(math.Inf(-1))
			}
			taps := w.Forward()
			x, k, dy := fill[float32](r, w.H*w.W*s.C*s.Row), fill[float32](r, s.C*s.T), fill[float32](r, w.OH*w.OW*s.C*s.Row)
			name := fmt.Sprint(w, s, floor)
			y, gw := make([]float32, len(dy)), make([]float32, len(k))
			Depth(y, x, k, taps, s, floor)
			DepthGrad(gw, dy, x, make([]float32, DepthScratch(s)), taps, s, floor)
			wy, wg := make([]float64, len(y)), make([]float64, len(gw))
			one := s
			one.C = 1
			direct(w, one, func(p, q, t, _, _, b int) {
				for c := range s.C {
					xi, wi, yi := (q*s.C+c)*s.Row+b, c*s.T+t, (p*s.C+c)*s.Row+b
					v := float64(max(x[xi], floor))
					wy[yi] += float64(k[wi]) * v
					wg[wi] += float64(dy[yi]) * v
				}
			})
			near(t, "y of "+name, y, wy)
			near(t, "gw of "+name, gw, wg)
		}
	})
}

// TestRows compares each row kernel in float32 with the loops in float64.
func TestRows(t *testing.T) {
	modes(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for range 50 {
			rows := Rows{C: 1 + r.IntN(5), Row: Lanes * (1 + r.IntN(4))}
			n := rows.C * rows.Row
			x, dy, a, k, q := fill[float32](r, 3*n), fill[float32](r, 3*n), fill[float32](r, rows.C), fill[float32](r, rows.C), fill[float32](r, rows.C)
			X, DY, A, K, Q := widen(x), widen(dy), widen(a), widen(k), widen(q)
			check := func(what string, n int, f func(y []float32), g func(y []float64)) {
				y, w := make([]float32, n), make([]float64, n)
				f(y)
				g(w)
				near(t, what, y, w)
			}
			check("add", 3*n, func(y []float32) { Add(y, x, dy) }, func(y []float64) { Add(y, X, DY) })
			check("sum", n, func(y []float32) { Sum(y, x) }, func(y []float64) { Sum(y, X) })
			check("square", n, func(y []float32) { Square(y, x, a, rows) }, func(y []float64) { Square(y, X, A, rows) })
			check("affine", 3*n, func(y []float32) { Affine(y, x, a, k, rows) }, func(y []float64) { Affine(y, X, A, K, rows) })
			check("moments", 2*n, func(y []float32) { Moments(y[:n], y[n:], dy, x, a, rows) }, func(y []float64) { Moments(y[:n], y[n:], DY, X, A, rows) })
			check("affine2", 3*n, func(y []float32) { Affine2(y, dy, x, a, k, q, rows) }, func(y []float64) { Affine2(y, DY, X, A, K, Q, rows) })
			check("mask", 3*n, func(y []float32) { copy(y, dy); Mask(y, x) }, func(y []float64) { copy(y, DY); Mask(y, X) })
			check("max", 2*n, func(y []float32) { Max(y[:n], y[n:], x, 3) }, func(y []float64) { Max(y[:n], y[n:], X, 3) })
			for i := range x {
				x[i], X[i] = float32(i%3), float64(i%3)
			}
			check("route", n, func(y []float32) { Route(y, dy, x, 2) }, func(y []float64) { Route(y, DY, X, 2) })
		}
	})
}

// TestNaNStays: a diverged network must not look healthy behind a rectifier.
func TestNaNStays(t *testing.T) {
	modes(t, func(t *testing.T) {
		nan := float32(math.NaN())
		x := make([]float32, Lanes)
		x[3], x[5], x[7] = nan, -1, 2
		y := append([]float32(nil), x...)
		Mask(y, y)
		most, arg := make([]float32, Lanes), make([]float32, Lanes)
		Max(most, arg, x, 4)
		Max(most, arg, make([]float32, Lanes), 5)
		if arg[3] != 4 {
			t.Errorf("the NaN came from tap %v", arg[3])
		}
		s, taps := Shape{C: 1, O: 1, T: 1, Row: Lanes}, Window{H: 1, W: 1, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide().Forward()
		z, packed := make([]float32, Lanes), make([]float32, Packed[float32](s))
		Pack(packed, []float32{1}, s)
		Conv(z, x, packed, taps, s, 0)
		for name, v := range map[string][]float32{"Mask": y, "Conv": z, "Max": most} {
			if v[3] == v[3] || v[5] != 0 || v[7] != 2 {
				t.Errorf("%s of NaN, -1 and 2: %v, %v, %v", name, v[3], v[5], v[7])
			}
		}
	})
}

func BenchmarkConv(b *testing.B) {
	for _, s := range []struct{ c, hw, k int }{{8, 8, 3}, {16, 32, 3}, {16, 32, 1}, {32, 16, 3}, {64, 8, 3}, {32, 2, 3}, {16, 4, 3}} {
		w := Window{H: s.hw, W: s.hw, KH: s.k, KW: s.k, Stride: 1, Dilation: 1, PadH: s.k / 2, PadW: s.k / 2}.Slide()
		sh := Shape{C: s.c, O: s.c, T: s.k * s.k, Row: 64}
		t := w.Forward()
		x, y := make([]float32, s.hw*s.hw*s.c*64), make([]float32, s.hw*s.hw*s.c*64)
		k, packed := make([]float32, s.c*s.c*s.k*s.k), make([]float32, Packed[float32](sh))
		pairs := t.Pairs(sh.T)
		flops := 2 * float64(len(t.X)) * float64(s.c*s.c*64)
		name := fmt.Sprintf("c=%d/hw=%d/k=%d", s.c, s.hw, s.k)
		b.Run("op=conv/"+name, func(b *testing.B) {
			for b.Loop() {
				Pack(packed, k, sh)
				Conv(y, x, packed, t, sh, 0)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run("op=grad/"+name, func(b *testing.B) {
			for b.Loop() {
				ConvGrad(k, y, x, pairs, sh, 0)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkDepth(b *testing.B) {
	for _, s := range []struct{ c, hw, k int }{{8, 8, 3}, {8, 8, 5}, {16, 32, 3}, {16, 32, 7}} {
		w := Window{H: s.hw, W: s.hw, KH: s.k, KW: s.k, Stride: 1, Dilation: 1, PadH: s.k / 2, PadW: s.k / 2}.Slide()
		sh := Shape{C: s.c, T: s.k * s.k, Row: 64}
		t := w.Forward()
		x, y := make([]float32, s.hw*s.hw*s.c*64), make([]float32, s.hw*s.hw*s.c*64)
		k, scratch := make([]float32, s.c*s.k*s.k), make([]float32, DepthScratch(sh))
		flops := 2 * float64(len(t.X)) * float64(s.c*64)
		name := fmt.Sprintf("c=%d/hw=%d/k=%d", s.c, s.hw, s.k)
		b.Run("op=depth/"+name, func(b *testing.B) {
			for b.Loop() {
				Depth(y, x, k, t, sh, 0)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run("op=grad/"+name, func(b *testing.B) {
			for b.Loop() {
				DepthGrad(k, y, x, scratch, t, sh, 0)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// plainGEMM is the definition; it fails where an argument is not what its neighbours say.
func plainGEMM(tB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	at := func(s []float32, t bool, i, j, ld int) float32 {
		if t {
			i, j = j, i
		}
		if j >= ld {
			panic("a column past the row")
		}
		return s[i*ld+j]
	}
	for i := range m {
		for j := range n {
			sum := 0.0
			for l := range k {
				sum += float64(at(a, false, i, l, lda)) * float64(at(b, tB, l, j, ldb))
			}
			if beta == 0 {
				c[i*ldc+j] = float32(sum) // what was there may be a NaN
			} else {
				c[i*ldc+j] = float32(sum) + beta*c[i*ldc+j]
			}
		}
	}
}

// nans is what a convolution must overwrite.
func nans(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }

// TestConvViaGEMM holds a library's way of a convolution against this package's own.
func TestConvViaGEMM(t *testing.T) {
	modes(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for i := range 60 {
			w := randomWindow(r)
			s := Shape{C: 1 + r.IntN(9), O: 1 + r.IntN(18), T: w.KH * w.KW, Row: Lanes * (1 + r.IntN(5))}
			floor := [2]float32{0, float32(math.Inf(-1))}[i%2]
			fwd := w.Forward()
			x, k, dy := fill[float32](r, w.H*w.W*s.C*s.Row), fill[float32](r, s.O*s.C*s.T), fill[float32](r, w.OH*w.OW*s.O*s.Row)
			start := fill[float32](r, len(k)) // gradients are added to what is there
			both := func() (y, dx, gw []float32) {
				back := Shape{C: s.O, O: s.C, T: s.T, Row: s.Row}
				y, dx, gw = nans(len(dy)), nans(len(x)), append([]float32(nil), start...)
				packed, packed2 := make([]float32, Packed[float32](s)), make([]float32, Packed[float32](back))
				Pack(packed, k, s)
				Conv(y, x, packed, fwd, s, floor)
				PackBack(packed2, k, back)
				Conv(dx, dy, packed2, fwd.Backward(w.H*w.W), back, float32(math.Inf(-1)))
				ConvGrad(gw, dy, x, fwd.Pairs(s.T), s, floor)
				return
			}
			wy, wx, wg := both()
			UseGEMM("plain", plainGEMM, 0)
			y, dx, gw := both()
			UseGEMM("", nil, 0)
			near(t, "y", y, widen(wy))
			near(t, "dx", dx, widen(wx))
			near(t, "gw", gw, widen(wg))
		}
	})
}

// TestFloorViaGEMMKeepsNaN: a run that diverged must not look sound behind a rectifier.
func TestFloorViaGEMMKeepsNaN(t *testing.T) {
	modes(t, func(t *testing.T) {
		UseGEMM("plain", plainGEMM, 0)
		defer UseGEMM("", nil, 0)
		if want := "plain+" + instructions(); Name() != want {
			t.Fatalf("name %q, want %q", Name(), want)
		}
		s := Shape{C: 2, O: 1, T: 1, Row: Lanes}
		w := Window{H: 1, W: 1, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
		x, y := make([]float32, 2*Lanes), make([]float32, Lanes)
		x[0], x[1], x[2] = float32(math.NaN()), -5, 3
		packed := make([]float32, Packed[float32](s))
		Pack(packed, []float32{2, 1}, s)
		Conv(y, x, packed, w.Forward(), s, 0)
		if !math.IsNaN(float64(y[0])) || y[1] != 0 || y[2] != 6 {
			t.Fatalf("got %v, want NaN, 0, 6", y[:3])
		}
	})
}

// TestGEMMLeavesFloat64 checks that gradient checks keep their precision.
func TestGEMMLeavesFloat64(t *testing.T) {
	UseGEMM("refuses", func(bool, int, int, int, []float32, int, []float32, int, float32, []float32, int) {
		t.Error("a float64 convolution reached the library")
	}, 0)
	defer UseGEMM("", nil, 0)
	s := Shape{C: 1, O: 1, T: 1, Row: Lanes}
	w := Window{H: 1, W: 1, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
	packed, x, y := make([]float64, Packed[float64](s)), make([]float64, Lanes), make([]float64, Lanes)
	x[3] = 0.1
	Pack(packed, []float64{3}, s)
	Conv(y, x, packed, w.Forward(), s, 0)
	if three := 3.0; y[3] != three*x[3] {
		t.Fatalf("got %v", y[3])
	}
}

// TestGEMMTakesWide checks who computes what: the library from its least work on.
func TestGEMMTakesWide(t *testing.T) {
	calls := 0
	UseGEMM("counts", func(bool, int, int, int, []float32, int, []float32, int, float32, []float32, int) { calls++ }, 64*64*Lanes)
	defer UseGEMM("", nil, 0)
	w := Window{H: 2, W: 3, KH: 1, KW: 1, Stride: 1, Dilation: 1}.Slide()
	for c, want := range map[int]int{63: 0, 64: 6} {
		s := Shape{C: c, O: c, T: 1, Row: Lanes}
		calls = 0
		Conv(make([]float32, 6*c*Lanes), make([]float32, 6*c*Lanes), make([]float32, Packed[float32](s)), w.Forward(), s, 0)
		if calls != want {
			t.Errorf("%d channels on 6 pixels: %d products, want %d", c, calls, want)
		}
	}
}

// TestRuns: neighbouring taps are one product, forward and backward alike.
func TestRuns(t *testing.T) {
	w := Window{H: 4, W: 5, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}.Slide()
	fwd := w.Forward()
	centre := func(l *Taps) []run { // of pixel (1, 2)
		return runs(nil, l.X[l.Start[7]:l.Start[8]], l.W[l.Start[7]:l.Start[8]], 9)
	}
	if got, want := centre(fwd), []run{{1, 0, 3}, {6, 3, 3}, {11, 6, 3}}; !slices.Equal(got, want) {
		t.Errorf("forward %v, want %v", got, want)
	}
	if got, want := centre(fwd.Backward(20)), []run{{1, 9, 3}, {6, 12, 3}, {11, 15, 3}}; !slices.Equal(got, want) {
		t.Errorf("backward %v, want %v", got, want)
	}
	w.Dilation, w.PadH, w.PadW = 2, 2, 2
	if got := centre(w.Slide().Forward()); len(got) != 6 {
		t.Errorf("dilated taps are apart: %v", got)
	}
}

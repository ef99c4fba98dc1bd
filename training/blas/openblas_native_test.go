//go:build native && (linux || darwin)

package blas

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// use switches to the library until the test ends, and gives it narrow convolutions too.
func use(tb testing.TB) {
	tb.Helper()
	if err := Use("openblas"); errors.Is(err, evolve.ErrUnsupported) {
		tb.Skipf("this machine has no OpenBLAS: %v", err)
	} else if err != nil {
		tb.Fatal(err)
	}
	kernel.UseGEMM(opened.name, opened.gemm, 0)
	tb.Cleanup(func() { Use("go") })
}

func TestMissing(t *testing.T) {
	opened.gemm = nil // once a library is open, no other is looked for
	none := filepath.Join(t.TempDir(), "libnone.so")
	t.Setenv(pathVariable, none)
	t.Setenv("OPENBLAS_NUM_THREADS", "3")
	own := kernel.Name()
	err := Use("openblas")
	if !errors.Is(err, evolve.ErrUnsupported) || kernel.Name() != own {
		t.Fatalf("got %v and kernels %s", err, kernel.Name())
	}
	// The name, and after it what the loader said.
	for _, want := range []string{"tried " + none + " (", pathVariable} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if v := os.Getenv("OPENBLAS_NUM_THREADS"); v != "3" {
		t.Errorf("the caller's variable became %q", v)
	}
}

func fill(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

type layer struct {
	w     kernel.Window
	s     kernel.Shape
	floor float32
}

func randomLayer(r *rand.Rand) layer {
	k := 1 + 2*r.IntN(3)
	w := kernel.Window{H: 1 + r.IntN(9), W: 1 + r.IntN(9), KH: k, KW: k, Stride: 1 + r.IntN(2), Dilation: 1 + r.IntN(2)}
	w.PadH = w.Dilation * (k - 1) / 2
	w.PadW = w.PadH
	s := kernel.Shape{C: 1 + r.IntN(40), O: 1 + r.IntN(40), T: k * k, Row: kernel.Lanes * (1 + r.IntN(5))}
	return layer{w.Slide(), s, [2]float32{0, float32(math.Inf(-1))}[r.IntN(2)]}
}

// run gives a layer's output, and the gradients of its input and of its weights.
func (l layer) run(seed uint64) (out [3][]float32) {
	r := rand.New(rand.NewPCG(seed, 1))
	w, s := l.w, l.s
	x, k, dy := fill(r, w.H*w.W*s.C*s.Row), fill(r, s.O*s.C*s.T), fill(r, w.OH*w.OW*s.O*s.Row)
	back := kernel.Shape{C: s.O, O: s.C, T: s.T, Row: s.Row}
	y, dx, gw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(k))
	packed, packed2 := make([]float32, kernel.Packed[float32](s)), make([]float32, kernel.Packed[float32](back))
	fwd := w.Forward()
	kernel.Pack(packed, k, s)
	kernel.Conv(y, x, packed, fwd, s, l.floor)
	kernel.PackBack(packed2, k, back)
	kernel.Conv(dx, dy, packed2, fwd.Backward(w.H*w.W), back, float32(math.Inf(-1)))
	kernel.ConvGrad(gw, dy, x, fwd.Pairs(s.T), s, l.floor)
	return [3][]float32{y, dx, gw}
}

// TestAgainstOwnKernels compares random layers, several at once as candidates train, and asks
// that a second run gives the same bits.
func TestAgainstOwnKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	layers, own := make([]layer, 60), make([][3][]float32, 60)
	for i := range layers {
		layers[i] = randomLayer(r)
		own[i] = layers[i].run(uint64(i))
	}
	use(t)
	if !strings.HasPrefix(kernel.Name(), "openblas-") {
		t.Errorf("the kernels call themselves %s", kernel.Name())
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < len(layers); i += 4 {
				l := layers[i]
				got, again := l.run(uint64(i)), l.run(uint64(i))
				for j, what := range []string{"y", "dx", "gw"} {
					if !slices.Equal(got[j], again[j]) {
						t.Errorf("%s of %v: two runs differ", what, l)
					}
					compare(t, fmt.Sprint(what, " of ", l), got[j], own[i][j])
				}
			}
		})
	}
	wg.Wait()
}

// compare allows 1e-4 of the largest value.
func compare(t *testing.T, what string, got, want []float32) {
	scale := 1e-3
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= 1e-4*scale) {
			t.Errorf("%s: at %d %g, want %g", what, i, got[i], want[i])
			return
		}
	}
}

// TestShortSlice checks that a wrong length stops in Go and not in the library.
func TestShortSlice(t *testing.T) {
	use(t)
	_, gemm, err := openBLAS()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a slice that is too short was passed on")
		}
	}()
	gemm(false, 2, 2, 2, make([]float32, 4), 2, make([]float32, 3), 2, 0, make([]float32, 4), 2)
}

func BenchmarkConv(b *testing.B) {
	for _, n := range []struct{ c, hw, k int }{{8, 8, 3}, {16, 32, 3}, {16, 32, 1}, {32, 16, 3}, {64, 8, 3}, {64, 8, 1}, {128, 8, 3}, {32, 2, 3}, {16, 4, 3}} {
		w := kernel.Window{H: n.hw, W: n.hw, KH: n.k, KW: n.k, Stride: 1, Dilation: 1, PadH: n.k / 2, PadW: n.k / 2}.Slide()
		s := kernel.Shape{C: n.c, O: n.c, T: n.k * n.k, Row: 64}
		fwd := w.Forward()
		bwd, pairs := fwd.Backward(n.hw*n.hw), fwd.Pairs(s.T)
		r := rand.New(rand.NewPCG(1, 1))
		x, y, k := fill(r, n.hw*n.hw*n.c*64), fill(r, n.hw*n.hw*n.c*64), fill(r, n.c*n.c*s.T)
		gw := make([]float32, len(k))
		flops := 2 * float64(len(fwd.X)) * float64(n.c*n.c*64)
		for _, name := range []string{"go", "openblas"} {
			if name == "openblas" {
				use(b)
			} else if err := Use(name); err != nil {
				b.Fatal(err)
			}
			packed := make([]float32, kernel.Packed[float32](s))
			title := fmt.Sprintf("c=%d/hw=%d/k=%d/blas=%s", n.c, n.hw, n.k, name)
			b.Run("op=conv/"+title, func(b *testing.B) {
				for b.Loop() {
					kernel.Pack(packed, k, s)
					kernel.Conv(y, x, packed, fwd, s, 0)
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
			b.Run("op=back/"+title, func(b *testing.B) {
				for b.Loop() {
					kernel.PackBack(packed, k, s)
					kernel.Conv(x, y, packed, bwd, s, float32(math.Inf(-1)))
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
			b.Run("op=grad/"+title, func(b *testing.B) {
				for b.Loop() {
					kernel.ConvGrad(gw, y, x, pairs, s, 0)
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

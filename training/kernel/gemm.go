package kernel

import (
	"math"
	"sync"
)

// GEMM computes c = op(a)·op(b) + beta·c of row-major matrices: op(a) is m×k, op(b) k×n and c
// m×n, op transposes where tA or tB says so, and ld is the distance between rows as stored.
// Several goroutines call it at once.
type GEMM func(tA, tB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)

// A library's matrix product, and its name; nil where the kernels of this package run.
var (
	gemm        GEMM
	gemmLibrary string
)

// UseGEMM lets a library's matrix product compute the float32 convolutions that are not
// depthwise; nil gives them back to this package. It is for the start of a program: weights
// that were packed before, and the room made for them, are no use after.
func UseGEMM(library string, f GEMM) { gemm, gemmLibrary = f, library }

// Name says which kernels run here: results of another name may differ in their last bits.
func Name() string {
	if gemm != nil {
		return gemmLibrary + "+" + instructions()
	}
	return instructions()
}

// viaGEMM says whether a library computes the convolutions of these numbers.
func viaGEMM[T Float]() bool { return gemm != nil && is32[T]() }

// gemmFloats is how much of the second-level cache a chunk's matrices may fill: 256 KiB, since
// the library keeps panels of its own there. With OpenBLAS 0.3.21 on an EPYC with 1 MiB a core,
// half and double of it were as fast or slower.
const gemmFloats = 1 << 16

// patches gathers what some pixels' taps see into one matrix, a row for each channel of each
// tap and a column for each lane of each pixel, zero where a tap meets padding. Copying
// pays because a pixel alone is too small a product for a library.
type patches struct {
	col, rows []float32
	at        []int32 // [tap][pixel], the input pixel that is seen, or -1
	list      Taps    // of the rows of col, as a depthwise convolution of one tap
}

// Each call in progress has patches of its own.
var patchPool = sync.Pool{New: func() any { return new(patches) }}

func grow[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// reset makes room for m pixels and forgets what they saw.
func (g *patches) reset(s Shape, m int) {
	g.col, g.rows = grow(g.col, s.C*s.T*m*s.Row), grow(g.rows, s.O*m*s.Row)
	g.at = grow(g.at, s.T*m)
	for i := range g.at {
		g.at[i] = -1
	}
}

// chunkGEMM is the number of pixels of one product. It is odd: at a power of two the rows of
// a column would fall on the same lines of the first-level cache.
func chunkGEMM(s Shape) int { return max(1, gemmFloats/((s.C*s.T+s.O)*s.Row)-1) | 1 }

var one = []float32{1}

// gather fills col; rows run over taps first where tapMajor, over channels first elsewhere.
func (g *patches) gather(x []float32, s Shape, m int, floor float32, tapMajor bool) {
	l, k := &g.list, s.C*s.T
	l.Start, l.X = append(l.Start[:0], 0), l.X[:0]
	for r := range k {
		t, c := r%s.T, r/s.T
		if tapMajor {
			t, c = r/s.C, r%s.C
		}
		for _, q := range g.at[t*m : (t+1)*m] {
			if q >= 0 {
				l.X = append(l.X, q*int32(s.C)+int32(c))
			}
			l.Start = append(l.Start, int32(len(l.X)))
		}
	}
	if avx2 {
		l.W = grow(l.W, len(l.X)) // all zero, always
		depth32(g.col, x, one, l, Shape{C: 1, T: 1, Row: s.Row}, floor)
		return
	}
	for i := range l.Pixels() {
		d := g.col[i*s.Row:][:s.Row]
		if l.Start[i] == l.Start[i+1] {
			clear(d)
			continue
		}
		copy(d, x[int(l.X[l.Start[i]])*s.Row:])
		if !math.IsInf(float64(floor), -1) {
			for b, v := range d {
				d[b] = max(v, floor) // keeps a NaN, as the assembly does
			}
		}
	}
}

func convGEMM(y, x, packed []float32, t *Taps, s Shape, floor float32) {
	g := patchPool.Get().(*patches)
	defer patchPool.Put(g)
	k, step := s.C*s.T, chunkGEMM(s)
	for p := 0; p < t.Pixels(); p += step {
		m := min(step, t.Pixels()-p)
		g.reset(s, m)
		for i := range m {
			for j := t.Start[p+i]; j < t.Start[p+i+1]; j++ {
				g.at[int(t.W[j])*m+i] = t.X[j]
			}
		}
		g.gather(x, s, m, floor, true)
		n := m * s.Row
		gemm(false, false, s.O, n, k, packed, k, g.col, n, 0, g.rows, n)
		for i := range m {
			for o := range s.O {
				copy(y[((p+i)*s.O+o)*s.Row:][:s.Row], g.rows[(o*m+i)*s.Row:])
			}
		}
	}
}

// convGradGEMM relies on each tap's pairs being in the order of their output pixels.
func convGradGEMM(gw, dy, x []float32, pairs []Pairs, s Shape, floor float32) {
	g := patchPool.Get().(*patches)
	defer patchPool.Put(g)
	k, step, pixels := s.C*s.T, chunkGEMM(s), len(dy)/(s.O*s.Row)
	next := make([]int, s.T) // pair of each tap
	for p := 0; p < pixels; p += step {
		m := min(step, pixels-p)
		g.reset(s, m)
		for t := range pairs {
			for q := &pairs[t]; next[t] < len(q.Y) && int(q.Y[next[t]]) < p+m; next[t]++ {
				g.at[t*m+int(q.Y[next[t]])-p] = q.X[next[t]]
			}
		}
		g.gather(x, s, m, floor, false)
		for o := range s.O {
			for i := range m {
				copy(g.rows[(o*m+i)*s.Row:][:s.Row], dy[((p+i)*s.O+o)*s.Row:])
			}
		}
		n := m * s.Row
		gemm(false, true, s.O, k, n, g.rows, n, g.col, n, 1, gw, k)
	}
}

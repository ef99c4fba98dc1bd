package kernel

import (
	"math"
	"sync"
)

// GEMM computes c = a·op(b) + beta·c of row-major matrices: a is m×k, op(b) k×n and c m×n, op
// transposes where tB says so, and ld is the distance between rows as stored.
// Several goroutines call it at once.
type GEMM func(tB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)

// A library's matrix product, its name, and the least work that it is given; nil where the
// kernels of this package run.
var (
	gemm        GEMM
	gemmLibrary string
	gemmLeast   int
)

// UseGEMM lets a library's matrix product compute the float32 convolutions that are not
// depthwise and take at least so many multiplications a pixel; nil gives them back to this
// package. It is for the start of a program: weights that were packed before, and the room made
// for them, are no use after.
func UseGEMM(library string, f GEMM, least int) { gemm, gemmLibrary, gemmLeast = f, library, least }

// Name says which kernels run here, and in Go's own loops whether the library's exponential
// fuses: results of another name may differ in their last bits, those of one name do not,
// whatever GOAMD64 the program was built for.
func Name() string {
	if gemm != nil {
		return gemmLibrary + "+" + instructions()
	}
	return instructions()
}

// viaGEMM says whether a library computes a convolution.
func viaGEMM[T Float](s Shape) bool {
	return gemm != nil && is32[T]() && s.O*s.C*s.T*s.Row >= gemmLeast
}

// wide arranges weights for a library: [O][2·tap][C], the taps and then the taps backwards.
func wide[T Float](dst, w []T, s Shape, so, sc int) {
	for o := range s.O {
		row := dst[o*2*s.T*s.C:][:2*s.T*s.C]
		for t := range s.T {
			there, back := row[t*s.C:][:s.C], row[(2*s.T-1-t)*s.C:][:s.C]
			for c := range there {
				there[c] = w[o*so+c*sc+t]
			}
			copy(back, there)
		}
	}
}

// A run is taps whose input pixels lie side by side, so that they are one matrix of C rows a
// tap: it begins at input pixel x and at weights w, of [wide], and has n taps.
type run struct{ x, w, n int }

// runs finds the runs among taps whose X step up as W step up or, in a gradient's list, down.
func runs(to []run, xs, ws []int32, taps int) []run {
	to = to[:0]
	for i := 0; i < len(xs); {
		j, w := i+1, int(ws[i])
		if j < len(xs) {
			if d := ws[j] - ws[i]; d == 1 || d == -1 {
				for j < len(xs) && xs[j] == xs[j-1]+1 && ws[j] == ws[j-1]+d {
					j++
				}
				if d < 0 {
					w = 2*taps - 1 - w
				}
			}
		}
		to, i = append(to, run{int(xs[i]), w, j - i}), j
	}
	return to
}

// scratch is what a call in progress needs of its own.
type scratch struct {
	x, gw  []float32
	runs   []run
	xs, ws []int32
	rows   Taps // every row of x sees itself
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func grow[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

var one = []float32{1}

// clamped gives x, or a copy of it that ends at floor, which the pool keeps: what a depthwise convolution by 1 is.
func (g *scratch) clamped(x []float32, row int, floor float32) []float32 {
	if math.IsInf(float64(floor), -1) {
		return x
	}
	g.x = grow(g.x, len(x))
	l := &g.rows
	if len(l.Start) == 0 {
		l.Start = append(l.Start, 0)
	}
	n := len(x) / row
	for i := len(l.X); i < n; i++ {
		l.Start, l.X, l.W = append(l.Start, int32(i+1)), append(l.X, int32(i)), append(l.W, 0)
	}
	Depth(g.x, x, one, &Taps{l.Start[:n+1], l.X, l.W}, Shape{C: 1, T: 1, Row: row}, floor)
	return g.x
}

func convGEMM(y, x, packed []float32, t *Taps, s Shape, floor float32) {
	g := scratches.Get().(*scratch)
	defer scratches.Put(g)
	x = g.clamped(x, s.Row, floor)
	ld, block := 2*s.T*s.C, s.C*s.Row
	for p := range t.Pixels() {
		out, beta := y[p*s.O*s.Row:][:s.O*s.Row], float32(0)
		g.runs = runs(g.runs, t.X[t.Start[p]:t.Start[p+1]], t.W[t.Start[p]:t.Start[p+1]], s.T)
		for _, r := range g.runs {
			gemm(false, s.O, s.Row, r.n*s.C, packed[r.w*s.C:], ld, x[r.x*block:], s.Row, beta, out, s.Row)
			beta = 1
		}
		if beta == 0 {
			clear(out)
		}
	}
}

// convGradGEMM relies on each tap's pairs being in the order of their output pixels.
func convGradGEMM(gw, dy, x []float32, pairs []Pairs, s Shape, floor float32) {
	g := scratches.Get().(*scratch)
	defer scratches.Put(g)
	x = g.clamped(x, s.Row, floor)
	ld, block := s.T*s.C, s.C*s.Row
	g.gw = grow(g.gw, s.O*ld) // [O][tap][C]
	clear(g.gw)
	next := make([]int, s.T) // pair of each tap
	for p := range len(dy) / (s.O * s.Row) {
		g.xs, g.ws = g.xs[:0], g.ws[:0]
		for t := range pairs {
			if q := &pairs[t]; next[t] < len(q.Y) && int(q.Y[next[t]]) == p {
				g.xs, g.ws = append(g.xs, q.X[next[t]]), append(g.ws, int32(t))
				next[t]++
			}
		}
		g.runs = runs(g.runs, g.xs, g.ws, s.T)
		for _, r := range g.runs {
			gemm(true, s.O, r.n*s.C, s.Row, dy[p*s.O*s.Row:], s.Row, x[r.x*block:], s.Row, 1, g.gw[r.w*s.C:], ld)
		}
	}
	for o := range s.O {
		for t := range s.T {
			for c := range s.C {
				gw[(o*s.C+c)*s.T+t] += g.gw[(o*s.T+t)*s.C+c]
			}
		}
	}
}

package gauss

import (
	"math"
	"slices"
)

// Acquisition is what it promises to look where the posterior has a mean and a standard deviation. It rises with both.
type Acquisition func(mean, sd float64) float64

// Field is a process's posterior over points that are all asked about before each of them is shown to the process.
type Field struct {
	*Process
	points *Points
	told   []int         // the point of each row of the process
	dist   [][][]float32 // by group, row and look: squared distances
	fits   int           // of the process, for which what follows holds; -1 at first
	rows   int           // of the process, likewise
	k      [][]float32   // by row and point: correlations
	nearby []float32     // by point: the highest of its correlations
	means  []float32     // by point, as Condition left them
	off    float64       // by how much a mean may be wrong
	blur   float64       // the noise's share of the variance
	column [][]float64   // by point: L⁻¹·k as far as it was needed
	left   []float64     // by point: the variance that is left by it
	hot    []int         // points that promised much lately
	scores []scored
}

type scored struct {
	point int
	value float64
}

// NewField returns a process over points.
func NewField(k *Kernel, points *Points) *Field {
	n := points.n
	return &Field{Process: New(k, len(points.groups)), points: points, dist: make([][][]float32, len(points.groups)),
		fits: -1, nearby: make([]float32, n), means: make([]float32, n), column: make([][]float64, n),
		left: make([]float64, n)}
}

// Show adds a point as a row of the process.
func (f *Field) Show(point int) {
	for g := range f.points.groups {
		c := &f.points.groups[g]
		f.dist[g] = append(f.dist[g], c.distances(make([]float32, 0, c.looks), c.lookOf(point)))
	}
	row := f.Len()
	f.told = append(f.told, point)
	f.Add(func(g, j int) float64 { return float64(f.dist[g][row][f.points.groups[g].lookOf(f.told[j])]) })
}

// Condition makes the process know a target for each row.
func (f *Field) Condition(y []float64) {
	f.Process.Condition(y)
	if f.fits != f.Process.fits {
		f.fits, f.rows = f.Process.fits, 0
		f.k = f.k[:0]
		clear(f.nearby)
		for i := range f.column {
			f.column[i], f.left[i] = f.column[i][:0], 1
		}
	}
	for ; f.rows < f.Len(); f.rows++ {
		f.k = append(f.k, f.correlations(f.rows))
	}
	// A block of the means stays in the nearest cache while all rows pass it.
	const block = 4096
	for from := 0; from < f.points.n; from += block {
		to := min(from+block, f.points.n)
		means := f.means[from:to]
		for k := range means {
			means[k] = float32(f.mean)
		}
		for i, k := range f.k {
			axpy(float32(f.alpha[i]), k[from:to], means)
		}
	}
	f.blur = f.share() + jitter
	f.off = 1e-6
	for _, a := range f.alpha {
		f.off += float64(2e-6 * math.Abs(a)) // of a correlation by table, and of the sum
	}
}

// correlations are those of a row of the process with all points.
func (f *Field) correlations(row int) []float32 {
	out := make([]float32, f.points.n)
	table := f.kernel.table()
	first := true
	for g := range f.points.groups {
		w := float32(f.weights[g])
		if w == 0 {
			continue
		}
		c, d := &f.points.groups[g], f.dist[g][row]
		switch {
		case first && c.look == nil:
			for k := range out {
				out[k] = w * d[k]
			}
		case c.look == nil:
			for k := range out {
				out[k] += float32(w * d[k])
			}
		default:
			look := c.look[:len(out)]
			for k := range out {
				out[k] += float32(w * d[look[k]])
			}
		}
		first = false
	}
	near := f.nearby[:len(out)]
	for k, s := range out {
		x := lookup(table, s)
		out[k] = x
		near[k] = max(near[k], x)
	}
	return out
}

// Bound is a mean that the posterior's at a point is not below, and a standard deviation that it is not above, at the
// cost of a look-up.
func (f *Field) Bound(point int) (mean, sd float64) {
	return float64(f.means[point]) - f.off, f.scale * math.Sqrt(max(f.most(point), 0))
}

// most is the most of the variance that can be left at a point, as a share: by the rows that were looked at, or else
// by the nearest alone.
func (f *Field) most(point int) float64 {
	if len(f.column[point]) > 0 {
		return f.left[point]
	}
	near := max(float64(f.nearby[point])-1e-6, 0)
	return 1 - float64(near*near)/(1+f.blur)
}

// Posterior is the mean and the standard deviation, without noise, at a point.
func (f *Field) Posterior(point int) (mean, sd float64) {
	v, left := f.column[point], f.left[point]
	for i := len(v); i < len(f.l); i++ {
		x := (float64(f.k[i][point]) - dot(f.l[i][:i], v)) / f.l[i][i]
		v = append(v, x)
		left -= float64(x * x)
	}
	f.column[point], f.left[point] = v, left
	return f.mean + dot(v, f.beta), f.scale * math.Sqrt(max(left, 0))
}

// Max returns the point that promises most, of equals the lowest, among those that skip does not refuse; -1 where it
// refuses all. Values are compared as [Round] leaves them.
//
// A variance falls with every row. What is known of it by a few rows, or by the nearest alone, tells of most points
// that they cannot be the best; for the others alone the posterior is computed.
func (f *Field) Max(promise Acquisition, skip func(point int) bool) int {
	best, top := -1, math.Inf(-1)
	f.scores = f.scores[:0]
	try := func(point int) {
		mean, sd := f.Posterior(point)
		v := Round(promise(mean, sd))
		f.scores = append(f.scores, scored{point, v})
		if v > top || v == top && point < best || best < 0 {
			best, top = point, v
		}
	}
	for _, point := range f.hot {
		if !skip(point) {
			try(point)
		}
	}
	cut, of := math.Inf(-1), math.Inf(-1)
	for point, mean := range f.means {
		if top > of {
			cut, of = f.least(promise, top)-f.off, top
		}
		if float64(mean) < cut || skip(point) {
			continue
		}
		if Round(promise(float64(mean)+f.off, f.scale*math.Sqrt(max(f.most(point), 0)))) >= top || best < 0 {
			try(point)
		}
	}
	slices.SortFunc(f.scores, func(a, b scored) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return a.point - b.point
	})
	f.hot = f.hot[:0]
	for _, s := range f.scores {
		if len(f.hot) < 8 && !slices.Contains(f.hot, s.point) {
			f.hot = append(f.hot, s.point)
		}
	}
	return best
}

// least is a mean below which nothing promises as much as top, whatever its variance.
func (f *Field) least(promise Acquisition, top float64) float64 {
	low, high := -100., 100.
	if promise(low, f.scale) >= top {
		return math.Inf(-1)
	}
	for range 40 {
		if mid := (low + high) / 2; promise(mid, f.scale) < top {
			low = mid
		} else {
			high = mid
		}
	}
	return low - 1e-6
}

// All calls visit with the posterior of every point that skip does not refuse, in order.
func (f *Field) All(skip func(point int) bool, visit func(point int, mean, sd float64)) {
	for point := range f.points.n {
		if !skip(point) {
			mean, sd := f.Posterior(point)
			visit(point, mean, sd)
		}
	}
}

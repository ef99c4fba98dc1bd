package gauss

import "math"

// Rows is a process of rows of features, which is asked about others as they come.
type Rows struct {
	*Process
	ends    []int       // of the groups
	columns [][]float32 // by feature: of the rows of the process
	norms   [][]float32 // by group and row: sums of squares
	k       []float32   // correlations of what is asked about, one after another
	left    []float64   // at most so much of their variance
	means   []float64
	v       []float64
}

// NewRows takes the places at which the groups of features end. Rows most of whose features are 0 are the fastest.
func NewRows(k *Kernel, ends []int) *Rows {
	return &Rows{Process: New(k, len(ends)), ends: ends, columns: make([][]float32, ends[len(ends)-1]),
		norms: make([][]float32, len(ends))}
}

// Show adds a row to the process.
func (r *Rows) Show(row []float32) {
	apart := make([][]float32, len(r.ends))
	weights := make([]float32, len(r.ends))
	for g := range apart {
		clear(weights)
		weights[g] = 1
		apart[g] = r.squares(nil, weights, row)
	}
	r.Add(func(g, j int) float64 { return float64(apart[g][j]) })
	for f, x := range row {
		r.columns[f] = append(r.columns[f], x)
	}
	for g := range r.ends {
		r.norms[g] = append(r.norms[g], r.norm(row, g))
	}
}

func (r *Rows) group(g int) (from, to int) {
	if g > 0 {
		from = r.ends[g-1]
	}
	return from, r.ends[g]
}

func (r *Rows) norm(row []float32, g int) (sum float32) {
	from, to := r.group(g)
	for _, x := range row[from:to] {
		sum += float32(x * x)
	}
	return sum
}

// squares appends to dst the weighted squared distances of a row from those of the process.
func (r *Rows) squares(dst []float32, weights []float32, row []float32) []float32 {
	at := len(dst)
	n := r.Len()
	for range n {
		dst = append(dst, 0)
	}
	s := dst[at:]
	for g, w := range weights {
		if w == 0 {
			continue
		}
		own := r.norm(row, g)
		for j, norm := range r.norms[g] {
			s[j] += float32(w * (own + norm))
		}
		from, to := r.group(g)
		for f := from; f < to; f++ {
			if x := row[f]; x != 0 {
				axpy(-2*w*x, r.columns[f], s)
			}
		}
	}
	for j, x := range s {
		s[j] = max(x, 0)
	}
	return dst
}

// Look asks about rows, of which Bound and Posterior then tell by their places.
func (r *Rows) Look(rows [][]float32) {
	weights := make([]float32, len(r.weights))
	for g, w := range r.weights {
		weights[g] = float32(w)
	}
	n, table, noise := len(r.l), r.kernel.table(), r.share()+jitter
	r.k, r.left, r.means = r.k[:0], r.left[:0], r.means[:0]
	for i, row := range rows {
		r.k = r.squares(r.k, weights, row)
		mean, near := r.mean, float32(0)
		for j, s := range r.k[i*n:] {
			x := lookup(table, s)
			r.k[i*n+j] = x
			mean += float64(float64(x) * r.alpha[j])
			near = max(near, x)
		}
		r.means, r.left = append(r.means, mean), append(r.left, 1-float64(near)*float64(near)/(1+noise)+1e-6)
	}
}

// Bound is the posterior's mean at a row, and a standard deviation that it is not above, by the nearest row of the
// process alone.
func (r *Rows) Bound(i int) (mean, sd float64) { return r.means[i], r.scale * math.Sqrt(r.left[i]) }

// Posterior is the mean and the standard deviation, without noise, at a row.
func (r *Rows) Posterior(i int) (mean, sd float64) {
	r.v = r.v[:0]
	n := len(r.l)
	for _, x := range r.k[i*n : (i+1)*n] {
		r.v = append(r.v, float64(x))
	}
	forward(r.l, r.v, 0)
	return r.means[i], r.scale * math.Sqrt(max(1-dot(r.v, r.v), 0))
}

// Max returns which of some rows promises most, of equals the first; -1 of none. Where promise is a function, and rises
// with mean and standard deviation, exact, the variance is computed only of rows that the nearest row of the process
// does not rule out.
func (r *Rows) Max(rows [][]float32, promise Acquisition, exact bool) int {
	r.Look(rows)
	best, top := -1, math.Inf(-1)
	try := func(i int) {
		v := Round(promise(r.Posterior(i)))
		if v > top || v == top && i < best || best < 0 {
			best, top = i, v
		}
	}
	bound := func(i int) float64 { return Round(promise(r.Bound(i))) }
	first := -1
	if exact && len(rows) > 0 {
		most := math.Inf(-1)
		for i := range rows {
			if v := bound(i); v > most || first < 0 {
				first, most = i, v
			}
		}
		try(first)
	}
	for i := range rows {
		if i != first && (!exact || bound(i) >= top) {
			try(i)
		}
	}
	return best
}

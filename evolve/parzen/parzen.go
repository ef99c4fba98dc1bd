// Package parzen estimates the density of points that are part choices among options and part real numbers, by a
// kernel on every point and one more, the prior, that is spread over everything. It is the estimator of the
// tree-structured Parzen estimator as Optuna 5 has it (optuna/samplers/_tpe/parzen_estimator.py): of n points a choice
// is smoothed by ε = 1/(n+1) on every option, a real number by a normal distribution cut to its range, which is as wide
// as the way to the farther one of the next points.
package parzen

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Axis is one coordinate of points: a choice among Options, 0 to Options-1, or where Options is 0 a real number from Lo
// to Hi.
type Axis struct {
	Options int
	Lo, Hi  float64
}

// Points are what was observed. A coordinate may be NaN: such a point says nothing of that axis, and its kernel is as
// wide there as the prior.
type Points struct {
	axes  []Axis
	x     []float64 // row-major
	words int       // of the bits of a row
	first []int     // by axis: the bit of its option 0, or its place among those of real numbers
	ones  []uint64  // row-major: a bit for each option that a point chose
	full  bool      // there are choices alone, and all points have all of them
	reals []int     // the axes of real numbers
	real  []float64 // row-major: the numbers on these
	order [][]int   // by axis of real numbers: the points that say something of it, by their numbers there, rising
	gaps  []bool    // by point: that it says nothing of some axis
}

// NewPoints is an empty set of points.
func NewPoints(axes []Axis) *Points {
	p := &Points{axes: axes, full: true}
	n := 0
	for i, a := range axes {
		if a.Options == 0 {
			p.first = append(p.first, len(p.reals))
			p.full, p.reals = false, append(p.reals, i)
			continue
		}
		p.first = append(p.first, n)
		n += a.Options
	}
	p.order = make([][]int, len(axes))
	p.words = (n + 63) / 64
	return p
}

// Len is the number of points.
func (p *Points) Len() int { return len(p.x) / max(1, len(p.axes)) }

// Add adds a point.
func (p *Points) Add(x []float64) {
	p.x = append(p.x, x...)
	var full bool
	p.ones, full = p.pack(p.ones, x)
	p.full = p.full && full
	point := p.Len() - 1
	p.gaps = append(p.gaps, slices.ContainsFunc(x, math.IsNaN))
	for _, axis := range p.reals {
		v := x[axis]
		if p.real = append(p.real, v); v == v {
			at := sort.Search(len(p.order[axis]), func(k int) bool { return p.At(p.order[axis][k])[axis] > v })
			p.order[axis] = slices.Insert(p.order[axis], at, point)
		}
	}
}

// At is a point, for reading.
func (p *Points) At(i int) []float64 { return p.x[i*len(p.axes):][:len(p.axes)] }

// pack appends the bits of a point, and says whether it made all choices.
func (p *Points) pack(dst []uint64, x []float64) (ones []uint64, full bool) {
	at := len(dst)
	for range p.words {
		dst = append(dst, 0)
	}
	full = true
	for i, v := range x {
		switch {
		case math.IsNaN(v):
			full = false
		case p.axes[i].Options > 0:
			bit := p.first[i] + int(v)
			dst[at+bit/64] |= 1 << (bit % 64)
		}
	}
	return dst, full
}

// Density is a mixture of the kernels of some of the points and of the prior. The zero value is of no use before Fit;
// fitted again it keeps its memory.
type Density struct {
	// Narrow lets kernels of real numbers be narrower than Optuna has them, see [Density.Fit].
	Narrow bool

	p       *Points
	rows    []int
	weight  []float64 // of the kernel of each row and, last, of the prior; they sum to 1
	logs    []float64 // of the weights, where there are real numbers
	axes    []smooth
	ones    []uint64  // of the rows
	shared  float64   // log density of a kernel at its own point, where all points made all choices
	off     []float64 // (ε/(1+ε))ᵏ, which a point that has k choices not in common multiplies that by
	prior   float64   // log density of the prior, by its weight
	scratch []float64
	packed  []uint64
	order   []int

	// Of real numbers, by point and axis of them, kept from fit to fit, since a point more changes the kernels of its
	// neighbours alone: widths, what divides by them and log densities at the middle; and by point the sum of these.
	sd, over, log []float64
	peaks         []float64
	x             []float64 // scratch
	member        []bool    // by point: that it is one of the rows
	changed       []int     // points whose peaks are not what they were
}

// smooth are the kernels on one axis.
type smooth struct {
	hit, miss float64   // of a choice: log chance of a kernel's own option, and of each other
	own       float64   // of a choice: the chance that a kernel gives its own option before it gives any
	option    []float64 // of a choice: log chance of each option in the mixture; empty before LogAxis needs it
	prior     float64   // of a choice: the prior's log chance of an option
	// The prior's kernel of a real number: mean, width and log density at the mean.
	mean, sd, log float64
}

// Fit makes the mixture of the kernels of rows, each of its weight, and of the prior, whose weight is 1. No kernel of a
// real number is narrower than 1/(n+2) and 1/100 of the range, as Optuna has it. Where the density is Narrow it may be
// down to 1/(n+2)² and 0.03 of it, as Watanabe recommends (arXiv:2304.11127, exponent and factor of the least width).
func (d *Density) Fit(p *Points, rows []int, weights []float64) {
	if d.p != p {
		d.sd, d.over, d.log, d.peaks, d.member = nil, nil, nil, nil, nil
	}
	d.p, d.rows = p, rows
	d.weight = append(append(d.weight[:0], weights...), 1)
	sum := 0.0
	for _, w := range d.weight {
		sum += w
	}
	d.logs = d.logs[:0]
	for i := range d.weight {
		d.weight[i] /= sum
	}
	if p.reals != nil {
		for _, w := range d.weight {
			d.logs = append(d.logs, math.Log(w))
		}
	}
	d.ones = d.ones[:0]
	for _, row := range rows {
		d.ones = append(d.ones, p.ones[row*p.words:][:p.words]...)
	}
	d.axes = slices.Grow(d.axes[:0], len(p.axes))[:len(p.axes)]
	d.off = append(d.off[:0], 1)
	for i := range p.axes {
		d.off = append(d.off, d.off[i]/float64(len(rows)+2))
	}
	d.shared, d.prior = 0, math.Log(d.weight[len(rows)])
	d.begin()
	for i, a := range p.axes {
		if a.Options == 0 {
			d.spread(i)
			continue
		}
		n := len(rows)
		if !p.full {
			n = d.known(i)
		}
		e, k, s := 1/float64(n+1), float64(a.Options), &d.axes[i]
		all := 1 + float64(k*e)
		s.hit, s.miss, s.prior = math.Log((1+e)/all), math.Log(e/all), -math.Log(k)
		s.own = 1 / all
		s.option = s.option[:0]
		d.shared += s.hit
		d.prior += s.prior
	}
	for _, row := range d.changed {
		d.peaks[row] = 0
		for _, log := range d.log[row*len(p.reals):][:len(p.reals)] {
			d.peaks[row] += log
		}
	}
}

// known are the rows that say something of an axis.
func (d *Density) known(axis int) (n int) {
	for _, row := range d.rows {
		if !math.IsNaN(d.p.At(row)[axis]) {
			n++
		}
	}
	return n
}

// at is the log density of a row's kernel on an axis, row len(rows) being the prior.
func (d *Density) at(axis, row int, v float64) float64 {
	s, x := &d.axes[axis], math.NaN()
	if row < len(d.rows) {
		x = d.p.At(d.rows[row])[axis]
	}
	silent := math.IsNaN(x)
	if d.p.axes[axis].Options > 0 {
		switch {
		case silent:
			return s.prior
		case x == v:
			return s.hit
		}
		return s.miss
	}
	x, sd, log := d.kernelOf(axis, row)
	z := (v - x) / sd
	return log - float64(z*z/2)
}

// kernelOf is the kernel of a row, or behind them of the prior, on an axis of real numbers: mean, width and log density
// at the mean. A row that says nothing has the prior's.
func (d *Density) kernelOf(axis, row int) (mean, sd, log float64) {
	if row < len(d.rows) {
		at := d.rows[row]*len(d.p.reals) + d.p.first[axis]
		if x := d.p.real[at]; x == x {
			return x, d.sd[at], d.log[at]
		}
	}
	s := &d.axes[axis]
	return s.mean, s.sd, s.log
}

// Log is the logarithm of the density at x. A coordinate that is NaN is left out.
func (d *Density) Log(x []float64) float64 {
	log, _ := d.LogUpTo(x, math.Inf(1))
	return log
}

// LogUpTo is Log where that is not above most. Where it is, it may be another number and false, for which less is
// looked at.
func (d *Density) LogUpTo(x []float64, most float64) (log float64, ok bool) {
	if d.p.full {
		var full bool
		if d.packed, full = d.p.pack(d.packed[:0], x); full {
			return d.logOfChoices(), true
		}
	}
	if d.p.reals == nil {
		d.scratch = d.scratch[:0]
		for row, w := range d.weight {
			d.scratch = append(d.scratch, d.logAt(math.Log(w), row, x))
		}
		return logSum(d.scratch), true
	}
	// The prior is the first, since it is nowhere low: what is far below it adds nothing.
	last := len(d.rows)
	top := d.logAt(d.logs[last], last, x)
	if top > most {
		return top, false
	}
	d.scratch = append(d.scratch[:0], top)
	gaps := slices.ContainsFunc(x, math.IsNaN)
	d.x = d.x[:0]
	for _, i := range d.p.reals {
		d.x = append(d.x, x[i])
	}
	for row, point := range slices.Backward(d.rows) { // the latest are where the search is
		if gaps || d.p.gaps[point] {
			log = d.logAt(d.logs[row], row, x)
		} else {
			log = d.logAbove(row, x, top-negligible)
		}
		if log > most {
			return log, false
		}
		if log > top-negligible {
			d.scratch = append(d.scratch, log)
			top = max(top, log)
		}
	}
	return logSum(d.scratch), true
}

// negligible is by how much a logarithm is below another one where its number adds nothing to the other, though there
// are thousands of them: e^-50 is 2e-22.
const negligible = 50

// logAt is log, the logarithm of a row's weight, and of its kernel at x, row len(rows) being the prior.
func (d *Density) logAt(log float64, row int, x []float64) float64 {
	for i, v := range x {
		if v == v {
			log += d.at(i, row, v)
		}
	}
	return log
}

// logOfChoices is Log of the point in packed. What a kernel says of it depends on how many choices they have in common
// alone.
func (d *Density) logOfChoices() float64 {
	n := len(d.axes)
	if d.off[n] < math.SmallestNonzeroFloat64*(1<<52) {
		return d.logOfManyChoices()
	}
	sum := 0.0
	if d.p.words == 1 {
		x, off, weight := d.packed[0], d.off, d.weight[:len(d.ones)]
		for row, y := range d.ones {
			sum += float64(weight[row] * off[n-bits.OnesCount64(x&y)])
		}
	} else {
		for row := range d.rows {
			sum += float64(d.weight[row] * d.off[n-d.common(row)])
		}
	}
	return d.withPrior(d.shared + math.Log(sum))
}

// logOfManyChoices is logOfChoices where a power of what one that is not in common multiplies by may be 0.
func (d *Density) logOfManyChoices() float64 {
	d.scratch = d.scratch[:0]
	log := math.Log(d.off[1])
	for row := range d.rows {
		d.scratch = append(d.scratch, math.Log(d.weight[row])+float64(float64(len(d.axes)-d.common(row))*log))
	}
	if len(d.rows) == 0 {
		return d.prior
	}
	return d.withPrior(d.shared + logSum(d.scratch))
}

// common is how many choices a row has in common with the point in packed.
func (d *Density) common(row int) (n int) {
	for w, y := range d.ones[row*d.p.words:][:d.p.words] {
		n += bits.OnesCount64(y & d.packed[w])
	}
	return n
}

// withPrior adds the prior to the log density of the other kernels.
func (d *Density) withPrior(kernels float64) float64 {
	high, low := max(kernels, d.prior), min(kernels, d.prior)
	return high + math.Log1p(math.Exp(low-high))
}

// LogAxis is the logarithm of the density on one axis, whatever the others are.
func (d *Density) LogAxis(axis int, v float64) float64 {
	s := &d.axes[axis]
	if k := d.p.axes[axis].Options; k == 0 {
		return d.logAlone(axis, v)
	} else if len(s.option) == 0 {
		for i := range k {
			s.option = append(s.option, d.logAlone(axis, float64(i)))
		}
	}
	return s.option[int(v)]
}

func (d *Density) logAlone(axis int, v float64) float64 {
	d.scratch = d.scratch[:0]
	for row := range d.weight {
		d.scratch = append(d.scratch, math.Log(d.weight[row])+d.at(axis, row, v))
	}
	return logSum(d.scratch)
}

// logSum is the logarithm of the sum of what logs are the logarithms of.
func logSum(logs []float64) float64 {
	most := slices.Max(logs)
	sum := 0.0
	for _, x := range logs {
		sum += math.Exp(x - most)
	}
	return most + math.Log(sum)
}

// Draw fills x with a point of the mixture.
func (d *Density) Draw(x []float64, r *rand.Rand) {
	row := d.kernel(r)
	for i := range x {
		x[i] = d.draw(i, row, r)
	}
}

// DrawAxis draws one coordinate, whatever the others are.
func (d *Density) DrawAxis(axis int, r *rand.Rand) float64 { return d.draw(axis, d.kernel(r), r) }

// kernel draws one of the mixture.
func (d *Density) kernel(r *rand.Rand) int {
	u, last := r.Float64(), len(d.weight)-1
	for row, w := range d.weight[:last] {
		if u -= w; u < 0 {
			return row
		}
	}
	return last
}

// draw draws from a kernel on an axis.
func (d *Density) draw(axis, row int, r *rand.Rand) float64 {
	a, x := d.p.axes[axis], math.NaN()
	if row < len(d.rows) {
		x = d.p.At(d.rows[row])[axis]
	}
	silent := math.IsNaN(x)
	if k := a.Options; k > 0 {
		if !silent && r.Float64() < d.axes[axis].own {
			return x
		}
		return float64(r.IntN(k))
	}
	x, sd, _ := d.kernelOf(axis, row)
	// At least a third of a kernel is within the range, since its middle is and it is no wider than the range.
	for {
		if v := x + float64(sd*samebits.Normal(r)); v >= a.Lo && v <= a.Hi {
			return v
		}
	}
}

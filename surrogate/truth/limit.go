package truth

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// NormalLimit is what a perfect prediction would have against the means of as many seeds if cells and noise were
// normal: r = √(σb²/(σb² + σw²/k)), tau = 2/π·asin r, with no precision. It is NaN in a view with dead cells, which
// make σb what it is and say nothing of the others, and where runs are not known.
func (v *View) NormalLimit() stats.Agreement {
	limit := agreement(nil)
	if v.runs != nil && !slices.Contains(v.dead, true) {
		r := stats.ComponentsOf(v.runs).Limit(len(v.runs[0]))
		limit.TauB, limit.Spearman = stats.NormalTau(r), stats.NormalSpearman(r)
	}
	return limit
}

// RankLimit is what a perfect prediction would have by [stats.LimitOf], which asks of the view's [View.OneRun] and of
// nothing else: neither of dead cells nor of how far the others lie apart. It has no precision.
func (v *View) RankLimit(oneRun Row) Row {
	of := func(a stats.Agreement) stats.Agreement {
		limit, r := agreement(nil), stats.LimitOf(a.TauB, v.seeds)
		limit.TauB, limit.Spearman = stats.NormalTau(r), stats.NormalSpearman(r)
		return limit
	}
	return Row{of(oneRun.Agreement), of(oneRun.Low), of(oneRun.High)}
}

// Simulated are what a perfect prediction and one run have in tables that are drawn: the mean, and the middle 95 % of
// the tables, or NaN of one table.
type Simulated struct{ Limit, OneRun Row }

// Simulate draws so many tables of the view's cells. A cell's true value is its mean, drawn towards that of all cells
// until the true values have the standard deviation that [stats.ComponentsOf] leaves them; dead cells are no
// part of this and keep their means. A run is the true value and what a run of a cell of about the same mean differs
// from that cell's mean, so that bad cells keep their larger noise, to whole answers where the view has such. OneRun
// tells whether this describes the table: it is to be what [View.OneRun] measures. Both are NaN where runs are not
// known.
func (v *View) Simulate(tables int, rng *rand.Rand) Simulated {
	if v.runs == nil {
		return Simulated{unknownRow(), unknownRow()}
	}
	m := v.model()
	n, k := len(v.runs), len(v.runs[0])
	runs := make([][]float64, n)
	for i := range runs {
		runs[i] = make([]float64, k)
	}
	means := make([]float64, n)
	var limit, one [][]float64 // by number, then table
	for range tables {
		for at, i := range m.order {
			for s := range k {
				runs[i][s] = m.run(at, rng)
			}
			means[i] = sum(runs[i], -1)
		}
		limit, one = add(limit, stats.Agree(m.truth, means)), add(one, mean(pairs(runs)))
	}
	return Simulated{summary(limit), summary(one)}
}

func add(draws [][]float64, a stats.Agreement) [][]float64 {
	xs := numbers(a)
	if draws == nil {
		draws = make([][]float64, len(xs))
	}
	for i, x := range xs {
		draws[i] = append(draws[i], x)
	}
	return draws
}

func summary(draws [][]float64) Row {
	var means, lows, highs []float64
	for _, xs := range draws {
		means = append(means, stats.Mean(xs))
		low, high := stats.Interval(xs)
		lows, highs = append(lows, low), append(highs, high)
	}
	return Row{agreement(means), agreement(lows), agreement(highs)}
}

// model is what tables are drawn from.
type model struct {
	order []int       // rows by mean
	truth []float64   // by row
	noise [][]float64 // of the cell at a place of the order
	near  int         // how many places on each side lend their noise
	step  float64
}

func (v *View) model() *model {
	n, k := len(v.runs), len(v.runs[0])
	m := &model{truth: slices.Clone(v.means), step: v.step, order: make([]int, n)}
	var alive [][]float64
	var means []float64
	for i := range n {
		m.order[i] = i
		if !v.dead[i] {
			alive, means = append(alive, v.runs[i]), append(means, v.means[i])
		}
	}
	center, sd := stats.MeanSD(means)
	shrink := math.Sqrt(stats.ComponentsOf(alive).Between) / sd
	for i := range n {
		if !v.dead[i] && sd > 0 {
			m.truth[i] = center + float64((v.means[i]-center)*shrink)
		}
	}
	slices.SortStableFunc(m.order, func(a, b int) int { return cmp.Compare(v.means[a], v.means[b]) })
	// The mean of k runs has taken a part of their noise away.
	whole := math.Sqrt(float64(k) / float64(k-1))
	for _, i := range m.order {
		var noise []float64
		for _, x := range v.runs[i] {
			noise = append(noise, whole*(x-v.means[i]))
		}
		m.noise = append(m.noise, noise)
	}
	m.near = max(leastCells/2, n/neighbours)
	return m
}

// neighbours is the part of all cells, one in so many, from which noise is drawn on each side of a cell.
const neighbours = 40

// run draws a run of the cell at a place of the order.
func (m *model) run(at int, rng *rand.Rand) float64 {
	low, high := max(0, at-m.near), min(len(m.order), at+m.near+1)
	noise := m.noise[low+rng.IntN(high-low)]
	x := m.truth[m.order[at]] + noise[rng.IntN(len(noise))]
	if m.step > 0 {
		x = float64(math.Round(x/m.step) * m.step)
	}
	return x
}

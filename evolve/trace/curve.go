package trace

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Band is a curve over runs: of the incumbents at X median and quartiles, and the mean with
// half the width of its 95 % interval.
type Band struct{ X, Q1, Median, Q3, Mean, CI []float64 }

// Curve evaluates the step functions of an arm's runs at n points between the first at which
// every run has an incumbent and the median of the runs' ends, evenly spaced or, with log,
// evenly in the logarithm. A run that ended keeps its last value.
func (a Arm) Curve(x Axis, y Measure, n int, log bool) Band {
	from, to := a.Reach(x, y)
	return a.CurveAt(x, y, x.Spaced(from, to, n, log))
}

// Reach is where a curve begins and ends: where every run of the arm has an incumbent, and the median of the ends of
// those that have one.
func (a Arm) Reach(x Axis, y Measure) (from, to float64) {
	from = a.From(x)
	var ends []float64
	for i := range a.Runs {
		if r := &a.Runs[i]; len(y.Steps(r)) > 0 {
			ends = append(ends, x.End(r))
		}
	}
	if ends == nil {
		return from, from
	}
	slices.Sort(ends)
	return from, max(from, stats.Quantile(ends, .5))
}

// CurveAt is Curve at the points of a rising grid.
func (a Arm) CurveAt(x Axis, y Measure, grid []float64) Band {
	var runs []Run
	for _, r := range a.Runs {
		if len(y.Steps(&r)) > 0 {
			runs = append(runs, r)
		}
	}
	var b Band
	if len(runs) == 0 {
		return b
	}
	at := make([]int, len(runs)) // the step each run is on
	vals := make([]float64, len(runs))
	var all stats.Sample
	for i := range runs {
		vals[i] = y.At(&runs[i], 0)
	}
	for k, g := range grid {
		changed := k == 0
		for i := range runs {
			was := at[i]
			for s := y.Steps(&runs[i]); at[i]+1 < len(s) && x.At(&s[at[i]+1]) <= g; {
				at[i]++
			}
			if at[i] > was {
				vals[i], changed = y.At(&runs[i], at[i]), true
			}
		}
		if changed {
			all = stats.Describe(vals) // no number where one is not known, such as a score that takes a training
		}
		b.X = append(b.X, g)
		b.Q1, b.Median, b.Q3 = append(b.Q1, all.Q1), append(b.Median, all.Median), append(b.Q3, all.Q3)
		b.Mean, b.CI = append(b.Mean, all.Mean), append(b.CI, all.CI)
	}
	return b
}

// From is where on an axis all of an arm's runs that found anything have an incumbent; 0 where there are none.
func (a Arm) From(x Axis) (from float64) {
	for i := range a.Runs {
		if r := &a.Runs[i]; len(r.Steps) > 0 {
			from = max(from, x.At(&r.Steps[0]))
		}
	}
	return from
}

// FullFrom is where on an axis half of an arm's runs that found anything have an incumbent of a full training, of so
// many epochs; +Inf where they never do, and 0 where none found anything. What a curve shows before was told by
// shorter trainings.
func (a Arm) FullFrom(x Axis, epochs int) float64 {
	var from []float64
	for i := range a.Runs {
		r := &a.Runs[i]
		if len(r.Steps) == 0 {
			continue
		}
		at := math.Inf(1)
		if full := slices.IndexFunc(r.Steps, func(e journal.Entry) bool { return int(e.Epochs) >= epochs }); full >= 0 {
			at = x.At(&r.Steps[full])
		}
		from = append(from, at)
	}
	if len(from) == 0 {
		return 0
	}
	slices.Sort(from)
	return from[(len(from)-1)/2]
}

// Spaced are n points from one number to another, evenly spaced or, with log and from above 0, evenly in the logarithm;
// the first alone where there is no way between them.
func Spaced(from, to float64, n int, log bool) []float64 {
	if to <= from || n < 2 {
		return []float64{from}
	}
	grid := make([]float64, n)
	for i := range grid {
		f := float64(i) / float64(n-1)
		if log && from > 0 {
			grid[i] = from * math.Pow(to/from, f)
		} else {
			grid[i] = from + float64((to-from)*f)
		}
	}
	grid[n-1] = to
	return grid
}

// Spaced are points of an axis, n or fewer, as [Spaced] has them. Of trials they are whole numbers besides the last, so
// that a curve changes at a trial and not beyond it; all of them where these are no more than 2n.
func (x Axis) Spaced(from, to float64, n int, log bool) (grid []float64) {
	if x.Name != trialsAxis || to <= from {
		return Spaced(from, to, n, log)
	}
	if to-from < float64(2*n) {
		for at := from; at < to; at++ {
			grid = append(grid, at)
		}
		return append(grid, to)
	}
	grid = Spaced(from, to, n, log)
	for i := range grid[:len(grid)-1] {
		grid[i] = max(from, math.Floor(grid[i]))
	}
	return slices.Compact(grid)
}

package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Run is one study as its archive's entries tell it.
type Run struct {
	Steps   []journal.Entry // improvements of the lowest loss, in order; none when nothing was evaluated
	Entries []journal.Entry // with several objectives also what entered the front otherwise; else the steps
	Final   journal.Entry   // the end; its errors are those of the last step
}

// Arm is all runs of one algorithm.
type Arm struct {
	Algo string
	Runs []Run
}

// Group sorts rows into arms and runs, in the order of first appearance.
func Group(rows []journal.Entry) ([]Arm, error) {
	var arms []Arm
	open, from := false, 0
	for i, r := range rows {
		if len(arms) == 0 || arms[len(arms)-1].Algo != r.Algo {
			if slices.ContainsFunc(arms, func(a Arm) bool { return a.Algo == r.Algo }) {
				return nil, fmt.Errorf("row %d: the rows of %q do not stand together: %w", i+1, r.Algo, evolve.ErrInvalid)
			}
			if open {
				return nil, fmt.Errorf("row %d: %q begins before the last run of %q has its end: %w", i+1, r.Algo, arms[len(arms)-1].Algo, evolve.ErrInvalid)
			}
			arms = append(arms, Arm{Algo: r.Algo})
		}
		a := &arms[len(arms)-1]
		if !open {
			a.Runs, from = append(a.Runs, Run{}), i
		}
		run := &a.Runs[len(a.Runs)-1]
		if int(r.Run) != len(a.Runs)-1 {
			return nil, fmt.Errorf("row %d: run %d of %q where run %d belongs: %w", i+1, r.Run, r.Algo, len(a.Runs)-1, evolve.ErrInvalid)
		}
		if open = !r.Final; open {
			continue
		}
		if run.Final = r; i > from {
			run.Entries = rows[from:i:i]
			run.Steps = best(run.Entries)
		}
	}
	if open {
		return nil, fmt.Errorf("the last run has no end: %w", evolve.ErrInvalid)
	}
	return arms, nil
}

// best are the entries that lowered the loss: all of them, unless there are several objectives.
func best(entries []journal.Entry) []journal.Entry {
	aside := func(e journal.Entry) bool { return !e.Best }
	if !slices.ContainsFunc(entries, aside) {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), aside)
}

// Finals are the values of a metric at the runs' ends.
func (a Arm) Finals(metric func(*journal.Entry) float64) []float64 {
	xs := make([]float64, len(a.Runs))
	for i := range a.Runs {
		xs[i] = metric(&a.Runs[i].Final)
	}
	return xs
}

// Validation is an incumbent's validation result after the full schedule, as the metric prints it.
func Validation(m evolve.Metric) func(*journal.Entry) float64 {
	return func(r *journal.Entry) float64 { return m.Value(r.ValError) }
}

// TestResult is its test result.
func TestResult(m evolve.Metric) func(*journal.Entry) float64 {
	return func(r *journal.Entry) float64 { return m.Value(r.TestError) }
}

// Trials is where in its run an incumbent stands, in trials told.
func Trials(r *journal.Entry) float64 { return float64(r.Trial) }

// Seconds is the same in simulated seconds.
func Seconds(r *journal.Entry) float64 { return r.Seconds }

// Band is a curve over runs: of the incumbents at X median and quartiles, and the mean with
// half the width of its 95 % interval.
type Band struct{ X, Q1, Median, Q3, Mean, CI []float64 }

// Curve evaluates the step functions of an arm's runs at n points between the first at which
// every run has an incumbent and the median of the runs' ends, evenly spaced or, with log,
// evenly in the logarithm. A run that ended keeps its last value.
func (a Arm) Curve(x, y func(*journal.Entry) float64, n int, log bool) Band {
	from, ends := 0.0, make([]float64, 0, len(a.Runs))
	var runs []Run
	for _, r := range a.Runs {
		if len(r.Steps) > 0 {
			runs = append(runs, r)
			from = max(from, x(&r.Steps[0]))
			ends = append(ends, x(&r.Final))
		}
	}
	var b Band
	if len(runs) == 0 {
		return b
	}
	slices.Sort(ends)
	grid := spaced(from, max(from, stats.Quantile(ends, .5)), n, log)
	at := make([]int, len(runs)) // the step each run is on
	vals, sorted := make([]float64, len(runs)), make([]float64, len(runs))
	var all stats.Sample
	for i := range runs {
		vals[i] = y(&runs[i].Steps[0])
	}
	for k, g := range grid {
		changed := k == 0
		for i := range runs {
			for s := runs[i].Steps; at[i]+1 < len(s) && x(&s[at[i]+1]) <= g; changed = true {
				at[i]++
				vals[i] = y(&s[at[i]])
			}
		}
		if changed {
			copy(sorted, vals)
			slices.Sort(sorted)
			all = stats.Describe(vals)
		}
		b.X = append(b.X, g)
		b.Q1 = append(b.Q1, stats.Quantile(sorted, .25))
		b.Median = append(b.Median, stats.Quantile(sorted, .5))
		b.Q3 = append(b.Q3, stats.Quantile(sorted, .75))
		b.Mean, b.CI = append(b.Mean, all.Mean), append(b.CI, all.CI)
	}
	return b
}

func spaced(from, to float64, n int, log bool) []float64 {
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

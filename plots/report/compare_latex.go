package report

import (
	"fmt"
	"io"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// latexColumn is a column of the report's table for LaTeX.
type latexColumn struct {
	head  string
	mean  func(*Result) number.Nullable
	half  func(*Result) number.Nullable // of the mean's interval
	falls bool                          // lower is better
	tests []Test                        // of all pairs of algorithms
}

// WriteLaTeX writes the means of the runs as a table for LaTeX, a row an algorithm: the best of each column bold, and
// a tilde at what is not told apart from it.
func (r *Comparison) WriteLaTeX(w io.Writer) error {
	metric := words.InUnit(r.Metric, r.Unit)
	falls := evolve.Metric(r.Metric).Falls()
	columns := []latexColumn{
		{"validation " + metric, func(x *Result) number.Nullable { return x.ValMean },
			func(x *Result) number.Nullable { return x.ValCI95 }, falls, r.onVal},
		{"test " + metric, func(x *Result) number.Nullable { return x.TestMean },
			func(x *Result) number.Nullable { return x.TestCI95 }, falls, r.onTest},
		// The best is no estimate: a regret has the interval and the tests of the validation.
		{"validation regret", func(x *Result) number.Nullable { return x.RegretMean },
			func(x *Result) number.Nullable { return x.ValCI95 }, true, r.onVal},
	}
	if r.Tested == trace.HypervolumeMeasure {
		columns = append(columns, latexColumn{words.InUnit("hypervolume", r.volumeUnit()),
			func(x *Result) number.Nullable { return x.Hypervolume },
			func(x *Result) number.Nullable { return x.Fronts.half }, false, r.Tests})
	}
	g := tabular{head: []string{"algorithm"}}
	for i := range r.Results {
		g.rows = append(g.rows, tabularRow{name: r.Results[i].Label})
	}
	for _, c := range columns {
		if !number.Known(float64(c.mean(&r.Results[0]))) && c.head == "validation regret" { // the best is not known
			continue
		}
		g.head = append(g.head, c.head)
		for i, cell := range r.latexCells(c) {
			g.rows[i].cells = append(g.rows[i].cells, cell)
		}
	}
	seeds := 0
	if len(r.Results) > 0 {
		seeds = r.Results[0].Seeds
	}
	caption := fmt.Sprintf("%s: %s of %s, %s, seed %d; mean ± half its 95 %% interval (Student's t). Bold: the best "+
		"of its column", r.Benchmark, number.Count(seeds, "run"), r.Bounds(), r.Pool(), r.Seed)
	if len(r.Tests) > 0 {
		caption += fmt.Sprintf("; ~: not told apart from it (two-sided Mann-Whitney U, Holm-corrected for all pairs, "+
			"p ≥ %g)", stats.Alpha)
	}
	return g.writeLaTeX(w, caption+".", "compare")
}

// latexCells are the cells of a column.
func (r *Comparison) latexCells(c latexColumn) []tabularCell {
	var widths []float64
	best, largest := -1, 0.0
	mean := func(i int) float64 { return float64(c.mean(&r.Results[i])) }
	for i := range r.Results {
		widths = append(widths, float64(c.half(&r.Results[i])))
		x := mean(i)
		if largest = max(largest, math.Abs(x)); math.IsNaN(x) {
			continue
		}
		if best < 0 || c.falls && x < mean(best) || !c.falls && x > mean(best) {
			best = i
		}
	}
	digits := places(largest, widths...)
	var cells []tabularCell
	for i := range r.Results {
		x := meanCell(mean(i), float64(c.half(&r.Results[i])), digits)
		x.best = best >= 0 && mean(i) == mean(best)
		x.tied = best >= 0 && !x.best && even(c.tests, r.Results[i].Label, r.Results[best].Label)
		cells = append(cells, x)
	}
	return cells
}

// even says whether a test of two algorithms was made and does not tell them apart.
func even(tests []Test, a, b string) bool {
	for _, t := range tests {
		if t.A == a && t.B == b || t.A == b && t.B == a {
			return float64(t.PHolm) >= stats.Alpha
		}
	}
	return false
}

package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// WriteText prints the comparison. Where each row is one score of each method, methods are the rows of the table.
func (r *Scores) WriteText(w io.Writer, turned bool) error {
	fmt.Fprintf(w, "%s\n\n", r.heading())
	g := r.methodTable()
	if r.single == nil {
		g = r.tabular(turned)
	}
	if err := g.writeText(w); err != nil {
		return err
	}
	if r.single == nil {
		row := orientation(turned)
		fmt.Fprintf(w, "%s\n%s best of its %s, %s not told apart from it (%s)\n", r.summed(), bestMark, row, tiedMark,
			toldApart(row))
	}
	fmt.Fprintln(w)
	if err := r.writeRanking(w); err != nil {
		return err
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	return r.writePairs(w)
}

// foldersText lists folders.
func foldersText(folders []string) string {
	var all []string
	for _, f := range folders {
		all = append(all, words.Plain(f))
	}
	return strings.Join(all, ", ")
}

// toldApart names the test behind the marks of a row or column.
func toldApart(row string) string {
	return fmt.Sprintf("two-sided Mann-Whitney U, Holm-corrected for the %s, p ≥ %g", row, stats.Alpha)
}

// heading says what is compared.
func (r *Scores) heading() string {
	name, what := words.Plain(r.File), number.Count(r.Rows, "row")
	if r.single == nil {
		what = number.Count(r.Rows, "data set")
	}
	if r.What != "" {
		name, what = foldersText(r.Folders), number.Count(r.Rows, "benchmark")
	}
	text := fmt.Sprintf("%s: %s of %s%s, %s is better", name, what, number.Count(len(r.Methods), "method"), r.runs(),
		r.Better)
	if r.What != "" {
		text += "\n" + r.What
	}
	return text
}

// runs says how many runs the methods have, where a row has several.
func (r *Scores) runs() string {
	least, most := math.MaxInt, 0
	for _, row := range r.Table {
		for _, c := range row.Cells {
			least, most = min(least, c.Runs), max(most, c.Runs)
		}
	}
	switch {
	case r.single != nil:
		return ""
	case least == most:
		return fmt.Sprintf(", %s each", number.Count(least, "run"))
	}
	return fmt.Sprintf(", %d to %d runs each", least, most)
}

// summed says by what the runs of a cell are summed up.
func (r *Scores) summed() string {
	switch r.Summary {
	case scores.Median:
		return "median [95 % interval between two order statistics]"
	case scores.IQM:
		return "interquartile mean"
	}
	return "mean ± half its 95 % interval (Student's t)"
}

// methodTable is a row a method.
func (r *Scores) methodTable() tabular {
	g := tabular{head: []string{"method", "average rank", "interquartile mean"}}
	if r.Resamplings > 0 {
		g.head[2] += fmt.Sprintf(" [95 %%, %d resamplings]", r.Resamplings)
	}
	for _, m := range r.Methods {
		g.rows = append(g.rows, tabularRow{m.Method, []tabularCell{{value: number.Fixed(m.Rank, 3)}, m.Middle.cell()}})
	}
	return g
}

// cell is the interval with as many digits as its width has.
func (i Interval) cell() tabularCell {
	low, high := float64(i.Low), float64(i.High)
	return intervalCell(float64(i.Value), low, high, places(float64(i.Value), (high-low)/2))
}

// tabular is the table of data sets and methods, methods being the columns or, turned, the rows.
func (r *Scores) tabular(turned bool) tabular {
	g := tabular{head: []string{"data set"}}
	if r.What != "" {
		g.head[0] = "benchmark"
	}
	ranks, middles := tabularRow{name: "average rank"}, tabularRow{name: "interquartile mean"}
	for _, m := range r.Methods {
		g.head = append(g.head, m.Method)
		ranks.cells = append(ranks.cells, tabularCell{value: number.Fixed(m.Rank, 3)})
		middles.cells = append(middles.cells, m.Middle.cell())
	}
	if r.single != nil {
		g.rows = r.singleRows()
	}
	for _, row := range r.Table {
		g.rows = append(g.rows, row.tabularRow(r.Summary))
	}
	if !math.IsNaN(float64(r.Methods[0].Rank)) {
		g.sums = append(g.sums, ranks)
	}
	g.sums = append(g.sums, middles)
	if turned {
		return g.turned("method")
	}
	return g
}

// singleRows are the scores themselves, the best of each row marked.
func (r *Scores) singleRows() (rows []tabularRow) {
	for k, row := range r.single.Scores {
		best := row[0][0]
		for _, x := range row {
			if r.Better == "lower" {
				best = min(best, x[0])
			} else {
				best = max(best, x[0])
			}
		}
		digits := 0
		for _, x := range row {
			_, behind, _ := strings.Cut(strconv.FormatFloat(x[0], 'f', -1, 64), ".")
			digits = min(6, max(digits, len(behind))) // more are those of a computer, and no one's measurement
		}
		g := tabularRow{name: r.single.Rows[k]}
		for _, x := range row {
			g.cells = append(g.cells, tabularCell{value: number.Plain(x[0], digits), best: x[0] == best})
		}
		rows = append(rows, g)
	}
	return rows
}

// tabularRow is the row by a summary, all cells with the same number of digits.
func (row *ScoreRow) tabularRow(by scores.Summary) tabularRow {
	var widths []float64
	largest := 0.0
	for _, c := range row.Cells {
		largest = max(largest, math.Abs(float64(c.IQM)))
		switch by {
		case scores.Median:
			widths = append(widths, float64(c.Median.High-c.Median.Low)/2)
		default:
			widths = append(widths, float64(c.CI95))
		}
	}
	digits := places(largest, widths...)
	g := tabularRow{name: row.Name}
	for _, c := range row.Cells {
		var x tabularCell
		switch by {
		case scores.Median:
			x = intervalCell(float64(c.Median.Value), float64(c.Median.Low), float64(c.Median.High), digits)
		case scores.IQM:
			x = tabularCell{value: number.Fixed(c.IQM, digits)}
		default:
			x = meanCell(float64(c.Mean), float64(c.CI95), digits)
		}
		if c.Summed < c.Runs {
			x.doubt = strings.TrimSpace(fmt.Sprintf("%s (%d of %d runs)", x.doubt, c.Summed, c.Runs))
		}
		x.best, x.tied = c.Best, c.Tied
		g.cells = append(g.cells, x)
	}
	return g
}

// writeRanking prints the tests of all methods at once.
func (r *Scores) writeRanking(w io.Writer) error {
	if math.IsNaN(float64(r.CD)) {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range []struct {
		name, of string
		Statistic
	}{
		{"Friedman's chi-square", "plain", r.Friedman}, {"Friedman's chi-square", "tie-corrected", r.Corrected},
		{"Iman-Davenport's F", "of the plain chi-square", r.F},
		{"Iman-Davenport's F", "of the tie-corrected chi-square", r.FCorrected},
	} {
		fmt.Fprintf(t, "%s\t%s\t%s\tp %s\t(%s of freedom)\n", s.name, s.of, statistic(s.Value),
			number.P(s.P), degrees(s.DF))
	}
	fmt.Fprintf(t, "critical difference\tof average ranks (Nemenyi)\t%s\tp < %g\n", number.Fixed(r.CD, 2), r.Alpha)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, g := range r.Groups {
		fmt.Fprintf(w, "not told apart by it: %s\n", strings.Join(g, ", "))
	}
	return nil
}

// statistic prints a statistic with two digits. One without bound is no missing one.
func statistic(x nullable) string {
	if math.IsInf(float64(x), 1) {
		return "∞"
	}
	return number.Fixed(x, 2)
}

func degrees(of []int) string {
	if len(of) == 1 {
		return number.Count(of[0], "degree")
	}
	return fmt.Sprintf("%d and %s", of[0], number.Count(of[1], "degree"))
}

// pairColumns are the columns of pairs that say something of these rows, and what stands above them.
func (r *Scores) pairColumns() (about string, columns []column[ScorePair]) {
	ranks := []column[ScorePair]{
		{"rank difference", func(p *ScorePair) string { return number.Signed(p.Difference, 3) }},
		{"p (Nemenyi)", func(p *ScorePair) string { return number.P(p.PNemenyi) }},
	}
	signed := []column[ScorePair]{
		{"p (Wilcoxon)", func(p *ScorePair) string { return number.P(p.PSigned) }},
		{"Holm", func(p *ScorePair) string { return number.P(p.PSignedHolm) }},
	}
	whitney := []column[ScorePair]{
		{"p (Mann-Whitney)", func(p *ScorePair) string { return number.P(p.P) }},
		{"Holm", func(p *ScorePair) string { return number.P(p.PHolm) }},
	}
	effect := []column[ScorePair]{{"A12 [95 %]", func(p *ScorePair) string { return p.Effect.text() }}}
	if math.IsNaN(float64(r.CD)) {
		ranks = nil
	}
	switch r.Blocks {
	case scores.ByRun:
		return `
Pairs of methods by Mann-Whitney's U and A12, the chance that a run of the first is better with its 95 % interval
(DeLong). Runs of two methods are independent: no test pairs them. Holm corrects for all pairs.`,
			slices.Concat(ranks, whitney, effect)
	case scores.ByDataSet:
		return `
Pairs of methods. The runs on each data set are told apart by Mann-Whitney's U, Holm-corrected for all pairs there; A12
is the chance that a run of the first is better, in the mean of the data sets. Wilcoxon's signed ranks take the data
sets for pairs, by what their runs are summed up to, and Holm corrects them for all pairs.`,
			slices.Concat([]column[ScorePair]{
				{"better", func(p *ScorePair) string { return fmt.Sprint(p.DataSets.Wins) }},
				{"worse", func(p *ScorePair) string { return fmt.Sprint(p.DataSets.Losses) }},
				{"~", func(p *ScorePair) string { return fmt.Sprint(p.DataSets.Even) }},
			}, ranks, signed, effect)
	}
	if r.resampled {
		effect = append(effect, column[ScorePair]{fmt.Sprintf("A12 [95 %%, %d resamplings]", r.Resamplings),
			func(p *ScorePair) string { return p.Resampled.text() }})
	}
	return `
Pairs of methods. Wilcoxon's signed ranks take the rows for pairs, as data sets are. Mann-Whitney's U and A12, the
chance that the first is better with its 95 % interval (DeLong), take them for independent runs. Holm corrects each
test for all pairs.`, slices.Concat(ranks, signed, whitney, effect)
}

func (r *Scores) writePairs(w io.Writer) error {
	about, columns := r.pairColumns()
	return writePairs(w, about, r.Pairs, func(p *ScorePair) (a, b string, notes []string) { return p.A, p.B, p.Notes },
		columns)
}

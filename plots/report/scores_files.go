package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// WriteCSV writes a row for each method on each data set or, where each row is one score of each method, for each
// method, with full precision. A number that is not known is an empty field.
func (r *Scores) WriteCSV(w io.Writer) error {
	if r.single != nil {
		records := [][]string{{"method", "average_rank", "iqm", "iqm_low", "iqm_high"}}
		for _, m := range r.Methods {
			records = append(records, []string{m.Method, full(m.Rank), full(m.Middle.Value), full(m.Middle.Low),
				full(m.Middle.High)})
		}
		return writeCSV(w, records)
	}
	records := [][]string{{"data_set", "method", "runs", "summed_runs", "mean", "ci95", "sd", "median", "median_low",
		"median_high", "iqm", "best", "not_told_apart_from_best", "p_best_holm"}}
	for _, row := range r.Table {
		for _, c := range row.Cells {
			records = append(records, []string{row.Name, c.Method, fmt.Sprint(c.Runs), fmt.Sprint(c.Summed),
				full(c.Mean), full(c.CI95), full(c.SD), full(c.Median.Value), full(c.Median.Low), full(c.Median.High),
				full(c.IQM), fmt.Sprint(c.Best), fmt.Sprint(c.Tied), full(c.PHolm)})
		}
	}
	return writeCSV(w, records)
}

// WriteLaTeX writes the table of data sets and methods, methods being the columns or, turned, the rows.
func (r *Scores) WriteLaTeX(w io.Writer, turned bool) error {
	what := "Scores"
	if r.What != "" {
		what = strings.ToUpper(r.What[:1]) + r.What[1:]
	}
	row := "row"
	if turned {
		row = "column"
	}
	caption := fmt.Sprintf("%s of %s, %s is better. Bold: the best of its %s.", what,
		number.Count(len(r.Methods), "method"), r.Better, row)
	if r.single == nil {
		caption = fmt.Sprintf("%s%s, %s is better: %s. Bold: the best of its %s; ~: not told apart from it (%s).", what,
			r.runs(), r.Better, r.summed(), row, strings.Replace(toldApart, "the row", "its "+row, 1))
	}
	if r.Resamplings > 0 {
		caption += fmt.Sprintf(" Interquartile means: of all runs, with 95 %% intervals by the stratified bootstrap "+
			"of %d resamplings.", r.Resamplings)
	}
	return r.tabular(turned).writeLaTeX(w, caption, "stats")
}

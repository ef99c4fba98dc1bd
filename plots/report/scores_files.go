package report

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// records are a row for each method on each data set or, where each row is one score of each method, for each method.
// A number that is not known is an empty field.
func (r *Scores) records() [][]string {
	if r.single != nil {
		records := [][]string{{"method", "average_rank", "iqm", "iqm_low", "iqm_high"}}
		for _, m := range r.Methods {
			records = append(records, []string{m.Method, full(m.Rank), full(m.Middle.Value), full(m.Middle.Low),
				full(m.Middle.High)})
		}
		return records
	}
	records := [][]string{{"compared", "data_set", "method", "runs", "summed_runs", "mean", "ci95", "sd", "median",
		"median_low", "median_high", "iqm", "best", "not_told_apart_from_best", "p_best_holm"}}
	for _, row := range r.Table {
		for _, c := range row.Cells {
			records = append(records, []string{r.asked(), row.Name, c.Method, fmt.Sprint(c.Runs), fmt.Sprint(c.Summed),
				full(c.Mean), full(c.CI95), full(c.SD), full(c.Median.Value), full(c.Median.Low), full(c.Median.High),
				full(c.IQM), fmt.Sprint(c.Best), fmt.Sprint(c.Tied), full(c.PHolm)})
		}
	}
	return records
}

// asked says what is compared.
func (r *Scores) asked() string {
	if r.What != "" {
		return r.What
	}
	return "scores"
}

func (r *Scores) caption(turned, alone bool) string {
	better := ""
	if alone {
		better = fmt.Sprintf(", %s is better", r.Better)
	}
	row := orientation(turned)
	text := fmt.Sprintf(" of %s%s. Bold: the best of its %s.", number.Count(len(r.Methods), "method"), better, row)
	if r.single == nil {
		text = fmt.Sprintf("%s%s: %s. Bold: the best of its %s; ~: not told apart from it (%s).", r.runs(), better,
			r.summed(), row, toldApart(row))
	}
	if alone && r.Resamplings > 0 {
		of, by := "runs", "stratified bootstrap"
		if r.single != nil {
			of, by = "rows", "bootstrap of rows"
		}
		text += fmt.Sprintf(" Interquartile means: of all %s, with 95 %% intervals by the %s of %d resamplings.",
			of, by, r.Resamplings)
	}
	return text
}

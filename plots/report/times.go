package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Times is what amoeba stats tells of times to a target. A run that never got there is censored at its end.
type Times struct {
	Folders []string `json:"experiments"`
	What    string   `json:"what"` // the times, in words
	Alpha   float64  `json:"alpha"`
	// The ranking by restricted means, where there are several benchmarks.
	Ranks    []nullable `json:"ranks,omitempty"`
	Friedman *Statistic `json:"friedman_tie_corrected,omitempty"`
	CD       *nullable  `json:"critical_difference,omitempty"`
	Groups   [][]string `json:"not_told_apart,omitempty"` // by the critical difference
	Table    []TimeRow  `json:"table"`
	Pairs    []TimePair `json:"pairs"`
	Notes    []string   `json:"notes,omitempty"`
}

// TimeRow is a benchmark.
type TimeRow struct {
	Name    string     `json:"name"`
	Horizon float64    `json:"horizon"` // to which means are restricted
	Cells   []TimeCell `json:"methods"`
}

// TimeCell sums up the times of a method's runs on a benchmark. A time that no run reached is null.
type TimeCell struct {
	Method  string   `json:"method"`
	Runs    int      `json:"runs"`
	Reached int      `json:"reached"`
	Median  Interval `json:"median"` // by Kaplan and Meier
	Mean    nullable `json:"restricted_mean"`
	SE      nullable `json:"restricted_mean_se"`
	Best    bool     `json:"best"` // of the row, by the restricted mean
	Tied    bool     `json:"not_told_apart_from_best"`
	PHolm   nullable `json:"p_best_holm"` // log-rank against the best, corrected for all others of the row
	Notes   []string `json:"notes,omitempty"`
}

// TimePair is the comparison of two methods.
type TimePair struct {
	A           string   `json:"a"`
	B           string   `json:"b"`
	Chi2        nullable `json:"log_rank"`
	Exact       bool     `json:"log_rank_exact"`
	P           nullable `json:"p_log_rank"`
	PHolm       nullable `json:"p_log_rank_holm"`
	Wins        int      `json:"faster"`
	Losses      int      `json:"slower"`
	Even        int      `json:"not_told_apart"`
	Difference  nullable `json:"rank_difference"`
	PNemenyi    nullable `json:"p_nemenyi"`
	PSigned     nullable `json:"p_wilcoxon"`
	PSignedHolm nullable `json:"p_wilcoxon_holm"`
	Notes       []string `json:"notes,omitempty"`
}

// CompareTimes reports a comparison of times.
func CompareTimes(t *scores.Times, c *scores.TimeComparison) *Times {
	r := &Times{Alpha: stats.Alpha, Notes: c.Ranking.Notes}
	if c.Methods > 0 {
		for _, rank := range c.Ranks {
			r.Ranks = append(r.Ranks, nullable(rank))
		}
		cd := nullable(c.CD)
		r.CD = &cd
		r.Friedman = &Statistic{nullable(c.Corrected.Chi2), []int{c.Methods - 1}, nullable(c.Corrected.PChi2)}
		r.Groups = groupNames(c.Groups(), t.Methods)
	}
	for k, cells := range c.Cells {
		row := TimeRow{Name: t.Rows[k], Horizon: c.Horizons[k]}
		for i, x := range cells {
			row.Cells = append(row.Cells, TimeCell{Method: t.Methods[i], Runs: x.Runs, Reached: x.Reached,
				Median: Interval{nullable(x.Median), nullable(x.Low), nullable(x.High)}, Mean: nullable(x.Mean),
				SE: nullable(x.SE), Best: x.Best, Tied: x.Tied(), PHolm: nullable(x.PHolm), Notes: x.Against.Notes})
		}
		r.Table = append(r.Table, row)
	}
	for _, p := range c.Pairs {
		x := TimePair{A: p.A, B: p.B, Chi2: nullable(p.Test.Chi2), Exact: p.Test.Exact, P: nullable(p.Test.P),
			PHolm: nullable(p.PHolm), Wins: p.Wins, Losses: p.Losses, Even: p.Even, Difference: nullable(p.Difference),
			PNemenyi: nullable(p.PNemenyi), PSigned: nullable(p.Signed.P), PSignedHolm: nullable(p.PSignedHolm)}
		x.Notes = slices.Concat(p.Notes, prefixed("Wilcoxon: ", p.Signed.Notes))
		r.Pairs = append(r.Pairs, x)
	}
	return r
}

// timeText prints a time with a digit behind the point unless it is whole, and a dash for one that is never reached.
func timeText(x nullable) string {
	if math.IsInf(float64(x), 1) {
		return "–"
	}
	return strings.TrimSuffix(number.Plain(x, 1), ".0")
}

// cell is a time's cell: the median, and how many runs got there.
func (c *TimeCell) cell() tabularCell {
	x := tabularCell{value: timeText(c.Median.Value), best: c.Best, tied: c.Tied}
	if c.Reached > 0 {
		x.doubt = fmt.Sprintf("[%s, %s]", timeText(c.Median.Low), timeText(c.Median.High))
	}
	return x
}

// tabular is the table of the medians with, below them, the shares of runs that got there and the restricted means;
// methods are the columns or, turned, the rows.
func (r *Times) tabular(turned bool) tabular {
	g := tabular{head: []string{"benchmark"}}
	for _, c := range r.Table[0].Cells {
		g.head = append(g.head, c.Method)
	}
	for i := range r.Table {
		row := &r.Table[i]
		medians, got, means := tabularRow{name: row.Name}, tabularRow{name: row.Name + ", got there"},
			tabularRow{name: fmt.Sprintf("%s, mean up to %s", row.Name, timeText(nullable(row.Horizon)))}
		for k := range row.Cells {
			c := &row.Cells[k]
			medians.cells = append(medians.cells, c.cell())
			got.cells = append(got.cells, tabularCell{value: fmt.Sprintf("%d of %d", c.Reached, c.Runs)})
			mean := tabularCell{value: timeText(c.Mean)}
			if number.Known(float64(c.SE)) {
				mean.doubt = "± " + number.Plain(c.SE, 1)
			}
			means.cells = append(means.cells, mean)
		}
		g.rows, g.sums = append(g.rows, medians), append(g.sums, got, means)
	}
	if r.Ranks != nil {
		ranks := tabularRow{name: "average rank"}
		for _, x := range r.Ranks {
			ranks.cells = append(ranks.cells, tabularCell{value: number.Fixed(x, 3)})
		}
		g.sums = append(g.sums, ranks)
	}
	if turned {
		return g.turned("method")
	}
	return g
}

// timesExplained says what the cells are.
const timesExplained = "Median by Kaplan and Meier [95 % interval], – where it is never come to; mean restricted to " +
	"the time up to which all are known ± standard error; runs that never got there are censored at their ends"

// WriteText prints the comparison.
func (r *Times) WriteText(w io.Writer, turned bool) error {
	fmt.Fprintf(w, "%s: %s of %s\n%s\n\n", foldersText(r.Folders), number.Count(len(r.Table), "benchmark"),
		number.Count(len(r.Table[0].Cells), "method"), r.What)
	if err := r.tabular(turned).writeText(w); err != nil {
		return err
	}
	row := orientation(turned)
	fmt.Fprintf(w, "%s\n%s lowest restricted mean of its %s, %s not told apart from it (log-rank, Holm-corrected for "+
		"the %s, p ≥ %g)\n", strings.ReplaceAll(timesExplained, "; ", "\n"), bestMark, row, tiedMark, row, r.Alpha)
	if r.Friedman != nil {
		fmt.Fprintf(w, "\nFriedman's chi-square of restricted means, tie-corrected: %s, p %s; critical difference "+
			"(Nemenyi) %s\n", statistic(r.Friedman.Value), number.P(r.Friedman.P), number.Fixed(*r.CD, 2))
		for _, g := range r.Groups {
			fmt.Fprintf(w, "not told apart by it: %s\n", strings.Join(g, ", "))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	return r.writePairs(w)
}

func (r *Times) writePairs(w io.Writer) error {
	about, columns := "\nPairs of methods by the log-rank test, Holm-corrected for all pairs.", []column[TimePair]{
		{"chi-square", func(p *TimePair) string { return statistic(p.Chi2) }},
		{"p (log-rank)", func(p *TimePair) string { return number.P(p.P) }},
		{"Holm", func(p *TimePair) string { return number.P(p.PHolm) }},
	}
	if r.Friedman != nil {
		about, columns = "\nPairs of methods: benchmarks on which the first is faster, slower or not told apart "+
			"(log-rank, Holm-corrected for all\npairs there), and Wilcoxon's signed ranks of the benchmarks' "+
			"restricted means.", []column[TimePair]{
			{"faster", func(p *TimePair) string { return fmt.Sprint(p.Wins) }},
			{"slower", func(p *TimePair) string { return fmt.Sprint(p.Losses) }},
			{"~", func(p *TimePair) string { return fmt.Sprint(p.Even) }},
			{"rank difference", func(p *TimePair) string { return number.Signed(p.Difference, 3) }},
			{"p (Nemenyi)", func(p *TimePair) string { return number.P(p.PNemenyi) }},
			{"p (Wilcoxon)", func(p *TimePair) string { return number.P(p.PSigned) }},
			{"Holm", func(p *TimePair) string { return number.P(p.PSignedHolm) }},
		}
	}
	return writePairs(w, about, r.Pairs, func(p *TimePair) (a, b string, notes []string) { return p.A, p.B, p.Notes },
		columns)
}

// records are a row for each method on each benchmark. A number that is not known, or a time that is never reached, is
// an empty field.
func (r *Times) records() [][]string {
	records := [][]string{{"compared", "benchmark", "method", "runs", "reached", "median", "median_low", "median_high",
		"restricted_mean", "restricted_mean_se", "horizon", "best", "not_told_apart_from_best", "p_best_holm"}}
	for _, row := range r.Table {
		for _, c := range row.Cells {
			records = append(records, []string{r.What, row.Name, c.Method, fmt.Sprint(c.Runs), fmt.Sprint(c.Reached),
				full(c.Median.Value), full(c.Median.Low), full(c.Median.High), full(c.Mean), full(c.SE),
				full(row.Horizon), fmt.Sprint(c.Best), fmt.Sprint(c.Tied), full(c.PHolm)})
		}
	}
	return records
}

func (r *Times) asked() string { return r.What }

func (r *Times) caption(turned, _ bool) string {
	return fmt.Sprintf(". %s. Bold: the lowest restricted mean; ~: not told apart from it (log-rank, Holm-corrected "+
		"for the %s, p ≥ %g).", timesExplained, orientation(turned), r.Alpha)
}

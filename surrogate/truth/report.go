package truth

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Report is what is known of a truth before anything is compared with it, as --json prints it.
type Report struct {
	Truth     string     `json:"truth"`
	Space     string     `json:"space"`
	Part      string     `json:"part"`
	Cells     int        `json:"cells"`
	Seeds     int        `json:"seeds"`
	Epochs    int        `json:"epochs"`
	Known     string     `json:"known,omitempty"` // what each cell's value is, where not all runs are known
	Intervals string     `json:"intervals"`       // over what
	Views     []Judgment `json:"views"`           // by loss first
}

// Judgment is of a view. Standard deviations and the mean are in the unit. The rows have the names that they have in
// the CSV.
type Judgment struct {
	By        string       `json:"by"`
	Unit      string       `json:"unit"`
	Live      bool         `json:"without_dead"`
	Cells     int          `json:"cells"`
	Mean      number.Short `json:"mean"`
	SDMeans   number.Short `json:"sd_means"`   // of cells' means, noise and all
	SDBetween number.Short `json:"sd_between"` // what is left of it without noise
	SDWithin  number.Short `json:"sd_within"`  // between seeds of a cell
	OneRun    Agreed       `json:"one_run"`
	Singles   int          `json:"one_run_cells"` // cells that it is of
	Limit     Agreed       `json:"limit"`         // by simulation; its intervals are over tables
	Normal    Agreed       `json:"limit_if_normal"`
	Ranks     Agreed       `json:"limit_by_ranks"`
	Simulated Agreed       `json:"one_run_simulated"` // of the tables that the limit is from
	Params    Agreed       `json:"parameters"`
}

// Agreed is a [Row] as JSON has it.
type Agreed struct {
	TauB            number.Short `json:"tau_b"`
	TauBLow         number.Short `json:"tau_b_low"`
	TauBHigh        number.Short `json:"tau_b_high"`
	Spearman        number.Short `json:"spearman"`
	SpearmanLow     number.Short `json:"spearman_low"`
	SpearmanHigh    number.Short `json:"spearman_high"`
	Precision1      number.Short `json:"precision_1"`
	Precision1Low   number.Short `json:"precision_1_low"`
	Precision1High  number.Short `json:"precision_1_high"`
	Precision5      number.Short `json:"precision_5"`
	Precision5Low   number.Short `json:"precision_5_low"`
	Precision5High  number.Short `json:"precision_5_high"`
	Precision10     number.Short `json:"precision_10"`
	Precision10Low  number.Short `json:"precision_10_low"`
	Precision10High number.Short `json:"precision_10_high"`
}

// AgreedOf is a row as JSON has it.
func AgreedOf(r Row) (a Agreed) {
	x, low, high := numbers(r.Agreement), numbers(r.Low), numbers(r.High)
	for i, to := range a.triples() {
		*to[0], *to[1], *to[2] = number.Short(x[i]), number.Short(low[i]), number.Short(high[i])
	}
	return a
}

// triples are each number with the ends of its interval.
func (a *Agreed) triples() [5][3]*number.Short {
	return [...][3]*number.Short{{&a.TauB, &a.TauBLow, &a.TauBHigh},
		{&a.Spearman, &a.SpearmanLow, &a.SpearmanHigh},
		{&a.Precision1, &a.Precision1Low, &a.Precision1High},
		{&a.Precision5, &a.Precision5Low, &a.Precision5High},
		{&a.Precision10, &a.Precision10Low, &a.Precision10High}}
}

// names are those of the numbers, in the order of triples.
var names = [...]string{"tau_b", "spearman", "precision_1", "precision_5", "precision_10"}

// Report measures the references of every view: intervals by so many resamplings of the cells, and the limit by so
// many simulated tables. The views are computed beside each other, each from streams of its own.
func (t *Truth) Report(resamplings, tables int, seed uint64) *Report {
	r := &Report{Truth: t.Name, Space: t.Space.Name(), Part: t.Part, Cells: len(t.Cells), Seeds: t.Seeds,
		Epochs: t.Epochs, Known: t.Known, Views: make([]Judgment, len(t.Views)),
		Intervals: intervals(resamplings, tables)}
	var wg sync.WaitGroup
	for i, v := range t.Views {
		wg.Go(func() {
			s, m := v.Spread(), v.Simulate(tables, v.Stream(seed, "limit"))
			one, none := v.OneRun(resamplings, v.Stream(seed, "one run")), agreement(nil)
			r.Views[i] = Judgment{By: v.By, Unit: v.Unit, Live: v.Live, Cells: len(v.Cells),
				Mean: number.Short(s.Mean), SDMeans: number.Short(s.SDMeans), SDBetween: number.Short(s.Between),
				SDWithin: number.Short(s.Within),
				OneRun:   AgreedOf(one), Singles: v.Singles(), Limit: AgreedOf(m.Limit), Simulated: AgreedOf(m.OneRun),
				Normal: AgreedOf(Row{v.NormalLimit(), none, none}), Ranks: AgreedOf(v.RankLimit(one)),
				Params: AgreedOf(v.Params(resamplings, v.Stream(seed, "params")))}
		})
	}
	wg.Wait()
	return r
}

// intervals says over what the intervals are, and where there are none.
func intervals(resamplings, tables int) string {
	cells, simulated := "none over cells", "none of what is simulated"
	if resamplings > 1 {
		cells = "95 %, over cells, " + number.Count(resamplings, "resampling") + " of the bootstrap"
	}
	if tables > 1 {
		simulated = "95 % of what is simulated, over " + number.Count(tables, "table")
	}
	return cells + "; " + simulated
}

// rows are the rows of a view, by the names that people read.
func (j *Judgment) rows() []named {
	return []named{{"one run", &j.OneRun}, {"limit", &j.Limit}, {"limit if normal", &j.Normal},
		{"limit by ranks", &j.Ranks}, {"parameters", &j.Params}, {"one run, simulated", &j.Simulated}}
}

type named struct {
	name string
	of   *Agreed
}

// cells says of which cells a view is.
func (j *Judgment) cells() string {
	if j.Live {
		return "without dead cells"
	}
	return "all cells"
}

// WriteText prints a table for each view.
func (r *Report) WriteText(w io.Writer) error {
	each := cmp.Or(r.Known, number.Count(r.Seeds, "seed")+" each")
	fmt.Fprintf(w, "%s · %s of %s, %s, %s part after epoch %d\n", r.Truth, number.Count(r.Cells, "cell"), r.Space,
		each, r.Part, r.Epochs)
	for i := range r.Views {
		j := &r.Views[i]
		fmt.Fprintf(w, "\nby %s, %s (%s): mean %.4g %s, sd %.2g of the means", j.By, j.cells(), number.Grouped(j.Cells),
			j.Mean, j.Unit, j.SDMeans)
		if number.Known(float64(j.SDWithin)) {
			fmt.Fprintf(w, ", %.2g between cells, %.2g between seeds", j.SDBetween, j.SDWithin)
		}
		if j.Singles < j.Cells {
			fmt.Fprintf(w, "; one run is known of %s", number.Count(j.Singles, "cell"))
		}
		fmt.Fprint(w, "\n\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "\t"+strings.Join(Heads(), "\t"))
		for _, row := range j.rows() {
			fmt.Fprintln(t, "  "+row.name+"\t"+strings.Join(row.of.Texts(), "\t"))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nIntervals: %s.\nOne run: a run of each cell against the mean of its others. Limit: a "+
		"perfect prediction against the mean of\n%s, in simulated tables; where one run of these has more than the "+
		"real one, it is too high. By ranks: the\nlimit that one run's tau leaves. Top: precision, the part of the "+
		"predicted best that are among the true best.\n", r.Intervals, number.Count(r.Seeds, "run"))
	return err
}

// WriteCSV prints a row for each row of each view.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	// The writer keeps its first error for Error.
	c.Write(append([]string{"truth", "part", "by", "without_dead", "cells", "row"}, Columns()...))
	for i := range r.Views {
		j := &r.Views[i]
		for _, row := range j.rows() {
			record := []string{r.Truth, r.Part, j.By, strconv.FormatBool(j.Live), strconv.Itoa(j.Cells),
				strings.NewReplacer(",", "", " ", "_").Replace(row.name)}
			c.Write(append(record, row.of.Fields()...))
		}
	}
	c.Flush()
	return c.Error()
}

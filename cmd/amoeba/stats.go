package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/scores/runs"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// statsFlags are those of stats.
type statsFlags struct {
	higher, lower     bool
	resamplings       int
	seed              uint64
	summary, rows     string
	metrics, algos    []string
	on, x             string
	at, within, reach float64
	json, csv, latex  bool
}

// ofFolders are the flags that only experiments know.
var ofFolders = []string{"metric", "algo", "on", "x", "at", "within", "reach"}

func statsCmd() *cobra.Command {
	var f statsFlags
	c := &cobra.Command{
		Use:   "stats DIR… | FILE.csv",
		Short: "Compare methods over data sets and runs: intervals, ranks, Friedman, Nemenyi, pairs, times to a target",
		Long: `Stats compares the algorithms of experiments' folders, or the methods of a table of scores in CSV.

A table is a header and then a row for each data set or run: its name, then the score of each method; rows of one name
are the runs of that data set. The header, which names the methods, shows what stands between the columns: commas,
semicolons or tabs. A hyphen in the place of the file is standard input.

Of folders a row is a benchmark and a column an algorithm; by --metric test at the end a row is also two benchmarks that
train their networks alike, such as train:digits and oneshot:digits. What their runs are compared by is a metric at the
end, at a budget (--at, along --x), the area under the anytime curve (--on area), or the time to a target (--within a
regret, --reach a result), where runs that never get there are censored: Kaplan and Meier's median, a restricted mean,
and the log-rank test.

It prints what the runs come to with intervals, the best of each row and what is not told apart from it; average ranks,
Friedman's test plain and corrected for ties, Iman and Davenport's F of both, Nemenyi's critical difference;
interquartile means with the stratified bootstrap; and every pair of methods by Wilcoxon's signed ranks (of rows, never
of runs), Mann-Whitney's U and the effect size A12 with an interval.`,
		Example: `  amoeba stats accuracies.csv
  amoeba stats errors.csv --lower --bootstrap 10000 --json
  amoeba stats amoeba-compare-1a2b3c4d --metric test --at 100
  amoeba stats amoeba-compare-1a2b3c4d --on time --within 0.5 --x seconds`,
		Args: args(1, 1<<10),
		RunE: func(c *cobra.Command, names []string) error { return f.run(c, names) },
	}
	fl := c.Flags()
	fl.BoolVar(&f.higher, "higher", false, "of a table, the higher scores are the better (default)")
	fl.BoolVar(&f.lower, "lower", false, "of a table, the lower scores are the better, such as errors")
	fl.StringArrayVar(&f.metrics, "metric", nil,
		"of folders, `NAME` of what is compared, such as test or regret; repeatable (default val, or hypervolume)")
	fl.StringArrayVar(&f.algos, "algo", nil, "of folders, compare only this algorithm; repeatable")
	fl.StringVar(&f.on, "on", runs.End, "of folders, what of a run is compared: "+strings.Join(runs.Questions, ", "))
	fl.StringVar(&f.x, "x", "trials",
		"the course of --at, --on area and --on time: trials, seconds, epochs, spent or full")
	flags.Above(fl, &f.at, "at", math.NaN(), 0, 1e15,
		"a budget on the course: compare what had been found by then, or the area or the times up to there")
	flags.Float(fl, &f.within, "within", math.NaN(), 0, 1e15, "of --on time, a regret: the target")
	flags.Float(fl, &f.reach, "reach", math.NaN(), -1e15, 1e15, "of --on time, a result: the target")
	fl.StringVar(&f.summary, "summary", string(scores.Mean),
		"by which the runs on a row are summed up and ranked: "+strings.Join(scores.Summaries, ", "))
	fl.StringVar(&f.rows, "rows", "datasets", "what the rows of the table are: datasets or methods")
	flags.Int(fl, &f.resamplings, "bootstrap", "", 0, scores.LeastResamplings, 1_000_000, fmt.Sprintf(
		"resamplings of each bootstrap (default %d of interquartile means up to %d values; of a table of single "+
			"scores, given, of each A12 too)", scores.Resamplings, scores.MostResampled))
	flags.Seed(fl, &f.seed, "seed", 1, math.MaxUint64, "seed of the resamplings")
	fl.BoolVar(&f.json, "json", false, "print the results as JSON on standard output, a line for each metric")
	fl.BoolVar(&f.csv, "csv", false, "print the table as CSV, a row for each method on each data set")
	fl.BoolVar(&f.latex, "latex", false, "print the table for LaTeX (booktabs), the best of each row bold")
	return c
}

// run compares what the names name.
func (f *statsFlags) run(c *cobra.Command, names []string) error {
	if f.higher && f.lower {
		return fmt.Errorf("--higher and --lower: want one of them: %w", evolve.ErrInvalid)
	}
	if err := flags.OneOf(c, "json", "csv", "latex"); err != nil {
		return err
	}
	if f.rows != "datasets" && f.rows != "methods" {
		return fmt.Errorf("--rows: %w", evolve.Unknown("rows", f.rows, []string{"datasets", "methods"}))
	}
	if f.json || f.csv {
		if err := flags.Useless(c, "it is of tables for readers", "rows"); err != nil {
			return err
		}
	}
	summary, err := scores.ReadSummary(f.summary)
	if err != nil {
		return fmt.Errorf("--summary: %w", err)
	}
	q := scores.Question{Lower: f.lower || c.Flags().Changed("higher") && !f.higher, Summary: summary,
		Resamplings: f.resamplings, Seed: f.seed}
	defer stoppable(c)() // a million resamplings of many runs take hours
	var file string
	for _, name := range names {
		if info, err := os.Stat(name); err != nil && name != "-" {
			return err
		} else if file == "" && (name == "-" || !info.IsDir()) {
			file = name
		}
	}
	switch {
	case file == "":
		return f.folders(c, names, q)
	case len(names) > 1:
		return fmt.Errorf("%s is no folder: want folders of experiments, or one table: %w", file, evolve.ErrInvalid)
	}
	if err := flags.Useless(c, "it is of experiments' folders", ofFolders...); err != nil {
		return err
	}
	return f.table(c, names[0], q)
}

// table compares the methods of a table.
func (f *statsFlags) table(c *cobra.Command, name string, q scores.Question) error {
	open := scores.Open
	if name == "-" {
		name = "standard input"
		open = func(name string) (*scores.Table, error) { return scores.ReadFrom(name, c.InOrStdin()) }
	}
	t, err := open(name)
	if err != nil {
		return err
	}
	if !t.Several() {
		single := []string{"summary"}
		if !f.latex {
			single = append(single, "rows")
		}
		if err := flags.Useless(c, "each row is one score of each method", single...); err != nil {
			return err
		}
	}
	return f.print(c, report.CompareScores(name, t, t.Compare(q)))
}

// print prints tables of one kind.
func (f *statsFlags) print(c *cobra.Command, all ...report.Table) error {
	w := c.OutOrStdout()
	switch {
	case f.csv:
		return report.WriteCSV(w, all)
	case f.latex:
		return report.WriteLaTeX(w, all, f.rows == "methods")
	}
	for i, t := range all {
		var err error
		if f.json {
			err = printJSON(w, t)
		} else {
			if i > 0 {
				fmt.Fprintln(w)
			}
			err = t.WriteText(w, f.rows == "methods")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// question is what is asked of the runs of folders, but for the metric.
func (f *statsFlags) question(c *cobra.Command) (runs.Question, error) {
	q := runs.Question{Of: f.on, Axis: f.x, At: f.at, Target: f.within, Regret: true}
	within, reach := c.Flags().Changed("within"), c.Flags().Changed("reach")
	if (within || reach) && !c.Flags().Changed("on") {
		q.Of = runs.Time
	}
	switch {
	case !slices.Contains(runs.Questions, q.Of):
		return q, fmt.Errorf("--on: %w", evolve.Unknown("question", q.Of, runs.Questions))
	case q.Of != runs.Time && (within || reach):
		return q, fmt.Errorf("--within and --reach are targets of --on time: leave out --on %s: %w", q.Of,
			evolve.ErrInvalid)
	case within && reach:
		return q, fmt.Errorf("--within is for regrets and --reach for results: want one of them: %w", evolve.ErrInvalid)
	case q.Of == runs.Time && !within && !reach:
		return q, fmt.Errorf("--on time: want a target, --within a regret or --reach a result: %w", evolve.ErrInvalid)
	case reach:
		q.Target, q.Regret = f.reach, false
	}
	if q.Of == runs.End && math.IsNaN(q.At) {
		return q, flags.Useless(c, "the ends of runs are compared", "x")
	}
	return q, nil
}

// folders compares the algorithms of experiments, by one metric after another.
func (f *statsFlags) folders(c *cobra.Command, dirs []string, of scores.Question) error {
	if err := flags.Useless(c, "the metric knows", "higher", "lower"); err != nil {
		return err
	}
	q, err := f.question(c)
	if err != nil {
		return err
	}
	if q.Of == runs.Time {
		if err := flags.Useless(c, "times are summed up by their own median and mean", "summary", "bootstrap",
			"seed"); err != nil {
			return err
		}
	}
	sets, err := loadSets(dirs, f.algos, loadOnce(map[string]string{}))
	if err != nil {
		return err
	}
	metrics := f.metrics
	if len(metrics) == 0 {
		metrics = []string{""}
	}
	var all []report.Table
	for i, m := range metrics {
		if slices.Contains(metrics[:i], m) {
			return fmt.Errorf("--metric %s is named twice: %w", m, evolve.ErrInvalid)
		}
		q.Metric = m
		a, err := runs.Ask(sets, q)
		if err != nil {
			return err
		}
		if a.Times != nil {
			x := report.CompareTimes(a.Times, a.Times.Compare(q.At))
			x.Folders, x.What, x.Notes = dirs, a.What, append(x.Notes, a.Notes...)
			all = append(all, x)
		} else {
			of.Lower = a.Lower
			x := report.CompareScores("", a.Scores, a.Scores.Compare(of))
			x.Folders, x.What, x.Notes = dirs, a.What, append(x.Notes, a.Notes...)
			all = append(all, x)
		}
	}
	return f.print(c, all...)
}

// loadOnce reads a finished experiment that no folder before holds: tests of runs that go on would say something else
// whenever they are looked at, and whoever computes an experiment again gets the same runs. before are folders by the
// experiments that they hold.
func loadOnce(before map[string]string) func(dir string) (*lab.Outcome, error) {
	return func(dir string) (*lab.Outcome, error) {
		o, err := lab.Load(dir)
		if err != nil {
			return nil, err
		}
		if other := before[o.ID()]; other != "" {
			return nil, fmt.Errorf("%s and %s are one experiment, of the same seed: want each once: %w", other, dir,
				evolve.ErrInvalid)
		}
		before[o.ID()] = dir
		return o, nil
	}
}

package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// WriteText prints the report as tables.
func (r *Comparison) WriteText(w io.Writer) error {
	seeds := 0
	if len(r.Results) > 0 {
		seeds = r.Results[0].Seeds
	}
	at := number.Count(r.Epochs, "epoch")
	if r.Shared {
		at = "the losses of shared weights"
	}
	fmt.Fprintf(w, "%s · %s\n%s of %s, search at %s, %s, seed %d%s\n\n", r.Benchmark, r.Source,
		number.Count(seeds, "run"), r.Bounds(), at, r.Pool(), r.Seed, r.whose())
	if err := r.writeResults(w); err != nil {
		return err
	}
	r.writeRemarks(w)
	if err := r.writeFurther(w); err != nil {
		return err
	}
	if err := r.writeFronts(w); err != nil {
		return err
	}
	return r.writeTests(w)
}

// writeChosen tells which searchers others chose.
func (r *Comparison) writeChosen(w io.Writer) {
	for _, x := range r.Results {
		if x.Chosen != "" {
			fmt.Fprintf(w, "%s chose %s, by its rule for %s\n", x.Label, x.Chosen, x.Because)
		}
	}
}

// writePriors tells which searchers knew another benchmark, whose trainings nothing in the report counts.
func (r *Comparison) writePriors(w io.Writer) {
	for _, x := range r.Results {
		for _, p := range x.Priors {
			from := ""
			if p.Trained > 0 {
				from = ", from " + number.Count(p.Trained, "trained architecture")
			}
			fmt.Fprintf(w, "%s knew %s before it began%s (%s)\n", x.Label, p.Benchmark, from, p.Source)
		}
	}
}

// fate says how a few runs without a result are counted, or otherwise where nothing sums the algorithm up.
func (x *Result) fate(otherwise string) string {
	if x.Summed > 0 {
		return ": left out of the means, and last in the tests"
	}
	return otherwise
}

// writePartial tells of runs that ended before a full training.
func (r *Comparison) writePartial(w io.Writer) {
	for _, x := range r.Results {
		if x.Partial > 0 {
			fmt.Fprintf(w, "%s: %d of %s ended before a full training, of %s%s\n", x.Label, x.Partial,
				number.Count(x.Seeds, "run"), number.Count(r.Epochs, "epoch"),
				x.fate(", so that nothing sums them up: want a larger bound or --overshoot count"))
		}
	}
}

// meanCount is a mean of whole numbers, with one digit behind the point unless it is whole.
func meanCount(x number.Nullable) string { return strings.TrimSuffix(number.Fixed(x, 1), ".0") }

// writeUnmet tells of runs whose answer breaks the constraints.
func (r *Comparison) writeUnmet(w io.Writer) {
	for _, x := range r.Results {
		if x.Unmet > 0 {
			fmt.Fprintf(w, "%s: in %d of %s no architecture that was trained meets the constraints: "+
				"the answer is the nearest\n", x.Label, x.Unmet, number.Count(x.Seeds, "run"))
		}
	}
}

// writeEarly tells of runs that ended before any bound.
func (r *Comparison) writeEarly(w io.Writer) {
	for _, x := range r.Results {
		if x.Early > 0 {
			fmt.Fprintf(w, "%s: %d of %s met no bound: the search ended, after %s trials and %s s in the mean\n",
				x.Label, x.Early, number.Count(x.Seeds, "run"), meanCount(x.Trials), number.Seconds(x.Clocked(r)))
		}
	}
}

// writeWorkerless tells of runs that a cluster ended.
func (r *Comparison) writeWorkerless(w io.Writer) {
	for _, x := range r.Results {
		if x.Workerless > 0 {
			fmt.Fprintf(w, "%s: %d of %s ended with no worker left, before any bound, after %s trials and %s s "+
				"in the mean\n", x.Label, x.Workerless, number.Count(x.Seeds, "run"), meanCount(x.Trials),
				number.Seconds(x.Clocked(r)))
		}
	}
}

func (r *Comparison) writeResults(w io.Writer) error {
	unit := r.Unit
	if r.Metric != evolve.Accuracy.Name() {
		unit = strings.TrimSpace(r.Metric + " " + unit)
	}
	clock := "sim s"
	switch {
	case r.Unpriced:
		clock = "clock"
	case r.Kind == evolve.Training:
		clock = "s"
	}
	columns := []column[Result]{{"trials", func(x *Result) string { return number.Fixed(x.Trials, 1) }}}
	if r.Full > 0 {
		columns = append(columns, column[Result]{"full", func(x *Result) string { return number.Fixed(x.Full, 1) }})
	}
	if r.TotalEpochs > 0 {
		columns = append(columns, column[Result]{"epochs",
			func(x *Result) string { return number.Fixed(x.TotalEpochs, 1) }})
	}
	columns = append(columns, column[Result]{clock, func(x *Result) string { return number.Seconds(x.Clocked(r)) }},
		column[Result]{"real s", func(x *Result) string { return number.Fixed(x.WallSeconds, 3) }},
		column[Result]{"trials/s", func(x *Result) string { return number.Rate(x.TrialsPerSecond) }})
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.models && x.AskTellSeconds >= ownSeconds }) {
		columns = append(columns, column[Result]{"own s/run",
			func(x *Result) string { return number.Fixed(x.AskTellSeconds, 3) }})
	}
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.Utilisation != nil }) {
		columns = append(columns, column[Result]{"% in use",
			func(x *Result) string { return number.Fixed(100**x.Utilisation, 1) }})
	}
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.Lost != nil }) {
		columns = append(columns, column[Result]{"lost", func(x *Result) string { return number.Fixed(*x.Lost, 1) }})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t,
		"algorithm\tval %[1]s mean ± 95 %% CI\tsd\tmedian [quartiles]\ttest %[1]s mean ± 95 %% CI\tsd\tregret\t", unit)
	for _, c := range columns {
		fmt.Fprint(t, c.head, "\t")
	}
	fmt.Fprintln(t)
	printed := func(x number.Nullable) string { return r.Printed(float64(x)) }
	for i := range r.Results {
		x := &r.Results[i]
		of := ""
		if x.Summed > 0 {
			of = fmt.Sprintf(" (%d of %s)", x.Summed, number.Count(x.Seeds, "run"))
		}
		fmt.Fprintf(t, "%s\t%s%s\t%s\t%s [%s, %s]\t%s\t%s\t%s\t", x.Label,
			number.PlusMinus(x.ValMean, x.ValCI95, printed), of, printed(x.ValStd),
			printed(x.ValMedian), printed(x.ValQ1), printed(x.ValQ3),
			number.PlusMinus(x.TestMean, x.TestCI95, printed), printed(x.TestStd), printed(x.RegretMean))
		for _, c := range columns {
			fmt.Fprint(t, c.cell(x), "\t")
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// A searcher's own time has a column where one that fits models takes as much of it a run. That of others is sampled,
// and what interrupts a sample counts for many.
const ownSeconds = 0.01

// Clocked are the mean seconds of a run by its clock, which simulates or measures them.
func (x *Result) Clocked(r *Comparison) number.Nullable {
	if r.Kind == evolve.Training {
		return x.Seconds
	}
	return x.SimSeconds
}

func (r *Comparison) writeTests(w io.Writer) error {
	if len(r.Tests) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nWho beats whom on %s (two-sided Mann-Whitney U, Holm-corrected; A12 = P(a better), ties half):\n",
		cmp.Or(r.Tested, "validation"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.Tests {
		doubts := ""
		if len(x.Notes) > 0 {
			doubts = "\t(" + strings.Join(x.Notes, "; ") + ")"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\tA12 %s\tp %s\tp(Holm) %s%s\n",
			x.A, x.verdict(), x.B, number.Fixed(x.A12, 3), number.P(x.P), number.P(x.PHolm), doubts)
	}
	return t.Flush()
}

// verdict is a sign between the two names: > where A is better, < where B is, ≈ where neither can be said to be, and ?
// where too few runs were tested.
func (t *Test) verdict() string {
	switch {
	case math.IsNaN(float64(t.PHolm)):
		return "?"
	case t.PHolm >= stats.Alpha:
		return "≈"
	case t.A12 > .5:
		return ">"
	}
	return "<"
}

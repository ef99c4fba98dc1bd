package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// results is the table of an experiment's algorithms.
type results struct {
	Unit  string // of results, and what they are where that is no accuracy
	Clock string
	Rows  []resultRow
	Low   string // the ends of the axis on which the spreads are drawn; "" where none are
	High  string
	Parts []string // columns that not every experiment has
	Of    string   // how many runs each algorithm has, where all are the same
	Best  bool     // that the best of the benchmark is known, and regrets with it
	best  []int    // the rows that end best on validation; nil for none
}

// resultRow is an algorithm. Numbers are printed as amoeba compare prints them.
type resultRow struct {
	Arm                  armView
	Top                  top
	Val, ValSD           string
	Median, Quartiles    string
	Test, TestSD, Regret string
	Trials, Seconds      string
	More                 []string // in the order of Parts
	Runs                 string
	Spread               *spread
}

// top says in which columns an algorithm has the best number, or prints it like the best.
type top struct{ Val, Median, Test, Regret bool }

// spread is where the runs of an algorithm end on validation, in per cent of the width of a drawing.
type spread struct {
	Low, Q1, Median, Q3, High float64
	Box                       float64 // its width
}

func resultsOf(o *lab.Outcome, r *report.Comparison, arms []armView) results {
	t := results{Unit: r.Unit, Clock: clockOf(r)}
	if !accuracy(r) {
		t.Unit = strings.TrimSpace(r.Metric + " " + r.Unit)
	}
	printed := func(x number.Nullable) string { return r.Printed(float64(x)) }
	falls := o.About.Metric.Falls()
	bestBy := func(of func(*report.Result) number.Nullable, falls bool) []int {
		values := make([]number.Nullable, len(r.Results))
		for i := range r.Results {
			values[i] = of(&r.Results[i])
		}
		return tops(values, falls, printed)
	}
	t.best = bestBy(func(x *report.Result) number.Nullable { return x.ValMean }, falls)
	median := bestBy(func(x *report.Result) number.Nullable { return x.ValMedian }, falls)
	test := bestBy(func(x *report.Result) number.Nullable { return x.TestMean }, falls)
	regret := bestBy(func(x *report.Result) number.Nullable { return x.RegretMean }, true)
	t.addParts(r)
	for i := range r.Results {
		x := &r.Results[i]
		row := resultRow{Arm: arms[i],
			Val: number.PlusMinus(x.ValMean, x.ValCI95, printed), Median: printed(x.ValMedian),
			Test:   number.PlusMinus(x.TestMean, x.TestCI95, printed),
			Regret: printed(x.RegretMean), Trials: strings.TrimSuffix(number.Fixed(x.Trials, 1), ".0"),
			Seconds: number.Seconds(x.Clocked(r)), Runs: fmt.Sprint(x.Seeds), More: moreOf(r, x)}
		if len(r.Results) > 1 {
			in := func(best []int) bool { return slices.Contains(best, i) }
			row.Top = top{in(t.best), in(median), in(test), in(regret)}
		}
		if number.Known(float64(x.ValStd)) { // of one run there is no spread
			row.ValSD, row.TestSD = printed(x.ValStd), printed(x.TestStd)
			row.Quartiles = printed(x.ValQ1) + " – " + printed(x.ValQ3)
		}
		if o.Set.Unfinished > 0 {
			row.Runs = fmt.Sprintf("%d of %d", x.Seeds, o.Spec.Seeds)
		} else if x.Summed > 0 {
			row.Runs = fmt.Sprintf("%d of %d", x.Summed, x.Seeds)
		}
		t.Rows, t.Best = append(t.Rows, row), t.Best || number.Known(float64(x.RegretMean))
	}
	other := func(row resultRow) bool { return row.Runs != t.Rows[0].Runs }
	if len(t.Rows) > 0 && o.Set.Unfinished == 0 && !slices.ContainsFunc(t.Rows, other) {
		t.Of = number.Count(r.Results[0].Seeds, "run")
	}
	t.spreads(o, printed)
	return t
}

// clockOf heads the column of seconds.
func clockOf(r *report.Comparison) string {
	switch {
	case r.Unpriced:
		return "queries"
	case r.Kind == evolve.Training:
		return "measured s"
	}
	return "simulated s"
}

// addParts names the columns that this experiment has besides those of all.
func (t *results) addParts(r *report.Comparison) {
	if r.Full > 0 {
		t.Parts = append(t.Parts, "full trainings")
	}
	if r.TotalEpochs > 0 {
		t.Parts = append(t.Parts, "epochs")
	}
	if slices.ContainsFunc(r.Results, func(x report.Result) bool { return x.Utilisation != nil }) {
		t.Parts = append(t.Parts, "% in use")
	}
	if slices.ContainsFunc(r.Results, func(x report.Result) bool { return x.Lost != nil }) {
		t.Parts = append(t.Parts, "workers lost")
	}
	for _, o := range r.Objectives[min(1, len(r.Objectives)):] {
		t.Parts = append(t.Parts, named(o))
	}
}

// named is an objective with its unit; the name of a count tells its unit.
func named(o report.Objective) string {
	if o.Unit == evolve.UnitCount {
		return o.Name
	}
	return strings.TrimSpace(o.Name + " " + o.Unit)
}

// moreOf are the cells of these columns.
func moreOf(r *report.Comparison, x *report.Result) (cells []string) {
	if r.Full > 0 {
		cells = append(cells, number.Fixed(x.Full, 1))
	}
	if r.TotalEpochs > 0 {
		cells = append(cells, number.Fixed(x.TotalEpochs, 1))
	}
	some := func(of func(report.Result) *number.Nullable, factor number.Nullable) {
		if !slices.ContainsFunc(r.Results, func(x report.Result) bool { return of(x) != nil }) {
			return
		}
		cell := number.Nullable(math.NaN())
		if v := of(*x); v != nil {
			cell = factor * *v
		}
		cells = append(cells, number.Fixed(cell, 1))
	}
	some(func(x report.Result) *number.Nullable { return x.Utilisation }, 100)
	some(func(x report.Result) *number.Nullable { return x.Lost }, 1)
	for i := range r.Objectives[min(1, len(r.Objectives)):] {
		cell := number.Fixed(math.NaN(), 0)
		if i < len(x.Others) {
			cell = x.Others[i].String()
		}
		cells = append(cells, cell)
	}
	return cells
}

// spreads draws where the runs of all algorithms end on validation on one axis.
func (t *results) spreads(o *lab.Outcome, printed func(number.Nullable) string) {
	var ends [][]float64
	low, high := math.Inf(1), math.Inf(-1)
	for _, arm := range o.Set.Arms {
		some := slices.DeleteFunc(arm.Ends(o.Set.Validation()), func(x float64) bool { return !number.Known(x) })
		slices.Sort(some)
		ends = append(ends, some)
		if n := len(some); n > 0 {
			low, high = min(low, some[0]), max(high, some[n-1])
		}
	}
	if !(high > low) {
		return
	}
	t.Low, t.High = printed(number.Nullable(low)), printed(number.Nullable(high))
	at := func(x float64) float64 {
		const tenth = 10 // of a per cent of the width
		return math.Round((x-low)/(high-low)*100*tenth) / tenth
	}
	for i, sorted := range ends {
		if len(sorted) == 0 {
			continue
		}
		s := &spread{Low: at(sorted[0]), Q1: at(stats.Quantile(sorted, .25)), Median: at(stats.Quantile(sorted, .5)),
			Q3: at(stats.Quantile(sorted, .75)), High: at(sorted[len(sorted)-1])}
		s.Box = math.Round((s.Q3-s.Q1)*10) / 10
		t.Rows[i].Spread = s
	}
}

// testRow is the test of two algorithms.
type testRow struct {
	A, B     string
	Verdict  string // in words, between the names
	Sign     string
	A12      string
	Part     float64 // A12 in per cent; 0 where it is not known
	P, PHolm string
	Notes    string
	apart    bool
}

func testsOf(r *report.Comparison) (rows []testRow) {
	for _, t := range r.Tests {
		row := testRow{A: t.A, B: t.B, A12: number.Fixed(t.A12, 3), P: number.P(t.P), PHolm: number.P(t.PHolm),
			Notes: strings.Join(t.Notes, "; ")}
		if x := float64(t.A12); !math.IsNaN(x) {
			row.Part = math.Round(x*1000) / 10
		}
		switch {
		case math.IsNaN(float64(t.PHolm)):
			row.Sign, row.Verdict = "?", "not tested against"
		case t.PHolm >= stats.Alpha:
			row.Sign, row.Verdict = "≈", "not told apart from"
		case cmp.Compare(t.A12, .5) > 0:
			row.Sign, row.Verdict, row.apart = ">", "better than", true
		default:
			row.Sign, row.Verdict, row.apart = "<", "worse than", true
		}
		rows = append(rows, row)
	}
	return rows
}

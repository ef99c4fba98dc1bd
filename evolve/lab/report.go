package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Report is what an experiment found, as --json prints it. Results and regrets are in
// the unit of the metric, accuracies per cent, of the incumbent after the full schedule; the wall-clock keys are the only ones that
// differ between two runs of one experiment, but where networks are trained: there Measured names them.
type Report struct {
	Benchmark string   `json:"benchmark"`
	Kind      string   `json:"kind"`
	Metric    string   `json:"metric"`
	Unit      string   `json:"unit"`
	Dataset   string   `json:"dataset"`
	Epochs    int      `json:"epochs"`
	Trials    number   `json:"max_trials"`      // null = no bound
	Budget    number   `json:"budget"`          // simulated or measured seconds; null = no bound
	Unpriced  bool     `json:"unpriced"`        // no seconds are known: simulated seconds are queries
	Timed     bool     `json:"timed,omitempty"` // measured seconds decide which trials fail
	Overshoot string   `json:"overshoot"`
	Seed      uint64   `json:"seed"`
	Workers   int      `json:"workers"`
	Source    string   `json:"source"`
	Measured  []string `json:"measured,omitempty"`           // keys of results that are measured, where kind is training
	Ignored   []string `json:"ignored_objectives,omitempty"` // further objectives: no searcher minimises them, no result is of them
	Results   []Result `json:"results"`
	Tests     []Test   `json:"tests"`
	Files     []string `json:"files"`
}

// Result is one algorithm's row.
type Result struct {
	Algo            string         `json:"algo"`
	Params          map[string]any `json:"params"`
	Seeds           int            `json:"seeds"`
	Trials          number         `json:"trials"` // mean a run
	ValMean         number         `json:"val_mean"`
	ValStd          number         `json:"val_std"`
	ValCI95         number         `json:"val_ci95"` // half width, of the mean
	ValMedian       number         `json:"val_median"`
	ValQ1           number         `json:"val_q1"`
	ValQ3           number         `json:"val_q3"`
	TestMean        number         `json:"test_mean"`
	TestStd         number         `json:"test_std"`
	TestCI95        number         `json:"test_ci95"`
	RegretMean      number         `json:"regret_mean"`
	SimSeconds      number         `json:"sim_seconds"`       // mean a run; null where they are measured
	Seconds         number         `json:"seconds,omitempty"` // mean a run, where they are measured
	WallSeconds     number         `json:"wall_seconds"`
	TrialsPerSecond number         `json:"trials_per_second"`
	Empty           int            `json:"empty_runs"` // that evaluated nothing within the bounds
}

// Test compares two algorithms on the validation of their incumbents. A12 is the chance that a
// run of A ends better than one of B, ties half.
type Test struct {
	A     string `json:"a"`
	B     string `json:"b"`
	P     number `json:"p"`
	PHolm number `json:"p_holm"`
	A12   number `json:"a12"`
	// Why it says less than it seems to; none where nothing is doubtful.
	Notes []string `json:"notes,omitempty"`
}

// number prints what cannot be known, such as a spread over one run, as null.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if x := float64(n); math.IsNaN(x) || math.IsInf(x, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// Report summarises a finished experiment.
func (o *Outcome) Report() Report {
	m := o.About.Metric
	r := Report{
		Benchmark: o.Spec.Benchmark, Kind: o.About.Kind, Metric: m.Name(), Unit: m.Unit(), Dataset: o.About.Dataset, Epochs: o.About.Epochs,
		Trials: bound(float64(o.Spec.Trials)), Budget: bound(o.Spec.Budget), Unpriced: o.About.Unpriced, Timed: o.About.Timed, Overshoot: o.Spec.Overshoot, Seed: o.Spec.Seed, Workers: o.Spec.Workers,
		Source: o.About.Source, Results: []Result{}, Tests: []Test{}, Files: o.Files,
	}
	if r.Files == nil {
		r.Files = []string{}
	}
	r.Ignored = o.Ignored()
	if o.About.Trains() {
		r.Measured = []string{"seconds", "wall_seconds", "trials_per_second"}
	}
	var names []string
	var vals [][]float64
	best := m.Value(o.About.BestVal)
	for i, arm := range o.Traces {
		accs := arm.Finals(trace.Validation(m))
		val, test := stats.Describe(accs), stats.Describe(arm.Finals(trace.TestResult(m)))
		trials, seconds := stats.Describe(arm.Finals(trace.Trials)), stats.Describe(arm.Finals(trace.Seconds))
		empty, all := 0, int64(0)
		for _, run := range arm.Runs {
			all += run.Final.Trial
			if run.Final.Arch == "" {
				empty++
			}
		}
		r.Results = append(r.Results, Result{
			Empty: empty,
			Algo:  arm.Algo, Params: o.Arms[i].Params, Seeds: len(arm.Runs), Trials: number(trials.Mean),
			ValMean: number(val.Mean), ValStd: number(val.Std), ValCI95: number(val.CI),
			ValMedian: number(val.Median), ValQ1: number(val.Q1), ValQ3: number(val.Q3),
			TestMean: number(test.Mean), TestStd: number(test.Std), TestCI95: number(test.CI),
			RegretMean: number(m.Regret(val.Mean, best)), SimSeconds: number(seconds.Mean),
			WallSeconds: wall(all, o.Ran[i], o.Wall[i]), TrialsPerSecond: number(float64(o.Ran[i])) / wall(all, o.Ran[i], o.Wall[i]),
		})
		if x := &r.Results[i]; o.About.Trains() {
			x.SimSeconds, x.Seconds = number(math.NaN()), x.SimSeconds
		}
		if m.Falls() { // so that greater is better
			for i := range accs {
				accs[i] = -accs[i]
			}
		}
		names, vals = append(names, arm.Algo), append(vals, accs)
	}
	for _, t := range stats.Compare(names, vals) {
		r.Tests = append(r.Tests, Test{t.A, t.B, number(t.P), number(t.PHolm), number(t.A12), t.Notes})
	}
	return r
}

// Ignored names the objectives of the benchmark besides the loss. Of an experiment that was read back, whose benchmark
// may be had no more, it then names the options that asked for them.
func (e *Experiment) Ignored() (names []string) {
	if e.Bench != nil {
		return evolve.ObjectiveNames(e.Bench.Problem().Objectives[1:])
	}
	spec, err := evolve.ParseSpec(e.Spec.Benchmark)
	for _, kv := range spec.Set {
		if err == nil && kv.Value != "none" && (kv.Key == "objective" || kv.Key == "latency") {
			names = append(names, kv.Value)
		}
	}
	if len(names) > 0 {
		if b, _, err := evolve.Benchmarks.Open(spec); err == nil {
			return evolve.ObjectiveNames(b.Problem().Objectives[1:])
		}
	}
	return names
}

// bound is unknown where there is none.
func bound(x float64) number {
	if x == 0 {
		return number(math.NaN())
	}
	return number(x)
}

// wall is the real seconds of what this process ran, unknown when that was not all of it.
func wall(all, ran int64, seconds float64) number {
	if ran == 0 || ran < all {
		return number(math.NaN())
	}
	return number(seconds)
}

// Bounds says in words when the runs end.
func (r Report) Bounds() string {
	switch {
	case r.Budget > 0 && r.Trials > 0:
		return fmt.Sprintf("%.10g %s or %.0f trials", float64(r.Budget), r.Clock(), float64(r.Trials))
	case r.Budget > 0:
		return fmt.Sprintf("%.10g %s", float64(r.Budget), r.Clock())
	}
	return fmt.Sprintf("%.0f trials", float64(r.Trials))
}

// Clock is what a run's clock counts.
func (r Report) Clock() string {
	switch {
	case r.Unpriced && r.Workers > 1:
		return "rounds of queries"
	case r.Unpriced:
		return "queries"
	case r.Kind == evolve.Training:
		return "seconds"
	}
	return "simulated seconds"
}

// Pool says in words who evaluates.
func (r Report) Pool() string {
	if r.Kind == evolve.Training {
		return Count(r.Workers, "trial") + " in flight"
	}
	return Count(r.Workers, "simulated worker")
}

// Repeats says in words what of the results is the same whenever they are computed again; ""
// where all is.
func (r Report) Repeats() string {
	switch {
	case r.Kind != evolve.Training:
		return ""
	case r.Budget > 0:
		return "Seconds are measured, and a budget of them bounds the runs: they are not reproducible. Bound them by trials alone."
	case r.Timed:
		return "Seconds are measured, and a limit of them decides which trials fail: the runs are not reproducible."
	}
	return "Seconds are measured; all else is the same for this seed and number of trials in flight."
}

// WriteText prints the report as tables.
func (r Report) WriteText(w io.Writer) error {
	seeds := 0
	if len(r.Results) > 0 {
		seeds = r.Results[0].Seeds
	}
	fmt.Fprintf(w, "%s · %s\n%s of %s, search at %s, %s, seed %d\n\n",
		r.Benchmark, r.Source, Count(seeds, "run"), r.Bounds(), Count(r.Epochs, "epoch"), r.Pool(), r.Seed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	unit := r.Unit
	if r.Metric != evolve.Accuracy.Name() {
		unit = strings.TrimSpace(r.Metric + " " + unit)
	}
	column := "sim s"
	switch {
	case r.Unpriced:
		column = "clock"
	case r.Kind == evolve.Training:
		column = "s"
	}
	fmt.Fprintf(t, "algorithm\tval %[1]s mean ± 95 %% CI\tsd\tmedian [quartiles]\ttest %[1]s mean ± 95 %% CI\tsd\tregret\ttrials\t%[2]s\treal s\ttrials/s\t\n", unit, column)
	for _, x := range r.Results {
		seconds := x.SimSeconds
		if r.Kind == evolve.Training {
			seconds = x.Seconds
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s [%s, %s]\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", x.Algo,
			pm(x.ValMean, x.ValCI95), fixed(x.ValStd, 3), fixed(x.ValMedian, 3), fixed(x.ValQ1, 3), fixed(x.ValQ3, 3),
			pm(x.TestMean, x.TestCI95), fixed(x.TestStd, 3), fixed(x.RegretMean, 3),
			fixed(x.Trials, 1), fixed(seconds, 0), fixed(x.WallSeconds, 3), si(float64(x.TrialsPerSecond)))
	}
	t.Flush()
	if text := r.Repeats(); text != "" {
		fmt.Fprintln(w, text)
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(w, "%s: a further objective, which no algorithm here minimises and no number here is of; amoeba search tells that of what it finds\n", strings.Join(r.Ignored, ", "))
	}
	for _, x := range r.Results {
		if x.Empty > 0 {
			fmt.Fprintf(w, "%s: %d of %s evaluated nothing within the bounds\n", x.Algo, x.Empty, Count(x.Seeds, "run"))
		}
	}
	if len(r.Tests) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nWho beats whom on validation (two-sided Mann-Whitney U, Holm-corrected; A12 = P(a better), ties half):")
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.Tests {
		doubts := ""
		if len(x.Notes) > 0 {
			doubts = "\t(" + strings.Join(x.Notes, "; ") + ")"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\tA12 %s\tp %s\tp(Holm) %s%s\n", x.A, verb(x), x.B, fixed(x.A12, 3), pvalue(x.P), pvalue(x.PHolm), doubts)
	}
	return t.Flush()
}

// Count is a number of things in words.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func verb(t Test) string {
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

func pm(mean, ci number) string {
	if math.IsNaN(float64(ci)) {
		return fixed(mean, 3)
	}
	return fixed(mean, 3) + " ± " + fixed(ci, 3)
}

func fixed(x number, digits int) string {
	if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, float64(x))
}

func signed(x number) string {
	if x >= 0 && !math.IsInf(float64(x), 0) {
		return "+" + fixed(x, 3)
	}
	return fixed(x, 3)
}

func pvalue(p number) string {
	switch {
	case math.IsNaN(float64(p)):
		return "–"
	case p == 0:
		return "<1e-300" // beyond a float64
	case p < 1e-4:
		return fmt.Sprintf("%.0e", float64(p))
	}
	return fmt.Sprintf("%.4f", float64(p))
}

func si(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "–"
	case x >= 1e6:
		return fmt.Sprintf("%.2f M", x/1e6)
	case x >= 1e3:
		return fmt.Sprintf("%.0f k", x/1e3)
	}
	return fmt.Sprintf("%.0f", x)
}

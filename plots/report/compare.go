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
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// A Comparison is the report of an experiment, as --json prints it. Results and regrets are of the incumbent after
// the full schedule, in the unit of the metric (accuracies in per cent). Two runs of one experiment differ in the
// wall-clock keys alone; where networks are trained, Measured names all keys in which they differ.
type Comparison struct {
	Benchmark string          `json:"benchmark"`
	Kind      string          `json:"kind"`
	Metric    string          `json:"metric"`
	Unit      string          `json:"unit"`
	Dataset   string          `json:"dataset"`
	Epochs    int             `json:"epochs"`
	Trials    number.Nullable `json:"max_trials"` // null = no bound
	Budget    number.Nullable `json:"budget"`     // simulated or measured seconds; null = no bound
	// The costs of a run's trials in full trainings, and the seconds of one of these; 0 = no bound.
	Full        float64 `json:"max_full,omitempty"`
	FullSeconds float64 `json:"full_seconds,omitempty"`
	TotalEpochs int     `json:"max_total_epochs,omitempty"` // that a run's trials are trained for; 0 = no bound
	Unpriced    bool    `json:"unpriced"`                   // no seconds are known: simulated seconds are queries
	Timed       bool    `json:"timed,omitempty"`            // measured seconds decide which trials fail
	Overshoot   string  `json:"overshoot"`
	// trials that are compared: "" for those of the highest fidelity
	Rule      string   `json:"fidelity_rule,omitempty"`
	Incumbent string   `json:"incumbent,omitempty"` // who tells it: "" for the lowest observed loss
	Seed      uint64   `json:"seed"`
	Workers   int      `json:"workers"`
	Cluster   string   `json:"cluster,omitempty"` // what goes wrong on simulated workers
	Source    string   `json:"source"`
	Measured  []string `json:"measured,omitempty"` // keys of results that are measured, where kind is training
	// The loss, then the further objectives in the order of the benchmark's option.
	Objectives []Objective `json:"objectives"`
	// Names of further objectives where no searcher here minimises them.
	Ignored []string `json:"ignored_objectives,omitempty"`
	// Of several objectives: from where hypervolumes are measured, in the objectives' units, the exact front where it
	// is known, and why there are no hypervolumes, where there are none.
	Reference     []number.Nullable `json:"reference,omitempty"`
	Exact         *ExactFront       `json:"exact_front,omitempty"`
	NoHypervolume string            `json:"no_hypervolume,omitempty"`
	// Doubts about the comparison; none where there are none.
	Warnings []string `json:"warnings,omitempty"`
	Results  []Result `json:"results"`
	Tests    []Test   `json:"tests"`
	Tested   string   `json:"tested,omitempty"` // the measure that tests are of: "" for the validation
	Files    []string `json:"files"`
}

// Result is one algorithm's row.
type Result struct {
	Label       string          `json:"label"` // a short name; the algorithm where none was given
	Algo        string          `json:"algo"`
	Params      map[string]any  `json:"params"`
	Chosen      string          `json:"chosen,omitempty"` // the searcher that it left the search to
	Because     string          `json:"because,omitempty"`
	Priors      []lab.Prior     `json:"priors,omitempty"` // benchmarks that it knew before it began
	Seeds       int             `json:"seeds"`
	Trials      number.Nullable `json:"trials"` // mean of the runs
	ValMean     number.Nullable `json:"val_mean"`
	ValStd      number.Nullable `json:"val_std"`
	ValCI95     number.Nullable `json:"val_ci95"` // half the width of the mean's interval
	ValMedian   number.Nullable `json:"val_median"`
	ValQ1       number.Nullable `json:"val_q1"`
	ValQ3       number.Nullable `json:"val_q3"`
	TestMean    number.Nullable `json:"test_mean"`
	TestStd     number.Nullable `json:"test_std"`
	TestCI95    number.Nullable `json:"test_ci95"`
	RegretMean  number.Nullable `json:"regret_mean"`
	TotalEpochs number.Nullable `json:"total_epochs"`      // that the trials were trained for, mean of the runs
	Spent       number.Nullable `json:"spent"`             // seconds of all trials, mean of the runs
	Full        number.Nullable `json:"full,omitempty"`    // the same in full trainings, where these bound the runs
	SimSeconds  number.Nullable `json:"sim_seconds"`       // mean of the runs; null where seconds are measured
	Seconds     number.Nullable `json:"seconds,omitempty"` // mean of the runs, where seconds are measured
	WallSeconds number.Nullable `json:"wall_seconds"`
	// Real seconds of the searcher itself, to ask and to be told, mean of the runs; null where they were read back.
	AskTellSeconds  number.Nullable `json:"ask_tell_seconds"`
	TrialsPerSecond number.Nullable `json:"trials_per_second"`
	Others          []Further       `json:"others,omitempty"` // further objectives of what was found, means of the runs
	*Fronts                         // where there are several objectives
	// Of several simulated workers, or of those of a cluster, means of the runs: the costs of all trials over the
	// seconds of all workers until the run's end, and the workers that were lost; null or absent of others.
	Utilisation *number.Nullable `json:"utilisation,omitempty"`
	Lost        *number.Nullable `json:"workers_lost,omitempty"`
	Empty       int              `json:"empty_runs"` // runs that evaluated nothing within the bounds
	// numbers of the runs that failed as the searcher broke
	Failed []int `json:"failed_runs,omitempty"`
	// runs that ended before their first full training
	Partial int `json:"partial_runs,omitempty"`
	// runs that means and quartiles are taken over, where a few others have no result; else 0
	Summed int `json:"summed_runs,omitempty"`
	// runs that met no architecture that keeps the constraints: their answer is the nearest
	Unmet int `json:"unmet_runs,omitempty"`
	// runs that ended before any bound, as their searcher proposed nothing more or no trial cost anything
	Early int `json:"early_runs,omitempty"`
	// runs that ended before any bound, as no worker was left
	Workerless int `json:"workerless_runs,omitempty"`

	models bool // its searcher fits models
}

// Test compares two algorithms on the validation of their incumbents or, where there are several objectives, on the
// hypervolume of their fronts. A12 is the chance that a run of A ends better than a run of B; ties count half.
type Test struct {
	A     string          `json:"a"`
	B     string          `json:"b"`
	P     number.Nullable `json:"p"`
	PHolm number.Nullable `json:"p_holm"`
	A12   number.Nullable `json:"a12"`
	// Doubts about the test, such as too few runs for any p-value below the level; none where there are none.
	Notes []string `json:"notes,omitempty"`
}

// Compare reports an experiment that was run or read back.
func Compare(o *lab.Outcome) Comparison {
	m := o.About.Metric
	r := Comparison{
		Benchmark: o.Spec.Benchmark, Kind: o.About.Kind, Metric: m.Name(), Unit: m.Unit(), Dataset: o.About.Dataset,
		Epochs: o.About.Epochs, Trials: bound(float64(o.Spec.Trials)), Budget: bound(o.Spec.Budget),
		Full: o.Spec.Full, FullSeconds: o.FullCost, TotalEpochs: o.Spec.TotalEpochs,
		Unpriced: o.About.Unpriced, Timed: o.About.Timed, Overshoot: o.Spec.Overshoot, Rule: o.Spec.FidelityRule,
		Incumbent: o.Spec.Incumbent, Seed: o.Spec.Seed, Workers: o.Spec.Workers, Cluster: o.Spec.Cluster,
		Source:     o.About.Source,
		Objectives: objectivesOf(o), Ignored: ignored(o),
		Results: []Result{}, Tests: []Test{}, Files: o.Files,
	}
	if r.Files == nil {
		r.Files = []string{}
	}
	if o.About.Trains() {
		r.Measured = []string{"seconds", "spent", "wall_seconds", "ask_tell_seconds",
			"trials_per_second"}
	}
	if text := unequal(o); text != "" {
		r.Warnings = append(r.Warnings, text)
	}
	for i := range o.Set.Arms {
		r.Results = append(r.Results, result(o, i))
	}
	tested := r.tellFronts(o)
	var names []string
	var vals [][]float64
	for i, arm := range o.Set.Arms {
		ends := arm.Ends(tested)
		for k := range ends {
			switch { // the tests take greater numbers for better ones
			case r.Results[i].Summed > 0 && !arm.Runs[k].Result():
				ends[k] = math.Inf(-1)
			case tested.Falls:
				ends[k] = -ends[k]
			}
		}
		names, vals = append(names, arm.Label), append(vals, ends)
	}
	for _, t := range stats.Compare(names, vals) {
		r.Tests = append(r.Tests, Test{t.A, t.B, number.Nullable(t.P), number.Nullable(t.PHolm),
			number.Nullable(t.A12), t.Notes})
	}
	return r
}

// unequal warns where the number of trials ended runs of algorithms that decide themselves how long they train: what
// one of them does with so many trials costs a fraction of what another one does.
func unequal(o *lab.Outcome) string {
	if o.Spec.Trials == 0 || len(o.Arms) < 2 {
		return ""
	}
	ended := func(r trace.Run) bool { return r.Final.Trial == int64(o.Spec.Trials) }
	var partial []string
	for i := range o.Arms {
		if o.Arms[i].Schedules() && slices.ContainsFunc(o.Set.Arms[i].Runs, ended) {
			partial = append(partial, o.Arms[i].Label)
		}
	}
	if partial == nil {
		return ""
	}
	bounds := "--full, --budget or --total-epochs"
	if o.About.Trains() {
		bounds = "--total-epochs"
	}
	decide := " decides itself how long its trials train"
	if len(partial) > 1 {
		decide = " decide themselves how long their trials train"
	}
	return strings.Join(partial, ", ") + decide + ": a trial is no unit of cost here; bound the runs by " + bounds
}

// result is the row of the experiment's i-th algorithm.
func result(o *lab.Outcome, i int) Result {
	arm := o.Set.Arms[i]
	summed := arm.Summed()
	val := stats.Describe(summed.Ends(o.Set.Validation()))
	test := stats.Describe(summed.Ends(o.Set.Test()))
	regret := o.About.Metric.Regret(val.Mean, o.Set.Validation().Best)
	mean := func(axis string) number.Nullable {
		x, err := o.Set.Axis(axis)
		if err != nil {
			return number.Nullable(math.NaN())
		}
		return number.Nullable(stats.Describe(arm.Unbroken().Totals(x)).Mean)
	}
	seconds := mean("seconds")
	r := Result{
		Algo: arm.Algo, Label: arm.Label, Params: o.Arms[i].Params, Chosen: o.Arms[i].Chosen,
		Because: o.Arms[i].Because, Priors: o.Arms[i].Priors, Seeds: len(arm.Runs),
		Trials: mean("trials"), TotalEpochs: mean("epochs"), Spent: mean("spent"),
		ValMean: number.Nullable(val.Mean), ValStd: number.Nullable(val.Std), ValCI95: number.Nullable(val.CI),
		ValMedian: number.Nullable(val.Median), ValQ1: number.Nullable(val.Q1), ValQ3: number.Nullable(val.Q3),
		TestMean: number.Nullable(test.Mean), TestStd: number.Nullable(test.Std), TestCI95: number.Nullable(test.CI),
		RegretMean: number.Nullable(regret), Others: meansOf(o, i),
	}
	if o.Spec.Full > 0 {
		r.Full = mean(trace.FullAxis)
	}
	if o.About.Trains() {
		r.SimSeconds, r.Seconds = number.Nullable(math.NaN()), seconds
	} else {
		r.SimSeconds = seconds
	}
	r.Failed = arm.Broken()
	if n := len(summed.Runs); n < len(arm.Runs) {
		r.Summed = n
	}
	trials := int64(0)
	keeps := o.Arms[i].Keeps(evolve.Problem{Objectives: o.Set.Objectives})
	for _, run := range arm.Runs {
		trials += run.Final.Trial
		if run.Broken() {
			continue
		}
		if run.Final.Arch == "" {
			r.Empty++
		}
		if run.Partial {
			r.Partial++
		}
		if end := &run.Final; keeps != nil && run.Found() &&
			!keeps(&evolve.Result{Loss: end.Loss, Others: end.Others}) {
			r.Unmet++
		}
		switch end := &run.Final; {
		case workerless(o, end):
			r.Workerless++
		case early(o, end):
			r.Early++
		}
	}
	r.Utilisation, r.Lost = workers(o, &arm)
	r.WallSeconds = number.Nullable(math.NaN())
	if o.Ran[i] > 0 && o.Ran[i] >= trials { // else another process ran a part of them, and its seconds are not known
		r.WallSeconds = number.Nullable(o.Wall[i])
	}
	r.models, r.AskTellSeconds = o.Arms[i].FitsModels(), number.Nullable(math.NaN())
	if i < len(o.AskTell) {
		r.AskTellSeconds = number.Nullable(o.AskTell[i])
	}
	r.TrialsPerSecond = number.Nullable(float64(o.Ran[i])) / r.WallSeconds
	return r
}

// workers says how much of the workers' time an algorithm's trials took, and how many of these workers were lost, where
// that is something to tell.
func workers(o *lab.Outcome, arm *trace.Arm) (utilisation, lost *number.Nullable) {
	if o.About.Trains() || o.Spec.Workers == 1 && o.Spec.Cluster == "" {
		return nil, nil
	}
	var used, gone []float64
	for _, run := range arm.Runs {
		end := &run.Final
		gone = append(gone, float64(end.Lost))
		if end.Seconds > 0 { // some time has passed
			// Two sums of the same seconds differ in their last digits.
			used = append(used, min(1, end.Spent/(float64(o.Spec.Workers)*end.Seconds)))
		}
	}
	mean := func(of []float64) *number.Nullable {
		m := number.Nullable(stats.Describe(of).Mean)
		return &m
	}
	if utilisation = mean(used); o.Spec.Cluster != "" {
		lost = mean(gone)
	}
	return utilisation, lost
}

// workerless says whether a run ended as it had lost all its workers.
func workerless(o *lab.Outcome, end *journal.Entry) bool {
	return int(end.Lost) == o.Spec.Workers && !(o.Spec.Trials > 0 && end.Trial >= int64(o.Spec.Trials))
}

// early says whether a run is known to have ended before any bound. Where a trial that passes a bound is dropped,
// nobody knows how far it would have passed it: of seconds the answer is known where none was ever used, and of epochs
// where there was room for a full training of each worker.
func early(o *lab.Outcome, end *journal.Entry) bool {
	s := &o.Spec
	if end.Trial == 0 || s.Trials > 0 && end.Trial >= int64(s.Trials) {
		return false
	}
	counts := s.Overshoot == "count"
	for _, x := range []struct{ used, bound float64 }{
		{end.Seconds, s.Budget}, {end.Spent, s.Full * o.FullCost},
	} {
		if x.bound > 0 && !(x.used == 0 && s.Trials == 0 || counts && x.used < x.bound) {
			return false
		}
	}
	return s.TotalEpochs == 0 || end.SpentEpochs+int64(s.Workers)*int64(o.About.Epochs) <= int64(s.TotalEpochs)
}

// bound is not known where there is none.
func bound(x float64) number.Nullable {
	if x == 0 {
		return number.Nullable(math.NaN())
	}
	return number.Nullable(x)
}

// Bounds says in words when the runs end.
func (r *Comparison) Bounds() string {
	var all []string
	for _, x := range []struct {
		bound float64
		unit  string
	}{
		{float64(r.Budget), r.Clock()}, {r.Full, "full trainings"}, {float64(r.TotalEpochs), "epochs in all"},
		{float64(r.Trials), "trials"},
	} {
		if x.bound > 0 { // NaN is none
			all = append(all, fmt.Sprintf("%.10g %s", x.bound, x.unit))
		}
	}
	return strings.Join(all, " or ")
}

// Clock says in words what a run's clock counts.
func (r *Comparison) Clock() string { return trace.Clock(r.about(), r.Workers) }

// about is what the words for a benchmark depend on.
func (r *Comparison) about() evolve.About { return evolve.About{Kind: r.Kind, Unpriced: r.Unpriced} }

// Pool says in words who evaluates trials.
func (r *Comparison) Pool() string { return trace.Pool(r.about(), r.Workers, r.Cluster) }

// Repeats says in words which results are the same whenever they are computed again; it is "" where all are.
func (r *Comparison) Repeats() string {
	switch {
	case r.Kind != evolve.Training:
		return ""
	case r.Budget > 0:
		return "Seconds are measured, and a budget of them bounds the runs: they are not reproducible. " +
			"Bound them by trials or by --total-epochs alone."
	case r.Timed:
		return "Seconds are measured, and a limit of them decides which trials fail: the runs are not reproducible."
	}
	return "Seconds are measured; all else is the same for this seed and number of trials in flight."
}

// whose says in words which incumbents are scored, where they are not those of the lowest loss observed at the highest
// fidelity.
func (r *Comparison) whose() string {
	switch {
	case r.Incumbent != "":
		return ", scored are architectures that the searchers recommend"
	case r.Rule != "":
		return ", incumbents of any fidelity"
	}
	return ""
}

// WriteText prints the report as tables.
func (r *Comparison) WriteText(w io.Writer) error {
	seeds := 0
	if len(r.Results) > 0 {
		seeds = r.Results[0].Seeds
	}
	fmt.Fprintf(w, "%s · %s\n%s of %s, search at %s, %s, seed %d%s\n\n", r.Benchmark, r.Source,
		number.Count(seeds, "run"), r.Bounds(), number.Count(r.Epochs, "epoch"), r.Pool(), r.Seed, r.whose())
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
				x.Label, x.Early, number.Count(x.Seeds, "run"), meanCount(x.Trials), number.Seconds(x.seconds(r)))
		}
	}
}

// writeWorkerless tells of runs that a cluster ended.
func (r *Comparison) writeWorkerless(w io.Writer) {
	for _, x := range r.Results {
		if x.Workerless > 0 {
			fmt.Fprintf(w, "%s: %d of %s ended with no worker left, before any bound, after %s trials and %s s "+
				"in the mean\n", x.Label, x.Workerless, number.Count(x.Seeds, "run"), meanCount(x.Trials),
				number.Seconds(x.seconds(r)))
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
	columns := []column{{"trials", func(x *Result) string { return number.Fixed(x.Trials, 1) }}}
	if r.Full > 0 {
		columns = append(columns, column{"full", func(x *Result) string { return number.Fixed(x.Full, 1) }})
	}
	if r.TotalEpochs > 0 {
		columns = append(columns, column{"epochs", func(x *Result) string { return number.Fixed(x.TotalEpochs, 1) }})
	}
	columns = append(columns, column{clock, func(x *Result) string { return number.Seconds(x.seconds(r)) }},
		column{"real s", func(x *Result) string { return number.Fixed(x.WallSeconds, 3) }},
		column{"trials/s", func(x *Result) string { return number.Rate(x.TrialsPerSecond) }})
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.models && x.AskTellSeconds >= ownSeconds }) {
		columns = append(columns, column{"own s/run",
			func(x *Result) string { return number.Fixed(x.AskTellSeconds, 3) }})
	}
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.Utilisation != nil }) {
		columns = append(columns, column{"% in use",
			func(x *Result) string { return number.Fixed(100**x.Utilisation, 1) }})
	}
	if slices.ContainsFunc(r.Results, func(x Result) bool { return x.Lost != nil }) {
		columns = append(columns, column{"lost", func(x *Result) string { return number.Fixed(*x.Lost, 1) }})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t,
		"algorithm\tval %[1]s mean ± 95 %% CI\tsd\tmedian [quartiles]\ttest %[1]s mean ± 95 %% CI\tsd\tregret\t", unit)
	for _, c := range columns {
		fmt.Fprint(t, c.head, "\t")
	}
	fmt.Fprintln(t)
	printed := func(x number.Nullable) string { return r.printed(float64(x)) }
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

// column is a column of a table that not every experiment has.
type column struct {
	head string
	cell func(*Result) string
}

// seconds are those of the clock, simulated or measured.
func (x *Result) seconds(r *Comparison) number.Nullable {
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

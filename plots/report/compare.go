package report

import (
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
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
	Shared      bool    `json:"shared,omitempty"`           // searched were losses of shared weights
	Overshoot   string  `json:"overshoot"`
	// trials that are compared: "" for those of the highest fidelity
	Rule      string   `json:"fidelity_rule,omitempty"`
	Incumbent string   `json:"incumbent,omitempty"` // who tells it: "" for the lowest observed loss
	Seed      uint64   `json:"seed"`
	Workers   int      `json:"workers"`
	Cluster   string   `json:"cluster,omitempty"` // what goes wrong on simulated workers
	Device    string   `json:"device,omitempty"`  // that networks are trained on, where kind is training
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

	onVal, onTest []Test // tests of the validation and of the test results
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
	// numbers of the runs whose answer no table knows, and whose training alone has failed
	Unjudged []int `json:"unjudged_runs,omitempty"`

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
		Unpriced: o.About.Unpriced, Timed: o.About.Timed, Shared: o.About.Shared, Overshoot: o.Spec.Overshoot,
		Rule: o.Spec.FidelityRule, Incumbent: o.Spec.Incumbent, Seed: o.Spec.Seed, Workers: o.Spec.Workers,
		Cluster: o.Spec.Cluster, Source: o.About.Source,
		Objectives: objectivesOf(o), Ignored: ignored(o),
		Results: []Result{}, Tests: []Test{}, Files: o.Files,
	}
	if r.Files == nil {
		r.Files = []string{}
	}
	if o.About.Trains() {
		r.Device = evolve.DeviceText(o.About.Device)
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
	r.Tests = append(r.Tests, r.testsOf(o, tested)...)
	if r.onVal = r.Tests; r.Tested != "" {
		r.onVal = r.testsOf(o, o.Set.Validation())
	}
	if test, err := o.Set.Measure("test"); err == nil {
		r.onTest = r.testsOf(o, test)
	}
	return r
}

// testsOf are the tests of all pairs of algorithms on what their runs end at.
func (r *Comparison) testsOf(o *lab.Outcome, tested trace.Measure) (tests []Test) {
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
		tests = append(tests, Test{t.A, t.B, number.Nullable(t.P), number.Nullable(t.PHolm),
			number.Nullable(t.A12), t.Notes})
	}
	return tests
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

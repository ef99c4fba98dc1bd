package plots

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// step is an incumbent found at a trial, ten simulated seconds a trial.
func step(trial int64, val, test float64) journal.Entry {
	return journal.Entry{Trial: trial, Seconds: 10 * float64(trial), Spent: 20 * float64(trial), SpentEpochs: 3 * trial, Arch: "0",
		ValError: val, TestError: test, Best: true}
}

// run is a run that improves at the given steps and ends at a trial.
func run(end int64, steps ...journal.Entry) trace.Run {
	last := steps[len(steps)-1]
	return trace.Run{Steps: steps, Entries: steps, Final: step(end, last.ValError, last.TestError)}
}

// twoArms is an experiment whose first algorithm's three runs have, from trial 1 on, validation errors .5 .4 .3, and
// after trial 101 .2 .4 .3.
func twoArms() *trace.Set {
	return &trace.Set{
		About: evolve.About{Title: "Made up", Kind: "table", Source: "made up", BestVal: .1, BestTest: .05},
		Spec:  trace.Spec{Benchmark: "made-up", Seeds: 3, Trials: 240, Workers: 2, Record: "incumbents", Seed: 7},
		Arms: []trace.Arm{
			{Algo: "regevo,sample=3", Label: "evolution", Runs: []trace.Run{
				run(240, step(1, .5, .6), step(101, .2, .3)),
				run(240, step(1, .4, .5)),
				run(240, step(1, .3, .4)),
			}},
			{Algo: "random", Label: "random", Baseline: true, Runs: []trace.Run{run(240, step(1, .6, .7))}},
		},
	}
}

// twoObjectives is the experiment with two objectives, whose hypervolumes are measured from an error of 0.7 and 120
// weights, and an exact front of three points.
func twoObjectives() *trace.Set {
	s := twoArms()
	s.Objectives = []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy), evolve.NewObjective(evolve.ParamsObjective)}
	s.Objectives[0].Reference, s.Objectives[1].Reference = .7, 120
	s.Exact = func() ([][]float64, bool) { return [][]float64{{.1, 110}, {.2, 99}, {.4, 90}}, true }
	for _, a := range s.Arms {
		for i := range a.Runs {
			for k := range a.Runs[i].Entries {
				e := &a.Runs[i].Entries[k]
				e.Loss, e.Others = e.ValError, []float64{float64(100 - k)}
			}
		}
	}
	return s
}

// other is the experiment on a benchmark with other bests.
func other(name string, bestVal, bestTest float64) *trace.Set {
	s := twoArms()
	s.Name, s.About.BestVal, s.About.BestTest = name, bestVal, bestTest
	return s
}

// chart draws a kind of figure that is a chart.
func chart(t testing.TB, kind string, sets ...*trace.Set) Chart {
	t.Helper()
	d, err := drawing(kind, Options{}, sets...)
	if err != nil {
		t.Fatal(err)
	}
	return d.(Chart)
}

func drawing(kind string, o Options, sets ...*trace.Set) (Drawing, error) {
	spec, err := evolve.ParseSpec(kind)
	if err != nil {
		return nil, err
	}
	return Draw(spec, sets, o)
}

var approx = cmpopts.EquateApprox(0, 1e-9)

func TestTrajectoriesMetrics(t *testing.T) {
	for _, c := range []struct {
		metric            string
		firstMid, lastMid float64 // median of the first algorithm's runs
		firstLo, firstHi  float64 // and quartiles: halfway to the runs beside it
		random            float64
		lines             []Line
	}{
		{"val", 60, 70, 55, 65, 40, []Line{{"best of the benchmark", 90}}},
		{"test", 50, 60, 45, 55, 30, []Line{{"best of the benchmark", 95}}},
		{"regret", 30, 20, 25, 35, 50, nil},
		{"test-regret", 45, 35, 40, 50, 65, nil},
	} {
		f := chart(t, "trajectories,metric="+c.metric, twoArms())
		p := f.Panels[0]
		s := p.Series[0]
		last := len(s.X) - 1
		got := []float64{s.X[0], s.Mid[0], s.Lo[0], s.Hi[0], s.X[last], s.Mid[last], p.Series[1].Mid[0], p.Series[1].Lo[len(p.Series[1].Lo)-1]}
		want := []float64{1, c.firstMid, c.firstLo, c.firstHi, 240, c.lastMid, c.random, c.random}
		if d := cmp.Diff(want, got, approx); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.metric, d)
		}
		if d := cmp.Diff(c.lines, p.Lines, approx); d != "" {
			t.Errorf("%s, lines (-want +got):\n%s", c.metric, d)
		}
		// The course spans more than two decades: a point before and one after the step of trial 101.
		at := slices.IndexFunc(s.Mid, func(y float64) bool { return math.Abs(y-c.lastMid) < 1e-9 })
		if len(s.X) != curvePoints+1 || s.X[at] < 101 || s.X[at-1] != s.X[at] || s.X[at-2] >= 101 {
			t.Errorf("%s: the improvement of trial 101 shows at %v of %d points", c.metric, s.X[at], len(s.X))
		}
		if s.Name != "evolution" || s.Baseline || !p.Series[1].Baseline || p.XLabel != "trials" || !strings.Contains(p.YLabel, "%") {
			t.Errorf("%s: labels of %+v", c.metric, p)
		}
	}
}

// The mean of one run has no interval: its band is the line itself, as the quartiles of one run are.
func TestTrajectoriesMean(t *testing.T) {
	p := chart(t, "trajectories,metric=val,mean=yes", twoArms()).Panels[0]
	if s := p.Series[0]; math.Abs(s.Mid[0]-60) > 1e-9 || !(s.Lo[0] < 40) || !(s.Hi[0] > 80) { // 60 ± t(0.975, 2)·10/√3 = 24.84
		t.Errorf("of three runs: %g, %g to %g", s.Mid[0], s.Lo[0], s.Hi[0])
	}
	s := p.Series[1]
	for i, mid := range s.Mid {
		if mid != 40 || s.Lo[i] != 40 || s.Hi[i] != 40 {
			t.Fatalf("of one run, at %g: %g, %g to %g", s.X[i], mid, s.Lo[i], s.Hi[i])
		}
	}
}

// What is drawn where nobody chooses.
func TestTrajectoriesAuto(t *testing.T) {
	budget, still, unknown := twoArms(), twoArms(), twoArms()
	budget.Spec.Budget = 1e4
	still.Spec.Budget = 1e4
	for _, a := range still.Arms {
		for i := range a.Runs {
			a.Runs[i].Final.Seconds = 0
		}
	}
	unknown.About.BestVal = math.NaN()
	for _, c := range []struct {
		name, kind, x, y string
		set              *trace.Set
		logY             bool
	}{
		{"trials", "trajectories", "trials", "validation regret (% points)", twoArms(), false},
		{"a budget bounds the runs", "trajectories,x=auto,log-y=yes", "simulated seconds", "validation regret (% points)", budget, true},
		{"it does not by default", "trajectories", "trials", "validation regret (% points)", budget, false},
		{"a clock that stands is no axis", "trajectories,x=auto", "trials", "validation regret (% points)", still, false},
		{"trials bound the runs", "trajectories,x=auto", "trials", "validation regret (% points)", twoArms(), false},
		{"nobody knows the best", "trajectories,log-y=yes", "trials", "validation accuracy of the incumbent (%)", unknown, false},
	} {
		f := chart(t, c.kind, c.set)
		if p := f.Panels[0]; len(f.Panels) != 2 || p.XLabel != c.x || p.YLabel != c.y || p.LogY != c.logY || f.Panels[1].LogY {
			t.Errorf("%s: panels %q, %q, logarithmic %v", c.name, p.XLabel, p.YLabel, p.LogY)
		}
	}
}

// Algorithms of one benchmark share its line, those of several have theirs.
func TestTrajectoriesLines(t *testing.T) {
	for _, c := range []struct {
		sets []*trace.Set
		want []Line
	}{
		{[]*trace.Set{twoArms()}, []Line{{"best of the benchmark", 90}}},
		{[]*trace.Set{other("x/a", .1, 0), other("b/", .2, 0)}, []Line{{"a best of the benchmark", 90}, {"b best of the benchmark", 80}}},
		{[]*trace.Set{other("a", .1, 0), other("b", .1, 0)}, []Line{{"best of the benchmark", 90}}},
		{[]*trace.Set{other("a", 0, 0)}, nil}, // there the axis ends
		{[]*trace.Set{other("a", math.NaN(), 0)}, nil},
	} {
		p := chart(t, "trajectories,metric=val", c.sets...).Panels[0]
		if d := cmp.Diff(c.want, p.Lines, approx); d != "" {
			t.Error(d)
		}
	}
}

func TestTrajectoriesAxes(t *testing.T) {
	f := chart(t, "trajectories,metric=regret+val,x=seconds,log-x=yes,log-y=yes", twoArms())
	p := f.Panels[0]
	s := p.Series[0]
	if len(f.Panels) != 2 || !p.LogX || !p.LogY || !f.Panels[1].LogX || f.Panels[1].LogY || p.XLabel != "simulated seconds" {
		t.Errorf("panels %+v", f.Panels)
	}
	// Evenly in the logarithm from the first incumbent to the end.
	xs := slices.Compact(slices.Clone(s.X)) // without the steps' second points
	if last := len(xs) - 1; xs[0] != 10 || xs[last] != 2400 || math.Abs(xs[last/2]*xs[last-last/2]-10*2400) > 1e-6 {
		t.Errorf("seconds from %v over %v to %v", s.X[0], s.X[len(s.X)/2], s.X[len(s.X)-1])
	}
	for x, want := range map[string][2]float64{"trials": {1, 240}, "epochs": {3, 720}, "spent": {20, 4800}} {
		s := chart(t, "trajectories,log-x=no,x="+x, twoArms()).Panels[0].Series[0]
		if got := [2]float64{s.X[0], s.X[len(s.X)-1]}; got != want {
			t.Errorf("%s: from %g to %g, want %v", x, got[0], got[1], want)
		}
	}
	// A linear axis where it spans two decades or less.
	near := twoArms()
	for _, a := range near.Arms {
		for i := range a.Runs {
			a.Runs[i].Final.Trial = 100
		}
	}
	if chart(t, "trajectories", near).Panels[0].LogX {
		t.Error("1 to 100 trials on a logarithmic axis")
	}
}

// The clock of experiments drawn together.
func TestClocks(t *testing.T) {
	simulated, trained, unpriced := other("s", .1, .1), other("t", .1, .1), other("u", .1, .1)
	trained.About.Kind, unpriced.About.Unpriced = evolve.Training, true
	for _, c := range []struct {
		sets []*trace.Set
		want string
	}{
		{[]*trace.Set{simulated}, "simulated seconds"},
		{[]*trace.Set{trained}, "seconds, measured"},
		{[]*trace.Set{unpriced}, "rounds of queries"}, // of two workers
		{[]*trace.Set{trained, simulated}, "seconds, measured or simulated"},
	} {
		if got := chart(t, "trajectories,x=seconds", c.sets...).Panels[0].XLabel; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	_, err := drawing("trajectories,x=seconds", Options{}, simulated, unpriced)
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "of u and s only one knows seconds: want x=trials") {
		t.Errorf("seconds and queries: %v", err)
	}
	if got := chart(t, "trajectories", simulated, unpriced).Panels[0].XLabel; got != "trials" {
		t.Errorf("their trials: %q", got)
	}
}

// A caption tells of the runs that are drawn, not of those that were planned.
func TestCaptions(t *testing.T) {
	few := func(counts ...int) *trace.Set {
		s := twoArms()
		s.Arms = nil
		for _, n := range counts {
			a := trace.Arm{Label: "x"}
			for range n {
				a.Runs = append(a.Runs, run(8, step(1, .5, .5)))
			}
			for range 4 - n {
				a.Runs = append(a.Runs, trace.Run{Final: journal.Entry{Trial: 8, ValError: math.NaN(), TestError: math.NaN()}})
			}
			s.Arms = append(s.Arms, a)
		}
		return s
	}
	unfinished := few(1)
	unfinished.About.Kind, unfinished.About.Title, unfinished.Spec.Workers = evolve.Training, "digits, trained", 1
	unfinished.Unfinished, unfinished.Planned, unfinished.Waiting = 12, 12, []string{"regevo,sample=3", "random"}
	for _, c := range []struct {
		kind        string
		sets        []*trace.Set
		title, note string
	}{
		{"trajectories", []*trace.Set{few(4, 4)}, "Made up (table): best architecture so far",
			"Median and quartiles of 4 runs, 2 simulated workers, seed 7. Benchmark made-up: made up."},
		{"trajectories", []*trace.Set{few(4, 2)}, "Made up (table): best architecture so far",
			"Median and quartiles of 2 to 4 runs, 2 simulated workers, seed 7. Benchmark made-up: made up."},
		{"trajectories,mean=yes", []*trace.Set{few(3, 0)}, "Made up (table): best architecture so far",
			"Mean of 3 runs with its 95 % interval, 2 simulated workers, seed 7. Benchmark made-up: made up."},
		{"trajectories", []*trace.Set{unfinished}, "digits (trained here): best architecture so far",
			"Unfinished: 12 of 12 runs are still to end; nothing is there yet of regevo,sample=3 and random. One run, 1 trial in flight, seed 7. Benchmark made-up: made up."},
		{"trajectories,metric=error+hypervolume", []*trace.Set{twoObjectives()}, "Made up (table): best front so far",
			"Median and quartiles of 1 to 3 runs, 2 simulated workers, seed 7. Benchmark made-up: made up."},
		{"ecdf", []*trace.Set{few(4, 2)}, "Made up (table): what the runs found",
			"Shares of 4 runs of each algorithm, 2 simulated workers, seed 7. Benchmark made-up: made up."},
		{"trajectories", []*trace.Set{other("x/a", .1, .1), other("b", .1, .1)}, "Best architecture so far",
			"a: Median and quartiles of 1 to 3 runs, 2 simulated workers, seed 7. Benchmark made-up: made up.  b: Median and quartiles of 1 to 3 runs, 2 simulated workers, seed 7. Benchmark made-up: made up."},
	} {
		if f := chart(t, c.kind, c.sets...); f.Title != c.title || f.Note != c.note {
			t.Errorf("%s: %q, %q; want %q, %q", c.kind, f.Title, f.Note, c.title, c.note)
		}
	}
}

// Where searchers tell what they would answer with, which may become worse, nothing is called the best so far.
func TestTrajectoriesOfAnswers(t *testing.T) {
	advised := other("a", .1, .1)
	advised.Spec.Advised = true
	for _, c := range []struct {
		sets         []*trace.Set
		title, label string
	}{
		{[]*trace.Set{advised}, "Made up (table): present answer of the search", "validation accuracy of the answer (%)"},
		{[]*trace.Set{advised, other("b", .1, .1)}, "Best architecture so far, or present answer of the search",
			"validation accuracy (%)"},
	} {
		f := chart(t, "trajectories,metric=val", c.sets...)
		if p := f.Panels[0]; f.Title != c.title || p.YLabel != c.label {
			t.Errorf("%q over %q, want %q over %q", f.Title, p.YLabel, c.title, c.label)
		}
		if p := chart(t, "ecdf,metric=val", c.sets...).Panels[0]; p.XLabel != c.label {
			t.Errorf("ecdf: %q, want %q", p.XLabel, c.label)
		}
	}
}

// What was told by shorter trainings is drawn thin and light, and the caption says so.
func TestTrajectoriesBeforeFullTrainings(t *testing.T) {
	s := twoArms()
	s.About.Epochs = 9
	for i := range s.Arms[0].Runs {
		r := &s.Arms[0].Runs[i]
		full := step(int64(50*(i+1)), .35, .4)
		full.Epochs, r.Steps[0].Epochs = 9, 1
		r.Steps = []journal.Entry{r.Steps[0], full}
	}
	for i := range s.Arms[1].Runs {
		for k := range s.Arms[1].Runs[i].Steps {
			s.Arms[1].Runs[i].Steps[k].Epochs = 9
		}
	}
	f := chart(t, "trajectories", s)
	if !strings.Contains(f.Note, "of 3 runs, thin and light until half of an algorithm's runs have a full training (9 epochs), 2 simulated") &&
		!strings.Contains(f.Note, "of 1 to 3 runs, thin and light until half of an algorithm's runs have a full training (9 epochs), 2 simulated") {
		t.Error(f.Note)
	}
	late, whole := f.Panels[0].Series[0], f.Panels[0].Series[1]
	if late.From != 100 || whole.From > whole.X[0] {
		t.Errorf("from %g and %g", late.From, whole.From)
	}
	before, after := late.split()
	if n := len(before.X); n < 2 || before.X[n-2] >= late.From || before.X[n-1] < late.From || after.X[0] != before.X[n-1] ||
		len(after.Lo) != len(after.X) || len(before.Hi) != n || n+len(after.X) != len(late.X)+1 {
		t.Errorf("%v and %v", before.X, after.X)
	}
	if before, after := whole.split(); len(before.X) != 0 || len(after.X) != len(whole.X) {
		t.Errorf("of whole trainings %v is faint", before.X)
	}
	g := chart(t, "ecdf,within=20", s)
	if !strings.Contains(g.Note, "runs of each algorithm, thin and light until half of an algorithm's runs have a full training (9 epochs)") ||
		g.Panels[0].Series[0].From != 100 || g.Panels[0].Series[1].From != 0 {
		t.Errorf("%s: from %g and %g", g.Note, g.Panels[0].Series[0].From, g.Panels[0].Series[1].From)
	}
	late.From = math.Inf(1)
	if before, after := late.split(); len(before.X) != len(late.X) || len(after.X) != 1 {
		t.Errorf("without any full training %d points are faint and %d not", len(before.X), len(after.X))
	}
}

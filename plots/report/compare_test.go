package report

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

var update = flag.Bool("update", false, "write the golden files")

// byHand is an experiment of two algorithms whose numbers fit a sheet of paper.
func byHand() *lab.Outcome {
	arm := func(algo string, vals ...float64) trace.Arm {
		a := trace.Arm{Algo: algo, Label: algo}
		for i, v := range vals {
			a.Runs = append(a.Runs, trace.Run{Final: journal.Entry{
				Algo: algo, Arch: "0", Run: int32(i), Trial: int64(10 * (i + 1)), Seconds: float64(100 * (i + 1)), Spent: float64(150 * (i + 1)),
				ValError: v, TestError: v + .01, Final: true}})
		}
		return a
	}
	o := &lab.Outcome{
		Experiment: &lab.Experiment{
			Spec: lab.Spec{Benchmark: "made,up=yes", Seeds: 3, Budget: 300, Trials: 30, Overshoot: "count",
				Workers: 2, Record: "none", Seed: 1<<64 - 1},
			Arms:       []lab.Arm{{Algo: "a,k=v", Label: "a,k=v", Params: map[string]any{"k": "v"}}, {Algo: "b", Label: "b", Params: map[string]any{}}},
			Objectives: []evolve.Objective{evolve.NewObjective("error")},
			About: evolve.About{Kind: "table", Dataset: "cifar10", Epochs: 12, Source: "made up <here>",
				BestVal: .05, BestTest: .06},
		},
		Ran:   []int64{60, 0}, // b's runs were in the folder already
		Wall:  []float64{2, 0},
		Files: []string{"dir/experiment.yaml"},
	}
	o.Set = &trace.Set{About: o.About, Arms: []trace.Arm{arm("a,k=v", .1, .2, .3), arm("b", .4, .5, .6)}}
	return o
}

// ran is a small experiment that was run here.
func ran(t *testing.T, change func(*lab.Spec)) *lab.Outcome {
	t.Helper()
	s := lab.Default()
	s.Benchmark, s.Algos, s.Seeds, s.Trials = "bits,length=8", []string{"random", "regevo,population=10"}, 3, 30
	change(&s)
	e, err := lab.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(context.Background(), lab.Options{Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The answer of a search on shared weights whose training alone has failed is told as such and has no result, and the
// others' results are the algorithm's.
func TestUnjudged(t *testing.T) {
	o := byHand()
	o.About.Shared, o.Set.About.Shared = true, true
	end := &o.Set.Arms[0].Runs[1].Final
	end.ValError, end.TestError = math.NaN(), math.NaN()
	r := Compare(o)
	a := r.Results[0]
	if !slices.Equal(a.Unjudged, []int{1}) || r.Results[1].Unjudged != nil || a.Summed != 0 || !math.IsNaN(float64(a.ValMean)) {
		t.Errorf("%+v", a)
	}
	if want := "a,k=v: the training alone of the answer of run 1 of 3 failed, and nothing is reported of it"; !slices.Contains(r.Remarks(), want) {
		t.Errorf("%q, want %q", r.Remarks(), want)
	}
	text, err := json.Marshal(&r)
	if err != nil || !strings.Contains(string(text), `"unjudged_runs":[1]`) || strings.Contains(string(text), "NaN") {
		t.Errorf("%s, %v", text, err)
	}
	o.Set.Arms[0].Runs[1].Underway = true // it may yet be judged
	if r := Compare(o); r.Results[0].Unjudged != nil {
		t.Errorf("%+v", r.Results[0])
	}
}

func TestCompareByHand(t *testing.T) {
	r := Compare(byHand())
	a := r.Results[0]
	for name, c := range map[string][2]float64{
		"trials":     {float64(a.Trials), 20},
		"val mean":   {float64(a.ValMean), 80},
		"val sd":     {float64(a.ValStd), 10},
		"val ci":     {float64(a.ValCI95), 4.3026527 * 10 / math.Sqrt(3)}, // t(0.975, 2)
		"val median": {float64(a.ValMedian), 80},
		"val q1":     {float64(a.ValQ1), 75},
		"val q3":     {float64(a.ValQ3), 85},
		"test mean":  {float64(a.TestMean), 79},
		"regret":     {float64(a.RegretMean), 15},
		"sim":        {float64(a.SimSeconds), 200},
		"trials/s":   {float64(a.TrialsPerSecond), 30},
		"p":          {float64(r.Tests[0].P), .1}, // 2 of the 20 orders
		"p Holm":     {float64(r.Tests[0].PHolm), .1},
		"A12":        {float64(r.Tests[0].A12), 1}, // every a above every b in accuracy
	} {
		if math.Abs(c[0]-c[1]) > 1e-5 {
			t.Errorf("%s: got %v, want %v", name, c[0], c[1])
		}
	}
	if b := r.Results[1]; !math.IsNaN(float64(b.TrialsPerSecond)) || !math.IsNaN(float64(b.WallSeconds)) {
		t.Errorf("b ran nothing here and took %v s at %v trials/s", b.WallSeconds, b.TrialsPerSecond)
	}
}

// Where less is better, the lower ends beat the higher ones.
func TestCompareLosses(t *testing.T) {
	o := byHand()
	o.About.Metric, o.About.Unpriced = evolve.PlainLoss, true
	o.Set.About = o.About
	r := Compare(o)
	x := r.Tests[0]
	if x.PHolm = .01; x.A12 != 1 || x.verdict() != ">" {
		t.Errorf("%+v: every loss of a is below every one of b", x)
	}
	a := r.Results[0]
	for name, c := range map[string][2]float64{
		"val mean": {float64(a.ValMean), .2}, "regret": {float64(a.RegretMean), .15}, "val median": {float64(a.ValMedian), .2},
	} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("%s: got %v, want %v", name, c[0], c[1])
		}
	}
	if r.Metric != "loss" || r.Unit != "" || r.Clock() != "rounds of queries" {
		t.Errorf("%q %q %q", r.Metric, r.Unit, r.Clock())
	}
}

// golden compares with testdata; go test -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s: %s", name, d)
	}
}

// Programs read the keys, people the table: neither changes by accident.
func TestCompareGolden(t *testing.T) {
	r := Compare(byHand())
	round := func(x *number.Nullable) { *x = number.Nullable(math.Round(float64(*x)*1e9) / 1e9) } // processors differ in the last bit
	for i := range r.Results {
		round(&r.Results[i].ValCI95)
		round(&r.Results[i].TestCI95)
	}
	round(&r.Tests[0].P)
	round(&r.Tests[0].PHolm)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", append(text, '\n'))
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", b.Bytes())
}

// One run has no spread: null and a dash, not NaN.
func TestCompareOneRun(t *testing.T) {
	r := Compare(ran(t, func(s *lab.Spec) { s.Seeds = 1 }))
	text, err := json.Marshal(r)
	if err != nil || !bytes.Contains(text, []byte(`"val_std":null`)) || !bytes.Contains(text, []byte(`"files":[]`)) {
		t.Errorf("%v: %s", err, text)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

// Runs within whose bounds no trial fits are counted and said.
// A run that no bound ended is told: by trials, and by seconds where trials cost nothing.
func TestCompareEarlyRuns(t *testing.T) {
	for _, c := range []struct {
		change func(*lab.Spec)
		early  int
	}{
		{func(s *lab.Spec) { s.Benchmark, s.Algos = "nb201", []string{"pick,drawn=3"} }, 3},
		{func(s *lab.Spec) {
			s.Benchmark, s.Algos, s.Trials, s.Budget = "nb201", []string{"pick,drawn=3"}, 0, 1e6
			s.Overshoot = "count"
		}, 3},
		{func(s *lab.Spec) {
			s.Benchmark, s.Algos, s.Seeds, s.Trials, s.Budget = "bits,length=8,cost=0", []string{"random"}, 1, 0, 10
		}, 1},
		{func(s *lab.Spec) { s.Algos = []string{"random"} }, 0},
		{func(s *lab.Spec) { s.Algos, s.Trials, s.Budget = []string{"random"}, 0, 10 }, 0},
	} {
		r := Compare(ran(t, c.change))
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		if says := strings.Contains(b.String(), "met no bound: the search ended, after"); r.Results[0].Early != c.early || says != (c.early > 0) {
			t.Errorf("%s, %s: %d early runs, want %d\n%s", r.Benchmark, r.Results[0].Algo, r.Results[0].Early, c.early, b.String())
		}
	}
}

// Runs that met nothing within the constraints say that their answer is the nearest.
func TestCompareUnmetRuns(t *testing.T) {
	for bound, unmet := range map[string]int{"1": 2, "1e6": 0} {
		r := Compare(ran(t, func(s *lab.Spec) {
			s.Benchmark, s.Algos = "nb201,source=surrogate,objectives=error+params", []string{"regevo,constraints=params<" + bound}
			s.Seeds, s.Trials, s.Budget = 2, 60, 0
		}))
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		says := strings.Contains(b.String(), "in 2 of 2 runs no architecture that was trained meets the constraints: the answer is the nearest")
		if r.Results[0].Unmet != unmet || says != (unmet > 0) {
			t.Errorf("params<%s: %d runs, want %d\n%s", bound, r.Results[0].Unmet, unmet, b.String())
		}
	}
}

func TestCompareEmptyRuns(t *testing.T) {
	r := Compare(ran(t, func(s *lab.Spec) { s.Benchmark, s.Trials, s.Budget = "bits,length=8,cost=10", 0, 1 }))
	var b strings.Builder
	if err := r.WriteText(&b); err != nil || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	if want := "random: 3 of 3 runs evaluated nothing within the bounds\n"; r.Results[0].Empty != 3 || !strings.Contains(b.String(), want) {
		t.Errorf("%d empty runs, want %q in\n%s", r.Results[0].Empty, want, b.String())
	}
}

// What is said of networks that were trained: which numbers are measured, and who evaluates.
func TestCompareTrained(t *testing.T) {
	o := byHand()
	o.About.Kind = evolve.Training
	r := Compare(o)
	if !math.IsNaN(float64(r.Results[0].SimSeconds)) || r.Results[0].Seconds != 200 || len(r.Measured) != 5 {
		t.Errorf("%+v", r)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil || strings.Contains(b.String(), "sim") ||
		!strings.Contains(b.String(), "2 trials in flight") || !strings.Contains(b.String(), "not reproducible") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	for text, r := range map[string]Comparison{
		"":                     {Kind: "table"},
		"a budget of them":     {Kind: evolve.Training, Budget: 1},
		"a limit of them":      {Kind: evolve.Training, Timed: true},
		"all else is the same": {Kind: evolve.Training, Trials: 5},
	} {
		if got := r.Repeats(); !strings.Contains(got, text) || (text == "") != (got == "") {
			t.Errorf("%+v: %q", r, got)
		}
	}
}

func TestSigns(t *testing.T) {
	nan := number.Nullable(math.NaN())
	for _, c := range []struct{ got, want string }{
		{(&Test{PHolm: .05, A12: 1}).verdict(), "≈"}, {(&Test{PHolm: .049, A12: .9}).verdict(), ">"},
		{(&Test{PHolm: .049, A12: .1}).verdict(), "<"}, {(&Test{PHolm: nan, A12: 1}).verdict(), "?"},
		{(&Comparison{Trials: 3}).Bounds(), "3 trials"},
		{(&Comparison{Budget: 1.5}).Bounds(), "1.5 simulated seconds"},
		{(&Comparison{Budget: 2, Trials: 3}).Bounds(), "2 simulated seconds or 3 trials"},
		{(&Comparison{Full: 150, TotalEpochs: 450}).Bounds(), "150 full trainings or 450 epochs in all"},
		{(&Comparison{Unpriced: true}).Clock(), "queries"},
		{(&Comparison{Workers: 1}).Pool(), "1 simulated worker"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// One run in twenty without a full training takes nothing from the others: means are of these, and a test has it last.
func TestFewPartial(t *testing.T) {
	for _, lacking := range []int{0, 1, 3} {
		o := byHand()
		for i := range o.Set.Arms {
			a := &o.Set.Arms[i]
			run := a.Runs[0]
			a.Runs = nil
			for k := range 20 {
				run.Final.ValError, run.Final.TestError = float64(k)/100, .5 // 100 to 81 %
				run.Partial = i == 0 && k < lacking                          // the best at what they were trained for
				a.Runs = append(a.Runs, run)
			}
		}
		r := Compare(o)
		var text bytes.Buffer
		if err := r.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		want := map[int]struct {
			summed    int
			mean, a12 float64
			says      []string
		}{
			0: {0, 90.5, .5, nil},
			// Nineteen of 99 to 81 %; of the 400 pairs that one loses all and is worth what its value won, 19.5.
			1: {19, 90, .5 - 19.5/400, []string{" (19 of 20 runs)  ",
				"a,k=v: 1 of 20 runs ended before a full training, of 12 epochs: left out of the means, and last in the tests\n"}},
			3: {0, math.NaN(), math.NaN(), []string{
				"a,k=v: 3 of 20 runs ended before a full training, of 12 epochs, so that nothing sums them up: want a larger bound or --overshoot count\n",
				"a run has no result, so there is no test"}},
		}[lacking]
		x := r.Results[0]
		near := func(a number.Nullable, b float64) bool {
			return math.Abs(float64(a)-b) < 1e-9 || math.IsNaN(float64(a)) && math.IsNaN(b)
		}
		if x.Summed != want.summed || x.Partial != lacking || !near(x.ValMean, want.mean) || !near(r.Tests[0].A12, want.a12) || r.Results[1].ValMean != 90.5 {
			t.Errorf("%d: of %d runs %g, A12 %g", lacking, x.Summed, x.ValMean, r.Tests[0].A12)
		}
		for _, says := range want.says {
			if !strings.Contains(text.String(), says) {
				t.Errorf("want %q in %s", says, &text)
			}
		}
	}
}

// Trials are no unit of cost where algorithms decide how long they train, and who never trained in full has no results.
func TestDifferentFidelities(t *testing.T) {
	spec := func(trials int, epochs int, algos ...string) func(*lab.Spec) {
		return func(s *lab.Spec) {
			s.Benchmark, s.Algos, s.Trials, s.TotalEpochs = "digits201", algos, trials, epochs
		}
	}
	const warning = "asha decides itself how long its trials train: a trial is no unit of cost here; bound the runs by --full, --budget or --total-epochs"
	for _, c := range []struct {
		set     func(*lab.Spec)
		warns   bool
		partial int
	}{
		{spec(90, 0, "asha", "random"), true, 0},
		{spec(5, 0, "asha", "random"), true, 3},
		{spec(90, 900, "asha", "random"), true, 0},
		{spec(900, 900, "asha", "random"), false, 0},
		{spec(90, 0, "asha"), false, 0},
		{spec(90, 0, "regevo", "random"), false, 0},
	} {
		o := ran(t, c.set)
		r := Compare(o)
		if got := len(r.Warnings) == 1 && r.Warnings[0] == warning; got != c.warns || !got && r.Warnings != nil {
			t.Errorf("%v: %q", o.Spec.Algos, r.Warnings)
		}
		x := r.Results[0]
		if x.Partial != c.partial || math.IsNaN(float64(x.ValMean)) != (c.partial > 0) || math.IsNaN(float64(x.RegretMean)) != (c.partial > 0) {
			t.Errorf("%v: %d runs without a full training, mean %g", o.Spec.Algos, x.Partial, x.ValMean)
		}
		var text bytes.Buffer
		if err := r.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), "Warning: "+warning+"\n") != c.warns ||
			strings.Contains(text.String(), "asha: 3 of 3 runs ended before a full training, of 20 epochs, so that nothing sums them up: want a larger bound or --overshoot count\n") != (c.partial > 0) {
			t.Error(text.String())
		}
	}
	// Whoever compares trainings of all lengths has results of them.
	if x := Compare(ran(t, func(s *lab.Spec) { spec(5, 0, "asha", "random")(s); s.FidelityRule = "any" })).Results[0]; x.Partial != 0 || math.IsNaN(float64(x.ValMean)) {
		t.Errorf("%+v", x)
	}
}

// A mean of whole numbers has no digits that mean nothing.
func TestMeanCount(t *testing.T) {
	for x, want := range map[number.Nullable]string{724. / 3: "241.3", 20: "20", 0.5: "0.5", 12345678: "12345678"} {
		if got := meanCount(x); got != want {
			t.Errorf("%v: %s, want %s", float64(x), got, want)
		}
	}
}

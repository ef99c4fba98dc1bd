package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

var update = flag.Bool("update", false, "write the golden files")

// byHand is an outcome of two algorithms whose numbers fit a sheet of paper.
func byHand() *Outcome {
	arm := func(algo string, vals ...float64) trace.Arm {
		a := trace.Arm{Algo: algo}
		for i, v := range vals {
			a.Runs = append(a.Runs, trace.Run{Final: journal.Incumbent{Algo: algo, Arch: "0", Run: int32(i), Trial: int64(10 * (i + 1)), Seconds: float64(100 * (i + 1)),
				ValError: v, TestError: v + .01, Final: true}})
		}
		return a
	}
	return &Outcome{
		Experiment: &Experiment{
			Spec:  Spec{Benchmark: "made,up=yes", Seeds: 3, Budget: 300, Trials: 30, Overshoot: "count", Workers: 2, Record: "none", Seed: 1<<64 - 1},
			Arms:  []Arm{{Label: "a,k=v", Params: map[string]any{"k": "v"}}, {Label: "b", Params: map[string]any{}}},
			About: evolve.About{Kind: "table", Dataset: "cifar10", Epochs: 12, Source: "made up <here>", BestVal: .05, BestTest: .06},
		},
		Traces: []trace.Arm{arm("a,k=v", .1, .2, .3), arm("b", .4, .5, .6)},
		Ran:    []int64{60, 0}, // b's runs were held already
		Wall:   []float64{2, 0},
		Files:  []string{"dir/experiment.yaml"},
	}
}

func TestReportByHand(t *testing.T) {
	r := byHand().Report()
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
func TestReportOfALoss(t *testing.T) {
	o := byHand()
	o.About.Metric, o.About.Unpriced = evolve.PlainLoss, true
	r := o.Report()
	if x := r.Tests[0]; x.A12 != 1 || verb(Test{P: x.P, PHolm: .01, A12: x.A12}) != ">" {
		t.Errorf("%+v: every loss of a is below every one of b", x)
	}
	if a := r.Results[0]; math.Abs(float64(a.ValMean)-.2) > 1e-12 || math.Abs(float64(a.RegretMean)-.15) > 1e-12 || math.Abs(float64(a.ValMedian)-.2) > 1e-12 {
		t.Errorf("%+v", a)
	}
	if r.Metric != "loss" || r.Unit != "" || r.Clock() != "rounds of queries" {
		t.Errorf("%q %q %q", r.Metric, r.Unit, r.Clock())
	}
	claim := papers.Claim{A: "a", B: "b", Relation: "better", P: .2}
	if got := judgeClaim(claim, []float64{.1, .2, .3}, []float64{.4, .5, .6}, true); got.Holds != "holds" {
		t.Errorf("%+v", got)
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
func TestReportGolden(t *testing.T) {
	r := byHand().Report()
	round := func(x *number) { *x = number(math.Round(float64(*x)*1e9) / 1e9) } // processors differ in the last bit
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
func TestReportOfOneRun(t *testing.T) {
	s := tiny()
	s.Seeds = 1
	o, err := open(t, s).Run(context.Background(), Options{Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(o.Report())
	if err != nil || !bytes.Contains(text, []byte(`"val_std":null`)) || !bytes.Contains(text, []byte(`"files":[]`)) {
		t.Errorf("%v: %s", err, text)
	}
	var b strings.Builder
	if err := o.Report().WriteText(&b); err != nil || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

func TestPrinted(t *testing.T) {
	for got, want := range map[string]string{
		pvalue(0): "<1e-300", pvalue(3.2e-12): "3e-12", pvalue(.04567): "0.0457", pvalue(1): "1.0000", pvalue(number(math.NaN())): "–",
		si(12): "12", si(1234): "1 k", si(4567890): "4.57 M", si(math.Inf(1)): "–",
		signed(0): "+0.000", signed(-1.5): "-1.500", signed(number(math.NaN())): "–",
		fixed(1.23456, 3): "1.235", fixed(number(math.Inf(-1)), 1): "–", pm(1, number(math.NaN())): "1.000", pm(1, 2): "1.000 ± 2.000",
		verb(Test{PHolm: .05, A12: 1}): "≈", verb(Test{PHolm: .049, A12: .9}): ">", verb(Test{PHolm: .049, A12: .1}): "<", verb(Test{PHolm: number(math.NaN()), A12: 1}): "?",
		Report{Trials: 3}.Bounds(): "3 trials", Report{Budget: 1.5}.Bounds(): "1.5 simulated seconds", Report{Budget: 2, Trials: 3}.Bounds(): "2 simulated seconds or 3 trials",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		diff, ci, margin float64
		want             string
	}{
		{0, .1, .1, Equivalent}, {.05, .04, .1, Equivalent}, {-.05, .04, .1, Equivalent},
		{.3, .1, .1, Differs}, {-.3, .1, .1, Differs},
		{.2, .1, .1, Unjudged}, {0, .2, .1, Unjudged}, {.1, .01, .1, Unjudged},
		{0, math.NaN(), 1, Unjudged}, {math.NaN(), math.NaN(), 1, Unjudged},
	} {
		if got := verdict(c.diff, c.ci, c.margin); got != c.want {
			t.Errorf("%g ± %g within %g: %s, want %s", c.diff, c.ci, c.margin, got, c.want)
		}
	}
}

func TestJudgeClaim(t *testing.T) {
	low, high := []float64{1, 2, 3, 4, 5, 6}, []float64{11, 12, 13, 14, 15, 16}
	for _, c := range []struct {
		claim papers.Claim
		a, b  []float64
		want  string
	}{
		{papers.Claim{Relation: "better", P: .01}, high, low, "holds"},
		{papers.Claim{Relation: "better", P: .01}, low, high, "does not hold"},
		{papers.Claim{Relation: "better", P: .001}, high, low, Unjudged}, // 2 of 924 orders: p = 0.0022
		{papers.Claim{Relation: "better", P: .01}, high[:1], low, Unjudged},
		{papers.Claim{Relation: "same", Margin: 3}, low, low, "holds"},
		{papers.Claim{Relation: "same", Margin: 1}, low, low, Unjudged},
		{papers.Claim{Relation: "same", Margin: 1}, low, high, "does not hold"},
		{papers.Claim{Relation: "same", Margin: 100}, low[:1], high, Unjudged},
	} {
		if got := judgeClaim(c.claim, c.a, c.b, false); got.Holds != c.want {
			t.Errorf("%+v: %s (%s), want %s", c.claim, got.Holds, got.Result, c.want)
		}
	}
}

// A reproduction with few runs judges what it can; with one it judges nothing.
func TestReproduce(t *testing.T) {
	p := &papers.Paper{
		Name: "made-up", Title: "Bits", Unit: "%",
		Experiments: []papers.Experiment{{Name: "x", Benchmark: "bits,length=8", Trials: 60, Seeds: 6, Algos: []string{"regevo,population=10,sample=3", "random"}}},
		Rows: []papers.Row{
			{Label: "there", Experiment: "x", Algo: "random", Metric: "val", Mean: 93, SD: 5, N: 6, Margin: 40},
			{Label: "far off", Experiment: "x", Algo: "random", Metric: "test", Mean: 10, SD: 1, N: 6, Margin: 1},
			{Label: "looked up", Experiment: "x", Algo: "random", Metric: "test", Benchmark: "bits,length=8,noise=0", Mean: 10, SD: 1, N: 6, Margin: 1},
		},
		Claims: []papers.Claim{{Experiment: "x", Metric: "val", A: "random", B: "regevo,population=10,sample=3", Relation: "same", Margin: 50}},
	}
	verdicts := func(seeds int) (got []string) {
		r, err := Reproduce(context.Background(), p, seeds, 1, Options{Procs: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Rows {
			got = append(got, v.Verdict)
		}
		if r.Rows[1].Ours != r.Rows[2].Ours {
			t.Errorf("looked up elsewhere %v, found %v", r.Rows[2].Ours, r.Rows[1].Ours)
		}
		var b strings.Builder
		if err := r.WriteText(&b, true); err != nil || strings.Contains(b.String(), "NaN") {
			t.Errorf("%d seeds: %v:\n%s", seeds, err, b.String())
		}
		return append(got, r.Claims[0].Holds)
	}
	if d := cmp.Diff([]string{Equivalent, Differs, Differs, "holds"}, verdicts(0)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{Unjudged, Unjudged, Unjudged, Unjudged}, verdicts(1)); d != "" {
		t.Error(d)
	}
	for _, bad := range []papers.Row{
		{Experiment: "y", Algo: "random", Metric: "val"}, {Experiment: "x", Algo: "regevo", Metric: "val"},
		{Experiment: "x", Algo: "random", Metric: "vla"}, {Experiment: "x", Algo: "random", Metric: "val", Benchmark: "bit"},
	} {
		q := *p
		q.Rows = []papers.Row{bad}
		if _, err := Reproduce(context.Background(), &q, 1, 1, Options{Procs: 1}); err == nil || !strings.Contains(err.Error(), "paper made-up, row") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

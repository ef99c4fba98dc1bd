package plots

import (
	"errors"
	"fmt"
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
	return journal.Entry{Trial: trial, Seconds: 10 * float64(trial), ValError: val, TestError: test}
}

// run is a run that improves at the given steps and ends at a trial.
func run(end int64, steps ...journal.Entry) trace.Run {
	last := steps[len(steps)-1]
	return trace.Run{Steps: steps, Final: step(end, last.ValError, last.TestError)}
}

func about(bestVal, bestTest float64) *trace.Set {
	return &trace.Set{About: evolve.About{BestVal: bestVal, BestTest: bestTest}}
}

// Two algorithms on benchmarks of different bests. The three runs of the first have, from
// trial 1 on, validation errors .5 .4 .3, and after trial 101 .2 .4 .3.
func twoCurves() []Curve {
	return []Curve{
		{Set: about(.1, .05), Arm: trace.Arm{Algo: "regevo", Label: "evolution", Runs: []trace.Run{
			run(240, step(1, .5, .6), step(101, .2, .3)),
			run(240, step(1, .4, .5)),
			run(240, step(1, .3, .4)),
		}}},
		{Set: about(.2, .15), Arm: trace.Arm{Algo: "random", Label: "random", Baseline: true, Runs: []trace.Run{
			run(240, step(1, .6, .7)),
		}}},
	}
}

func incumbents(t *testing.T, curves []Curve, views ...View) Chart {
	t.Helper()
	f, err := Incumbents("title", "note", curves, views...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var approx = cmpopts.EquateApprox(0, 1e-9)

func TestIncumbentsMetrics(t *testing.T) {
	for _, c := range []struct {
		metric            string
		firstMid, lastMid float64 // median of the first algorithm's runs
		firstLo, firstHi  float64 // and quartiles: halfway to the runs beside it
		random            float64
		lines             []Line
	}{
		{"val", 60, 70, 55, 65, 40, []Line{{"best of the benchmark", 90}, {"best of the benchmark", 80}}},
		{"test", 50, 60, 45, 55, 30, []Line{{"best of the benchmark", 95}, {"best of the benchmark", 85}}},
		{"regret", 30, 20, 25, 35, 40, nil},
		{"test-regret", 45, 35, 40, 50, 55, nil},
	} {
		f := incumbents(t, twoCurves(), View{Metric: c.metric, X: "trials"})
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
		// One point a trial and one more where it steps, at trial 101: the old value and the new.
		at := slices.IndexFunc(s.Mid, func(y float64) bool { return math.Abs(y-c.lastMid) < 1e-9 })
		if len(s.X) != curvePoints+1 || s.X[at] < 101 || s.X[at-1] != s.X[at] || s.X[at-2] >= 101 {
			t.Errorf("%s: the improvement of trial 101 shows at %v of %d points", c.metric, s.X[at], len(s.X))
		}
		if f.Title != "title" || f.Note != "note" || s.Name != "evolution" || s.Baseline || !p.Series[1].Baseline || p.XLabel != "trials" || !strings.Contains(p.YLabel, "%") {
			t.Errorf("%s: labels of %+v", c.metric, p)
		}
	}
}

// Algorithms of one benchmark share its line.
func TestIncumbentsOneLine(t *testing.T) {
	curves := twoCurves()
	curves[1].Set = curves[0].Set
	p := incumbents(t, curves, View{Metric: "val", X: "trials"}).Panels[0]
	if d := cmp.Diff([]Line{{"best of the benchmark", 90}}, p.Lines, approx); d != "" {
		t.Error(d)
	}
}

func TestIncumbentsAxes(t *testing.T) {
	f := incumbents(t, twoCurves(), View{Metric: "regret", X: "seconds", LogX: true, LogY: true}, View{Metric: "val", X: "trials"})
	p := f.Panels[0]
	s := p.Series[0]
	if len(f.Panels) != 2 || !p.LogX || !p.LogY || f.Panels[1].LogX || f.Panels[1].LogY || p.XLabel != "simulated seconds" {
		t.Errorf("panels %+v", f.Panels)
	}
	// Evenly in the logarithm from the first incumbent to the end.
	xs := slices.Compact(slices.Clone(s.X)) // without the steps' second points
	if last := len(xs) - 1; xs[0] != 10 || xs[last] != 2400 || math.Abs(xs[last/2]*xs[last-last/2]-10*2400) > 1e-6 {
		t.Errorf("seconds from %v over %v to %v", s.X[0], s.X[len(s.X)/2], s.X[len(s.X)-1])
	}
	for _, format := range []string{"svg", "png", "pdf"} {
		render(t, f, format)
	}
}

func TestIncumbentsRefuses(t *testing.T) {
	for _, c := range []struct {
		views []View
		is    error
		want  string
	}{
		{[]View{{Metric: "vla", X: "trials"}}, evolve.ErrUnknown, `metric "vla": did you mean "val"?`},
		{[]View{{Metric: "", X: "trials"}}, evolve.ErrUnknown, "regret"},
		{[]View{{Metric: "val", X: "second"}}, evolve.ErrUnknown, `axis "second": did you mean "seconds"?`},
		{[]View{{Metric: "val", X: "trials"}, {Metric: "val"}}, evolve.ErrUnknown, "trials, seconds"},
		{nil, evolve.ErrInvalid, "no view"},
	} {
		_, err := Incumbents("", "", twoCurves(), c.views...)
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%+v: got %v, want one line with %q", c.views, err, c.want)
		}
	}
	// Every metric and axis that is offered is drawn.
	for _, m := range Metrics {
		for _, x := range Axes {
			incumbents(t, twoCurves(), View{Metric: m, X: x})
		}
	}
}

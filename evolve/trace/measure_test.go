package trace

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
)

// Every experiment has the same measures; their labels, units and directions are the metric's.
func TestMeasures(t *testing.T) {
	accuracy := &Set{About: evolve.About{BestVal: .1, BestTest: math.NaN()}}
	perplexity := &Set{About: evolve.About{Metric: evolve.Perplexity, BestVal: math.Log(4), BestTest: math.Log(2)}}
	answers := &Set{About: accuracy.About, Spec: Spec{Advised: true}}
	latency := &Set{About: evolve.About{Metric: "latency:pi", BestVal: .2, BestTest: .2}}
	r := &Run{Final: journal.Entry{ValError: .25, TestError: .5}}
	for _, c := range []struct {
		set                    *Set
		name, label            string
		falls, regret          bool
		best, top, end, closer float64 // closer is a better value than end
	}{
		{accuracy, "val", "validation accuracy of the incumbent (%)", false, false, 90, 100, 75, 76},
		{accuracy, "test", "test accuracy of the incumbent (%)", false, false, math.NaN(), 100, 50, 51},
		{accuracy, "regret", "validation regret (% points)", true, true, 0, math.NaN(), 15, 14},
		{accuracy, "test-regret", "test regret (% points)", true, true, math.NaN(), math.NaN(), math.NaN(), 0},
		{answers, "test", "test accuracy of the answer (%)", false, false, math.NaN(), 100, 50, 51},
		{perplexity, "val", "validation perplexity of the incumbent", true, false, 4, math.NaN(), math.Exp(.25), 1},
		{latency, "val", "validation latency:pi of the incumbent (ms)", true, false, .2, math.NaN(), .25, .24},
		{latency, "regret", "validation regret of latency:pi (ms)", true, true, 0, math.NaN(), .05, 0},
		{perplexity, "test-regret", "test regret (perplexity)", true, true, 0, math.NaN(), math.Exp(.5) - 2, -1},
	} {
		m, err := c.set.Measure(c.name)
		if err != nil {
			t.Fatal(err)
		}
		got := []float64{m.Best, m.Top, m.End(r)}
		if d := cmp.Diff([]float64{c.best, c.top, c.end}, got, close, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%s of %s: best, top, end: %s", c.name, c.set.About.Metric, d)
		}
		if m.Label != c.label || m.Falls != c.falls || m.Regret != c.regret {
			t.Errorf("%s of %s: %+v", c.name, c.set.About.Metric, m)
		}
		if !math.IsNaN(c.end) && (!m.Better(c.closer, c.end) || m.Better(c.end, c.end)) {
			t.Errorf("%s of %s: %g is not better than %g", c.name, c.set.About.Metric, c.closer, c.end)
		}
	}
	if _, err := accuracy.Measure("regrets"); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `metric "regrets": did you mean "regret"? (known: val, test, regret, test-regret)`) {
		t.Error(err)
	}
}

func TestAxes(t *testing.T) {
	simulated, trained, unpriced := new(Set), new(Set), new(Set)
	trained.About.Kind, unpriced.About.Unpriced = evolve.Training, true
	cost := func() (float64, error) { return 8, nil }
	simulated.FullCost, trained.FullCost, unpriced.FullCost = cost, cost, cost
	many := &Set{About: unpriced.About, FullCost: cost, Spec: Spec{Workers: 8}}
	r := &Run{Final: journal.Entry{Trial: 1, Seconds: 2, SpentEpochs: 3, Spent: 4}}
	for _, c := range []struct {
		set            *Set
		seconds, spent string
	}{
		{simulated, "simulated seconds", "simulated seconds of all workers"},
		{trained, "seconds, measured", "seconds of all workers, measured"},
		{unpriced, "queries", "queries of all workers"},
		{many, "rounds of queries", "queries of all workers"},
	} {
		var labels []string
		var ends []float64
		for _, x := range c.set.Axes() {
			labels, ends = append(labels, x.Label), append(ends, x.End(r))
		}
		if d := cmp.Diff([]string{"trials", c.seconds, "epochs of all trials", c.spent, "full trainings"}, labels); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]float64{1, 2, 3, 4, .5}, ends); d != "" {
			t.Error(d)
		}
	}
	if _, err := simulated.Axis("second"); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "seconds"? (known: trials, seconds, epochs, spent, full)`) {
		t.Error(err)
	}
	dear := errors.New("nobody knows")
	for _, c := range []struct {
		cost func() (float64, error)
		want error
	}{{nil, evolve.ErrUnsupported}, {func() (float64, error) { return 0, dear }, dear}} {
		if x, err := (&Set{FullCost: c.cost}).Axis("full"); !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "axis full: ") || !math.IsNaN(x.End(r)) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

// twoObjectives is an experiment of an error and a throughput, whose hypervolume is measured from an error of 1 and 10 a
// second, with a run whose third architecture is reported worse than it seemed.
func twoObjectives() (*Set, *Run) {
	throughput := evolve.NewObjective(evolve.ThroughputOf + "edge")
	throughput.Reference = -10
	s := &Set{Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy), throughput}}
	entry := func(arch string, epochs int32, loss, reported, perSecond float64) journal.Entry {
		return journal.Entry{Arch: arch, Epochs: epochs, Loss: loss, ValError: reported, Others: []float64{-perSecond}}
	}
	a := &Run{Entries: []journal.Entry{entry("a", 1, .5, .5, 20), entry("b", 1, .75, .75, 30), entry("c", 1, .25, .375, 20),
		entry("d", 9, .5, .5, 50)}}
	s.Arms = []Arm{{Runs: []Run{*a, {}}}}
	return s, a
}

// seen are the values of a measure after each entry and at the end.
func seen(t *testing.T, s *Set, r *Run, name, label string) (values []float64) {
	t.Helper()
	m, err := s.Measure(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(m.Steps(r)) + 1 {
		values = append(values, m.At(r, i))
	}
	if back := m.At(r, 0); back != values[0] {
		t.Errorf("%s: %g at first, and again %g", name, values[0], back)
	}
	if x := m.End(&Run{}); !math.IsNaN(x) || m.Label != label || !m.Front {
		t.Errorf("%s, %q: of a run that found nothing: %g", name, m.Label, x)
	}
	return values
}

func TestFrontMeasures(t *testing.T) {
	s, a := twoObjectives()
	for _, c := range []struct {
		name, label string
		rule        Rule
		want        []float64 // after each entry and at the end
	}{
		{"error", "lowest error (fraction)", Highest, []float64{.5, .5, .25, .5, .5}},
		{"error", "lowest error (fraction)", Any, []float64{.5, .5, .25, .25, .25}},
		{"throughput:edge", "highest throughput:edge (/s)", Highest, []float64{20, 30, 30, 50, 50}},
		// 0.5 · 10; above it 0.25 · 10; then 0.625 · 10 and 0.25 · 10; of the longer training alone 0.5 · 40.
		{"hypervolume", "hypervolume (fraction × /s)", Highest, []float64{5, 7.5, 8.75, 20, 20}},
		// The longer one beats the second, and is beside the third: 0.5 · 40 and 0.125 · 10.
		{"hypervolume", "hypervolume (fraction × /s)", Any, []float64{5, 7.5, 8.75, 21.25, 21.25}},
	} {
		s.Spec.Rule = c.rule
		if d := cmp.Diff(c.want, seen(t, s, a, c.name, c.label), close); d != "" {
			t.Errorf("%s, rule %s: %s", c.name, c.rule, d)
		}
	}
	if _, err := s.Measure("params"); err == nil || !strings.Contains(err.Error(), "known: val, test, regret, test-regret, error, throughput:edge, hypervolume") {
		t.Error(err)
	}
	s.Exact = func() ([][]float64, bool) { return [][]float64{}, false }
	if s.ExactFront() != nil {
		t.Error("an exact front that nobody knows")
	}
	if _, err := s.Measure("igd"); !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "the exact front of the benchmark is not known") {
		t.Error(err)
	}
}

// Where the exact front is known, volumes are shares of it.
func TestMeasuresOfAnExactFront(t *testing.T) {
	s, a := twoObjectives()
	s.Exact = func() ([][]float64, bool) { return [][]float64{{.25, -20}, {.5, -50}}, true } // 0.75 · 10 + 0.5 · 30
	for _, c := range []struct {
		name, label string
		want        []float64
	}{
		{"hypervolume", "hypervolume (share of the exact front's)", []float64{5 / 22.5, 7.5 / 22.5, 8.75 / 22.5, 20 / 22.5, 20 / 22.5}},
		{"hypervolume-gap", "missing share of the exact front's hypervolume", []float64{17.5 / 22.5, 15 / 22.5, 13.75 / 22.5, 2.5 / 22.5, 2.5 / 22.5}},
		// In boxes of 0.75 and 40: a is behind by (1/3, 0) and (0, 3/4), then b by (1/3, 1/2) of the second, c by (1/6, 0) of the first, d by
		// (1/3, 0) of the first.
		{"igd", "IGD+ to the exact front", []float64{(1./3 + .75) / 2, (1./3 + math.Hypot(1./3, .5)) / 2, (1./6 + math.Hypot(1./3, .5)) / 2, 1. / 6, 1. / 6}},
		{"exact-points", "points found of the 2 of the exact front", []float64{0, 0, 0, 1, 1}},
	} {
		if d := cmp.Diff(c.want, seen(t, s, a, c.name, c.label), close); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	for _, m := range s.Measures() {
		own := slices.ContainsFunc(s.Objectives, func(o evolve.Objective) bool { return o.Name == m.Name })
		if own == slices.Contains(evolve.MeasureNames, m.Name) {
			t.Errorf("%s is an objective: %v", m.Name, own)
		}
	}
	// Whoever finds all of it misses nothing, to the bit.
	whole := &Run{Entries: []journal.Entry{{ValError: .5, Loss: .5, Others: []float64{-50}}, {ValError: .3, Loss: .3, Others: []float64{-15}},
		{ValError: .25, Loss: .25, Others: []float64{-20}}}}
	for name, want := range map[string]float64{"hypervolume": 1, "hypervolume-gap": 0, "igd": 0, "exact-points": 2} {
		if m, err := s.Measure(name); err != nil || m.End(whole) != want {
			t.Errorf("%s of the exact front: %g, %v, want %g", name, m.End(whole), err, want)
		}
	}
}

// What no hypervolume is known of is said.
func TestNoHypervolume(t *testing.T) {
	s, a := twoObjectives()
	for want, change := range map[string]func(*Set){
		"": func(*Set) {},
		"no reference point of throughput:edge is known: give one with the benchmark's option reference=": func(s *Set) {
			s.Objectives[1].Reference = math.NaN()
		},
		"there is one objective":                                     func(s *Set) { s.Objectives = s.Objectives[:1] },
		"of 4 objectives no hypervolume is computed, want at most 3": func(s *Set) { s.Objectives = append(s.Objectives, s.Objectives...) },
		"record=none kept no fronts":                                 func(s *Set) { s.Spec.Record = "none" },
	} {
		o := *s
		o.Objectives = slices.Clone(s.Objectives)
		change(&o)
		got := o.NoHypervolume()
		if !strings.HasPrefix(got, want) || want == "" && got != "" || math.IsNaN(o.Volume([][]float64{{.5, -20}})) != (want != "") {
			t.Errorf("%q, want %q", got, want)
		}
		if _, err := o.Measure("hypervolume"); (err == nil) != (want == "") || len(o.Objectives) > 1 && want != "" && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	front := s.Front(a, 0)
	if len(front) != 1 || front[0].Entry.Arch != "d" || !slices.Equal(front[0].Values, []float64{.5, -50}) {
		t.Errorf("%+v", front)
	}
}

// The front of several runs is of what no run beats, and says which run found it first.
func TestPooled(t *testing.T) {
	s, a := twoObjectives()
	s.Spec.Rule = Any
	twin := Run{Entries: []journal.Entry{{Arch: "e", ValError: .125, Loss: .125, Others: []float64{-15}}, {Arch: "f", ValError: .5, Loss: .5, Others: []float64{-50}}}}
	var got []string
	for _, p := range s.Pooled(&Arm{Runs: []Run{*a, twin}}) {
		got = append(got, fmt.Sprint(p.Entry.Arch, p.Run, p.Values))
	}
	if d := cmp.Diff([]string{"e1 [0.125 -15]", "c0 [0.375 -20]", "d0 [0.5 -50]"}, got); d != "" {
		t.Error(d)
	}
}

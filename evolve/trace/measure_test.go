package trace

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
)

// Every experiment has the same measures; their labels, units and directions are the metric's.
func TestMeasures(t *testing.T) {
	accuracy := &Set{About: evolve.About{BestVal: .1, BestTest: math.NaN()}}
	perplexity := &Set{About: evolve.About{Metric: evolve.Perplexity, BestVal: math.Log(4), BestTest: math.Log(2)}}
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

// The front of a run of two objectives, an error and a throughput whose bounds nobody knows: losses 0 to 1, and
// throughputs of which the runs met 10 to 50.
func TestFrontMeasures(t *testing.T) {
	throughput := evolve.NewObjective(evolve.ThroughputOf + "edge")
	s := &Set{Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.Accuracy), throughput}}
	entry := func(epochs int32, loss, perSecond float64) journal.Entry {
		return journal.Entry{Epochs: epochs, Loss: loss, Others: []float64{-perSecond}}
	}
	a := Run{Entries: []journal.Entry{entry(1, .5, 10), entry(1, .75, 30), entry(1, .25, 20), entry(9, .5, 50)}}
	s.Arms = []Arm{{Runs: []Run{a, {}}}}
	for _, c := range []struct {
		name, label string
		rule        Rule
		want        []float64 // after each entry and at the end
	}{
		{"error", "lowest error (fraction)", Highest, []float64{.5, .5, .25, .5, .5}},
		{"error", "lowest error (fraction)", Any, []float64{.5, .5, .25, .25, .25}},
		{"throughput:edge", "highest throughput:edge (/s)", Highest, []float64{10, 30, 30, 50, 50}},
		// Shares of a box of 1 × 40: the first lies on its rim; 0.25 · 20; 0.75 · 10 and, above it, 0.25 · 10.
		{"hypervolume", "hypervolume of the front (share)", Highest, []float64{0, 5. / 40, 10. / 40, 20. / 40, 20. / 40}},
		// All of 0.75 · 10, and 0.5 of the 30 above.
		{"hypervolume", "hypervolume of the front (share)", Any, []float64{0, 5. / 40, 10. / 40, 22.5 / 40, 22.5 / 40}},
	} {
		s.Spec.Rule = c.rule
		m, err := s.Measure(c.name)
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for i := range len(m.Steps(&a)) + 1 {
			got = append(got, m.At(&a, i))
		}
		if d := cmp.Diff(c.want, got, close); d != "" || m.Label != c.label || !m.Front {
			t.Errorf("%s, rule %s, %q: %s", c.name, c.rule, m.Label, d)
		}
		if x := m.End(&Run{}); !math.IsNaN(x) {
			t.Errorf("%s of a run that found nothing: %g", c.name, x)
		}
	}
	for _, m := range (&Set{Objectives: s.Objectives}).Measures() {
		own := slices.ContainsFunc(s.Objectives, func(o evolve.Objective) bool { return o.Name == m.Name })
		if own == slices.Contains(evolve.MeasureNames, m.Name) {
			t.Errorf("%s is an objective: %v", m.Name, own)
		}
	}
	if _, err := s.Measure("params"); err == nil || !strings.Contains(err.Error(), "known: val, test, regret, test-regret, error, throughput:edge, hypervolume") {
		t.Error(err)
	}
}

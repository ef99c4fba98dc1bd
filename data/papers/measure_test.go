package papers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// countedRuns is how often test-counted ran. It measures 1, 2, …, as many coins, and numbers that are none.
var countedRuns int

func init() {
	Measurements.Register(evolve.Entry[Measurement]{Name: "test-counted",
		Params: []evolve.Param{evolve.Int("from", 1, 1, 100, "first value")},
		New: func(o evolve.Options) (Measurement, error) {
			return from(o.Int("from")), nil
		}})
	Measurements.Register(evolve.Entry[Measurement]{Name: "test-absent",
		New: func(evolve.Options) (Measurement, error) { return from(0), nil }})
}

type from int

func (f from) Measure(ctx context.Context, a Asked) (*Measured, error) {
	if f == 0 {
		_, err := data.Open("nb201")
		return nil, fmt.Errorf("measured: %w", err)
	}
	countedRuns++
	m := &Measured{Sources: []string{"counting"}, Notes: []string{"a note"},
		Samples: []Sample{{Label: "up", Unit: "s"}, {Label: "coin"}, {Label: "holes"}}}
	for i := range a.Repeats {
		m.Samples[0].Values = append(m.Samples[0].Values, float64(int(f)+i))
		m.Samples[1].Values = append(m.Samples[1].Values, float64(min(i, 1)))
		m.Samples[2].Values = append(m.Samples[2].Values, []float64{1. / 3, math.NaN(), math.Inf(1)}[i%3])
		a.Progress(i+1, a.Repeats)
	}
	return m, ctx.Err()
}

// measuring is a paper of one measurement.
func measuring(spec string) *Paper {
	return &Paper{Name: "measured", Title: "Counting", Unit: "s",
		Experiments: []Experiment{{Name: "m", Measurement: spec, Seeds: 10}},
		Rows: []Row{
			{Label: "up", Experiment: "m", Algo: "up", Mean: 5.5, SD: 3, N: 10, Margin: 4},
			{Label: "gone", Mean: 2, SD: 1, N: 3, Missing: "nobody has it"},
		},
		Claims: []Claim{
			{Experiment: "m", A: "coin", Relation: "above", Value: .5},
			{Experiment: "m", A: "coin", Relation: "below", Value: .5},
			{Experiment: "m", A: "coin", Relation: "above", Value: .6},
			{Experiment: "m", A: "up", B: "coin", Relation: "better", P: .01},
		}}
}

func verdicts(r *Reproduction) (all []string) {
	for _, v := range r.Rows {
		all = append(all, v.Verdict)
	}
	for _, v := range r.Claims {
		all = append(all, v.Holds)
	}
	return all
}

// A measurement is judged as runs are, kept, and not measured again. Nine of ten coins are heads: Clopper and Pearson's
// interval of 9 of 10 is 0.555 to 0.9975 (scipy.stats.binomtest(9, 10).proportion_ci()).
func TestMeasurement(t *testing.T) {
	countedRuns = 0
	dir := t.TempDir()
	var last lab.Progress
	o := Options{Options: lab.Options{Procs: 2, Dir: dir, Observer: evolve.On(func(p lab.Progress) { last = p })}, Seed: 1}
	run := func(p *Paper, o Options) *Reproduction {
		t.Helper()
		r, err := Reproduce(context.Background(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := run(measuring("test-counted"), o)
	if d := cmp.Diff([]string{Equivalent, Missing, Holds, Fails, Unjudged, Holds}, verdicts(first)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(first.Claims[0].Result, "0.555 to 0.997") || last != (lab.Progress{Done: 10, Of: 10}) {
		t.Errorf("%q, %v", first.Claims[0].Result, last)
	}
	second := run(measuring("test-counted"), o)
	asJSON := func(r *Reproduction) string {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if d := cmp.Diff(asJSON(first), asJSON(second)); d != "" || countedRuns != 1 {
		t.Errorf("measured %d times: %s", countedRuns, d)
	}
	if d := cmp.Diff(first.measured, second.measured, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	if _, err := Reproduce(context.Background(), measuring("test-counted,from=2"), o); !errors.Is(err, evolve.ErrInvalid) ||
		!strings.Contains(err.Error(), "holds another measurement: test-counted,from=1, 10 repeats, seed 1") {
		t.Errorf("another one's folder: %v", err)
	}
	path := filepath.Join(dir, "m", samplesFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "5", "6", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Reproduce(context.Background(), measuring("test-counted"), o); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "altered") {
		t.Errorf("an altered file: %v", err)
	}
	quick := run(measuring("test-counted"), Options{Options: lab.Options{Procs: 1}, Seed: 1, Quick: true})
	if d := cmp.Diff([]string{TooShort, Missing, TooShort, TooShort, TooShort, TooShort}, verdicts(quick)); d != "" {
		t.Error(d)
	}
	if quick.Rows[0].Seeds != QuickSeeds {
		t.Errorf("%d repeats", quick.Rows[0].Seeds)
	}
}

// An experiment whose table is not imported is skipped beside others; a paper that has no other one fails.
func TestSkipped(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	p := measuring("test-counted")
	p.Experiments = append(p.Experiments,
		Experiment{Name: "late", Measurement: "test-absent", Seeds: 2},
		Experiment{Name: "table", Benchmark: "nb201:cifar10,source=table", Trials: 3, Seeds: 2, Algos: []string{"random"}})
	p.Rows = append(p.Rows, Row{Label: "s", Experiment: "table", Algo: "random", Metric: "val", Mean: 1, SD: 1, N: 2, Margin: 1})
	p.Claims = []Claim{{Experiment: "late", A: "up", Relation: "above", Value: 1}}
	r, err := Reproduce(context.Background(), p, Options{Options: lab.Options{Procs: 1}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	skipped := "skipped: amoeba data fetch nb201"
	if d := cmp.Diff([]string{Equivalent, Missing, skipped, skipped}, verdicts(r)); d != "" {
		t.Error(d)
	}
	// Of several tables the first is the one that most experiments want, and the others are named too.
	q := *p
	q.Experiments = []Experiment{{Name: "d", Benchmark: "nb101,source=table", Trials: 3, Seeds: 2, Algos: []string{"random"}},
		p.Experiments[1], p.Experiments[2]}
	_, err = Reproduce(context.Background(), &q, Options{Options: lab.Options{Procs: 1}, Seed: 1})
	var lacks *Lacking
	if !errors.As(err, &lacks) || cmp.Diff([]string{"amoeba data fetch nb201", "amoeba data fetch nb101"}, lacks.Commands) != "" ||
		!strings.HasSuffix(err.Error(), "; its other experiments want amoeba data fetch nb101") {
		t.Errorf("two tables are absent: %v", err)
	}
	for _, x := range p.Experiments[1:] {
		p.Experiments = []Experiment{x}
		_, err := Reproduce(context.Background(), p, Options{Options: lab.Options{Procs: 1}, Seed: 1})
		var absent *data.Absent
		if !errors.As(err, &absent) || absent.Command != "amoeba data fetch nb201" {
			t.Errorf("%s alone: %v", x.Name, err)
		}
	}
}

// A reproduction that is stopped says how many runs are done.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	p := measuring("test-counted")
	p.Experiments = append(p.Experiments, Experiment{Name: "b", Benchmark: "bits", Trials: 10, Seeds: 3, Algos: []string{"random"}})
	o := Options{Options: lab.Options{Procs: 1, Observer: evolve.On(func(p lab.Progress) {
		if p.Done == 10 {
			stop()
		}
	})}, Seed: 1}
	_, err := Reproduce(ctx, p, o)
	var i *lab.Interrupted
	if !errors.As(err, &i) || i.Total != 13 || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", i, err)
	}
}

package wrap_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// toy has the error 1 − convolutions/6 of a cell, and its skips as latency. All skips fail.
type toy struct{}

func (toy) Problem() evolve.Problem {
	return evolve.Problem{Space: space.NB201{}, Objectives: []evolve.Objective{evolve.NewObjective("error"), evolve.NewObjective("latency:toy")},
		Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 9}}}
}

func (toy) About() evolve.About {
	return evolve.About{Title: "toy", Kind: "synthetic", Source: "made up", Epochs: 9}
}

func (toy) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Arch == "111111" {
		return evolve.ErrFailed
	}
	r.Loss, r.Cost = 1-float64(strings.Count(string(t.Arch), "3"))/6, float64(1+t.Epochs-t.Trained)
	r.Others = []float64{float64(strings.Count(string(t.Arch), "1"))}
	return nil
}

func (toy) Score(t *evolve.Trial) (evolve.Score, error) {
	var r evolve.Result
	err := toy{}.Evaluate(context.Background(), t, &r)
	return evolve.Score{Val: r.Loss, Test: r.Loss / 2}, err
}

func (toy) Query(a evolve.Arch) ([]evolve.Fact, error) {
	return []evolve.Fact{{Name: "asked", Value: float64(a[0] - '0'), How: "counted"}}, nil
}

var _ evolve.Trainer = trainer{}

// trainer is a toy that trains.
type trainer struct{ toy }

func (t trainer) In(dir string, _ evolve.Observer) (evolve.Benchmark, error) {
	if dir == "bad" {
		return nil, evolve.ErrInvalid
	}
	return t, nil
}

// pools and images a second are counted of a cell.
func counted() []wrap.Counted {
	count := func(op string) func(evolve.Arch) (float64, error) {
		return func(a evolve.Arch) (float64, error) {
			if a == "222222" {
				return 0, evolve.ErrInvalid
			}
			return float64(strings.Count(string(a), op)), nil
		}
	}
	pools := evolve.NewObjective("params")
	pools.Ideal = 0
	return []wrap.Counted{{Objective: pools, Of: count("4")}, {Objective: evolve.NewObjective("throughput:toy"), Of: count("2")}}
}

func trial(a evolve.Arch) *evolve.Trial {
	return &evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a, Epochs: 9, Trained: 1, From: 1}}
}

func TestObjectives(t *testing.T) {
	for _, c := range []struct {
		text   string
		losses []float64
		val    float64
		metric string
	}{
		{"error+latency:toy", []float64{.5, 1}, .5, "accuracy"},
		{"error", []float64{.5}, .5, "accuracy"},
		{"auto+params", []float64{.5, 1}, .5, "accuracy"},
		{"params+throughput:toy+error", []float64{1, -1, .5}, 1, "params"},
		{"throughput:toy", []float64{-1}, -1, "throughput:toy"},
		{"latency:toy+error", []float64{1, .5}, 1, "latency:toy"},
	} {
		b, err := wrap.Objectives(toy{}, c.text, counted()...)
		if err != nil {
			t.Fatal(err)
		}
		if _, same := b.(toy); same != (c.text == "error+latency:toy") {
			t.Errorf("%s: %T", c.text, b)
		}
		var r evolve.Result
		if err := b.Evaluate(context.Background(), trial("333124"), &r); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.losses, append([]float64{r.Loss}, r.Others...)); d != "" || r.Cost != 9 {
			t.Errorf("%s: cost %g, %s", c.text, r.Cost, d)
		}
		if s, err := b.Score(trial("333124")); err != nil || s.Val != c.val || c.metric != "accuracy" && s.Test != c.val {
			t.Errorf("%s: score %+v, %v", c.text, s, err)
		}
		if got := strings.Join(evolve.ObjectiveNames(b.Problem().Objectives), "+"); got != strings.Replace(c.text, "auto", "error", 1) {
			t.Errorf("%s: %s", c.text, got)
		}
		a := b.About()
		if a.Metric.Name() != c.metric || c.metric == "params" && (a.BestVal != 0 || a.Title != "toy, params" || a.Source != "made up; what is minimised and reported is params") {
			t.Errorf("%s: %+v", c.text, a)
		}
		if want := "what is maximised and reported is throughput:toy"; c.metric == "throughput:toy" &&
			!strings.HasSuffix(a.Source, want) {
			t.Errorf("%s: %q, want %q", c.text, a.Source, want)
		}
		if q, ok := evolve.As[evolve.Querier](b); !ok {
			t.Errorf("%s: no query", c.text)
		} else if f, err := q.Query("333124"); err != nil || f[0].Value != 3 {
			t.Errorf("%s: %+v, %v", c.text, f, err)
		}
	}
}

func TestObjectivesRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"":                "unknown",
		"error+":          "unknown",
		"error+parms":     `did you mean "params"?`,
		"error+error":     "error is there twice",
		"auto+error":      "error is there twice",
		"loss":            "what is measured here is a share, its objective is called error",
		"params+latency:": `did you mean "latency:toy"?`,
	} {
		if _, err := wrap.Objectives(toy{}, text, counted()...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, name := range evolve.MeasureNames {
		own := wrap.Counted{Objective: evolve.NewObjective(name)}
		want := "objectives=error+" + name + ": figures call a measure of every experiment " + name
		if _, err := wrap.Objectives(toy{}, "error+"+name, own); !errors.Is(err, evolve.ErrInvalid) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	b, err := wrap.Objectives(toy{}, "params", counted()...)
	if err != nil {
		t.Fatal(err)
	}
	var r evolve.Result
	if err := b.Evaluate(context.Background(), trial("222222"), &r); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("what cannot be counted: %v", err)
	}
	if err := b.Evaluate(context.Background(), trial("111111"), &r); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("what fails: %v", err)
	}
}

// What trains is judged by its error, and gives each study a benchmark with the same objectives.
func TestObjectivesOfTraining(t *testing.T) {
	if _, err := wrap.Objectives(trainer{}, "params+error", counted()...); !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "put that first") {
		t.Errorf("params first: %v", err)
	}
	b, err := wrap.Objectives(trainer{}, "error+params", counted()...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.(evolve.Trainer).In("bad", nil); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a bad folder: %v", err)
	}
	in, err := b.(evolve.Trainer).In("", nil)
	if err != nil {
		t.Fatal(err)
	}
	var r evolve.Result
	if err := in.Evaluate(context.Background(), trial("333124"), &r); err != nil || !slices.Equal(r.Others, []float64{1}) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFormerly(t *testing.T) {
	former := wrap.Formerly("error")
	for _, c := range [][3]string{
		{"latency", "raspi4", "objectives=error+latency:raspi4"}, {"latency", "none", "objectives=error"},
		{"objective", "none", "objectives=error"}, {"objective", "params_m", "objectives=error+params"},
		{"objective", "macs", "objectives=error+flops"}, {"objective", "latency", "objectives=error+latency:recorded"},
		{"objective", "throughput_a100_mean", "objectives=error+throughput:a100"}, {"objectivs", "params", ""},
	} {
		if got := former(c[0], c[1]); got != c[2] {
			t.Errorf("%s=%s is now %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// opened is a benchmark of a registry of its own with the option dead.
func opened(t *testing.T, b evolve.Benchmark, value string) (evolve.Benchmark, error) {
	t.Helper()
	r := new(evolve.Registry[evolve.Benchmark])
	r.Register(evolve.Entry[evolve.Benchmark]{Name: "toy", Params: []evolve.Param{wrap.DeadParam},
		New: func(o evolve.Options) (evolve.Benchmark, error) { return wrap.Dead(b, o), nil }})
	s := evolve.Spec{Name: "toy"}
	if value != "" {
		s.Set = []evolve.Setting{{Key: "dead", Value: value}}
	}
	w, _, err := r.Open(s)
	return w, err
}

func TestDead(t *testing.T) {
	for _, value := range []string{"", "keep"} {
		if b, err := opened(t, toy{}, value); err != nil || b != (toy{}) {
			t.Errorf("dead=%s: %T, %v", value, b, err)
		}
	}
	b, err := opened(t, toy{}, "refuse")
	if err != nil {
		t.Fatal(err)
	}
	var r evolve.Result
	err = b.Evaluate(context.Background(), trial("300003"), &r)
	if !errors.Is(err, evolve.ErrFailed) || r.Cost != 0 || !strings.Contains(err.Error(), "300003 has no path from input to output") {
		t.Errorf("%+v, %v", r, err)
	}
	if err := b.Evaluate(context.Background(), trial("300033"), &r); err != nil || r.Loss != .5 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := b.(evolve.Querier).Query("000000"); !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "no path from input to output") {
		t.Errorf("a query of a dead cell: %v", err)
	}
	if f, err := b.(evolve.Querier).Query("300033"); err != nil || f[0].Value != 3 {
		t.Errorf("%+v, %v", f, err)
	}
	if a := b.About(); !strings.HasSuffix(a.Source, "; cells without a path from input to output are refused") {
		t.Error(a.Source)
	}
	// The ideal is of the living: a cell without skips, and one of skips alone fails.
	if o := b.Problem().Objectives; o[1].Ideal != 0 || !math.IsNaN(o[1].Reference) {
		t.Errorf("%+v", o)
	}
	// A first objective that is known without training has its best value among the living: a path takes one pool less.
	first, err := wrap.Objectives(toy{}, "throughput:toy", counted()...)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = opened(t, first, "refuse"); err != nil || b.About().BestVal != -5 {
		t.Errorf("%v, best %g", err, b.About().BestVal)
	}
	trains, err := opened(t, trainer{}, "refuse")
	if err != nil {
		t.Fatal(err)
	}
	in, err := trains.(evolve.Trainer).In("", nil)
	if err != nil || !errors.Is(in.Evaluate(context.Background(), trial("000000"), &r), evolve.ErrFailed) {
		t.Errorf("%T, %v", in, err)
	}
}

// constant answers without an allocation.
type constant struct{ toy }

var constants = []float64{2}

func (constant) Evaluate(_ context.Context, _ *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost, r.Others = 1, 1, constants
	return nil
}

// Another order of objectives costs no allocation a trial, and trials do not share their objectives.
func TestObjectivesHaveRoom(t *testing.T) {
	b, err := wrap.Objectives(constant{}, "latency:toy+error+params", counted()...)
	if err != nil {
		t.Fatal(err)
	}
	var kept, r evolve.Result
	tr := trial("444444")
	if err := b.Evaluate(context.Background(), tr, &kept); err != nil {
		t.Fatal(err)
	}
	tr.Arch = "333333"
	if n := testing.AllocsPerRun(1000, func() { err = b.Evaluate(context.Background(), tr, &r) }); n > 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
	if !slices.Equal(kept.Others, []float64{1, 6}) || !slices.Equal(r.Others, []float64{1, 0}) || constants[0] != 2 {
		t.Errorf("%v, then %v; within %v", kept, r, constants)
	}
}

// A benchmark is asked for its objectives and to refuse dead cells by its options alone.
func TestAsked(t *testing.T) {
	r := new(evolve.Registry[evolve.Benchmark])
	r.Register(evolve.Entry[evolve.Benchmark]{Name: "toy",
		Params: []evolve.Param{wrap.ObjectivesParam("error", "params"), wrap.DeadParam, wrap.ReferenceParam},
		New: func(o evolve.Options) (evolve.Benchmark, error) {
			return wrap.Asked(toy{}, o, func(of evolve.Objective) float64 { return float64(len(of.Name)) }, counted()...)
		}})
	open := func(objectives string) (evolve.Benchmark, error) {
		b, _, err := r.Open(evolve.Spec{Name: "toy",
			Set: []evolve.Setting{{Key: "objectives", Value: objectives}, {Key: "dead", Value: "refuse"}}})
		return b, err
	}
	b, err := open("params+error")
	if err != nil {
		t.Fatal(err)
	}
	var res evolve.Result
	if err := b.Evaluate(context.Background(), trial("300003"), &res); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("a dead cell: %v", err)
	}
	err = b.Evaluate(context.Background(), trial("333124"), &res)
	if err != nil || res.Loss != 1 || !slices.Equal(res.Others, []float64{.5}) {
		t.Errorf("%+v, %v", res, err)
	}
	if o := b.Problem().Objectives; o[0].Reference != 6 || o[1].Reference != 5 {
		t.Errorf("%+v", o)
	}
	if _, err := open("parms"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

// A reference point is that of the option, else the one that is written down, and of one objective there is none.
func TestReference(t *testing.T) {
	open := func(b evolve.Benchmark, objectives, reference string) (evolve.Benchmark, error) {
		r := new(evolve.Registry[evolve.Benchmark])
		r.Register(evolve.Entry[evolve.Benchmark]{Name: "toy", Params: []evolve.Param{wrap.ReferenceParam},
			New: func(o evolve.Options) (evolve.Benchmark, error) {
				within, err := wrap.Objectives(b, objectives, counted()...)
				if err != nil {
					return nil, err
				}
				return wrap.Reference(within, o, func(of evolve.Objective) float64 { return float64(len(of.Name)) })
			}})
		s := evolve.Spec{Name: "toy"}
		if reference != "" {
			s.Set = []evolve.Setting{{Key: "reference", Value: reference}}
		}
		w, _, err := r.Open(s)
		return w, err
	}
	for _, c := range []struct {
		objectives, reference string
		want                  [2]float64
	}{
		{"error+params", "", [2]float64{5, 6}}, {"error+params", "auto", [2]float64{5, 6}},
		{"error+throughput:toy", "", [2]float64{5, -14}}, {"throughput:toy+error", "1e+00+2E-1", [2]float64{-1, .2}},
		{"params+error", "1.5+1", [2]float64{1.5, 1}},
	} {
		b, err := open(toy{}, c.objectives, c.reference)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		o := b.Problem().Objectives
		if got := [2]float64{o[0].Reference, o[1].Reference}; got != c.want {
			t.Errorf("%s, reference=%s: losses %v, want %v", c.objectives, c.reference, got, c.want)
		}
		var r evolve.Result
		if err := b.Evaluate(context.Background(), trial("333124"), &r); err != nil || len(r.Others) != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		if _, ok := evolve.As[evolve.Querier](b); !ok {
			t.Errorf("%s answers no query any more", c.objectives)
		}
	}
	if b, err := open(toy{}, "error", ""); err != nil || b.Problem().Objectives[0].Reference != 1 {
		t.Errorf("one objective: %T, %v", b, err)
	}
	if _, err := open(toy{}, "error", "0.5"); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a reference of one objective: %v", err)
	}
	b, err := open(trainer{}, "error+params", "0.25+3")
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.(evolve.Trainer).In("", nil)
	if err != nil || in.Problem().Objectives[0].Reference != .25 || in.Problem().Objectives[1].Reference != 3 {
		t.Errorf("a study of what trains: %+v, %v", in.Problem().Objectives, err)
	}
	if _, err := b.(evolve.Trainer).In("bad", nil); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a bad folder: %v", err)
	}
}

// immortal has no dead architectures.
type immortal struct{ toy }

func (immortal) Problem() evolve.Problem {
	p := toy{}.Problem()
	p.Space = space.Bits{Length: 6}
	return p
}

func TestDeadOfASpaceWithoutDead(t *testing.T) {
	if b, err := opened(t, immortal{}, ""); err != nil || b != (immortal{}) {
		t.Errorf("%T, %v", b, err)
	}
	if _, err := opened(t, immortal{}, "refuse"); !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "no path from input to output") {
		t.Errorf("%v", err)
	}
}

// A column of a user's table may have a + in its name: the longest name that is offered is taken.
func TestObjectiveNamesWithPlus(t *testing.T) {
	offered := []string{"error", "a", "a+b", "b+c"}
	for text, want := range map[string][]string{
		"error+a+b": {"error", "a+b"}, "a+b+error": {"a+b", "error"}, "error+a": {"error", "a"},
		"auto+b+c+a": {"error", "b+c", "a"}, "a+b+b+c": {"a+b", "b+c"},
	} {
		if got, err := wrap.PickObjectives(text, offered); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := wrap.PickObjectives("error+a+c", offered); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("error+a+c: %v, want an ErrUnknown", err)
	}
	if _, err := wrap.PickObjectives("a+b+a+b", offered); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a+b twice: %v, want an ErrInvalid", err)
	}
}

// The error of a dead architecture is kept as it is in a trial's record: a sentence, and an evolve.ErrFailed.
func TestRefusedReadsWell(t *testing.T) {
	err := error(&wrap.Refused{Name: "000"})
	want := "000 has no path from input to output: no signal reaches what it predicts, and dead=refuse refuses it"
	if err.Error() != want || !errors.Is(err, evolve.ErrFailed) || errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

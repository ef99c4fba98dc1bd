package runs

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
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// run finds these accuracies at these trials, in turn, and ends at trial 10.
func run(steps ...float64) trace.Run {
	r := trace.Run{Final: journal.Entry{Trial: 10, Seconds: 100, Final: true}}
	for i := 0; i < len(steps); i += 2 {
		e := journal.Entry{Trial: int64(steps[i]), Seconds: 10 * steps[i], Arch: "0", ValError: 1 - steps[i+1]/100, TestError: 1 - steps[i+1]/100}
		r.Steps = append(r.Steps, e)
		r.Final.Arch, r.Final.ValError, r.Final.TestError = "0", e.ValError, e.TestError
	}
	r.Entries = r.Steps
	return r
}

func set(dir, benchmark string, arms ...trace.Arm) *trace.Set {
	return &trace.Set{Name: dir, About: evolve.About{BestVal: .1, BestTest: .1}, Arms: arms,
		Spec: trace.Spec{Benchmark: benchmark, Trials: 10, Workers: 1, Record: "incumbents", Seed: 1}}
}

func arm(label string, runs ...trace.Run) trace.Arm {
	return trace.Arm{Algo: label, Label: label, Runs: runs}
}

// Two algorithms of two runs each; the last run finds nothing.
func example() *trace.Set {
	return set("dir", "made:up,k=v", arm("a", run(1, 50, 5, 80), run(2, 60)), arm("b", run(1, 20, 4, 70), run()))
}

// alikeSets are two benchmarks whose networks are trained alike, with an algorithm each.
func alikeSets() (trained, shared *trace.Set) {
	trained = set("t", "train:d", arm("b", run(1, 70), run(1, 80)))
	shared = set("s", "oneshot:d", arm("a", run(1, 50), run(1, 60)))
	trained.About.Protocol, shared.About.Protocol = "as usual", "as usual"
	return trained, shared
}

// Benchmarks whose networks are trained alike are one row by test results at the end, unless both have an algorithm.
func TestAlike(t *testing.T) {
	trained, shared := alikeSets()
	q := Question{Of: End, Metric: "test", Axis: "trials", At: math.NaN()}
	got, err := Ask([]*trace.Set{shared, trained}, q)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got.Scores.Scores, [][][]float64{{{50, 60}, {70, 80}}}, cmpopts.EquateApprox(0, 1e-9)); d != "" || !slices.Equal(got.Scores.Methods, []string{"a", "b"}) {
		t.Error(d, got.Scores.Methods)
	}
	if want := "oneshot:d and train:d report of networks that are trained alike; of how many trainings a result is the mean may differ"; !slices.Contains(got.Notes, want) {
		t.Errorf("%q, want %q", got.Notes, want)
	}
	other, both := set("o", "oneshot:d,weights=S", arm("a", run(1, 40), run(1, 30))), []*trace.Set{shared, trained}
	other.About.Protocol = trained.About.Protocol
	if _, err := Ask(append(both, other), q); err == nil || !strings.Contains(err.Error(), "there are no runs of b on oneshot:d,weights=S") {
		t.Errorf("algorithm a twice on a row: %v", err)
	}
	trained.About.Protocol = "longer"
	if _, err := Ask(both, q); err == nil {
		t.Error("networks of other trainings are compared")
	}
}

func TestAsk(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name  string
		q     Question
		want  [][]float64 // by algorithm and run
		what  string
		lower bool
	}{
		{"ends", Question{Of: End, Axis: "trials", At: nan}, [][]float64{{80, 60}, {70, nan}}, "validation accuracy (%) at the end", false},
		{"a budget", Question{Of: End, Axis: "trials", At: 4}, [][]float64{{50, 60}, {70, nan}}, "validation accuracy (%) after 4 trials", false},
		{"a budget of seconds", Question{Of: End, Metric: "regret", Axis: "seconds", At: 15}, [][]float64{{40, nan}, {70, nan}},
			"validation regret (% points) after 15 simulated seconds", true},
		// From trial 2, at which all that find anything have found something, to 10.
		{"areas", Question{Of: Area, Axis: "trials", At: nan}, [][]float64{{(3*50 + 5*80) / 8., 60}, {(2*20 + 6*70) / 8., nan}},
			"validation accuracy (%), averaged over 2 to 10 trials", false},
		{"areas up to 6", Question{Of: Area, Axis: "trials", At: 6}, [][]float64{{(3*50 + 80) / 4., 60}, {(2*20 + 2*70) / 4., nan}},
			"validation accuracy (%), averaged over 2 to 6 trials", false},
	} {
		got, err := Ask([]*trace.Set{example()}, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(c.want, got.Scores.Scores[0], cmpopts.EquateApprox(1e-12, 0), cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if got.What != c.what || got.Lower != c.lower || !cmp.Equal(got.Scores.Rows, []string{"made:up"}) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// A budget beyond all ends is no other one than these, which is said.
func TestAskBeyond(t *testing.T) {
	got, err := Ask([]*trace.Set{example()}, Question{Of: End, Axis: "trials", At: 11})
	if err != nil || len(got.Notes) != 1 || got.Notes[0] != "on made:up every run ends before --at 11, at 10 or earlier" ||
		got.Scores.Scores[0][0][0] < 79.9 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = Ask([]*trace.Set{example()}, Question{Of: End, Axis: "trials", At: 10}); err != nil || len(got.Notes) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Of runs that take 100 and 80 seconds the shorter ones are carried on to 90, which is said; not where 90 seconds end
// them.
func TestAskCarried(t *testing.T) {
	short := run(1, 50)
	short.Final.Seconds = 80
	s := set("dir", "made:up", arm("a", run(1, 50), run(2, 60)), arm("b", short, run(1, 20), short))
	for _, of := range []string{End, Area} {
		q := Question{Of: of, Axis: "seconds", At: 90}
		got, err := Ask([]*trace.Set{s}, q)
		want := []string{"on made:up runs that end before 90 simulated seconds count with what they had found: 2 of 3 of b"}
		if err != nil || !cmp.Equal(want, got.Notes) {
			t.Errorf("%s: %+v, %v", of, got, err)
		}
		bounded := *s
		bounded.Spec.Budget = 90
		if got, err = Ask([]*trace.Set{&bounded}, q); err != nil || len(got.Notes) != 0 {
			t.Errorf("%s: %+v, %v", of, got, err)
		}
	}
}

// A run that never reaches the target is censored where it ends, also one that found nothing.
func TestAskTimes(t *testing.T) {
	for _, q := range []Question{{Of: Time, Axis: "trials", At: math.NaN(), Target: 69.5},
		{Of: Time, Axis: "trials", At: math.NaN(), Target: 20.5, Regret: true}} {
		got, err := Ask([]*trace.Set{example()}, q)
		want := [][]stats.Lifetime{{{At: 5}, {At: 10, Censored: true}}, {{At: 4}, {At: 10, Censored: true}}}
		if err != nil || !cmp.Equal(want, got.Times.Runs[0]) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// Folders of one benchmark are one row; where they share a label the folder's name tells algorithms apart.
func TestRows(t *testing.T) {
	two := func() []trace.Run { return []trace.Run{run(1, 50), run(1, 60)} }
	q := Question{Of: End, Axis: "trials", At: math.NaN()}
	x, y := set("x", "made:up", arm("a", two()...)), set("p/y", "made:up", arm("b", two()...))
	got, err := Ask([]*trace.Set{x, y}, q)
	if err != nil || !cmp.Equal(got.Scores.Methods, []string{"a", "b"}) || len(got.Notes) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	y.Arms[0] = arm("a", two()...)
	y.Spec.Trials = 20
	got, err = Ask([]*trace.Set{x, y}, q)
	if err != nil || !cmp.Equal(got.Scores.Methods, []string{"x/a", "y/a"}) || len(got.Notes) != 2 ||
		!strings.Contains(got.Notes[0], "different bounds") || !strings.Contains(got.Notes[1], "the same numbers") {
		t.Errorf("%+v, %v", got, err)
	}
	// Of two benchmarks each algorithm has its place in every row, in whichever order the folders have them.
	z := set("z", "made:other", arm("b", two()...), arm("a", two()...))
	x.Arms = append(x.Arms, arm("b", run(1, 10), run(1, 11)))
	got, err = Ask([]*trace.Set{x, z}, q)
	if err != nil || !cmp.Equal(got.Scores.Rows, []string{"made:up", "made:other"}) ||
		!cmp.Equal(got.Scores.Scores[0][1], []float64{10, 11}, cmpopts.EquateApprox(1e-12, 0)) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAskRefuses(t *testing.T) {
	nan := math.NaN()
	ends := Question{Of: End, Axis: "trials", At: nan}
	perplexity := set("p", "other", arm("a", run(1, 50)), arm("b", run(1, 50)))
	perplexity.About.Metric = evolve.Perplexity
	unrecorded := example()
	unrecorded.Spec.Record = "none"
	broken := set("d", "x", arm("a", run()), arm("b", run()))
	trained, shared := alikeSets()
	for _, c := range []struct {
		sets []*trace.Set
		q    Question
		want string
	}{
		{[]*trace.Set{shared, trained}, ends, "there are no runs of b on oneshot:d: want each algorithm on each benchmark; " +
			"oneshot:d and train:d train the networks alike that they report of: --metric test compares these at the end of runs"},
		{[]*trace.Set{example(), perplexity}, ends, "dir is measured in accuracy and p in perplexity: want experiments of one metric"},
		{[]*trace.Set{broken}, ends, "d: nothing was evaluated within the bounds"},
		{[]*trace.Set{unrecorded}, Question{Of: Area, Axis: "trials", At: nan}, "dir holds the ends of its runs alone: want an experiment with --record incumbents"},
		{[]*trace.Set{set("d", "x", arm("a", run(1, 50)))}, ends, "d holds one algorithm, a: want at least two to compare"},
		{[]*trace.Set{set("d", "x", arm("a", run(1, 50)), arm("b", run(1, 60)))}, ends, "d: one run of each algorithm on one benchmark tells nothing apart: want several runs (--seeds), or folders of several benchmarks"},
		{[]*trace.Set{example(), set("d", "x", arm("a", run(1, 50)))}, ends, "there are no runs of b on x: want each algorithm on each benchmark; --algo names those to compare"},
		{[]*trace.Set{example()}, Question{Of: End, Axis: "trials", At: .5}, "--at 0.5: no run on made:up has found anything before 1"},
		{[]*trace.Set{example()}, Question{Of: Area, Axis: "trials", At: 2}, "the area on made:up would end at 2, where some run has found nothing before 2: want a larger --at"},
		{[]*trace.Set{example()}, Question{Of: Time, Axis: "trials", At: nan, Target: 99}, "trials to validation accuracy ≥ 99 %: no run on any benchmark gets there, want a target that some runs reach"},
		{[]*trace.Set{example()}, Question{Of: Time, Metric: "val", Axis: "trials", At: nan, Target: 9, Regret: true}, "--within is for regrets and --reach for results, and val is the other"},
		{[]*trace.Set{example()}, Question{Of: End, Axis: "trail", At: 1}, `axis "trail" (known: trials, seconds, epochs, spent, full)`},
		{[]*trace.Set{example()}, Question{Of: End, Metric: "vall", Axis: "trials", At: nan}, `metric "vall": did you mean "val"? (known: val, test, regret, test-regret)`},
	} {
		_, err := Ask(c.sets, c.q)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

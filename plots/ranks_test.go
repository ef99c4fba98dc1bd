package plots

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// overBlocks are the kinds that compare algorithms block by block.
var overBlocks = []string{"ranks", "cd", "profile"}

func init() {
	for _, kind := range overBlocks {
		setsOf[kind] = rivals
	}
}

// rivals is an experiment of three algorithms with three runs each, to 8 trials:
//
//	trial  fast        late              random
//	1      .5 .5 .5    .6 .6 .4          .7 .7 –
//	5      .5 .3 .5    .1 .1 .4          .7 .7 .2
//
// and a fourth run of fast, of an index that no other has.
func rivals() *trace.Set {
	s := twoArms()
	s.Spec.Trials = 8
	s.Arms = []trace.Arm{
		{Algo: "local", Label: "fast", Runs: []trace.Run{
			run(8, step(1, .5, .5)), run(8, step(1, .5, .5), step(5, .3, .3)), run(8, step(1, .5, .5)), run(8, step(1, .5, .5))}},
		{Algo: "regevo", Label: "late", Runs: []trace.Run{
			run(8, step(1, .6, .6), step(5, .1, .1)), run(8, step(1, .6, .6), step(5, .1, .1)), run(8, step(1, .4, .4))}},
		{Algo: "random", Label: "random", Baseline: true, Runs: []trace.Run{
			run(8, step(1, .7, .7)), run(8, step(1, .7, .7)), run(8, step(5, .2, .2))}},
	}
	return s
}

// The ranks of rivals, counted: after trial 1 fast is 1, 1, 2, late 2, 2, 1 and random 3 everywhere, as what has found
// nothing is last; after trial 5 fast is 2, 2, 3, late 1, 1, 2 and random 3, 3, 1.
func TestRanks(t *testing.T) {
	f := chart(t, "ranks", rivals())
	p := f.Panels[0]
	for m, want := range [][2]float64{{4. / 3, 7. / 3}, {5. / 3, 4. / 3}, {3, 7. / 3}} {
		s := p.Series[m]
		last := len(s.X) - 1
		if d := cmp.Diff([]float64{1, want[0], 8, want[1]}, []float64{s.X[0], s.Mid[0], s.X[last], s.Mid[last]}, approx); d != "" {
			t.Errorf("%s: %s", s.Name, d)
		}
	}
	// t(0.975, 2) = 4.3027 and ranks 1, 1, 2 deviate by 1/√3.
	if s := p.Series[0]; math.Abs(s.Hi[0]-4./3-4.302652729911275/3) > 1e-6 || p.Series[2].Hi[0] != 3 {
		t.Errorf("up to %g and %g", s.Hi[0], p.Series[2].Hi[0])
	}
	for _, want := range []string{"3 runs by index", "arbitrary but valid", "without 1 run of an index that not all have",
		"more than 1.91 apart differ (Nemenyi, level 0.05). "} { // 2.343·√(3·4/(6·3)), q of Demšar's table 5
		if !strings.Contains(f.Note, want) {
			t.Errorf("%q lacks %q", f.Note, want)
		}
	}
	// Two benchmarks: the medians .5 .6 .7 rank 1 2 3 at first. On the other all errors are one less their value.
	other := rivals()
	other.Name, other.Spec.Benchmark = "other", "other"
	for i := range other.Arms {
		for k := range other.Arms[i].Runs {
			for n := range other.Arms[i].Runs[k].Steps {
				e := &other.Arms[i].Runs[k].Steps[n]
				e.ValError = 1 - e.ValError
			}
		}
	}
	f = chart(t, "ranks", rivals(), other)
	var first []float64
	for _, s := range f.Panels[0].Series {
		first = append(first, s.Mid[0])
	}
	// There the medians are .5 .4 .3, so that random is first and fast last.
	if d := cmp.Diff([]float64{2, 2, 2}, first, approx); d != "" || !strings.Contains(f.Note, "2 benchmarks, of each the median") {
		t.Errorf("%s %s", d, f.Note)
	}
}

// Runs that are still to begin are in no block.
func TestRanksUnfinished(t *testing.T) {
	s := rivals()
	s.Arms[1].Runs[0], s.Unfinished, s.Planned = trace.Run{}, 1, 9
	b, err := trace.NewBlocks([]*trace.Set{s})
	if err != nil || cmp.Diff([]string{"1", "2"}, b.Names) != "" || b.Dropped != 3 {
		t.Errorf("%v without %d runs, %v", b.Names, b.Dropped, err)
	}
}

func TestRanksRefuse(t *testing.T) {
	single, lone, few, twice, ends := twoArms(), rivals(), rivals(), rivals(), rivals()
	lone.Arms = lone.Arms[:1]
	far := rivals()
	far.Name, far.Spec.Benchmark, far.Arms = "far", "elsewhere", far.Arms[:1]
	few.Name, few.Spec.Benchmark, few.Arms = "few", "elsewhere", few.Arms[1:]
	twice.Name = "twice"
	ends.Spec.Record = "none"
	another := rivals()
	another.Name, another.Spec.Benchmark, another.Arms[0].Algo = "another", "elsewhere", "hill"
	empty := rivals()
	for k := range empty.Arms {
		for i := range empty.Arms[k].Runs {
			empty.Arms[k].Runs[i] = trace.Run{Final: journal.Entry{ValError: math.NaN()}}
		}
	}
	for _, c := range []struct {
		kind string
		sets []*trace.Set
		want string
	}{
		{"ranks", []*trace.Set{single}, "figure ranks: 1 block to rank over: want at least 2 runs of each algorithm, or 2 benchmarks"},
		{"cd", []*trace.Set{single}, "figure cd: 1 block"},
		{"ranks", []*trace.Set{lone}, "1 algorithm, and the figure compares at least 2"},
		{"ranks", []*trace.Set{lone, far}, "figure ranks: 1 algorithm, and the figure compares at least 2"},
		{"cd", []*trace.Set{lone, far}, "figure cd: 1 algorithm, and the figure compares at least 2"},
		{"ranks", []*trace.Set{rivals(), few}, "elsewhere has no runs of fast, which other benchmarks have"},
		{"ranks", []*trace.Set{rivals(), twice}, "twice both have fast on made-up: want one of them, or other labels"},
		{"ranks", []*trace.Set{rivals(), another}, "fast is local and, in another, hill: want one algorithm under one label"},
		{"ranks", []*trace.Set{ends}, "record=none and holds no trajectories: run it with --record incumbents"},
		{"cd", []*trace.Set{empty}, "nothing was evaluated"},
		{"ranks,metric=vla", []*trace.Set{rivals()}, `metric "vla": did you mean "val"?`},
	} {
		_, err := drawing(c.kind, Options{}, c.sets...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			!errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s: %v, want %q", c.kind, err, c.want)
		}
	}
}

package trace

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Measures and axes of a benchmark of accuracies.
var (
	set     = new(Set)
	val     = set.Validation()
	seconds = set.Seconds()
)

var close = cmpopts.EquateApprox(0, 1e-6)

func step(algo string, run int32, trial int64, val float64) journal.Entry {
	return journal.Entry{Algo: algo, Run: run, Trial: trial, Seconds: 10 * float64(trial), ValError: val, Best: true}
}

func end(algo string, run int32, trial int64, val float64) journal.Entry {
	r := step(algo, run, trial, val)
	r.Final = true
	return r
}

func TestGroup(t *testing.T) {
	a1, a9, b5 := step("a", 0, 1, .5), end("a", 0, 9, .5), end("a", 1, 5, .25)
	c1, c2, c3 := step("c", 0, 1, .75), step("c", 0, 2, .8), end("c", 0, 3, 1)
	c2.Best = false // it entered a front
	got, err := Group([]journal.Entry{a1, a9, b5, c1, c2, c3})
	one := []journal.Entry{a1}
	want := []Arm{
		{Algo: "a", Label: "a", Runs: []Run{{Steps: one, Entries: one, Final: a9}, {Final: b5}}},
		{Algo: "c", Label: "c", Runs: []Run{{Steps: []journal.Entry{c1}, Entries: []journal.Entry{c1, c2}, Final: c3}}},
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]float64{50, 75}, got[0].Ends(val)); d != "" {
		t.Error(d)
	}
	if got, err := Group(nil); got != nil || err != nil {
		t.Errorf("no rows: %v, %v", got, err)
	}
}

func TestGroupRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		rows []journal.Entry
		want string
	}{
		"no end":                  {[]journal.Entry{step("a", 0, 1, 1)}, "no end"},
		"next algo before an end": {[]journal.Entry{step("a", 0, 1, 1), end("b", 0, 1, 1)}, `row 2: "b" begins`},
		"next run before an end":  {[]journal.Entry{step("a", 0, 1, 1), end("a", 1, 1, 1)}, "row 2: run 1"},
		"first run missing":       {[]journal.Entry{end("a", 1, 1, 1)}, "row 1: run 1"},
		"negative run":            {[]journal.Entry{end("a", -1, 1, 1)}, "row 1: run -1"},
		"run twice":               {[]journal.Entry{end("a", 0, 1, 1), end("a", 0, 1, 1)}, "row 2: run 0"},
		"apart":                   {[]journal.Entry{end("a", 0, 1, 1), end("b", 0, 1, 1), end("a", 1, 1, 1)}, `row 3: the rows of "a"`},
	} {
		got, err := Group(c.rows)
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v; want an error with %q", name, got, err, c.want)
		}
	}
}

// at is the step function of a run: the last step that is not after x.
func at(r Run, x float64) float64 {
	y := val.At(&r, 0)
	for i := range r.Steps {
		if seconds.At(&r.Steps[i]) <= x {
			y = val.At(&r, i)
		}
	}
	return y
}

// Between two trials nothing changes: points lie on trials, on every one where there is room.
func TestAxisSpaced(t *testing.T) {
	s := new(Set)
	for _, log := range []bool{false, true} {
		every := s.Trials().Spaced(1, 200, 100, log)
		if len(every) != 200 || every[0] != 1 || every[100] != 101 || every[199] != 200 {
			t.Errorf("%v, want 1 to 200", every)
		}
	}
	if got := s.Trials().Spaced(1, 3.5, 4, false); !slices.Equal(got, []float64{1, 2, 3, 3.5}) {
		t.Errorf("%v, want the trials and the end", got)
	}
	if got := s.Trials().Spaced(1, 9.5, 4, false); !slices.Equal(got, []float64{1, 3, 6, 9.5}) { // 1, 3.8, 6.7, 9.5
		t.Errorf("%v, want trials and the end", got)
	}
	if got := s.Seconds().Spaced(1, 2.5, 4, false); !slices.Equal(got, []float64{1, 1.5, 2, 2.5}) {
		t.Errorf("%v, want no whole seconds", got)
	}
}

func TestCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arm := Arm{Algo: "a"}
		from, ends := 0.0, []float64{}
		for run := range rapid.IntRange(0, 6).Draw(t, "runs") {
			trials := rapid.SliceOfNDistinct(rapid.Int64Range(1, 50), 0, 6, rapid.ID).Draw(t, "trials")
			slices.Sort(trials)
			var r Run
			for i, n := range trials {
				r.Steps = append(r.Steps, step("a", int32(run), n, 1/float64(i+1+run)))
			}
			last := rapid.Int64Range(50, 80).Draw(t, "end")
			if r.Final = end("a", int32(run), last, 0); len(trials) > 0 {
				from = max(from, seconds.At(&r.Steps[0]))
				ends = append(ends, seconds.End(&r))
			}
			arm.Runs = append(arm.Runs, r)
		}
		n, log := rapid.IntRange(0, 30).Draw(t, "n"), rapid.Bool().Draw(t, "log")
		b := arm.Curve(seconds, val, n, log)
		if len(ends) == 0 {
			if len(b.X) != 0 {
				t.Fatalf("a curve of nothing: %v", b)
			}
			return
		}
		slices.Sort(ends)
		to := stats.Quantile(ends, .5)
		if want := max(n, 1); to > from && n > 1 && len(b.X) != want || b.X[0] != from || n > 1 && b.X[len(b.X)-1] != max(from, to) {
			t.Fatalf("grid %v, want %d from %g to %g", b.X, n, from, to)
		}
		if !slices.IsSorted(b.X) {
			t.Fatalf("grid %v falls", b.X)
		}
		for i, x := range b.X {
			var ys []float64
			for _, r := range arm.Runs {
				if len(r.Steps) > 0 {
					ys = append(ys, at(r, x))
				}
			}
			slices.Sort(ys)
			want := []float64{stats.Quantile(ys, .25), stats.Quantile(ys, .5), stats.Quantile(ys, .75)}
			if d := cmp.Diff(want, []float64{b.Q1[i], b.Median[i], b.Q3[i]}, close); d != "" {
				t.Fatalf("at %g: %s", x, d)
			}
		}
	})
}

func TestSpaced(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		n        int
		log      bool
		want     []float64
	}{
		{0, 10, 3, false, []float64{0, 5, 10}},
		{1, 100, 3, true, []float64{1, 10, 100}},
		{0, 100, 3, true, []float64{0, 50, 100}}, // no logarithm of 0
		{5, 5, 3, true, []float64{5}},
		{1, 2, 1, false, []float64{1}},
		{1, 2, 0, false, []float64{1}},
	} {
		if d := cmp.Diff(c.want, Spaced(c.from, c.to, c.n, c.log), close); d != "" {
			t.Errorf("%g to %g: %s", c.from, c.to, d)
		}
	}
	// The last point is the end itself and not a rounding below it.
	if g := Spaced(3, math.Nextafter(1e9, 0), 240, true); g[239] != math.Nextafter(1e9, 0) {
		t.Errorf("the grid ends at %v", g[239])
	}
}

// Of ten runs one may lack a result, and is left out; of fewer none.
func TestSummed(t *testing.T) {
	run := func(partial bool) Run { return Run{Final: journal.Entry{Arch: "0"}, Partial: partial} }
	for _, c := range []struct{ whole, partial, empty, want int }{
		{10, 0, 0, 10}, {9, 1, 0, 9}, {9, 0, 1, 9}, {8, 1, 1, 10}, {8, 1, 0, 9}, {18, 1, 1, 18}, {17, 2, 1, 20}, {0, 1, 0, 1}, {0, 0, 0, 0},
	} {
		var a Arm
		for range c.partial {
			a.Runs = append(a.Runs, run(true))
		}
		for range c.whole {
			a.Runs = append(a.Runs, run(false))
		}
		for range c.empty {
			a.Runs = append(a.Runs, Run{})
		}
		got := a.Summed()
		if len(got.Runs) != c.want || len(a.Runs) != c.whole+c.partial+c.empty || len(a.Runs) > 0 && a.Runs[0].Partial != (c.partial > 0) {
			t.Errorf("%+v: %d of %d runs", c, len(got.Runs), len(a.Runs))
		}
	}
}

// A run whose searcher broke is left out however few the others are, and is named.
func TestBrokenRuns(t *testing.T) {
	var a Arm
	for i := range 16 {
		r := Run{Final: journal.Entry{Arch: "0", Loss: math.NaN()}}
		if i != 0 && i != 4 {
			r.Final.Arch = ""
		}
		a.Runs = append(a.Runs, r)
	}
	a.Runs[5].Final.Loss = math.Inf(1) // nothing was evaluated
	if want := []int{1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; !slices.Equal(a.Broken(), want) {
		t.Errorf("runs %v broke, want %v", a.Broken(), want)
	}
	if got, want := a.BrokenRuns(), "runs 1, 2, 3, 6, 7, 8, 9, 10, 11, 12 and 3 more of 16"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n, m := len(a.Unbroken().Runs), len(a.Summed().Runs); n != 3 || m != 3 { // one of three has no result: all stay
		t.Errorf("%d runs did not break, %d are summed up", n, m)
	}
	a.Runs = a.Runs[:3]
	if n := len(a.Summed().Runs); n != 1 || a.BrokenRuns() != "runs 1, 2 of 3" || len(a.Runs) != 3 {
		t.Errorf("%d runs are summed up, %s", n, a.BrokenRuns())
	}
	if a.Runs = a.Runs[:1]; a.BrokenRuns() != "" {
		t.Errorf("%q", a.BrokenRuns())
	}
}

// Half of the runs must have a full training; what summarises leaves out who has none.
func TestFullFrom(t *testing.T) {
	run := func(partial bool, epochs ...int32) (r Run) {
		for i, e := range epochs {
			s := step("a", 0, int64(i+1), .5)
			s.Epochs = e
			r.Steps = append(r.Steps, s)
		}
		r.Final, r.Partial = end("a", 0, 9, .5), partial
		return r
	}
	all := []Run{run(false, 9), run(false, 1, 3, 9, 9), run(true, 1, 3), run(false, 1, 9), {}}
	for n, want := range []float64{0, 10, 10, 30, 20, 20} {
		if got := (Arm{Runs: all[:n]}).FullFrom(seconds, 9); got != want {
			t.Errorf("of %d runs: from %g, want %g", n, got, want)
		}
	}
	if got := (Arm{Runs: all[2:3]}).FullFrom(seconds, 9); !math.IsInf(got, 1) {
		t.Errorf("a run without a full training: from %g", got)
	}
	if got := (Arm{Runs: all}).From(seconds); got != 10 {
		t.Errorf("from %g", got)
	}
	if d := cmp.Diff([]float64{50, 50, math.NaN(), 50}, Arm{Runs: all[:4]}.Ends(val), cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

// Of an unfinished experiment only runs at the end are left out, and only those that have not begun.
func TestBegun(t *testing.T) {
	run := func(arch string, trials int64) Run {
		return Run{Final: journal.Entry{Arch: arch, Trial: trials, Final: true}}
	}
	s := &Set{Unfinished: 2, Planned: 6, Arms: []Arm{
		{Label: "a", Runs: []Run{run("1", 5), run("", 0), run("2", 5), run("", 3), run("", 0), run("", 0)}},
		{Label: "b", Runs: []Run{run("", 0)}},
	}}
	b := s.Begun()
	if len(b.Arms[0].Runs) != 4 || len(b.Arms[1].Runs) != 0 || len(s.Arms[0].Runs) != 6 || b.Planned != 6 {
		t.Errorf("%d and %d runs have begun, want 4 and 0", len(b.Arms[0].Runs), len(b.Arms[1].Runs))
	}
	s.Unfinished = 0
	if b := s.Begun(); len(b.Arms[0].Runs) != 6 || len(b.Arms[1].Runs) != 1 {
		t.Error("a finished experiment lost runs")
	}
}

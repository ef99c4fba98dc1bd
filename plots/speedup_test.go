package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	groupsOf["speedup"] = func() []*trace.Set {
		return []*trace.Set{withWorkers(1, 20, 40, 200, 60), withWorkers(4, 6, 9, 30, 25)}
	}
}

// withWorkers are three runs of one algorithm that come to an error of .1 at so many trials, 10 seconds each; 0 is
// never within 240 trials.
func withWorkers(workers int, trials ...int64) *trace.Set {
	s := twoArms()
	s.Name, s.Spec.Workers, s.Arms = fmt.Sprint("w", workers), workers, s.Arms[:1]
	s.Arms[0].Runs = nil
	for _, n := range trials {
		r := run(240, step(1, .5, .6))
		if n > 0 {
			r = run(240, step(1, .5, .6), step(n, .1, .2))
		}
		s.Arms[0].Runs = append(s.Arms[0].Runs, r)
	}
	return s
}

// Medians of three runs are those in the middle: 40, 20 and 5 trials, of 10 seconds each.
func TestSpeedup(t *testing.T) {
	sets := []*trace.Set{withWorkers(2, 90, 20, 10), withWorkers(1, 20, 40, 200), withWorkers(8, 5, 4, 0)}
	c := chart(t, "speedup,reach=90", sets...)
	times, gains := c.Panels[0].Series[0], c.Panels[1].Series
	for _, of := range []struct {
		what      string
		got, want []float64
	}{
		{"workers", times.X, []float64{1, 2, 8}}, {"seconds", times.Mid, []float64{400, 200, 50}},
		{"speedup", gains[0].Mid, []float64{1, 2, 8}}, {"ideal", gains[1].Mid, []float64{1, 2, 8}},
	} {
		if d := cmp.Diff(of.want, of.got, approx); d != "" {
			t.Errorf("%s (-want +got):\n%s", of.what, d)
		}
	}
	if want := "median simulated seconds to validation accuracy ≥ 90 %"; c.Panels[0].YLabel != want {
		t.Errorf("%q, want %q", c.Panels[0].YLabel, want)
	}
	// A regret of 0 is the same target, as the best is .1; and half of the runs of the slowest never get to it.
	same := chart(t, "speedup,within=0.001", sets[1], withWorkers(3, 0, 0, 7))
	if got := same.Panels[0].Series[0].Mid; got[0] != 400 || !math.IsNaN(got[1]) {
		t.Errorf("%v, want 400 and nothing", got)
	}
	if want := "Half of evolution's runs with 3 workers never get there."; !strings.Contains(same.Note, want) {
		t.Errorf("%q, want %q", same.Note, want)
	}
	// Who never gets there with any number of workers has no speedup, nor one that is told from itself alone.
	lost := withWorkers(1, 20, 40, 200)
	lost.Arms = append(lost.Arms, withWorkers(1, 0, 0, 0).Arms[0])
	lost.Arms[1].Algo, lost.Arms[1].Label = "lost", "lost"
	more := withWorkers(4, 20, 40, 200)
	more.Arms = append(more.Arms, lost.Arms[1])
	lines := chart(t, "speedup,within=0.001", lost, more).Panels[1].Series
	if got := lines[1]; got.Name != "lost" || got.drawn() || slices.ContainsFunc(got.Lo, finite) {
		t.Errorf("a speedup of runs that never get there: %+v", got)
	}
	if got := lines[0]; got.Mid[1] != 1 || got.Hi[1] == 1 {
		t.Errorf("a speedup of 1 that is certain: %+v", got)
	}
	// Without a target it is what three quarters of the runs with one worker come to: of 90, 90, 90 and 50 % that is 80.
	auto := chart(t, "speedup", withWorkers(1, 20, 40, 80, 0), withWorkers(2, 20, 20, 20, 20))
	if want := "median simulated seconds to validation accuracy ≥ 80 %"; auto.Panels[0].YLabel != want {
		t.Errorf("%q, want %q", auto.Panels[0].YLabel, want)
	}
}

// The interval of a ratio is as far on the logarithmic axis as the hypotenuse of what the two intervals are.
func TestRatioInterval(t *testing.T) {
	got := span3{1, 2, 4}.over(span3{.5, 1, 3})
	want := span3{2 * math.Exp(-math.Sqrt(math.Ln2*math.Ln2+math.Log(3)*math.Log(3))), 2,
		2 * math.Exp(math.Sqrt(2*math.Ln2*math.Ln2))}
	if math.Abs(got.low-want.low) > 1e-12 || got.mid != 2 || math.Abs(got.high-want.high) > 1e-12 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestSpeedupRefuses(t *testing.T) {
	elsewhere := withWorkers(2, 5, 5, 5)
	elsewhere.Spec.Benchmark = "another"
	other := withWorkers(2, 5, 5, 5)
	other.Arms[0].Algo = "local"
	for _, c := range []struct {
		kind string
		sets []*trace.Set
		want string
	}{
		{"speedup", []*trace.Set{withWorkers(1, 5)}, "w1 alone has no other number of workers"},
		{"speedup", []*trace.Set{withWorkers(1, 5), withWorkers(1, 6)}, "w1 and w1 both have one worker"},
		{"speedup", []*trace.Set{withWorkers(1, 5), elsewhere}, "the figure is of one benchmark"},
		{"speedup", []*trace.Set{withWorkers(1, 5), other}, "no algorithm is in all experiments"},
		{"speedup,reach=99", []*trace.Set{withWorkers(1, 5), withWorkers(2, 5)}, "want another target"},
		{"speedup,reach=99,within=1", []*trace.Set{withWorkers(1, 5), withWorkers(2, 5)}, "want one of them"},
	} {
		_, err := drawing(c.kind, Options{}, c.sets...)
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.kind, err, c.want)
		}
	}
}

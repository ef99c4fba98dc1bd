package papers

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Curves by hand: a is better at 10, worse at 20, better from 30 on; it reaches b's end, 2, at 30 of 40.
func TestCourse(t *testing.T) {
	c := &course{points: []float64{10, 20, 30, 40}}
	for _, x := range []struct {
		a, b           []float64
		passes, sooner float64
	}{
		{[]float64{4, 4, 2, 1}, []float64{5, 3, 3, 2}, 30, 40. / 30},
		{[]float64{5, 3, 3, 2}, []float64{4, 4, 2, 1}, math.Inf(1), 0},
		{[]float64{1, 1, 1, 1}, []float64{2, 2, 2, 2}, 10, 4},
		{[]float64{2, 2, 2, 2}, []float64{2, 2, 2, 2}, math.Inf(1), 4}, // never better, and there from the start
	} {
		if p, s := c.passes(x.a, x.b), c.sooner(x.a, x.b); p != x.passes || s != x.sooner {
			t.Errorf("%v and %v: passes %g, sooner %g, want %g and %g", x.a, x.b, p, s, x.passes, x.sooner)
		}
	}
	if got := mean([][]float64{{1, 2}, {5, 0}, {9, 9}}, []int{1, 3, 0}, make([]float64, 2)); got[0] != 4 || got[1] != .5 {
		t.Errorf("mean of one and three times another: %v", got) // (1 + 15)/4, 2/4
	}
	// Runs that are alike leave no doubt; a run of four that passes late leaves some.
	alike := [][]float64{{4, 4, 2, 1}, {4, 4, 2, 1}, {4, 4, 2, 1}}
	c.a, c.b, c.of = alike, [][]float64{{5, 3, 3, 2}, {5, 3, 3, 2}}, c.passes
	if at, low, high := c.estimate(evolve.Stream(1, "test")); at != 30 || low != 30 || high != 30 {
		t.Errorf("%g, %g to %g", at, low, high)
	}
	c.a = [][]float64{{4, 4, 2, 1}, {4, 4, 2, 1}, {4, 4, 2, 1}, {4, 4, 8, 1}}
	if _, low, high := c.estimate(evolve.Stream(1, "test")); low != 30 || high != 40 {
		t.Errorf("one of four passes at 40: %g to %g", low, high)
	}
}

// A step holds until the next one.
func TestCourses(t *testing.T) {
	run := func(entries ...journal.Entry) trace.Run { return trace.Run{Steps: entries} }
	a := trace.Arm{Runs: []trace.Run{
		run(journal.Entry{Seconds: 1, Loss: .5}, journal.Entry{Seconds: 3, Loss: .25}),
		run(journal.Entry{Seconds: 2, Loss: .75}),
	}}
	x := trace.Axis{At: func(e *journal.Entry) float64 { return e.Seconds }}
	m := trace.Measure{At: func(r *trace.Run, step int) float64 { return r.Steps[step].Loss }}
	got := courses(a, x, m, []float64{2, 2.9, 3, 9})
	for i, want := range [][]float64{{.5, .5, .25, .25}, {.75, .75, .75, .75}} {
		for k := range want {
			if got[i][k] != want[k] {
				t.Errorf("run %d: %v, want %v", i, got[i], want)
			}
		}
	}
}

func TestNotBetter(t *testing.T) {
	low, high := []float64{1, 2, 3, 4, 5, 6}, []float64{11, 12, 13, 14, 15, 16}
	for _, x := range []struct {
		a, b   []float64
		margin float64
		falls  bool
		want   string
	}{
		{low, high, 1, false, Holds}, {high, low, 1, false, Fails}, {high, low, 100, false, Holds},
		{low, high, 1, true, Fails}, {high, low, 1, true, Holds},
		{low, low, .1, false, Unjudged}, {low[:1], low, 1, false, Unjudged},
	} {
		c := Claim{Relation: "not better", Margin: x.margin}
		if got := c.judge(x.a, x.b, x.falls); got.Holds != x.want {
			t.Errorf("%v and %v within %g, falls %v: %s, want %s", x.a, x.b, x.margin, x.falls, got.Holds, x.want)
		}
	}
}

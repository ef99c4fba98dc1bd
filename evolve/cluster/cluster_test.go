package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Faults
		says string // and how it is written again
	}{
		{"fail=0.010", Faults{Fail: .01}, "fail=0.01"},
		{"slow=lognormal:0.5,fail=0.01,lose=1e-6,lost=fail", Faults{Sigma: .5, Fail: .01, Lose: 1e-6}, "slow=lognormal:0.5,fail=0.01,lose=1e-06"},
		{"lost=restart,lose=1", Faults{Lose: 1, Restarts: true}, "lose=1,lost=restart"},
	} {
		got, err := Parse(c.text)
		if err != nil || got != c.want || got.String() != c.says {
			t.Errorf("%s: %+v, %q, %v", c.text, got, got, err)
		}
	}
	for text, says := range map[string]string{
		"fail=1.5":               "fail=1.5: out of range, the range is 0 to 1",
		"fail=NaN":               "fail=NaN: want a number",
		"fial=1":                 `did you mean "fail"?`,
		"slow=0.5":               "slow=0.5: want lognormal:SIGMA, SIGMA above 0, at most 3",
		"slow=lognormal:0":       "slow=lognormal:0: want lognormal:SIGMA",
		"slow=lognormal:NaN":     "slow=lognormal:NaN: want lognormal:SIGMA",
		"slow=lognormal:4":       "at most 3",
		"lost=restart":           "lost=restart has no effect here, it is of lose above 0",
		"fail=0.1,lost=fail":     "lost=fail has no effect here",
		"fail=0,slow=none":       "nothing goes wrong on it",
		"fail":                   "want slow=lognormal:0.5,fail=0.01,lose=1e-6,lost=restart or some of these",
		"fail=0.1,fail=0.1":      "or some of these",
		"lose=0.1,lost=sometime": "(known: fail, restart)",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"slow=lognormal:0.5,fail=0.01,lose=1e-6,lost=restart", "fail=1", "slow=(lognormal:1)", `slow="lognormal:1"`, ",", "lose=1e-320"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) && !errors.Is(err, evolve.ErrUnsupported) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%q is %+v, and written %q it is %+v, %v", text, got, got, again, err)
		}
	})
}

// drawn are the fates of so many trials of 100 s.
func drawn(f Faults, n int) (all []evolve.Fate) {
	p := newFates(f, 1)
	for id := 1; id <= n; id++ {
		all = append(all, p.Of(id, 0, 100))
	}
	return all
}

func near(t *testing.T, what string, got, want, error float64) {
	t.Helper()
	if math.Abs(got-want) > 4*error { // one in 16,000 by chance, and the seed is fixed
		t.Errorf("%s: %g, want %g ± %g", what, got, want, error)
	}
}

// Fates are as often and as far as asked: each within four standard errors.
func TestFrequencies(t *testing.T) {
	const n = 20_000
	var logs []float64
	for _, f := range drawn(Faults{Sigma: .5}, n) {
		logs = append(logs, math.Log(f.Seconds/100))
		if f.Err != nil || f.Lost {
			t.Fatalf("%+v of a cluster that is slow and nothing else", f)
		}
	}
	d := stats.Describe(logs)
	near(t, "mean of the logarithms", d.Mean, 0, .5/math.Sqrt(n))
	near(t, "their deviation", d.Std, .5, .5/math.Sqrt(2*n))

	failed, lost, moments := 0, 0, []float64(nil)
	for _, f := range drawn(Faults{Fail: .2, Lose: .1, Restarts: true}, n) {
		switch {
		case f.Lost:
			if lost++; !errors.Is(f.Err, ErrWorker) || !f.Again {
				t.Fatalf("%+v", f)
			}
			moments = append(moments, f.Seconds/100)
		case errors.Is(f.Err, ErrTrial):
			if failed++; f.Seconds != 100 {
				t.Fatalf("failed after %g s, want its end", f.Seconds)
			}
		case f.Err != nil || f.Seconds != 100:
			t.Fatalf("%+v", f)
		}
	}
	share := func(k int) float64 { return float64(k) / n }
	near(t, "failed", share(failed), .2*.9, math.Sqrt(.18*.82/n))
	near(t, "lost", share(lost), .1, math.Sqrt(.1*.9/n))
	near(t, "moment", stats.Describe(moments).Mean, .5, math.Sqrt(1./12/float64(lost)))
	if slices.Max(moments) >= 1 || slices.Max(moments) < .99 || slices.Min(moments) > .01 {
		t.Errorf("moments from %g to %g", slices.Min(moments), slices.Max(moments))
	}
}

// What befalls a trial depends on its number, its seed and the workers it has lost, not on what was drawn before.
func TestFatesStand(t *testing.T) {
	f := Faults{Sigma: 1, Fail: .3, Lose: .3}
	all := drawn(f, 50)
	p := newFates(f, 1)
	for id := 50; id >= 1; id-- {
		if got := p.Of(id, 0, 100); got != all[id-1] {
			t.Errorf("trial %d: %+v, before %+v", id, got, all[id-1])
		}
		if p.Of(id, 1, 100).Seconds == all[id-1].Seconds || newFates(f, 2).Of(id, 0, 100).Seconds == all[id-1].Seconds {
			t.Errorf("trial %d: as slow on another worker, or by another seed", id)
		}
	}
}

func TestOfAllocatesNothing(t *testing.T) {
	p := newFates(Faults{Sigma: 1, Fail: .3, Lose: .3}, 1)
	if n := testing.AllocsPerRun(100, func() { p.Of(7, 0, 100) }); n != 0 {
		t.Errorf("%g allocations a trial", n)
	}
}

func BenchmarkOf(b *testing.B) {
	p := newFates(Faults{Sigma: .5, Fail: .01, Lose: 1e-6}, 1)
	for id := 0; b.Loop(); id++ {
		p.Of(id, 0, 100)
	}
}

// Every trial takes 10 s, each loses its worker, and each worker takes one trial.
func ExampleSimulate() {
	bench := constant{}
	pool := Simulate(bench, 2, Faults{Lose: 1}, 1)
	for id := 1; id <= 2; id++ {
		if err := pool.Start(context.Background(), &evolve.Trial{ID: id}); err != nil {
			fmt.Println(err)
		}
	}
	for range 2 {
		o, err := pool.Wait(context.Background())
		fmt.Printf("trial %d of %.1f s: %v, %d workers left; %v\n", o.ID, o.Cost, o.Err, pool.Size(), err)
	}
	// Output:
	// trial 1 of 5.4 s: the trial's worker was lost: failed, 1 workers left; <nil>
	// trial 2 of 7.4 s: the trial's worker was lost: failed, 0 workers left; <nil>
}

type constant struct{}

func (constant) Evaluate(_ context.Context, _ *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = .5, 10
	return nil
}

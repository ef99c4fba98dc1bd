package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A stopped study on real workers goes on from its record: what
// was recorded is delivered again as it was and not evaluated, the searcher is led the same
// way, and the clock goes on.
func TestLocalResumes(t *testing.T) {
	var calls atomic.Int64
	e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
		calls.Add(1)
		time.Sleep(time.Duration(tr.Seed % uint64(time.Millisecond)))
		if tr.ID%7 == 0 {
			return evolve.ErrFailed
		}
		r.Loss = float64(tr.Seed%1000) / 1000
		return nil
	})
	whole, err := study(t, context.Background(), e, 4, 40)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(whole); cut += 10 {
		past := slices.Clone(whole[:cut])
		calls.Store(0)
		var r tape
		s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, evolve.LocalOptions{Window: 4, Past: past}), Recorder: &r, Trials: 40, Seed: 5}
		sum, err := s.Run(context.Background())
		if err != nil {
			t.Fatalf("cut %d: %v", cut, err)
		}
		if n := int(calls.Load()); n != 40-cut {
			t.Errorf("cut %d: %d evaluations, want %d", cut, n, 40-cut)
		}
		equal(t, "recorded trials", r[:cut].ids(), whole[:cut].ids())
		equal(t, "proposals", r.archs(), whole.archs())
		last := 0.0
		for _, o := range r[:cut] {
			last = max(last, o.End)
		}
		for _, o := range r[cut:] {
			if o.Start < last {
				t.Fatalf("cut %d: trial %d starts at %g, before the record's end at %g", cut, o.ID, o.Start, last)
			}
		}
		if sum.End < last {
			t.Errorf("the study ends at %g, its record at %g", sum.End, last)
		}
	}
}

func TestLocalDiverged(t *testing.T) {
	e := evaluator(func(_ context.Context, _ *evolve.Trial, r *evolve.Result) error { return nil })
	whole, err := study(t, context.Background(), e, 2, 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func([]evolve.Outcome)
	}{
		{"another arch", func(p []evolve.Outcome) { p[2].Arch = "x" }},
		{"another seed", func(p []evolve.Outcome) { p[2].Seed++ }},
	} {
		past := slices.Clone(whole)
		c.change(past)
		s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, evolve.LocalOptions{Window: 2, Past: past}), Trials: 6, Seed: 5}
		if _, err := s.Run(context.Background()); !errors.Is(err, evolve.ErrDiverged) {
			t.Errorf("%s: %v, want ErrDiverged", c.name, err)
		}
	}
	// A trial that the study comes to no more is told of, not dropped.
	pool := evolve.Local(e, evolve.LocalOptions{Window: 2, Past: whole})
	s := evolve.Study{Searcher: &chain{}, Pool: pool, Trials: 4, Seed: 5}
	if _, err := s.Run(context.Background()); err != nil || pool.Unasked() != 5 {
		t.Errorf("%v, trial %d was not asked for, want 5", err, pool.Unasked())
	}
}

// The threads change neither trials nor losses of a window; no more evaluate at a time.
func TestLocalProcs(t *testing.T) {
	for _, window := range []int{1, 3, 5} {
		var want tape
		for procs := 1; procs <= window; procs++ {
			var now, most atomic.Int64
			e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				defer now.Add(-1)
				time.Sleep(time.Duration(tr.Seed % uint64(300*time.Microsecond)))
				r.Loss = float64(tr.Seed%1000) / 1000
				return nil
			})
			var r tape
			s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, evolve.LocalOptions{Window: window, Procs: procs}), Recorder: &r, Trials: 40, Seed: 5}
			if _, err := s.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			if most.Load() > int64(procs) {
				t.Errorf("window %d: %d evaluations at a time on %d threads", window, most.Load(), procs)
			}
			if want == nil {
				want = r
			}
			equal(t, "proposals", r.archs(), want.archs())
		}
	}
}

// Stopped at any evaluation, a study has kept what ended, told or not, and goes on to the same
// end without evaluating any of it again.
func TestLocalDrains(t *testing.T) {
	whole, err := study(t, context.Background(), evaluator(loss), 3, 20)
	if err != nil {
		t.Fatal(err)
	}
	for stop := int64(1); stop <= 20; stop++ {
		var kept []evolve.Outcome
		ended := recorder(func(o *evolve.Outcome) error { kept = append(kept, *o); return nil })
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		e := evaluator(func(ctx context.Context, tr *evolve.Trial, r *evolve.Result) error {
			if calls.Add(1) == stop {
				cancel()
				return fmt.Errorf("%w: %w", evolve.ErrFailed, ctx.Err()) // no failure: it was stopped
			}
			time.Sleep(time.Duration(tr.Seed % uint64(100*time.Microsecond)))
			return loss(ctx, tr, r) // to its end, as one that looks at its context between epochs
		})
		pool := evolve.Local(e, evolve.LocalOptions{Window: 3, Procs: 2, Journal: ended})
		if _, err := (&evolve.Study{Searcher: &chain{}, Pool: pool, Trials: 20, Seed: 5}).Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("stop %d: %v", stop, err)
		}
		pool.Drain()
		before := len(kept)
		if n := int(calls.Load()); before != n-1 && before != n-2 { // a failure after the stop is none
			t.Fatalf("stop %d: kept %d of %d evaluations, want all but the stopped", stop, before, n)
		}
		calls.Store(1 << 20) // no more stops
		var r tape
		s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, evolve.LocalOptions{Window: 3, Procs: 2, Journal: ended, Past: slices.Clone(kept)}), Recorder: &r, Trials: 20, Seed: 5}
		if _, err := s.Run(context.Background()); err != nil {
			t.Fatalf("stop %d: %v", stop, err)
		}
		if n := int(calls.Load()) - 1<<20; n != 20-before || len(kept) != 20 {
			t.Errorf("stop %d: %d evaluations after %d, %d kept", stop, n, before, len(kept))
		}
		equal(t, "trials", r.ids(), whole.ids())
		equal(t, "proposals", r.archs(), whole.archs())
		cancel()
	}
}

// loss is an evaluation that only the seed decides; every seventh fails.
func loss(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
	if tr.ID%7 == 0 {
		return evolve.ErrFailed
	}
	r.Loss = float64(tr.Seed%1000) / 1000
	return nil
}

// A trial that went on from a checkpoint costs what it took before the stop, too, and the clock
// says so; one that cannot be recorded stops the study.
func TestLocalClockAndRecord(t *testing.T) {
	e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
		if tr.ID == 1 {
			r.Cost = 1000
		}
		return nil
	})
	pool := evolve.Local(e, evolve.LocalOptions{Window: 1})
	var r tape
	sum, err := (&evolve.Study{Searcher: &chain{}, Pool: pool, Recorder: &r, Trials: 2, Seed: 5}).Run(context.Background())
	if err != nil || r[0].End < 1000 || r[1].Start < r[0].End || sum.End > 1100 {
		t.Errorf("%v: %+v, %+v", err, sum, r)
	}
	full := errors.New("disk full")
	pool = evolve.Local(e, evolve.LocalOptions{Window: 2, Journal: recorder(func(*evolve.Outcome) error { return full })})
	_, err = (&evolve.Study{Searcher: &chain{}, Pool: pool, Trials: 5, Seed: 5}).Run(context.Background())
	pool.Drain()
	if !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
}

// What the journal does not have of a trial of its number is named.
func TestLocalDiverges(t *testing.T) {
	trial := evolve.Trial{ID: 7, Seed: 99, Proposal: evolve.Proposal{Arch: "a", Epochs: 12, From: 2, Trained: 4, Parents: [2]int{3, 4}, Tag: 5}}
	for name, change := range map[string]func(*evolve.Trial){
		"":                   func(*evolve.Trial) {},
		"architecture z":     func(t *evolve.Trial) { t.Arch = "z" },
		"epochs 200":         func(t *evolve.Trial) { t.Epochs = 200 },
		"weights of trial 1": func(t *evolve.Trial) { t.From = 1 },
		"epochs before 3":    func(t *evolve.Trial) { t.Trained = 3 },
		"parents [3 1]":      func(t *evolve.Trial) { t.Parents[1] = 1 },
		"tag 1":              func(t *evolve.Trial) { t.Tag = 1 },
		"seed 1":             func(t *evolve.Trial) { t.Seed = 1 },
	} {
		e := &costs{list: []float64{1}}
		pool := evolve.Local(e, evolve.LocalOptions{Window: 1, Past: []evolve.Outcome{{Trial: trial, Result: evolve.Result{Loss: .25}}}})
		asked := trial
		change(&asked)
		err := pool.Start(context.Background(), &asked)
		if name == "" && err != nil || name != "" && (!errors.Is(err, evolve.ErrDiverged) || !strings.Contains(err.Error(), "trial 7 asks for") || !strings.Contains(err.Error(), name)) {
			t.Errorf("%s: %v", name, err)
		}
		if e.calls != 0 {
			t.Errorf("%s: what is recorded was evaluated", name)
		}
	}
}

// A cost of seconds before this process moves the clock; one that a trial only tells does not.
func TestLocalTold(t *testing.T) {
	e := evaluator(func(_ context.Context, _ *evolve.Trial, r *evolve.Result) error {
		r.Cost = 1000
		return nil
	})
	for told, most := range map[bool]float64{true: 500, false: 1500} {
		pool := evolve.Local(e, evolve.LocalOptions{Window: 1, Told: told})
		if err := pool.Start(context.Background(), &evolve.Trial{ID: 1}); err != nil {
			t.Fatal(err)
		}
		o, err := pool.Wait(context.Background())
		if err != nil || o.Cost != 1000 || o.End > most || o.End < most-500 {
			t.Errorf("told %t: ends at %g with cost %g, %v", told, o.End, o.Cost, err)
		}
	}
}

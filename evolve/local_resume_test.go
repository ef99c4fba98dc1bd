package evolve_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A stopped study on real workers goes on from its record in either order of delivery: what
// was recorded is delivered again as it was and not evaluated, the searcher is led the same
// way, and the clock goes on.
func TestLocalResumes(t *testing.T) {
	for _, order := range []evolve.Order{evolve.ByID, evolve.ByArrival} {
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
		whole, err := study(t, context.Background(), e, 4, order, 40)
		if err != nil {
			t.Fatal(err)
		}
		for cut := 0; cut <= len(whole); cut += 10 {
			past := slices.Clone(whole[:cut])
			calls.Store(0)
			var r tape
			s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, 4, order, past), Recorder: &r, Trials: 40, Seed: 5}
			sum, err := s.Run(context.Background())
			if err != nil {
				t.Fatalf("order %d, cut %d: %v", order, cut, err)
			}
			if n := int(calls.Load()); n != 40-cut {
				t.Errorf("order %d, cut %d: %d evaluations, want %d", order, cut, n, 40-cut)
			}
			equal(t, "recorded trials", r[:cut].ids(), whole[:cut].ids())
			if order == evolve.ByID {
				equal(t, "proposals", r.archs(), whole.archs())
			}
			last := 0.0
			for _, o := range r[:cut] {
				last = max(last, o.End)
			}
			for _, o := range r[cut:] {
				if o.Start < last {
					t.Fatalf("order %d, cut %d: trial %d starts at %g, before the record's end at %g", order, cut, o.ID, o.Start, last)
				}
			}
			if sum.End < last {
				t.Errorf("the study ends at %g, its record at %g", sum.End, last)
			}
		}
	}
}

func TestLocalDiverged(t *testing.T) {
	e := evaluator(func(_ context.Context, _ *evolve.Trial, r *evolve.Result) error { return nil })
	whole, err := study(t, context.Background(), e, 2, evolve.ByID, 6)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]evolve.Outcome){
		"another arch":     func(p []evolve.Outcome) { p[2].Arch = "x" },
		"another seed":     func(p []evolve.Outcome) { p[2].Seed++ },
		"a trial too soon": func(p []evolve.Outcome) { p[0], p[5] = p[5], p[0] },
	} {
		past := slices.Clone(whole)
		change(past)
		s := evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, 2, evolve.ByID, past), Trials: 6, Seed: 5}
		if _, err := s.Run(context.Background()); !errors.Is(err, evolve.ErrDiverged) {
			t.Errorf("%s: %v, want ErrDiverged", name, err)
		}
	}
}

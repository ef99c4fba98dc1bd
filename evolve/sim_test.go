package evolve_test

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

// schedule is what Simulate must do, the slow way and by another idea: a trial goes to the
// worker that is free first; what ends first is told first.
func schedule(costs []float64, workers int) []evolve.Outcome {
	free := make([]float64, workers)
	var all []evolve.Outcome
	for i, c := range costs {
		w := slices.Index(free, slices.Min(free))
		o := evolve.Outcome{Trial: evolve.Trial{ID: i + 1}, Start: free[w], End: free[w] + c}
		free[w] = o.End
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b evolve.Outcome) int { return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.ID, b.ID)) })
	return all
}

func TestSimulateAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers := rapid.IntRange(1, 9).Draw(t, "workers")
		// Few different costs make ties, which only the IDs decide.
		list := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 1.5, 2, 3, 7.25}), 1, 60).Draw(t, "costs")
		var r tape
		sum, err := (&evolve.Study{Searcher: &chain{}, Pool: evolve.Simulate(&costs{list: list}, workers), Recorder: &r, Trials: len(list)}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		want := schedule(list, workers)
		if len(r) != len(want) || sum.End != want[len(want)-1].End {
			t.Fatalf("%d outcomes until %g, want %d until %g", len(r), sum.End, len(want), want[len(want)-1].End)
		}
		for i, w := range want {
			if o := r[i]; o.ID != w.ID || o.Start != w.Start || o.End != w.End || o.Loss != float64(o.ID)/100 {
				t.Fatalf("outcome %d: trial %d, %g to %g, loss %g; want trial %d, %g to %g", i+1, o.ID, o.Start, o.End, o.Loss, w.ID, w.Start, w.End)
			}
		}
	})
}

// A pool holds its size and no more; waiting for nobody is an error.
func TestPoolLimits(t *testing.T) {
	for name, p := range map[string]evolve.Pool{
		"sim":   evolve.Simulate(&costs{list: handMade}, 2),
		"local": evolve.Local(evaluator(func(context.Context, *evolve.Trial, *evolve.Result) error { return nil }), evolve.LocalOptions{Window: 2}),
	} {
		ctx := context.Background()
		if p.Size() != 2 {
			t.Errorf("%s: size %d, want 2", name, p.Size())
		}
		if _, err := p.Wait(ctx); err == nil {
			t.Errorf("%s: Wait with nothing running succeeds", name)
		}
		for id, wantErr := range []bool{false, false, true} {
			if err := p.Start(ctx, &evolve.Trial{ID: id + 1}); (err != nil) != wantErr {
				t.Errorf("%s: start %d of 2: %v", name, id+1, err)
			}
		}
		for range 2 {
			if _, err := p.Wait(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A delivered outcome stands until the next call, also while every worker is busy.
func TestSimulateKeepsTheDelivered(t *testing.T) {
	ctx := context.Background()
	p := evolve.Simulate(&costs{list: []float64{3, 1, 2}}, 2)
	for id := 1; id <= 2; id++ {
		if err := p.Start(ctx, &evolve.Trial{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := p.Wait(ctx)
	if err != nil || o.ID != 2 || o.End != 1 {
		t.Fatalf("%+v, %v; want trial 2 at 1", o, err)
	}
	// The caller may hand the outcome's own trial back.
	if err := p.Start(ctx, &o.Trial); err != nil || o.ID != 2 || o.End != 1 {
		t.Errorf("after the next start the outcome is %+v, %v", o, err)
	}
}

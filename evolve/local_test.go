package evolve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"go.uber.org/goleak"
)

// study runs on a local pool, and no goroutine may outlive it.
func study(t *testing.T, ctx context.Context, e evolve.Evaluator, workers, trials int) (tape, error) {
	t.Helper()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var r tape
	_, err := (&evolve.Study{Searcher: &chain{}, Pool: evolve.Local(e, evolve.LocalOptions{Window: workers}), Recorder: &r, Trials: trials, Seed: 5}).Run(ctx)
	return r, err
}

// Whatever the evaluations take, outcomes come by ID, and the searcher proposes the same.
func TestLocalIsReproducible(t *testing.T) {
	var want []evolve.Arch
	for pass := range uint64(4) {
		e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
			time.Sleep(time.Duration(evolve.Mix(pass, tr.Seed) % uint64(300*time.Microsecond)))
			r.Loss = float64(tr.Seed%1000) / 1000
			return nil
		})
		r, err := study(t, context.Background(), e, 4, 60)
		if err != nil {
			t.Fatal(err)
		}
		if len(r) != 60 || !slices.IsSorted(r.ids()) {
			t.Fatalf("outcomes of trials %v, want 1 to 60", r.ids())
		}
		if pass == 0 {
			want = r.archs()
		}
		equal(t, "proposals", r.archs(), want)
		for _, o := range r {
			if o.Start < 0 || o.End < o.Start {
				t.Fatalf("trial %d runs from %g to %g", o.ID, o.Start, o.End)
			}
		}
	}
}

// Trial 1 ends after trial 2 and is told first all the same.
func TestLocalOrder(t *testing.T) {
	second := make(chan struct{})
	e := evaluator(func(_ context.Context, tr *evolve.Trial, _ *evolve.Result) error {
		if tr.ID == 2 {
			close(second)
		} else {
			<-second
		}
		return nil
	})
	r, err := study(t, t.Context(), e, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "order", r.ids(), []int{1, 2})
}

type recorder func(*evolve.Outcome) error

func (f recorder) Record(o *evolve.Outcome) error { return f(o) }

// Each evaluation waits for three others: only four goroutines at once get through.
func TestLocalIsConcurrent(t *testing.T) {
	var all sync.WaitGroup
	all.Add(4)
	e := evaluator(func(context.Context, *evolve.Trial, *evolve.Result) error {
		all.Done()
		all.Wait()
		return nil
	})
	if r, err := study(t, context.Background(), e, 4, 4); err != nil || len(r) != 4 {
		t.Errorf("%d outcomes, %v", len(r), err)
	}
}

func TestLocalPanic(t *testing.T) {
	e := evaluator(func(_ context.Context, tr *evolve.Trial, _ *evolve.Result) error {
		if tr.ID == 3 {
			panic("boom")
		}
		return nil
	})
	r, err := study(t, context.Background(), e, 2, 10)
	if err == nil || errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "trial 3") || !strings.Contains(err.Error(), "panic: boom") {
		t.Errorf("error %v, want the panic of trial 3, which is no mere failure", err)
	}
	equal(t, "recorded", r.ids(), []int{1, 2})
}

func TestLocalCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e := evaluator(func(ctx context.Context, tr *evolve.Trial, _ *evolve.Result) error {
		if tr.ID < 4 {
			return nil
		}
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	r, err := study(t, ctx, e, 2, 100)
	if !errors.Is(err, context.Canceled) || len(r) > 3 {
		t.Errorf("recorded %v, %v; want Canceled before trial 4", r.ids(), err)
	}
}

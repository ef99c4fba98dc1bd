package papers

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// All 32 strings of five bits are drawn once each; a 33rd is refused.
func TestDistinct(t *testing.T) {
	all, err := Distinct(space.Bits{Length: 5}, evolve.Stream(1, "draw"), 32)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 32 {
		t.Errorf("%d different strings among 32", n)
	}
	if _, err := Distinct(space.Bits{Length: 5}, evolve.Stream(1, "draw"), 33); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("33 different strings of five bits: %v", err)
	}
}

// Every repetition runs once on any number of cores; an error ends the rest, and progress rises to the number of all.
func TestRepeat(t *testing.T) {
	for _, procs := range []int{1, 3, 50} {
		var mu sync.Mutex
		ran, most := make([]int, 20), 0
		a := Asked{Procs: procs, Progress: func(done, of int) {
			mu.Lock()
			defer mu.Unlock()
			if most = max(most, done); of != 20 {
				t.Errorf("%d of %d", done, of)
			}
		}}
		_, err := a.Repeat(context.Background(), 20, func(i int) ([]float64, error) { ran[i]++; return nil, nil })
		if err != nil || most != 20 || slices.Min(ran) != 1 || slices.Max(ran) != 1 {
			t.Errorf("%d cores: ran %v, progress to %d, %v", procs, ran, most, err)
		}
	}
	broken := errors.New("broken")
	ran := 0
	_, err := Asked{Procs: 1}.Repeat(context.Background(), 20, func(i int) ([]float64, error) {
		if ran++; i == 3 {
			return nil, broken
		}
		return nil, nil
	})
	if !errors.Is(err, broken) || ran != 4 {
		t.Errorf("after an error %d repetitions ran: %v", ran, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Asked{Procs: 2}).Repeat(ctx, 5, func(int) ([]float64, error) { return nil, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

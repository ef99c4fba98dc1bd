package evolvetest

import (
	"errors"
	"os"
	"reflect"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// shared: of a benchmark of shared weights. Where searchers train the weights it evaluates nothing itself, and a study
// that has left nothing begins again; where they are trained already, architecture and weights alone decide a loss,
// whoever asks, and no state is lost. What networks are worth that are trained alone is known, or is no number.
func (c *benchmark) shared(t *testing.T) {
	dir := t.TempDir()
	trainer, ok := c.Benchmark.(evolve.Trainer)
	if !ok {
		t.Fatalf("%T is no evolve.Trainer", c.Benchmark)
	}
	in, err := trainer.In(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("In itself left %v, %v", left, err)
	}
	if _, ok := in.(evolve.Finisher); !ok {
		t.Errorf("%T is no evolve.Finisher: a score that is not known stays so", in)
	}
	state, ok := in.(evolve.Stateful)
	if !ok {
		t.Fatalf("%T is no evolve.Stateful", in)
	}
	const told = 3
	want := told
	if in.Problem().Sharing != nil {
		want = 0
	}
	if kept, err := state.Kept(told); kept != want || err != nil {
		t.Errorf("of %d told trials an empty folder has %d: %v; want %d", told, kept, err, want)
	}
	for i := range c.trials {
		tr := &c.trials[i]
		s, err := in.Score(tr)
		known := finite(s.Val)
		if err != nil || known != finite(s.Test) || known && !(c.possible(s.Val) && c.possible(s.Test)) {
			t.Errorf("%s: score %+v, %v", tr.Arch, s, err)
		}
		if in.Problem().Sharing != nil {
			if err := in.Evaluate(t.Context(), tr, new(evolve.Result)); !errors.Is(err, evolve.ErrUnsupported) {
				t.Errorf("evaluates %s with weights that nobody trained: %v", tr.Arch, err)
			}
		}
	}
	if in.Problem().Sharing != nil {
		return
	}
	losses := func() (all []float64) {
		for _, r := range c.results(t) {
			if !c.possible(r.Loss) || !finite(r.Cost) || r.Cost <= 0 {
				t.Errorf("%+v", r)
			}
			all = append(all, r.Loss)
		}
		return all
	}
	first := losses()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if again := losses(); !reflect.DeepEqual(again, first) {
				t.Errorf("asked concurrently, the losses are %v, and were %v", again, first)
			}
		})
	}
	wg.Wait()
}

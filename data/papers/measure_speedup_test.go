package papers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// By hand: of two blocks the first has means 15 and 5, in the second a run never ended, and a fifth run fills no block.
func TestSpeedups(t *testing.T) {
	got := speedups([]float64{10, 20, 30, 40, 50}, []float64{5, 5, 10, math.Inf(1), 1}, 2)
	if len(got) != 2 || got[0] != 3 || !math.IsNaN(got[1]) {
		t.Errorf("%v, want 3 and NaN", got)
	}
}

// Trials of one second each that no result tells anything: of the trace of random search on one bit, the first 1 at
// trial k is found after k seconds by one worker, and after k/W, rounded up, by W.
func TestSpeedupOfATrace(t *testing.T) {
	all := measured(t, "speedup,benchmark=(bits,length=6,noise=0),algo=random,workers=1+4+7,target=100,block=5",
		Asked{Repeats: 20, Seed: 3, Procs: 2})
	one, block := all["1 worker"].Values, 0.
	for _, w := range []float64{4, 7} {
		several := all[fmt.Sprintf("%g workers", w)].Values
		for i, k := range one {
			if want := math.Ceil(k / w); several[i] != want {
				t.Errorf("run %d: %g s with one worker, %g with %g, want %g", i, k, several[i], w, want)
			}
		}
		var a, b float64
		for i := range 5 {
			a, b = a+one[i], b+several[i]
		}
		block = a / b
		if got := all[fmt.Sprintf("speed-up %g", w)].Values; len(got) != 4 || got[0] != block {
			t.Errorf("speed-up %g: %v, want 4 that begin with %g", w, got, block)
		}
		if got := all[fmt.Sprintf("efficiency %g", w)].Values[0]; math.Abs(got-100*block/w) > 1e-9 {
			t.Errorf("efficiency %g: %v, want %v", w, got, 100*block/w)
		}
	}
}

// A target that nothing reaches leaves runs without an end, and is said.
func TestSpeedupUnreached(t *testing.T) {
	spec, _ := evolve.ParseSpec("speedup,benchmark=(bits,length=9),algo=random,workers=1+2,target=101,trials=50,block=1")
	m, _, err := Measurements.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	found, err := m.Measure(context.Background(), Asked{Repeats: 2, Seed: 1, Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(found.Samples[0].Values[0], 1) || !math.IsNaN(found.Samples[2].Values[0]) ||
		!strings.Contains(strings.Join(found.Notes, " "), "2 with 1 worker, 2 with 2 workers") {
		t.Errorf("%+v", found)
	}
}

func TestSpeedupRefuses(t *testing.T) {
	for text, is := range map[string]error{
		"speedup,benchmark=(train:digits),algo=random": evolve.ErrUnsupported, // its seconds are real
		"speedup,benchmark=bits":                       evolve.ErrUnsupported, // asha has no second fidelity
	} {
		spec, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := Measurements.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Measure(context.Background(), Asked{Repeats: 1, Procs: 1}); !errors.Is(err, is) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSpeedupWorkers(t *testing.T) {
	for _, text := range []string{"", "2+4", "1+1", "1+x", "1+3+2", "1+9999999"} {
		if got, err := risingFromOne(text); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("workers=%s: %v, %v", text, got, err)
		}
	}
}

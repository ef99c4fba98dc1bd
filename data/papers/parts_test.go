package papers

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// repetitions are how many test-repeated has run.
var repetitions atomic.Int64

type repeated struct{}

func (repeated) Measure(ctx context.Context, a Asked) (*Measured, error) {
	found, err := a.Repeat(ctx, a.Repeats, func(i int) ([]float64, error) {
		repetitions.Add(1)
		return [][]float64{{1. / 3}, {math.NaN()}, {math.Inf(1)}, {1e-300}}[i%4], nil
	})
	if err != nil {
		return nil, err
	}
	return &Measured{Samples: []Sample{{Label: "up", Values: Column(found, 0)}}}, nil
}

func init() {
	Measurements.Register(evolve.Entry[Measurement]{Name: "test-repeated",
		New: func(evolve.Options) (Measurement, error) { return repeated{}, nil }})
}

// A measurement that is stopped keeps the repetitions that are done, to the bit; it says how many, and goes on with the
// others, even after a line that a crash tore.
func TestMeasurementStopped(t *testing.T) {
	dir := t.TempDir()
	p := &Paper{Name: "measured", Experiments: []Experiment{{Name: "m", Measurement: "test-repeated", Seeds: 20}}}
	run := func(dir string, ctx context.Context, see func(lab.Progress)) (*Reproduction, error) {
		repetitions.Store(0)
		return Reproduce(ctx, p, Options{Options: lab.Options{Procs: 1, Dir: dir, Observer: evolve.On(see)}, Seed: 1})
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err := run(dir, ctx, func(p lab.Progress) {
		if p.Done == 7 {
			stop()
		}
	})
	var stopped *lab.Interrupted
	if !errors.As(err, &stopped) || stopped.Done != 7 || stopped.Total != 20 {
		t.Fatalf("stopped: %+v, %v", stopped, err)
	}
	parts := filepath.Join(dir, "m", partsFile)
	f, err := os.OpenFile(parts, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.WriteString(`{"part":7,"val`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	text, err := os.ReadFile(parts)
	if err != nil {
		t.Fatal(err)
	}
	resumed, err := run(dir, context.Background(), func(lab.Progress) {})
	if n := repetitions.Load(); err != nil || n != 13 {
		t.Fatalf("%d repetitions after 7 of 20: %v", n, err)
	}
	whole, err := run(t.TempDir(), context.Background(), func(lab.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(whole.measured, resumed.measured, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	if _, err := os.Stat(parts); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the parts of what is whole are still there: %v", err)
	}
	// Other repeats, or an altered line, are refused.
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "m"), 0o755); err != nil {
		t.Fatal(err)
	}
	altered := slices.Clone(text)
	altered[slices.Index(altered, '3')] = '4'
	for _, bad := range [][]byte{altered, []byte("mine\n")} {
		if err := os.WriteFile(filepath.Join(other, "m", partsFile), bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := run(other, context.Background(), func(lab.Progress) {}); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%.30q: %v", bad, err)
		}
	}
}

package oneshot

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// training is one of four epochs on few digits.
func trainingOf(t *testing.T, sampling string) *Training {
	t.Helper()
	p := UniformPlan
	p.Epochs = 4
	return &Training{Data: "digits", Space: evolve.Spec{Name: "nb201"}, F: 4, N: 1, Batch: 32, Images: 160, Plan: p,
		Sampling: sampling, Seed: 5, Out: filepath.Join(t.TempDir(), "S.ckpt")}
}

// read is a file's bytes.
func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A training that is stopped after an epoch, and another within one, goes on to the same bytes as one that is not.
func TestTrainingGoesOn(t *testing.T) {
	for _, sampling := range Samplings {
		straight, cut := trainingOf(t, sampling), trainingOf(t, sampling)
		straight.Every = 3
		if err := straight.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cut.Observer = evolve.On(func(e Trained) {
			if e.Done == 2 {
				cancel()
			}
		})
		if err := cut.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("%s: stopped: %v", sampling, err)
		}
		var seen []int
		cut.Observer = evolve.On(func(e Trained) { seen = append(seen, e.Done) })
		if err := cut.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(seen, []int{2, 3, 4}) {
			t.Errorf("%s: gone on with epochs %v", sampling, seen)
		}
		if !bytes.Equal(read(t, straight.Out), read(t, cut.Out)) {
			t.Errorf("%s: a stopped training leaves other bytes", sampling)
		}
		w, err := Open(straight.Beside(3))
		if err != nil {
			t.Fatal(err)
		}
		if w.Epoch != 3 || len(w.Notes) != 3 || w.Close() != nil {
			t.Errorf("%s: the kept checkpoint is of epoch %d, with %d notes", sampling, w.Epoch, len(w.Notes))
		}
		if other, _ := filepath.Glob(filepath.Join(filepath.Dir(straight.Out), "*")); len(other) != 2 {
			t.Errorf("%s: left %v", sampling, other)
		}
	}
}

// Weights that were trained on labels tell other images apart; those that were trained on shuffled ones do not.
func TestShuffledLabelsTeachNothing(t *testing.T) {
	var errs []float64
	for _, shuffled := range []bool{false, true} {
		run := trainingOf(t, Uniform)
		run.Images, run.Shuffled, run.Plan.Epochs = 320, shuffled, 15
		if err := run.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		w, err := Open(run.Out)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		s, err := w.Scorer(Scoring{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Score(t.Context(), "333333", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if w.Shuffled != shuffled {
			t.Errorf("shuffled %v is kept as %v", shuffled, w.Shuffled)
		}
		errs = append(errs, got.Error)
	}
	if errs[0] > 0.7 || errs[1] < 0.8 { // of ten classes
		t.Errorf("errors %.2f, and with shuffled labels %.2f", errs[0], errs[1])
	}
}

// Weights of another engine or other kernels answer, and are not trained on.
func TestOtherEngine(t *testing.T) {
	run := trainingOf(t, Uniform)
	run.Plan.Epochs = 0
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Meta){"engine": func(m *Meta) { m.Engine++ },
		"kernels": func(m *Meta) { m.Kernels = "abacus" }} {
		k, err := readSealed(run.Out)
		if err != nil {
			t.Fatal(err)
		}
		change(&k.Meta)
		text, err := k.marshal()
		if err == nil {
			other := *run
			other.Out = filepath.Join(t.TempDir(), "S.ckpt")
			err = os.WriteFile(other.Out, text, 0o644)
			if late := other.Run(t.Context()); late == nil || !strings.Contains(late.Error(), "was trained with "+what) {
				t.Errorf("another %s: %v", what, late)
			}
			w, late := Open(other.Out)
			if late != nil {
				t.Fatal(late)
			}
			w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A whole file whose numbers no training leaves is refused, and no memory is taken for them.
func TestImpossibleCheckpoint(t *testing.T) {
	run := trainingOf(t, Uniform)
	run.Plan.Epochs = 0
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Meta){
		"1000000000000 epochs and 0 batches": func(m *Meta) { m.Epoch = 1e12 },
		"-1 epochs and 0 batches":            func(m *Meta) { m.Epoch = -1 },
		"0 epochs and -1 batches":            func(m *Meta) { m.Asked = -1 },
		"counts the steps of 0 weights":      func(m *Meta) { m.Steps = nil },
	} {
		k, err := readSealed(run.Out)
		if err != nil {
			t.Fatal(err)
		}
		change(&k.Meta)
		text, err := k.marshal()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "S.ckpt")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// What cannot be trained so is refused, and a file of anything else is left as it is.
func TestTrainingRefuses(t *testing.T) {
	done := trainingOf(t, Uniform)
	done.Plan.Epochs = 0
	if err := done.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "S.ckpt")
	if err := os.WriteFile(foreign, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		change func(*Training)
		want   string
	}{
		{func(r *Training) { r.Sampling = "even" }, `sampling of paths "even"`},
		{func(r *Training) { r.Space.Name = "nb101" }, `space that has a supernet "nb101"`},
		{func(r *Training) { r.Space.Name, r.Sampling = "nasnet", Mixture }, "has paths and no mixtures"},
		{func(r *Training) { r.Plan.LRMin = 1 }, "lr_min=1: want 0 to lr"},
		{func(r *Training) { r.Out = done.Out }, "was trained with epochs=0, this has 4; want another --out"},
		{func(r *Training) { r.Out, r.Plan.Epochs, r.Sampling = done.Out, 0, Fair }, "sampling uniform, this is fair"},
		{func(r *Training) { r.Out = foreign }, "is no checkpoint of a supernet"},
	} {
		run := trainingOf(t, Uniform)
		row.change(run)
		if err := run.Run(t.Context()); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v; want %q", err, row.want)
		}
	}
	if string(read(t, foreign)) != "mine" {
		t.Error("a file that is no checkpoint is written over")
	}
}

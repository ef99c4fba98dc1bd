package poll

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// small are weights of a narrow supernet after an epoch on a few images.
func small(t *testing.T) *oneshot.Weights {
	t.Helper()
	p := oneshot.UniformPlan
	p.Epochs = 1
	run := oneshot.Training{Data: "digits", Space: evolve.Spec{Name: "nb201"}, F: 2, N: 1, Batch: 32, Images: 96, Plan: p,
		Sampling: oneshot.Uniform, Seed: 5, Out: filepath.Join(t.TempDir(), "S.ckpt")}
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w, err := oneshot.Open(run.Out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// Scores are minus the losses that a scorer says, in the order of the architectures and whatever the number of scorers.
func TestScores(t *testing.T) {
	w := small(t)
	archs := []evolve.Arch{"333333", "123412", "000000", "444444", "340214", "111111", "222222"}
	scorer, err := w.Scorer(oneshot.Scoring{})
	if err != nil {
		t.Fatal(err)
	}
	defer scorer.Close()
	want := make([]float64, len(archs))
	for i, a := range archs {
		s, err := scorer.Score(t.Context(), a, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		want[i] = -s.Loss
	}
	for _, procs := range []int{0, 1, 3, 20} {
		var asked atomic.Int64
		got, err := Scores(t.Context(), w, oneshot.Scoring{}, archs, procs, func() { asked.Add(1) })
		if err != nil || !slices.Equal(got, want) || int(asked.Load()) != len(archs) {
			t.Errorf("%d scorers: %v, %v after %d architectures, want %v", procs, got, err, asked.Load(), want)
		}
	}
	if fitted, err := Scores(t.Context(), w, oneshot.Scoring{Refit: 2}, archs, 2, nil); err != nil || slices.Equal(fitted, want) {
		t.Errorf("re-fitted batch norms score as others: %v, %v", fitted, err)
	}
}

// What is no architecture of the supernet is named, with the file; a way of asking that cannot be, and a stop, are the
// error.
func TestScoresRefuses(t *testing.T) {
	w := small(t)
	if _, err := Scores(t.Context(), w, oneshot.Scoring{}, []evolve.Arch{"333333", "933333"}, 2, nil); !errors.Is(err, evolve.ErrInvalid) ||
		!strings.Contains(err.Error(), w.Path+": architecture 933333: ") {
		t.Errorf("no architecture: %v", err)
	}
	if _, err := Scores(t.Context(), w, oneshot.Scoring{Refit: -1}, []evolve.Arch{"333333"}, 2, nil); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("fitted to -1 batches: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	_, err := Scores(ctx, w, oneshot.Scoring{}, []evolve.Arch{"333333", "444444", "222222"}, 1, func() { asked++; cancel() })
	if !errors.Is(err, context.Canceled) || asked != 1 {
		t.Errorf("stopped after %d architectures: %v", asked, err)
	}
}

// An architecture whose answers are no numbers is below all others, and no error: here the file's weights are none.
func TestScoresOfNoNumbers(t *testing.T) {
	path := small(t).Path
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const head = 12 // bytes before the header
	end := len(text) - sha256.Size
	for at := head + int(binary.LittleEndian.Uint32(text[8:])); at < end; at += 4 {
		binary.LittleEndian.PutUint32(text[at:], math.Float32bits(float32(math.NaN())))
	}
	sum := sha256.Sum256(text[:end])
	copy(text[end:], sum[:])
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := oneshot.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	got, err := Scores(t.Context(), w, oneshot.Scoring{}, []evolve.Arch{"333333", "123412"}, 1, nil)
	if err != nil || len(got) != 2 || !math.IsInf(got[0], -1) || !math.IsInf(got[1], -1) {
		t.Errorf("%v, %v", got, err)
	}
}

// A variant says what is not the default of the command, and neither seed nor length.
func TestVariant(t *testing.T) {
	usual := func() *oneshot.Weights {
		return &oneshot.Weights{Meta: oneshot.Meta{Supernet: "nb201", Net: net.Config{F: 8, N: 1}, Batch: 64, Plan: oneshot.UniformPlan,
			Seed: 3, Epoch: 7}}
	}
	for want, c := range map[string]struct {
		change func(*oneshot.Weights)
		o      oneshot.Scoring
	}{
		"path":    {func(w *oneshot.Weights) { w.Plan.Epochs, w.Epoch, w.Seed = 3, 0, 9 }, oneshot.Scoring{}},
		"mixture": {func(*oneshot.Weights) {}, oneshot.Scoring{Mixed: true}},
		"path, ops=enas, fair, affine, drift, split=half, F=4, N=2, images=96, batch=32": {func(w *oneshot.Weights) {
			w.Supernet, w.Fair, w.Plan.Affine, w.Plan.Closed, w.Plan.Split = "enas", true, true, oneshot.Drift, oneshot.SplitHalf
			w.Net.F, w.Net.N, w.Images, w.Batch = 4, 2, 96, 32
		}, oneshot.Scoring{}},
		"path, trained as mixture, lr=0.5, lr-min=0.25, momentum=0, nesterov, weight-decay=0, clip=1, refit=4, shuffled labels": {func(w *oneshot.Weights) {
			p := &w.Plan
			w.Mixture, p.LR, p.LRMin, p.Momentum, p.Nesterov, p.WeightDecay, p.Clip, w.Shuffled = true, .5, .25, 0, true, 0, 1, true
		}, oneshot.Scoring{Refit: 4}},
	} {
		w := usual()
		c.change(w)
		if got := Variant(w, c.o); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

package oneshot

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

func entry(t *testing.T) evolve.Entry[evolve.Benchmark] {
	t.Helper()
	e, err := evolve.Benchmarks.Lookup("oneshot")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// weightsOf is a file of weights that were trained for some epochs.
func weightsOf(t testing.TB, space, sampling string, epochs int) string {
	t.Helper()
	spec, err := evolve.ParseSpec(space)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "S.ckpt")
	p := UniformPlan
	p.Epochs = epochs
	run := Training{Data: "digits", Space: spec, F: 4, N: 1, Batch: 32, Images: 160, Plan: p, Sampling: sampling,
		Seed: 3, Out: path}
	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return path
}

// with are the settings that weightsOf's weights are of.
func with(path string) string { return "oneshot:digits,F=4,batch=32,images=160,weights=" + path }

// The benchmark keeps its contract, for searchers that train and with weights.
func TestBenchmark(t *testing.T) {
	e := entry(t)
	t.Run("searchers train", func(t *testing.T) { evolvetest.Benchmark(t, e) })
	t.Run("weights", func(t *testing.T) {
		e.Variants = []string{"digits"}
		var set []evolve.Setting
		for _, key := range []string{"F=4", "batch=32", "images=160", "weights=" + weightsOf(t, "nb201", Uniform, 1),
			"refit=2"} {
			k, v, _ := strings.Cut(key, "=")
			set = append(set, evolve.Setting{Key: k, Value: v})
		}
		evolvetest.Benchmark(t, e, set...)
	})
}

// What cannot be is refused in a line that says what.
func TestBenchmarkRefuses(t *testing.T) {
	path := weightsOf(t, "nb201", Uniform, 0)
	damaged := filepath.Join(t.TempDir(), "damaged.ckpt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(damaged, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ spec, want string }{
		{"oneshot:digits,space=nb101", `space that has a supernet "nb101"`},
		{"oneshot:digits,refit=2", "refit=2 has no effect here, it is of weights=FILE"},
		{"oneshot:digits,F=16384", "parameters, this engine takes at most 268435456: want fewer channels or cells"},
		{"oneshot:digits,images=2000", "images 2000: the training part of digits has"},
		{"oneshot:digits,batch=512", "batch 512 is larger than"},
		{"oneshot:digits,weights=" + path, "the weights are of F 4, the benchmark is of 8"},
		{with(path) + ",space=darts", "the weights are of space nb201, the benchmark is of darts"},
		{with(damaged), "the checksum differs"},
		{with("nowhere.ckpt"), "nowhere.ckpt"},
	} {
		_, err := evolvetest.TryOpen(evolve.Benchmarks, row.spec)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", row.spec, err, row.want)
		}
	}
}

// Architectures of the table's networks have its scores, whatever of the cells that mean the same they are; others have
// none until they are trained alone, and then the same for ever.
func TestAnswersOfNetworks(t *testing.T) {
	b := evolvetest.Open(t, evolve.Benchmarks, "oneshot:digits")
	table := evolvetest.Open(t, evolve.Benchmarks, "digits201")
	for _, a := range []evolve.Arch{"123412", "444333", "000000", "012340"} {
		tr := &evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}}
		got, err := b.Score(tr)
		want, err2 := table.Score(tr)
		if err != nil || err2 != nil || got != want {
			t.Errorf("%s: %v, %v; the table has %v, %v", a, got, err, want, err2)
		}
	}
	if names := ownruns.Embedded(); len(names) == 0 {
		t.Error("no table is embedded")
	}
	dir := t.TempDir()
	b = evolvetest.Open(t, evolve.Benchmarks, "oneshot:digits,F=4,images=160,batch=32,answer_epochs=2,answer_seeds=2")
	in, err := b.(evolve.Trainer).In(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: "123412"}}
	if s, err := in.Score(tr); err != nil || !math.IsNaN(s.Val) || !math.IsNaN(s.Test) {
		t.Errorf("nobody has trained such a network, and its score is %v, %v", s, err)
	}
	first, err := in.(evolve.Finisher).Finish(t.Context(), tr)
	if err != nil || !(first.Val > 0 && first.Val < 1 && first.Test > 0 && first.Test < 1) {
		t.Fatalf("trained alone: %v, %v", first, err)
	}
	runs, err := filepath.Glob(filepath.Join(dir, "answer-*", "runs"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("trainings are in %v: %v", runs, err)
	}
	if err := os.RemoveAll(runs[0]); err != nil { // so that another training would show
		t.Fatal(err)
	}
	again, err := in.(evolve.Finisher).Finish(t.Context(), tr)
	if err != nil || again != first {
		t.Errorf("%v, and again %v, %v", first, again, err)
	}
	if left, _ := filepath.Glob(runs[0]); len(left) != 0 {
		t.Error("an answer is trained twice")
	}
	memory, err := in.(evolve.Trainer).In("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := memory.(evolve.Finisher).Finish(t.Context(), tr); err != nil || kept != first {
		t.Errorf("%v in a folder, %v, %v in memory", first, kept, err)
	}
}

// A training alone that diverges is a failure, and leaves no score: here the pixels are no numbers.
func TestAnswerDiverges(t *testing.T) {
	dir := t.TempDir()
	b, err := evolvetest.Open(t, evolve.Benchmarks, "oneshot:digits,F=4,images=160,batch=32,answer_epochs=2,answer_seeds=2").(*Benchmark).In(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	alone := b.(*Benchmark).alone
	data := *alone.data
	data.Norm = images.Norm{Mean: []float32{float32(math.NaN())}, Std: []float32{1}}
	alone.data = &data
	tr := &evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: "123412"}}
	if s, err := b.(evolve.Finisher).Finish(t.Context(), tr); !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "training the answer 123412 alone: seed 1: ") {
		t.Errorf("%v, %v, want a failure", s, err)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "*", scoreName)); len(kept) > 0 {
		t.Errorf("it left %v", kept)
	}
}

// Searchers that know nothing of supernets search the scores of weights.
func TestSearchOfWeights(t *testing.T) {
	for space, sampling := range map[string]string{"nb201": Fair, "darts": Mixture, "nasnet,ops=enas": Uniform} {
		path := weightsOf(t, space, sampling, 1)
		b := evolvetest.Open(t, evolve.Benchmarks, fmt.Sprintf("%s,space=(%s)", with(path), space))
		s := evolvetest.Open(t, evolve.Searchers, "regevo,population=4,sample=2")
		study := evolve.Study{Searcher: s, Problem: b.Problem(), Pool: evolve.Local(b, evolve.LocalOptions{Window: 2}),
			Seed: 1, Trials: 8}
		sum, err := study.Run(t.Context())
		if err != nil || sum.Trials != 8 {
			t.Errorf("%s: %+v, %v", space, sum, err)
		}
		w, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if w.Fair != (sampling == Fair) || w.Mixture != (sampling == Mixture) || w.Epoch != 1 || w.Seed != 3 {
			t.Errorf("%s: fair %v, mixture %v, epoch %d, seed %d", space, w.Fair, w.Mixture, w.Epoch, w.Seed)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Open(filepath.Join("testdata", "none.ckpt")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// What answers are judged by has the protocol of the benchmark that trains each trial so, and no other's.
func TestProtocolOfAnswers(t *testing.T) {
	protocol := func(text string) string {
		t.Helper()
		spec, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		return b.About().Protocol
	}
	for _, options := range []string{"", ",F=4,N=2,batch=32,images=160", ",space=darts,F=2"} {
		if a, b := protocol("oneshot:digits"+options), protocol("train:digits"+options); a != b || a == "" {
			t.Errorf("%q: answers %q, trials %q", options, a, b)
		}
	}
	usual := protocol("train:digits")
	for _, options := range []string{",F=4", ",batch=32", ",images=160", ",space=darts", ",answer_epochs=19"} {
		if protocol("oneshot:digits"+options) == usual {
			t.Errorf("oneshot:digits%s is as train:digits", options)
		}
	}
}

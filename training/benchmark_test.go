package training

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/training/device"
)

// trainBench opens the benchmark; settings are key=value.
func trainBench(t *testing.T, settings ...string) *Benchmark {
	t.Helper()
	s, err := evolve.ParseSpec(strings.Join(append([]string{"train:digits"}, settings...), ","))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := evolve.Benchmarks.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Benchmark)
}

// in is the benchmark of one study.
func in(t *testing.T, b *Benchmark, dir string, watch evolve.Observer) *Benchmark {
	t.Helper()
	c, err := b.In(dir, watch)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Benchmark)
}

// wholeEpochs leaves out what a slow machine tells within an epoch.
func wholeEpochs(hear func(evolve.TrialProgress)) evolve.Observer {
	return evolve.On(func(p evolve.TrialProgress) {
		if p.Part == 0 {
			hear(p)
		}
	})
}

func trial(id int, a evolve.Arch, epochs, from int) *evolve.Trial {
	return &evolve.Trial{ID: id, Seed: 7, Proposal: evolve.Proposal{Arch: a, Epochs: epochs, From: from}}
}

func evaluated(t *testing.T, b *Benchmark, tr *evolve.Trial) evolve.Result {
	t.Helper()
	var r evolve.Result
	if err := b.Evaluate(context.Background(), tr, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// file is a trial's checkpoint.
func file(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBenchmarkOnDiskAndInMemory(t *testing.T) {
	b := trainBench(t, "epochs=2")
	dir := t.TempDir()
	disk, memory := in(t, b, dir, nil), in(t, b, "", nil)
	var heard []evolve.TrialProgress
	disk.watch = wholeEpochs(func(p evolve.TrialProgress) { heard = append(heard, p) })
	for i, a := range []evolve.Arch{"333333", "214201"} {
		x, y := evaluated(t, disk, trial(i+1, a, 0, 0)), evaluated(t, memory, trial(i+1, a, 0, 0))
		if x.Loss != y.Loss || x.Cost <= 0 || y.Cost <= 0 || !(x.Loss > 0 && x.Loss < 0.9) {
			t.Errorf("%s: %+v on disk, %+v in memory", a, x, y)
		}
		p, q := heard[2*i], heard[2*i+1]
		if p.Trial != i+1 || p.Arch != a || p.Epoch != 1 || q.Epoch != 2 || q.Epochs != 2 || q.ValLoss != x.Loss || q.Seconds != x.Cost || !(q.TrainLoss < p.TrainLoss) {
			t.Errorf("heard %+v and %+v, result %+v", p, q, x)
		}
		s, err1 := disk.Score(trial(i+1, a, 0, 0))
		u, err2 := memory.Score(trial(i+1, a, 0, 0))
		if err1 != nil || err2 != nil || s != u || s.Val != x.Loss {
			t.Errorf("scores %+v, %v and %+v, %v", s, err1, u, err2)
		}
		// The score is the test error of the weights that were left.
		r := resumed(t, device.CPU[float32](), file(t, dir, []string{"000001.ckpt", "000002.ckpt"}[i]))
		e, err := r.Test(context.Background())
		if err != nil || 1-e.Accuracy() != s.Test {
			t.Errorf("test error %g of the weights, %v, score %+v", 1-e.Accuracy(), err, s)
		}
	}
	// Another study knows nothing of them.
	if _, err := in(t, b, "", nil).Score(trial(1, "333333", 0, 0)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a score from nowhere: %v", err)
	}
}

func TestBenchmarkInherits(t *testing.T) {
	dir := t.TempDir()
	b := in(t, trainBench(t, "epochs=4"), dir, nil)
	evaluated(t, b, trial(1, "333333", 2, 0))
	var heard []int
	b.watch = wholeEpochs(func(p evolve.TrialProgress) { heard = append(heard, p.Epoch) })
	on := evaluated(t, b, trial(2, "333333", 4, 1))
	if len(heard) != 2 || heard[0] != 3 || heard[1] != 4 {
		t.Errorf("trained the epochs %v, want 3 and 4", heard)
	}
	straight := evaluated(t, b, trial(3, "333333", 4, 0))
	if on.Loss != straight.Loss || !bytes.Equal(file(t, dir, "000002.ckpt"), file(t, dir, "000003.ckpt")) {
		t.Errorf("2 and 2 epochs end at %g, 4 at %g", on.Loss, straight.Loss)
	}
	var l trialRecord
	if err := checked.ParseLine(file(t, dir, "000002.json"), &l); err != nil || len(l.Seconds) != 4 || l.Seconds[0] != 0 || l.Seconds[1] != 0 || l.Seconds[2]+l.Seconds[3] != on.Cost {
		t.Errorf("%+v, %v: inherited epochs cost nothing, the others %g", l, err, on.Cost)
	}
	var r evolve.Result
	for _, c := range []struct {
		tr   *evolve.Trial
		is   error
		says string
	}{
		{trial(4, "333332", 4, 1), evolve.ErrInvalid, "the weights of trial 1 are of 333333 and not of 333332"},
		{trial(4, "333333", 4, 77), fs.ErrNotExist, "the weights of trial 77 are not there"},
		{trial(4, "333333", 1, 1), evolve.ErrInvalid, "have 2 epochs behind them and are asked for 1"},
		{trial(1, "333332", 2, 0), evolve.ErrInvalid, "the weights of trial 1 are of 333333 and not of 333332"},
		{trial(4, "x", 4, 0), evolve.ErrInvalid, "6 digits"},
	} {
		if err := b.Evaluate(context.Background(), c.tr, &r); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %s", c.tr, err, c.says)
		}
	}
}

// An isomorphic genome inherits, and it is the network of the weights that goes on.
func TestBenchmarkInheritsFromTwin(t *testing.T) {
	const x, y = "330244", "301244"
	b := in(t, trainBench(t, "epochs=2"), "", nil)
	evaluated(t, b, trial(1, x, 1, 0))
	on := evaluated(t, b, trial(2, y, 2, 1))
	text, _, err := b.store.get(2)
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse("x", text)
	if err != nil || c.Arch != x {
		t.Errorf("the weights are said to be of %s, %v, want %s", c.Arch, err, x)
	}
	if straight := evaluated(t, b, trial(3, x, 2, 0)); straight.Loss != on.Loss {
		t.Errorf("%s goes on as %s to %g, straight %g", x, y, on.Loss, straight.Loss)
	}
}

func TestBenchmarkGoesOn(t *testing.T) {
	b := trainBench(t, "epochs=4")
	whole := t.TempDir()
	want := evaluated(t, in(t, b, whole, nil), trial(1, "333133", 0, 0))
	for _, before := range []int{0, 2} { // epochs whose weights were kept
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		stopped := in(t, b, dir, evolve.On(func(p evolve.TrialProgress) {
			if p.Epoch == 3 {
				cancel()
			}
		}))
		tr := trial(1, "333133", 0, 0)
		if before > 0 {
			run, l, err := stopped.begin(t.Context(), tr)
			if err != nil {
				t.Fatal(err)
			}
			next(t, run, before)
			l.Seconds = []float64{1000, 2000, 4000} // the third's weights were never written
			text, err := run.marshal()
			if err == nil {
				err = stopped.store.put(1, text, l)
			}
			if err != nil {
				t.Fatal(err)
			}
			run.Close()
			if _, err := stopped.Score(tr); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "trial 1 has not ended") {
				t.Errorf("score before the end: %v", err)
			}
		}
		var r evolve.Result
		if err := stopped.Evaluate(ctx, tr, &r); !errors.Is(err, context.Canceled) || errors.Is(err, evolve.ErrFailed) {
			t.Fatalf("cancelled: %v", err)
		}
		if _, err := stopped.Score(tr); err == nil {
			t.Error("a stopped trial has a score")
		}
		if run, l, err := stopped.begin(t.Context(), tr); err != nil || run.Done() != 3 || len(l.Seconds) != 3 {
			t.Errorf("stopped after its third epoch: %v, seconds %v", err, l.Seconds)
		} else {
			run.Close()
		}
		got := evaluated(t, in(t, b, dir, nil), tr)
		if got.Loss != want.Loss || !bytes.Equal(file(t, dir, "000001.ckpt"), file(t, whole, "000001.ckpt")) {
			t.Errorf("stopped, with %d epochs kept before, then %g, straight %g", before, got.Loss, want.Loss)
		}
		if before > 0 && !(got.Cost > 3000 && got.Cost < 4000) {
			t.Errorf("cost %g, want the 3,000 s before the stop and a little", got.Cost)
		}
		if again := evaluated(t, in(t, b, dir, nil), tr); again.Loss != got.Loss || again.Cost != got.Cost {
			t.Errorf("asked again %+v, was %+v", again, got)
		}
	}
	text := file(t, whole, "000001.json")
	if err := os.WriteFile(filepath.Join(whole, "000001.json"), text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := in(t, b, whole, nil).Score(trial(1, "333133", 0, 0)); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "000001.json") {
		t.Errorf("half of a file: %v", err)
	}
}

func TestBenchmarkLimits(t *testing.T) {
	for _, c := range []struct{ set, says string }{
		{"seconds=1e-9", "epoch 1 did not end within the limit of 1e-09 s"},
		{"memory=1", "may take 1.0: want"},
	} {
		b := in(t, trainBench(t, "epochs=2", c.set), "", nil)
		var r evolve.Result
		err := b.Evaluate(context.Background(), trial(1, "333333", 0, 0), &r)
		if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.set, err)
		}
	}
}

func TestBenchmarkParallel(t *testing.T) {
	archs := []evolve.Arch{"333333", "214201", "000000", "123412", "231430", "333333"}
	b := trainBench(t, "epochs=2", "F=4")
	serial, parallel := in(t, b, "", nil), in(t, b, t.TempDir(), evolve.On(func(evolve.TrialProgress) {}))
	results := make([]evolve.Result, len(archs))
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range jobs {
				if err := parallel.Evaluate(context.Background(), trial(i+1, archs[i], 0, 0), &results[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range archs {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	for i, a := range archs {
		tr := trial(i+1, a, 0, 0)
		want := evaluated(t, serial, tr)
		x, err1 := serial.Score(tr)
		y, err2 := parallel.Score(tr)
		if results[i].Loss != want.Loss || err1 != nil || err2 != nil || x != y {
			t.Errorf("%s: %g, %+v, %v beside others, %g, %+v, %v alone", a, results[i].Loss, y, err2, want.Loss, x, err1)
		}
	}
	if results[0].Loss != results[5].Loss {
		t.Errorf("the same architecture and seed: %g and %g", results[0].Loss, results[5].Loss)
	}
}

func TestBenchmarkProblem(t *testing.T) {
	b := trainBench(t, "epochs=3")
	p := b.Problem()
	if len(p.Fidelities) != 3 || p.Fidelities[2] != (evolve.Fidelity{Epochs: 3, Resumes: true}) || p.Space.Name() != "nb201" || len(p.Proxies) != 2 {
		t.Errorf("problem %+v", p)
	}
	r := start(t, digitsJob("nb201", "333333", 1, nil))
	for i, want := range []int{r.Params(), r.Network.FLOPs()} {
		if v, err := p.Proxies[i].Score("333333"); err != nil || v != float64(want) {
			t.Errorf("%s: %g, %v, want %d", p.Proxies[i].Name, v, err, want)
		}
	}
	if a := b.About(); a.Dataset != "digits" || a.Kind != evolve.Training || a.Epochs != 3 || a.Hash != digits(t).Set.Hash {
		t.Errorf("about %+v", a)
	}
	if e, err := evolve.Benchmarks.Lookup("train"); err != nil || e.Variants[0] != "digits" || len(e.Variants) != len(images.Names()) {
		t.Errorf("%v, %v: the default is not in the program", e.Variants, err)
	}
	for set, is := range map[string]error{"aux=yes": evolve.ErrUnsupported, "device=gpu": evolve.ErrUnsupported, "epochs=0": evolve.ErrInvalid, "batch=1": evolve.ErrInvalid} {
		s, err := evolve.ParseSpec("train:digits," + set)
		if err == nil {
			_, _, err = evolve.Benchmarks.Open(s)
		}
		if !errors.Is(err, is) {
			t.Errorf("%s: %v, want %v", set, err, is)
		}
	}
}

package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// fake trains nothing: each epoch stirs a number, sleeps a little and leaves a checkpoint, as a
// benchmark that trains does. It is registered in this test's binary alone.
type fake struct {
	dir    string
	watch  evolve.Observer
	mu     *sync.Mutex
	memory map[int]checkpoint // without a folder
}

type checkpoint struct {
	Epoch   int
	State   uint64
	Seconds float64
}

const fakeEpochs = 3

// hearing is what a test learns of the fakes, and where it stops them.
type hearing struct {
	mu          sync.Mutex
	evaluations map[string]int // by folder and trial
	epochs      int
	now, most   int              // evaluations at a time
	after       func(epochs int) // called after each epoch with their number
	fails       bool             // every trial
	device      string           // that the fakes say they train on
}

var heard hearing

// listen begins anew.
func listen(after func(epochs int)) {
	heard.mu.Lock()
	defer heard.mu.Unlock()
	heard.evaluations, heard.epochs, heard.now, heard.most, heard.after, heard.fails, heard.device = map[string]int{}, 0, 0, 0, after, false, ""
}

func newFake() *fake { return &fake{mu: new(sync.Mutex), memory: map[int]checkpoint{}} }

func (f *fake) Problem() evolve.Problem {
	return evolve.Problem{Space: space.Bits{Length: 16}, Objectives: []evolve.Objective{evolve.NewObjective("error"), evolve.NewObjective("size")}, Fidelities: []evolve.Fidelity{{Epochs: 1, Resumes: true}, {Epochs: fakeEpochs, Resumes: true}}}
}

func (f *fake) About() evolve.About {
	return evolve.About{Title: "fake", Kind: evolve.Training, Device: heard.device, Epochs: fakeEpochs, Source: "made up", BestVal: math.NaN(), BestTest: math.NaN()}
}

func (f *fake) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	in := newFake()
	in.dir, in.watch = dir, watch
	return in, nil
}

func (f *fake) path(trial int) string { return filepath.Join(f.dir, fmt.Sprintf("%d.json", trial)) }

func (f *fake) load(trial int) (c checkpoint, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dir == "" {
		return f.memory[trial], nil
	}
	text, err := os.ReadFile(f.path(trial))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	return c, errors.Join(err, json.Unmarshal(text, &c))
}

func (f *fake) save(trial int, c checkpoint) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dir == "" {
		f.memory[trial] = c
		return nil
	}
	return durable.WriteFile(f.path(trial), func(w io.Writer) error { return json.NewEncoder(w).Encode(c) })
}

func (f *fake) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	heard.mu.Lock()
	heard.evaluations[fmt.Sprint(f.dir, " ", t.ID)]++
	heard.now++
	heard.most = max(heard.most, heard.now)
	fails := heard.fails
	heard.mu.Unlock()
	defer func() { heard.mu.Lock(); heard.now--; heard.mu.Unlock() }()
	if fails || t.Seed%5 == 0 {
		return fmt.Errorf("out of memory: %w", evolve.ErrFailed)
	}
	c, err := f.load(t.ID)
	if err != nil {
		return err
	}
	epochs := t.Epochs
	if epochs == 0 {
		epochs = fakeEpochs
	}
	for c.Epoch < epochs {
		if err := ctx.Err(); err != nil {
			return err
		}
		begin := time.Now()
		time.Sleep(time.Duration(t.Seed%3) * time.Millisecond)
		if c.Epoch == 0 {
			c.State = t.Seed
			for i := range len(t.Arch) {
				c.State = evolve.Mix(c.State, uint64(t.Arch[i]))
			}
		}
		c.Epoch++
		c.State = evolve.Mix(c.State, uint64(c.Epoch))
		c.Seconds += time.Since(begin).Seconds()
		if err := f.save(t.ID, c); err != nil {
			return err
		}
		heard.mu.Lock()
		heard.epochs++
		n, after := heard.epochs, heard.after
		heard.mu.Unlock()
		if f.watch != nil {
			f.watch(evolve.TrialProgress{Trial: t.ID, Arch: t.Arch, Epoch: c.Epoch, Epochs: epochs, TrainLoss: math.NaN(), ValLoss: loss(c), Seconds: c.Seconds})
		}
		if after != nil {
			after(n)
		}
	}
	r.Loss, r.Others, r.Cost = loss(c), []float64{float64(c.State % 100)}, c.Seconds
	return nil
}

func loss(c checkpoint) float64 { return float64(c.State%100_000) / 100_000 }

func (f *fake) Score(t *evolve.Trial) (evolve.Score, error) {
	c, err := f.load(t.ID)
	if err == nil && c.Epoch == 0 {
		err = fmt.Errorf("trial %d left nothing in %s", t.ID, f.dir)
	}
	return evolve.Score{Val: loss(c), Test: loss(c) / 2}, err
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{Name: "test-train", Doc: "trains nothing", Paper: "none",
		New: func(evolve.Options) (evolve.Benchmark, error) { return newFake(), nil }})
}

// endedTrials are the trials of a folder's journals, as the fakes name them.
func endedTrials(t *testing.T, dir string) map[string]bool {
	t.Helper()
	ended := map[string]bool{}
	paths, _ := filepath.Glob(filepath.Join(dir, runsFolder, "*", trialsFile))
	for _, path := range paths {
		past, err := journal.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range past {
			ended[fmt.Sprint(filepath.Join(filepath.Dir(path), weightsFolder), " ", past[i].ID)] = true
		}
	}
	return ended
}

// copyTree copies a folder that others are writing: what vanishes meanwhile was never there.
func copyTree(t *testing.T, from, to string) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, os.WriteFile(filepath.Join(to, name), text, 0o644))
	})
	if err != nil {
		t.Error(err)
	}
}

package evolvetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Benchmark checks that a benchmark keeps its contract with the given settings, on every
// variant; with -short on the first alone.
func Benchmark(t *testing.T, e evolve.Entry[evolve.Benchmark], set ...evolve.Setting) {
	t.Run("described", func(t *testing.T) {
		described(t, e)
		if e.Program { // of which any command line may be
			return
		}
		_, err := open(e, "no_such_variant", nil)
		unknown(t, err, "no_such_variant", "")
	})
	variants := e.Variants
	switch {
	case len(variants) == 0:
		variants = []string{""}
	case testing.Short():
		variants = variants[:1]
	}
	for _, v := range variants {
		t.Run("variant="+v, func(t *testing.T) { newBenchmark(t, e, v, set).check(t) })
	}
}

type benchmark struct {
	evolve.Benchmark
	entry   evolve.Entry[evolve.Benchmark]
	variant string
	set     []evolve.Setting
	trials  []evolve.Trial
}

func newBenchmark(t *testing.T, e evolve.Entry[evolve.Benchmark], variant string, set []evolve.Setting) *benchmark {
	b, err := open(e, variant, set)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(err) // a data set that is not here
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &benchmark{b, e, variant, set, nil}
	draws := spaceDraws
	switch a := c.About(); {
	case a.Shared:
		draws = 5 // of milliseconds each
	case a.Trains():
		draws = 1 // an evaluation takes seconds
	}
	for i, r := 1, stream(); i <= draws; i++ {
		c.trials = append(c.trials, evolve.Trial{ID: i, Seed: evolve.Mix(suiteSeed, uint64(i)),
			Proposal: evolve.Proposal{Arch: c.Problem().Space.Sample(r)}})
	}
	return c
}

func (c *benchmark) check(t *testing.T) {
	t.Run("about", c.about)
	t.Run("problem", c.problem)
	t.Run("declared objectives", c.declared)
	t.Run("objectives", c.objectives)
	t.Run("sizes", c.sizes)
	switch a := c.About(); {
	case a.Shared:
		t.Run("shared", c.shared)
		return
	case a.Trains():
		t.Run("trains", c.trains)
		return
	}
	t.Run("score", c.score)
	t.Run("evaluate", c.evaluate)
	t.Run("bounds", c.bounds)
	t.Run("concurrent", c.concurrent)
	t.Run("pinned", c.pinned)
}

func (c *benchmark) about(t *testing.T) {
	a := c.About()
	if !slices.Contains([]string{"table", "surrogate", "synthetic", evolve.Training}, a.Kind) ||
		a.Source == "" || a.Dataset != c.variant {
		t.Errorf("Kind %q, Source %q, Dataset %q of variant %q", a.Kind, a.Source, a.Dataset, c.variant)
	}
	fidelities := c.Problem().Fidelities // of shared weights Epochs are those that they were trained for
	if !a.Shared && !slices.ContainsFunc(fidelities, func(f evolve.Fidelity) bool { return f.Epochs == a.Epochs }) {
		t.Errorf("%d epochs are none of %v", a.Epochs, c.Problem().Fidelities)
	}
	unsealed := a.Kind == "synthetic" || a.Trains() && (a.Dataset == "" || c.entry.Program)
	if n := len(a.Hash); n != 64 && !(n == 0 && unsealed) {
		t.Errorf("Hash %q is not a SHA-256", a.Hash)
	}
	for _, best := range []float64{a.BestVal, a.BestTest} {
		if !math.IsNaN(best) && !c.possible(best) {
			t.Errorf("BestVal %g and BestTest %g are not what %s can be", a.BestVal, a.BestTest, a.Metric.Name())
		}
	}
}

func (c *benchmark) problem(t *testing.T) {
	p := c.Problem()
	if len(p.Objectives) == 0 || len(p.Fidelities) == 0 {
		t.Fatalf("%d objectives, %d fidelities", len(p.Objectives), len(p.Fidelities))
	}
	least := 1
	if c.About().Shared {
		least = 0 // a trial that asks trained weights trains none
	}
	for i, f := range p.Fidelities {
		if f.Epochs < least || i > 0 && f.Epochs <= p.Fidelities[i-1].Epochs {
			t.Errorf("fidelities %v do not rise from %d or more", p.Fidelities, least)
		}
	}
}

// score: what the metric can be, none below what the benchmark calls the best.
func (c *benchmark) score(t *testing.T) {
	a := c.About()
	for _, tr := range c.trials {
		s, err := c.Score(&tr)
		if err != nil || !c.possible(s.Val) || !c.possible(s.Test) || s.Val < a.BestVal || s.Test < a.BestTest {
			t.Fatalf("%s: score %+v, %v; the best are %g and %g", tr.Arch, s, err, a.BestVal, a.BestTest)
		}
	}
}

// evaluate: architecture and seed alone decide, at a cost, whoever asks and in which order.
func (c *benchmark) evaluate(t *testing.T) {
	first := c.results(t)
	for i, r := range first {
		if !finite(r.Loss) || !finite(r.Cost) || r.Cost <= 0 {
			t.Fatalf("%s: %+v: want a finite loss and a finite cost above 0", c.trials[i].Arch, r)
		}
		c.values(t, c.trials[i].Arch, &r)
	}
	backwards := *c
	backwards.trials = slices.Clone(c.trials)
	slices.Reverse(backwards.trials)
	for i := range backwards.trials {
		backwards.trials[i].ID += 1000 // a number says nothing
	}
	again := backwards.results(t)
	slices.Reverse(again)
	if !reflect.DeepEqual(first, again) {
		t.Error("evaluated in another order, the results differ")
	}
}

// results evaluates all trials.
func (c *benchmark) results(t *testing.T) []evolve.Result {
	all := make([]evolve.Result, len(c.trials))
	for i := range c.trials {
		if err := c.Evaluate(context.Background(), &c.trials[i], &all[i]); err != nil {
			t.Error(err)
		}
	}
	return all
}

// concurrent: for the race detector, and the same from every goroutine.
func (c *benchmark) concurrent(t *testing.T) {
	want := c.results(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if !reflect.DeepEqual(c.results(t), want) {
				t.Error("evaluated concurrently, the results differ")
			}
			for i := range c.trials {
				if _, err := c.Score(&c.trials[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// trains: of a benchmark that trains, architecture and seed alone decide all but seconds, on disk or
// not, stopped or not, beside another training or not; what was trained is scored from its folder,
// and only there. Three evaluations.
func (c *benchmark) trains(t *testing.T) {
	trial := c.trials[0]
	dir := t.TempDir()
	in := func(b evolve.Benchmark, dir string, watch evolve.Observer) evolve.Benchmark {
		tr, ok := b.(evolve.Trainer)
		if !ok {
			t.Fatalf("%T is no evolve.Trainer", b)
		}
		b, err := tr.In(dir, watch)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("In itself left %v, %v", left, err)
	}
	pinned := mustOpen(t, c.entry, c.variant, append(slices.Clone(c.set), c.About().Pinned...))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var results [2]evolve.Result
	var wg sync.WaitGroup
	other := trial
	other.ID += 1000 // a number says nothing
	memory := in(pinned, "", nil)
	stopped := in(c.Benchmark, dir, evolve.On(func(p evolve.TrialProgress) {
		if p.Trial != trial.ID || p.Arch != trial.Arch || p.Epoch > p.Epochs || !(p.Part >= 0 && p.Part <= 1) ||
			p.Epoch < 1 && p.Part == 0 {
			t.Errorf("progress %+v of trial %d", p, trial.ID)
		}
		if p.Epoch > 0 {
			cancel()
		}
	}))
	wg.Go(func() { // stopped after its first epoch, and gone on with
		err := stopped.Evaluate(ctx, &trial, &results[0])
		if err == nil {
			return // of a single epoch
		}
		results[0] = evolve.Result{}
		if errors.Is(err, context.Canceled) {
			err = in(c.Benchmark, dir, nil).Evaluate(context.Background(), &trial, &results[0])
		}
		if err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := memory.Evaluate(context.Background(), &other, &results[1]); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	for i := range results {
		r := &results[i]
		if !c.possible(r.Loss) || !finite(r.Cost) || r.Cost <= 0 {
			t.Errorf("%s: %+v", trial.Arch, *r)
		}
		c.values(t, trial.Arch, r)
		r.Cost = 0 // measured
	}
	if !reflect.DeepEqual(results[0], results[1]) {
		t.Errorf("stopped and on disk %+v, in memory %+v", results[0], results[1])
	}
	a, err := in(c.Benchmark, dir, nil).Score(&trial)
	b, err2 := memory.Score(&other)
	if err != nil || err2 != nil || a != b || !c.possible(a.Val) || !c.possible(a.Test) {
		t.Errorf("scores %+v, %v from the folder and %+v, %v from memory", a, err, b, err2)
	}
	if a.Val != results[0].Loss {
		t.Errorf("scored %g on the validation images and told %g", a.Val, results[0].Loss)
	}
	if _, err := in(c.Benchmark, t.TempDir(), nil).Score(&trial); err == nil {
		t.Error("an empty folder has a score of a trial")
	}
}

// pinned: the settings that a benchmark says it decided on open this very benchmark again.
func (c *benchmark) pinned(t *testing.T) {
	b := *c
	b.Benchmark = mustOpen(t, c.entry, c.variant, append(slices.Clone(c.set), c.About().Pinned...))
	if fmt.Sprintf("%+v", b.About()) != fmt.Sprintf("%+v", c.About()) ||
		!reflect.DeepEqual(b.results(t), c.results(t)) {
		t.Errorf("%v opens %+v, was %+v", c.About().Pinned, b.About(), c.About())
	}
}

// possible says whether a loss is one that the metric can have: errors are fractions.
func (c *benchmark) possible(loss float64) bool {
	if c.About().Metric.Unit() == "%" {
		return loss >= 0 && loss <= 1
	}
	return finite(loss)
}

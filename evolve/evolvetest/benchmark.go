package evolvetest

import (
	"context"
	"fmt"
	"math"
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
	c := &benchmark{mustOpen(t, e, variant, set), e, variant, set, nil}
	for i, r := 1, stream(); i <= spaceDraws; i++ {
		c.trials = append(c.trials, evolve.Trial{ID: i, Seed: evolve.Mix(suiteSeed, uint64(i)), Proposal: evolve.Proposal{Arch: c.Problem().Space.Sample(r)}})
	}
	return c
}

func (c *benchmark) check(t *testing.T) {
	t.Run("about", c.about)
	t.Run("problem", c.problem)
	t.Run("score", c.score)
	t.Run("evaluate", c.evaluate)
	t.Run("concurrent", c.concurrent)
	t.Run("pinned", c.pinned)
}

func (c *benchmark) about(t *testing.T) {
	a := c.About()
	if !slices.Contains([]string{"table", "surrogate", "synthetic"}, a.Kind) || a.Source == "" || a.Dataset != c.variant {
		t.Errorf("Kind %q, Source %q, Dataset %q of variant %q", a.Kind, a.Source, a.Dataset, c.variant)
	}
	if !slices.ContainsFunc(c.Problem().Fidelities, func(f evolve.Fidelity) bool { return f.Epochs == a.Epochs }) {
		t.Errorf("%d epochs are none of %v", a.Epochs, c.Problem().Fidelities)
	}
	if n := len(a.Hash); n != 64 && !(n == 0 && a.Kind == "synthetic") {
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
	for i, f := range p.Fidelities {
		if f.Epochs < 1 || i > 0 && f.Epochs <= p.Fidelities[i-1].Epochs {
			t.Errorf("fidelities %v do not rise from 1 or more", p.Fidelities)
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
		if n := len(c.Problem().Objectives) - 1; len(r.Others) != n {
			t.Fatalf("%s: %d further objectives, want %d", c.trials[i].Arch, len(r.Others), n)
		}
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

// pinned: the settings that a benchmark says it decided on open this very benchmark again.
func (c *benchmark) pinned(t *testing.T) {
	b := *c
	b.Benchmark = mustOpen(t, c.entry, c.variant, append(slices.Clone(c.set), c.About().Pinned...))
	if fmt.Sprintf("%+v", b.About()) != fmt.Sprintf("%+v", c.About()) || !reflect.DeepEqual(b.results(t), c.results(t)) {
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

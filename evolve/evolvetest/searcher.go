package evolvetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Trials of a run: enough that a searcher with a population of 50 breeds for a while, and that one which fits a model
// has proposed by it for a while after ten architectures to begin with.
const (
	suiteTrials      = 130
	suiteTrialsModel = 40
	suiteSeed        = 11
)

// Searcher checks that a searcher with the given settings keeps the contract on b, which must offer what it needs: see
// [Fits]. What it claims to be better at is the affair of [Claims].
func Searcher(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) {
	c := &searcher{entry: e, set: set, bench: b, trials: suiteTrials, cuts: boundCuts}
	if e.Models {
		c.trials, c.cuts = suiteTrialsModel, boundCutsModel
	}
	c.fit(t)
	t.Run("described", func(t *testing.T) { described(t, e) })
	t.Run("needs", func(t *testing.T) { c.needs(t) })
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			t.Run("contract", func(t *testing.T) { c.contract(t, workers) })
			t.Run("deterministic", func(t *testing.T) { c.deterministic(t, workers) })
			t.Run("failures", func(t *testing.T) { c.failures(t, workers) })
			t.Run("bound", func(t *testing.T) { c.bound(t, workers) })
			t.Run("resume", func(t *testing.T) { c.resume(t, workers) })
			if _, ok := c.new(t).(evolve.Recommender); ok {
				t.Run("recommends", func(t *testing.T) { c.recommends(t, workers) })
			}
		})
	}
	t.Run("blind", func(t *testing.T) { Blind(t, e, shuffled{b, b.Problem().Space, suiteSeed}, set...) })
}

type searcher struct {
	entry  evolve.Entry[evolve.Searcher]
	set    []evolve.Setting
	bench  evolve.Benchmark
	trials int   // of a run
	cuts   []int // numbers of trials at which a run is cut short
}

func (c *searcher) new(t *testing.T) evolve.Searcher {
	t.Helper()
	return mustOpen(t, c.entry, "", c.set)
}

// run searches and returns the outcomes in the order of telling.
func (c *searcher) run(t *testing.T, s evolve.Searcher, e evolve.Evaluator, workers int, seed uint64) []evolve.Outcome {
	t.Helper()
	var r tape
	study := evolve.Study{Problem: c.bench.Problem(), Searcher: s, Pool: evolve.Simulate(e, workers), Recorder: &r,
		Seed: seed, Trials: c.trials}
	sum, err := study.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if sum.Trials != c.trials || len(r.outcomes) != c.trials {
		t.Fatalf("%d trials, %d recorded, want %d", sum.Trials, len(r.outcomes), c.trials)
	}
	return r.outcomes
}

// tape keeps outcomes.
type tape struct{ outcomes []evolve.Outcome }

func (r *tape) Record(o *evolve.Outcome) error {
	kept := *o
	kept.Others = slices.Clone(o.Others)
	r.outcomes = append(r.outcomes, kept)
	return nil
}

// contract: proposals are valid, parents are known by then, the clock never goes back, and
// nobody is asked for more than the bound.
func (c *searcher) contract(t *testing.T, workers int) {
	s := &spy{Searcher: c.new(t), t: t, problem: c.bench.Problem(), told: map[int]bool{}}
	last := 0.0
	for i, o := range c.run(t, s, c.bench, workers, suiteSeed) {
		if o.End < last || o.Start > o.End || o.Start < 0 {
			t.Fatalf("outcome %d runs from %g to %g after one that ended at %g", i+1, o.Start, o.End, last)
		}
		last = o.End
	}
	if s.asked != c.trials {
		t.Errorf("proposed %d trials, want %d", s.asked, c.trials)
	}
}

// recommends: nothing before anything was told, then an architecture that the space has, and asking for it changes
// nothing.
func (c *searcher) recommends(t *testing.T, workers int) {
	r := &asked{Recommender: c.new(t).(evolve.Recommender), t: t, space: c.bench.Problem().Space}
	plain, advised := c.run(t, c.new(t), c.bench, workers, suiteSeed), c.run(t, r, c.bench, workers, suiteSeed)
	same(t, "asked for a recommendation all the time", plain, advised)
	if r.given == 0 {
		t.Errorf("a Recommender recommends nothing in %d trials", c.trials)
	}
}

// asked is a searcher that is asked for a recommendation before every proposal.
type asked struct {
	evolve.Recommender
	t     *testing.T
	space evolve.Space
	told  int
	given int
}

func (s *asked) Ask(p *evolve.Proposal) bool {
	a, ok := s.Recommend()
	if ok {
		s.given++
		if _, err := s.space.Canon(a); err != nil {
			s.t.Errorf("recommends %q: %v", a, err)
		}
	}
	if ok && s.told == 0 {
		s.t.Errorf("recommends %q before anything was told", a)
	}
	return s.Recommender.Ask(p)
}

func (s *asked) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.told++
	return s.Recommender.Tell(t, r)
}

// spy checks every proposal as it passes.
type spy struct {
	evolve.Searcher
	t       *testing.T
	problem evolve.Problem
	asked   int
	told    map[int]bool
}

func (s *spy) Ask(p *evolve.Proposal) bool {
	if !s.Searcher.Ask(p) {
		return false
	}
	s.asked++
	if _, err := s.problem.Space.Canon(p.Arch); err != nil {
		s.t.Errorf("proposal %d: %v", s.asked, err)
	}
	offered := func(f evolve.Fidelity) bool { return f.Epochs == p.Epochs }
	if p.Epochs != 0 && !slices.ContainsFunc(s.problem.Fidelities, offered) {
		s.t.Errorf("proposal %d: %d epochs are none of %v", s.asked, p.Epochs, s.problem.Fidelities)
	}
	for _, id := range []int{p.From, p.Parents[0], p.Parents[1]} {
		if id != 0 && !s.told[id] {
			s.t.Errorf("proposal %d descends from trial %d, of which nothing was told yet", s.asked, id)
		}
	}
	if p.Parents[0] == 0 && p.Parents[1] != 0 {
		s.t.Errorf("proposal %d has a second parent and no first", s.asked)
	}
	return true
}

func (s *spy) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.told[t.ID] = true
	return s.Searcher.Tell(t, r)
}

// deterministic: the seed alone decides, and Init leaves nothing of an earlier run.
func (c *searcher) deterministic(t *testing.T, workers int) {
	s := c.new(t)
	first := c.run(t, s, c.bench, workers, suiteSeed)
	other := c.run(t, s, c.bench, workers, suiteSeed+1)
	same(t, "the same instance again", first, c.run(t, s, c.bench, workers, suiteSeed))
	same(t, "a new instance", first, c.run(t, c.new(t), c.bench, workers, suiteSeed))
	if !slices.ContainsFunc(first, func(o evolve.Outcome) bool { return o.Arch != other[o.ID-1].Arch }) {
		t.Error("another seed proposes the same architectures")
	}
}

func same(t *testing.T, what string, want, got []evolve.Outcome) {
	t.Helper()
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("%s: outcome %d is\n%+v, was\n%+v", what, i+1, got[i], want[i])
		}
	}
}

// failures: a searcher that is told +Inf, now and then or always, goes on.
func (c *searcher) failures(t *testing.T, workers int) {
	for _, every := range []uint64{3, 1} {
		failed, begun := 0, 0
		for _, o := range c.run(t, c.new(t), failing{c.bench, every}, workers, suiteSeed) {
			if o.From == 0 {
				begun++ // what goes on has the seed of what it goes on from, which did not fail
			}
			if errors.Is(o.Err, evolve.ErrFailed) {
				failed++
			}
		}
		if failed < begun/int(every)/2 {
			t.Errorf("%d of %d trainings failed, one in %d was meant to", failed, begun, every)
		}
	}
}

// failing fails one trial in so many, by its seed, after it has cost its time.
type failing struct {
	evolve.Evaluator
	every uint64
}

func (f failing) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if err := f.Evaluator.Evaluate(ctx, t, r); err != nil || t.Seed%f.every != 0 {
		return err
	}
	return fmt.Errorf("out of memory in trial %d: %w", t.ID, evolve.ErrFailed)
}

package evolvetest

import (
	"context"
	"errors"
	"fmt"
	"math"
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
// [Fits]. What it claims to be better at is the affair of [Claims], and that it looks ahead at nothing that of [Blind].
//
// A searcher that fits models, itself or one within it, takes milliseconds for a proposal. Runs are therefore shared
// where one can show two things, and what eight workers cannot change is asked with one.
func Searcher(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) {
	c := newSearcher(t, e, b, set)
	t.Run("described", func(t *testing.T) { described(t, e) })
	t.Run("needs", func(t *testing.T) { c.needs(t) })
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			c.contract(t, workers)
			if !c.models || workers > 1 {
				t.Run("failures", func(t *testing.T) { c.failures(t, workers) })
			}
			t.Run("bound", func(t *testing.T) { c.bound(t, workers) })
			t.Run("resume", func(t *testing.T) { c.resume(t, workers) })
			if workers == 1 && c.isRecommender(t) {
				t.Run("recommends", func(t *testing.T) { c.recommends(t, workers) })
			}
		})
	}
	t.Run("losses", func(t *testing.T) { c.scaled(t) })
	t.Run("edges", func(t *testing.T) { c.edges(t) })
}

// Contract is the heart of [Searcher], for further benchmarks: proposals are valid and the seed decides them.
func Contract(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set ...evolve.Setting) {
	c := newSearcher(t, e, b, set)
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) { c.contract(t, workers) })
	}
}

type searcher struct {
	entry  evolve.Entry[evolve.Searcher]
	set    []evolve.Setting
	bench  evolve.Benchmark
	models bool          // it, or one within it, fits models
	skips  bool          // it proposes no architecture twice
	may    bool          // it has an option that says whether it does
	losses evolve.Losses // that decide, of it and all within it
	trials int           // of a run
	cuts   []int         // numbers of trials at which a run is cut short
}

// newSearcher fails the test where the searcher does not fit the benchmark.
func newSearcher(t *testing.T, e evolve.Entry[evolve.Searcher], b evolve.Benchmark, set []evolve.Setting) *searcher {
	t.Helper()
	_, o, err := resolve(e, set)
	if err != nil {
		t.Fatal(err)
	}
	c := &searcher{entry: e, set: set, bench: b, models: e.ModelsOf(o), losses: e.LossesOf(o),
		trials: suiteTrials, cuts: boundCuts}
	for _, p := range e.Params {
		c.may = c.may || p.Name == "repeat"
		c.skips = c.skips || p.Name == "repeat" && o.Text(p.Name) == "skip"
	}
	if c.models {
		c.trials, c.cuts = suiteTrialsModel, boundCutsModel
	}
	c.fit(t)
	return c
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

// contract: proposals are valid, parents are known by then, the clock never goes back, nobody is asked for more than
// the bound, what is charged is what the evaluations cost, and a score is asked for by nobody. The seed alone decides,
// and Init leaves nothing of an earlier run.
func (c *searcher) contract(t *testing.T, workers int) {
	plain := c.new(t)
	s := &spy{Searcher: plain, t: t, problem: c.bench.Problem(), told: map[int]bool{}}
	bill := &bill{Benchmark: c.bench, t: t}
	first := c.run(t, s, bill, workers, suiteSeed)
	last, charged := 0.0, 0.0
	for i, o := range first {
		if o.End < last || o.Start > o.End || o.Start < 0 {
			t.Fatalf("outcome %d runs from %g to %g after one that ended at %g", i+1, o.Start, o.End, last)
		}
		if last = o.End; o.Known != nil && o.Cost != 0 {
			t.Errorf("outcome %d is answered from memory and costs %g s", i+1, o.Cost)
		}
		charged += o.Cost
	}
	if s.asked != c.trials {
		t.Errorf("proposed %d trials, want %d", s.asked, c.trials)
	}
	if diff := charged - bill.seconds; math.Abs(diff) > 1e-9*bill.seconds { // summed in another order
		t.Errorf("charged %g s, the evaluations cost %g s", charged, bill.seconds)
	}
	if workers == 1 {
		other := c.run(t, plain, c.bench, workers, suiteSeed+1)
		if !slices.ContainsFunc(first, func(o evolve.Outcome) bool { return o.Arch != other[o.ID-1].Arch }) {
			t.Error("another seed proposes the same architectures")
		}
	}
	same(t, "the same instance again", first, c.run(t, plain, c.bench, workers, suiteSeed))
	if !c.models {
		same(t, "a new instance", first, c.run(t, c.new(t), c.bench, workers, suiteSeed))
	}
}

// bill adds up what evaluations cost. A search has no business with its scores.
type bill struct {
	evolve.Benchmark
	t       *testing.T
	seconds float64
}

func (b *bill) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	err := b.Benchmark.Evaluate(ctx, t, r)
	b.seconds += r.Cost
	return err
}

func (b *bill) Score(t *evolve.Trial) (evolve.Score, error) {
	b.t.Errorf("the score of trial %d is asked for in the middle of a search", t.ID)
	return evolve.Score{Val: math.NaN(), Test: math.NaN()}, nil
}

// isRecommender says whether the searcher recommends architectures, or the one to which it leaves the search.
func (c *searcher) isRecommender(t *testing.T) bool {
	s := c.new(t)
	if c.entry.Chooses != nil {
		_, o, err := resolve(c.entry, c.set)
		if err != nil {
			t.Fatal(err)
		}
		s = Open(t, evolve.Searchers, c.entry.Chooses(o, c.bench.Problem()).Searcher.String())
	}
	_, ok := s.(evolve.Recommender)
	return ok
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

func same(t *testing.T, what string, want, got []evolve.Outcome) {
	t.Helper()
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("%s: outcome %d is\n%+v, was\n%+v", what, i+1, got[i], want[i])
		}
	}
}

// failures: a searcher goes on that is told +Inf always. That it does now and then, bound shows.
func (c *searcher) failures(t *testing.T, workers int) {
	for i, o := range c.run(t, c.new(t), failing{c.bench, 1}, workers, suiteSeed) {
		if !errors.Is(o.Err, evolve.ErrFailed) || !math.IsInf(o.Loss, 1) {
			t.Fatalf("outcome %d has the loss %g, %v: all were meant to fail", i+1, o.Loss, o.Err)
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

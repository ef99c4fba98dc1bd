package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// One worker ends these trials at 10, 30, 35, 65, 80, 90. Two work on them so:
//
//	1 0-10 | 3 10-15 | 4 15-45
//	2 0-20           | 5 20-35 | 6 35-45
var handMade = []float64{10, 20, 5, 30, 15, 10}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		name      string
		workers   int
		trials    int
		budget    float64
		overshoot bool
		ids       []int
		end       float64
		calls     int // dropped trials were evaluated too
	}{
		{"trials", 1, 3, 0, false, []int{1, 2, 3}, 35, 3},
		{"trials", 2, 4, 0, false, []int{1, 3, 2, 4}, 45, 4},
		{"more workers than trials", 8, 3, 0, false, []int{3, 1, 2}, 20, 3},
		{"budget, the last is dropped", 1, 0, 40, false, []int{1, 2, 3}, 35, 4},
		{"budget, the last counts", 1, 0, 40, true, []int{1, 2, 3, 4}, 65, 4},
		{"budget met exactly", 1, 0, 35, false, []int{1, 2, 3}, 35, 3},
		{"budget met exactly", 1, 0, 35, true, []int{1, 2, 3}, 35, 3},
		{"budget below the first", 1, 0, 9, false, nil, 0, 1},
		{"budget below the first", 1, 0, 9, true, []int{1}, 10, 1},
		{"budget, two are dropped", 2, 0, 40, false, []int{1, 3, 2, 5}, 35, 6},
		{"budget, two count", 2, 0, 40, true, []int{1, 3, 2, 5, 4, 6}, 45, 6},
		{"budget met exactly by two", 2, 0, 45, false, []int{1, 3, 2, 5, 4, 6}, 45, 6},
		{"budget before trials", 2, 3, 15, false, []int{1, 3}, 15, 3},
		{"trials before budget", 2, 2, 1e6, false, []int{1, 2}, 20, 2},
	} {
		t.Run(fmt.Sprintf("%s/workers=%d/overshoot=%t", c.name, c.workers, c.overshoot), func(t *testing.T) {
			e, s, r := &costs{list: handMade}, &chain{}, tape{}
			sum, err := (&evolve.Study{Searcher: s, Pool: evolve.Simulate(e, c.workers), Recorder: &r,
				Trials: c.trials, Budget: c.budget, Overshoot: c.overshoot}).Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "recorded", r.ids(), c.ids)
			if sum != (evolve.Summary{Trials: len(c.ids), End: c.end}) || e.calls != c.calls || len(s.told) != len(c.ids) {
				t.Errorf("%+v after %d evaluations, %d told; want %d trials, end %g, %d evaluations", sum, e.calls, len(s.told), len(c.ids), c.end, c.calls)
			}
		})
	}
}

// run is a study of a few trials on one simulated worker.
func run(ctx context.Context, s evolve.Searcher, e evolve.Evaluator, trials int) (tape, evolve.Summary, error) {
	var r tape
	sum, err := (&evolve.Study{Searcher: s, Pool: evolve.Simulate(e, 1), Recorder: &r, Trials: trials, Seed: 3}).Run(ctx)
	return r, sum, err
}

func TestStudyNeedsABound(t *testing.T) {
	for _, budget := range []float64{0, -1, math.NaN()} {
		s := evolve.Study{Searcher: &chain{}, Pool: evolve.Simulate(&costs{list: handMade}, 1), Budget: budget}
		if _, err := s.Run(context.Background()); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("budget %g: %v, want ErrInvalid", budget, err)
		}
	}
}

func TestSearcherIsDone(t *testing.T) {
	_, sum, err := run(context.Background(), &chain{limit: 4}, &costs{list: handMade}, 100)
	if err != nil || sum != (evolve.Summary{Trials: 4, End: 65}) {
		t.Errorf("%+v, %v; want the searcher's 4 trials, 65 s", sum, err)
	}
}

// A trial's number and seed say how it was asked for, whatever the order of its end.
func TestTrialSeeds(t *testing.T) {
	r, _, err := run(context.Background(), &chain{}, &costs{list: handMade}, 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r {
		if o.Seed != evolve.Mix(3, uint64(o.ID)) || o.Tag != o.ID {
			t.Errorf("trial %d: seed %d, tag %d", o.ID, o.Seed, o.Tag)
		}
	}
}

// What an evaluation may end in, and what the study makes of it.
// promoter begins trials and goes on with the first of them, twice.
type promoter struct{ asked int }

func (p *promoter) Init(evolve.Problem, *rand.Rand) error { return nil }
func (p *promoter) Ask(q *evolve.Proposal) bool {
	p.asked++
	q.Arch, q.From = "a", []int{0, 0, 1, 3, 0, 4}[p.asked-1] // 3 goes on with 1, 4 with 3, 6 with 4
	return true
}
func (p *promoter) Tell(*evolve.Trial, *evolve.Result) error { return nil }

// TestPromotedSeeds: what goes on with a training has the seed of the trial that began it.
func TestPromotedSeeds(t *testing.T) {
	seeds := map[int]uint64{}
	e := evaluator(func(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
		seeds[t.ID], r.Cost = t.Seed, 1
		return nil
	})
	s := evolve.Study{Searcher: &promoter{}, Pool: evolve.Simulate(e, 1), Trials: 6, Seed: 7}
	if _, err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, began := range map[int]int{1: 1, 2: 2, 3: 1, 4: 1, 5: 5, 6: 1} {
		if seeds[id] != evolve.Mix(7, uint64(began)) {
			t.Errorf("trial %d has not the seed of trial %d", id, began)
		}
	}
}

func TestSettle(t *testing.T) {
	oops := errors.New("disk on fire")
	for _, c := range []struct {
		name   string
		result evolve.Result
		err    error
		failed bool  // told as +Inf, recorded with ErrFailed
		stops  error // the study ends with this
	}{
		{"a loss", evolve.Result{Loss: .25, Cost: 2}, nil, false, nil},
		{"free", evolve.Result{Loss: .25}, nil, false, nil},
		{"failed", evolve.Result{Loss: .25, Cost: 2}, fmt.Errorf("diverged: %w", evolve.ErrFailed), true, nil},
		{"NaN", evolve.Result{Loss: math.NaN(), Cost: 2}, nil, true, nil},
		{"+Inf", evolve.Result{Loss: math.Inf(1), Cost: 2}, nil, true, nil},
		{"-Inf", evolve.Result{Loss: math.Inf(-1), Cost: 2}, nil, true, nil},
		{"other error", evolve.Result{Loss: .25, Cost: 2}, oops, false, oops},
		{"negative cost", evolve.Result{Loss: .25, Cost: -1}, nil, false, evolve.ErrInvalid},
		{"cost NaN", evolve.Result{Loss: .25, Cost: math.NaN()}, nil, false, evolve.ErrInvalid},
		{"cost +Inf", evolve.Result{Loss: .25, Cost: math.Inf(1)}, nil, false, evolve.ErrInvalid},
		{"failed at a negative cost", evolve.Result{Cost: -1}, evolve.ErrFailed, false, evolve.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
				if *r = (evolve.Result{Loss: .5, Cost: 1}); tr.ID != 2 {
					return nil
				}
				*r = c.result
				return c.err
			})
			s := &chain{}
			r, sum, err := run(context.Background(), s, e, 3)
			if c.stops != nil {
				if !errors.Is(err, c.stops) || !strings.Contains(err.Error(), "trial 2") || sum.Trials != 1 || len(r) != 1 {
					t.Errorf("%+v, %d recorded, %v; want one trial and %v of trial 2", sum, len(r), err, c.stops)
				}
				return
			}
			if err != nil || sum.Trials != 3 || sum.End != 2+c.result.Cost {
				t.Fatalf("%+v, %v; want 3 trials, end %g", sum, err, 2+c.result.Cost)
			}
			if c.failed {
				c.result.Loss = math.Inf(1)
			}
			if got := s.told[1]; got != c.result.Loss || r[1].Loss != got || errors.Is(r[1].Err, evolve.ErrFailed) != c.failed {
				t.Errorf("told %g, recorded %g, %v; want %g, failed %t", got, r[1].Loss, r[1].Err, c.result.Loss, c.failed)
			}
		})
	}
}

// A known result is free of cost, whatever it once cost, and reaches no evaluator; a known
// failure stays one.
func TestKnown(t *testing.T) {
	for _, loss := range []float64{.125, math.Inf(1)} {
		for _, pool := range []func(evolve.Evaluator) evolve.Pool{
			func(e evolve.Evaluator) evolve.Pool { return evolve.Simulate(e, 2) },
			func(e evolve.Evaluator) evolve.Pool { return evolve.Local(e, evolve.LocalOptions{Window: 2}) },
		} {
			e, r := &costs{list: handMade}, tape{}
			s := &chain{known: &evolve.Result{Loss: loss, Cost: 100}}
			sum, err := (&evolve.Study{Searcher: s, Pool: pool(e), Recorder: &r, Trials: 5}).Run(context.Background())
			if err != nil || sum.Trials != 5 || e.calls != 0 {
				t.Fatalf("%+v, %d evaluations, %v; want 5 trials that reach no evaluator", sum, e.calls, err)
			}
			for _, o := range r {
				if o.Loss != loss || o.Cost != 0 || (o.Err != nil) != math.IsInf(loss, 1) {
					t.Errorf("trial %d: loss %g, cost %g, %v; want %g at no cost", o.ID, o.Loss, o.Cost, o.Err, loss)
				}
			}
			if s.known.Cost != 100 {
				t.Error("the searcher's own result was changed")
			}
		}
	}
}

// A clock that stands still reaches no budget; one free trial after another ends the study
// all the same.
func TestFreeTrialsEnd(t *testing.T) {
	free := evaluator(func(_ context.Context, _ *evolve.Trial, r *evolve.Result) error { return nil })
	for _, c := range []struct{ trials, want int }{{0, 1 << 20}, {1<<20 + 5, 1<<20 + 5}} {
		sum, err := (&evolve.Study{Searcher: idle{}, Pool: evolve.Simulate(free, 1), Budget: 10, Trials: c.trials}).Run(context.Background())
		if err != nil || sum.Trials != c.want {
			t.Errorf("trials=%d: %+v, %v; want %d", c.trials, sum, err, c.want)
		}
	}
}

// idle proposes the same for ever.
type idle struct{}

func (idle) Init(evolve.Problem, *rand.Rand) error    { return nil }
func (idle) Ask(p *evolve.Proposal) bool              { p.Arch = "a"; return true }
func (idle) Tell(*evolve.Trial, *evolve.Result) error { return nil }

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e := evaluator(func(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
		if tr.ID == 5 {
			cancel()
		}
		return nil
	})
	r, sum, err := run(ctx, &chain{}, e, 1<<30)
	if !errors.Is(err, context.Canceled) || sum.Trials < 5 || sum.Trials > 2000 || len(r) != sum.Trials {
		t.Errorf("%+v, %d recorded, %v; want Canceled soon after trial 5 with all recorded", sum, len(r), err)
	}
}

// Whoever refuses, the study ends with the refusal and its place.
func TestRefusals(t *testing.T) {
	oops := errors.New("oops")
	for _, c := range []struct {
		name  string
		s     evolve.Searcher
		r     evolve.Recorder
		place string
	}{
		{"init", refusing{init: oops}, nil, ""},
		{"tell", refusing{tell: oops}, nil, "trial 1: tell"},
		{"record", refusing{}, refusingRecorder{oops}, "trial 1: record"},
	} {
		_, err := (&evolve.Study{Searcher: c.s, Pool: evolve.Simulate(&costs{list: handMade}, 1), Recorder: c.r, Trials: 3}).Run(context.Background())
		if !errors.Is(err, oops) || !strings.Contains(err.Error(), c.place) {
			t.Errorf("%s: %v, want oops at %q", c.name, err, c.place)
		}
	}
}

type refusing struct {
	idle
	init, tell error
}

func (r refusing) Init(evolve.Problem, *rand.Rand) error    { return r.init }
func (r refusing) Tell(*evolve.Trial, *evolve.Result) error { return r.tell }

type refusingRecorder struct{ err error }

func (r refusingRecorder) Record(*evolve.Outcome) error { return r.err }

// byID is a pool of as many workers as trials that delivers in the order of IDs: trial i ends at its cost.
type byID struct {
	ends []float64
	all  []evolve.Outcome
}

func (p *byID) Size() int { return len(p.ends) }

func (p *byID) Start(_ context.Context, t *evolve.Trial) error {
	end := p.ends[t.ID-1]
	p.all = append(p.all, evolve.Outcome{Trial: *t, Result: evolve.Result{Loss: 1 / float64(t.ID), Cost: end}, End: end})
	return nil
}

func (p *byID) Wait(context.Context) (*evolve.Outcome, error) {
	o := &p.all[0]
	p.all = p.all[1:]
	return o, nil
}

// The clock of a study never goes back, and a trial that is delivered after one that passed the budget is past it too,
// though its worker ended earlier, unless trials are evaluated abreast.
func TestClockOutOfOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		budget  float64
		abreast bool
		count   bool // the trials that pass the budget
		want    evolve.Summary
	}{
		{"no budget", 0, false, false, evolve.Summary{Trials: 4, End: 9}},
		{"a budget that the second passes", 8, false, false, evolve.Summary{Trials: 1, End: 5}},
		{"abreast", 8, true, false, evolve.Summary{Trials: 3, End: 7}},
		{"abreast, a budget that the first passes", 2, true, false, evolve.Summary{Trials: 1, End: 2}},
		{"counted", 8, false, true, evolve.Summary{Trials: 4, End: 9}},
		{"a budget that none passes", 10, false, false, evolve.Summary{Trials: 4, End: 9}},
	} {
		s := evolve.Study{Searcher: &chain{}, Pool: &byID{ends: []float64{5, 9, 2, 7}}, Trials: 4, Budget: c.budget,
			Abreast: c.abreast, Overshoot: c.count}
		got, err := s.Run(context.Background())
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

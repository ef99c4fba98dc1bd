package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

// script proposes what it lists, and nothing more.
type script struct {
	chain
	list []evolve.Proposal
}

func (s *script) Ask(p *evolve.Proposal) bool {
	if s.asked == len(s.list) {
		return false
	}
	*p = s.list[s.asked]
	p.Arch = "a"
	s.asked++
	return true
}

var rungs = evolve.Problem{Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3, Resumes: true}, {Epochs: 9, Resumes: true}}}

func TestEpochsTrained(t *testing.T) {
	alone := evolve.Problem{Fidelities: []evolve.Fidelity{{Epochs: 3}, {Epochs: 9}}}
	resumed := evolve.Trial{Proposal: evolve.Proposal{Epochs: 9, From: 1, Trained: 3}}
	cost := evolve.Result{Cost: 1}
	for name, c := range map[string]struct {
		p    evolve.Problem
		o    evolve.Outcome
		want int
	}{
		"the last":           {rungs, evolve.Outcome{}, 9},
		"a shorter":          {rungs, evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Epochs: 3}}}, 3},
		"resumed":            {rungs, evolve.Outcome{Trial: resumed}, 6},
		"not resumed":        {alone, evolve.Outcome{Trial: resumed}, 9},
		"nothing is left":    {rungs, evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Epochs: 3, Trained: 9}}}, 0},
		"known":              {rungs, evolve.Outcome{Trial: evolve.Trial{Proposal: evolve.Proposal{Known: &cost}}}, 0},
		"failed at no cost":  {rungs, evolve.Outcome{Trial: resumed, Err: evolve.ErrFailed}, 0},
		"failed, resumed":    {rungs, evolve.Outcome{Trial: resumed, Result: cost, Err: evolve.ErrFailed}, 6},
		"failed at its cost": {alone, evolve.Outcome{Trial: resumed, Result: cost, Err: evolve.ErrFailed}, 9},
		"no schedules":       {evolve.Problem{}, evolve.Outcome{}, 0},
	} {
		if got := c.p.EpochsTrained(&c.o); got != c.want {
			t.Errorf("%s: %d epochs, want %d", name, got, c.want)
		}
	}
}

// One worker's trials end when so much was spent in all: 10, 30, 35, 65, 80, 90. Two workers end them in the order
// 1, 3, 2, 5, 4, 6, when 10, 15, 35, 50, 80, 90 were spent.
func TestSpentBound(t *testing.T) {
	for _, c := range []struct {
		workers   int
		spent     float64
		overshoot bool
		ids       []int
	}{
		{1, 40, false, []int{1, 2, 3}},
		{1, 40, true, []int{1, 2, 3, 4}},
		{1, 35, false, []int{1, 2, 3}},
		{1, 35 * (1 - 1e-13), false, []int{1, 2, 3}}, // what rounding does is not passed
		{1, 35 * (1 + 1e-13), true, []int{1, 2, 3}},
		{1, 9, false, nil},
		{1, 9, true, []int{1}},
		{2, 40, false, []int{1, 3, 2}},
		{2, 40, true, []int{1, 3, 2, 5, 4}}, // 4 was under way
		{2, 35, true, []int{1, 3, 2, 4}},
	} {
		e, s, r := &costs{list: handMade}, &chain{}, tape{}
		_, err := (&evolve.Study{Searcher: s, Pool: evolve.Simulate(e, c.workers), Recorder: &r, Spent: c.spent,
			Overshoot: c.overshoot}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprintf("%+v: recorded", c), r.ids(), c.ids)
	}
}

// Epochs are counted when they are asked for: none is trained for nothing.
func TestEpochsBound(t *testing.T) {
	list := []evolve.Proposal{{Epochs: 1}, {Epochs: 3}, {Epochs: 3, From: 1, Trained: 1}, {}, {Known: &evolve.Result{}},
		{Epochs: 9, From: 2, Trained: 3}} // in all 1, 4, 6, 15, 15, 21
	for _, c := range []struct {
		epochs    int
		overshoot bool
		calls     int
		ids       []int
	}{
		{3, false, 1, []int{1}},
		{4, false, 2, []int{1, 2}},
		{4, true, 2, []int{1, 2}},
		{14, false, 3, []int{1, 2, 3}},
		{14, true, 4, []int{1, 2, 3, 4}},
		{15, false, 4, []int{1, 2, 3, 4}}, // what is known would be free and is not asked for
		{20, false, 4, []int{1, 2, 3, 4, 5}},
		{21, false, 5, []int{1, 2, 3, 4, 5, 6}},
		{99, false, 5, []int{1, 2, 3, 4, 5, 6}},
	} {
		e, s, r := &costs{list: handMade}, &script{list: list}, tape{}
		sum, err := (&evolve.Study{Problem: rungs, Searcher: s, Pool: evolve.Simulate(e, 1), Recorder: &r, Epochs: c.epochs,
			Overshoot: c.overshoot}).Run(context.Background())
		if err != nil || sum.Trials != len(c.ids) || e.calls != c.calls {
			t.Errorf("%+v: %+v, %v, %d evaluations", c, sum, err, e.calls)
		}
		equal(t, fmt.Sprintf("%+v: recorded", c), r.ids(), c.ids)
	}
}

// A trial that was refused at no cost gives back the epochs that it asked for, and a searcher that only repeats itself
// comes to an end.
func TestEpochsAreGivenBack(t *testing.T) {
	refuses := evaluator(func(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
		if t.ID%2 == 0 {
			return evolve.ErrFailed
		}
		r.Cost = 1
		return nil
	})
	for _, workers := range []int{1, 2} {
		var r tape
		_, err := (&evolve.Study{Problem: rungs, Searcher: &chain{}, Pool: evolve.Simulate(refuses, workers), Recorder: &r,
			Epochs: 36}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		// The fourth trained trial meets the bound; of two workers the other is not refused in time to ask again.
		if want := map[int]int{1: 7, 2: 7}[workers]; len(r) != want {
			t.Errorf("%d workers: %d trials, want %d", workers, len(r), want)
		}
	}
	known := &evolve.Result{Loss: 1}
	sum, err := (&evolve.Study{Problem: rungs, Searcher: &chain{known: known}, Pool: evolve.Simulate(refuses, 1), Epochs: 9,
		Spent: 9}).Run(context.Background())
	if err != nil || sum.Trials != 1<<20 {
		t.Errorf("what is known for ever: %+v, %v", sum, err)
	}
}

// However many workers there are and however trials fail, a run that ends earlier is the beginning of one that ends
// later, and no more epochs are trained than were allowed.
func TestEpochsBoundIsABeginning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := make([]evolve.Proposal, rapid.IntRange(1, 30).Draw(t, "trials"))
		for i := range list {
			list[i].Epochs = rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "epochs")
			if i > 0 && list[i].Epochs != 1 && rapid.Bool().Draw(t, "resumed") {
				list[i].From, list[i].Trained = i, 1
			}
		}
		fails := rapid.IntRange(2, 5).Draw(t, "fails")
		e := evaluator(func(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
			if t.ID%fails == 0 {
				return evolve.ErrFailed
			}
			r.Cost = float64(1 + t.ID*7%5)
			return nil
		})
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		overshoot := rapid.Bool().Draw(t, "overshoot")
		run := func(epochs int) (r tape) {
			_, err := (&evolve.Study{Problem: rungs, Searcher: &script{list: list}, Pool: evolve.Simulate(e, workers), Recorder: &r,
				Epochs: epochs, Overshoot: overshoot}).Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		bound := rapid.IntRange(1, 100).Draw(t, "bound")
		short, long := run(bound), run(bound+rapid.IntRange(0, 50).Draw(t, "more"))
		byID, epochs, most := map[int]evolve.Outcome{}, 0, bound
		for _, o := range long {
			byID[o.ID] = o
		}
		if overshoot {
			most += workers * 9
		}
		for i, o := range short {
			epochs += rungs.EpochsTrained(&o)
			was, ok := byID[o.ID]
			if !ok || was.Start != o.Start || was.End != o.End {
				t.Fatalf("trial %d is at %g to %g, in the longer run %t at %g to %g", o.ID, o.Start, o.End, ok, was.Start, was.End)
			}
			if i <= len(short)-workers && long[i].ID != o.ID {
				t.Fatalf("told %d is trial %d, in the longer run %d", i+1, o.ID, long[i].ID)
			}
		}
		if epochs > most {
			t.Fatalf("%d epochs, bound by %d", epochs, bound)
		}
	})
}

func TestBoundsAreNeeded(t *testing.T) {
	s := evolve.Study{Searcher: &chain{}, Pool: evolve.Simulate(&costs{list: handMade}, 1), Spent: -1, Epochs: -1}
	if _, err := s.Run(context.Background()); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
}

package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestReplay(t *testing.T) {
	failed := fmt.Errorf("diverged: %w", evolve.ErrFailed)
	trial := evolve.Trial{ID: 7, Seed: 99, Proposal: evolve.Proposal{Arch: "a", Epochs: 12, From: 2, Parents: [2]int{3, 4}, Tag: 5}}
	past := []evolve.Outcome{
		{Trial: trial, Result: evolve.Result{Loss: .25, Others: []float64{8}, Cost: 60}},
		{Trial: evolve.Trial{ID: 9, Proposal: evolve.Proposal{Arch: "b"}}, Result: evolve.Result{Cost: 30}, Err: failed},
	}
	e := &costs{list: []float64{1}}
	replayed := evolve.Replay(past, e)
	answer := func(tr evolve.Trial) (r evolve.Result, err error) {
		err = replayed.Evaluate(context.Background(), &tr, &r)
		return
	}

	if r, err := answer(trial); err != nil || r.Loss != .25 || r.Cost != 60 || len(r.Others) != 1 {
		t.Errorf("recorded: %+v, %v", r, err)
	}
	if r, err := answer(past[1].Trial); err != failed || r.Cost != 30 {
		t.Errorf("recorded failure: %+v, %v", r, err)
	}
	if r, err := answer(evolve.Trial{ID: 8}); err != nil || r.Cost != 1 || e.calls != 1 {
		t.Errorf("not recorded: %+v, %v, %d evaluations; want one", r, err, e.calls)
	}
	for name, change := range map[string]func(*evolve.Trial){
		"arch":    func(t *evolve.Trial) { t.Arch = "z" },
		"epochs":  func(t *evolve.Trial) { t.Epochs = 200 },
		"from":    func(t *evolve.Trial) { t.From = 1 },
		"parents": func(t *evolve.Trial) { t.Parents[1] = 1 },
		"tag":     func(t *evolve.Trial) { t.Tag = 1 },
		"seed":    func(t *evolve.Trial) { t.Seed = 1 },
	} {
		other := trial
		change(&other)
		if _, err := answer(other); !errors.Is(err, evolve.ErrDiverged) || !strings.Contains(err.Error(), "trial 7") {
			t.Errorf("another %s: %v, want ErrDiverged of trial 7", name, err)
		}
	}
	if e.calls != 1 {
		t.Errorf("%d evaluations, want none of a recorded trial", e.calls)
	}
}

// A study that is resumed with another seed is not that study.
func TestReplayRefusesAnotherStudy(t *testing.T) {
	past, _, err := run(context.Background(), &chain{}, &costs{list: handMade}, 6)
	if err != nil {
		t.Fatal(err)
	}
	s := evolve.Study{Searcher: &chain{}, Pool: evolve.Simulate(evolve.Replay(past, &costs{list: handMade}), 1), Trials: 6, Seed: 4}
	if _, err := s.Run(context.Background()); !errors.Is(err, evolve.ErrDiverged) {
		t.Errorf("%v, want ErrDiverged", err)
	}
}

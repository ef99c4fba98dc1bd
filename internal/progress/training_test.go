package progress

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/training"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		72 * time.Hour: "3 days", 90 * time.Minute: "1.5 h", 61*time.Second + 400*time.Millisecond: "1m1s", 1234 * time.Millisecond: "1.2s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// Without a terminal there is a line an epoch, and one for what earlier processes did; quiet there is none.
func TestEpochs(t *testing.T) {
	s := &training.Seeds{Job: training.Job{Recipe: training.DefaultRecipe()}, Count: 1}
	s.Job.Recipe.Epochs = 3
	for _, quiet := range []bool{false, true} {
		var b strings.Builder
		observer, end := Epochs(&b, quiet, s)
		for _, e := range []evolve.Event{training.Began{Done: 1}, training.Step{Done: 1, Of: 2}, training.Crowded{Runs: 2}, training.Epoch{Epoch: 2, ValAcc: .5}} {
			observer(training.OfSeed{Seed: 7, Event: e})
		}
		end()
		want := "seed 7  1 of 3 epochs are in the folder\n" + training.Crowded{Runs: 2}.String() + "\nseed 7  epoch 2/3  rate 0  train loss 0.0000, 0.00 %  val loss 0.0000, 50.00 %  0.00 s, "
		if got := b.String(); quiet && got != "" || !quiet && (!strings.HasPrefix(got, want) || !strings.HasSuffix(got, " left\n")) {
			t.Errorf("quiet %v: %q", quiet, got)
		}
	}
}

// A line a trial names the result or the failure, and the best so far.
func TestTrials(t *testing.T) {
	e := &lab.Experiment{Spec: lab.Spec{Trials: 5, Seeds: 1}, Arms: make([]lab.Arm, 1)}
	var b strings.Builder
	observer, end := Trials(&b, false, e)
	o := &evolve.Outcome{Trial: evolve.Trial{ID: 2, Proposal: evolve.Proposal{Arch: "301003"}}, Result: evolve.Result{Loss: .25, Cost: 1.5}}
	observer(training.Crowded{Runs: 3})
	observer(lab.Trained{Label: "random", Run: 1, Outcome: o})
	failed := *o
	failed.Err = evolve.ErrFailed
	observer(lab.Trained{Label: "random", Run: 1, Outcome: &failed})
	end()
	want := "the device has room for 3 of the networks in flight: they train together, and another one begins when one ends; " +
		"no result depends on it\nrandom run 1  trial 2/5  301003  val 75.000 %  1.5 s  best none yet\nrandom run 1  trial 2/5  301003  failed  1.5 s  best none yet\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	e.Spec.Incumbent = "searcher"
	observer, _ = Trials(&b, false, e)
	observer(lab.Trained{Label: "darts", Outcome: o, Best: journal.Entry{Arch: "301003", Loss: .25, Trial: 2}})
	if want := "darts run 0  trial 2/5  301003  val 75.000 %  1.5 s  answer 75.000 % (trial 2)\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	e.About.Shared = true
	observer, _ = Trials(&b, false, e)
	observer(lab.Trained{Label: "darts", Outcome: o, Best: journal.Entry{Arch: "301003", Loss: .25, Trial: 2}})
	observer(lab.Trained{Label: "darts", Outcome: o, Best: journal.Entry{Arch: "000000", Loss: math.NaN(), Trial: 2}})
	observer(lab.Unjudged{Label: "darts", Run: 3, Arch: "301003", Err: fmt.Errorf("the loss is NaN: training has diverged: %w", evolve.ErrFailed)})
	if want := "darts run 0  trial 2/5  301003  score 75.000 %  1.5 s  answer 75.000 % (trial 2)\n" +
		"darts run 0  trial 2/5  301003  score 75.000 %  1.5 s  answer 000000, which no trial has tried (trial 2)\n" +
		"darts run 3  no result of the answer 301003: the loss is NaN: training has diverged\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if observer, _ := Trials(&b, true, e); observer != nil {
		t.Error("a quiet experiment is observed")
	}
	if observer, end := Runs(&b, false, "runs", 3); observer != nil || end == nil {
		t.Error("runs are shown where there is no terminal")
	}
}

package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

var errGone = fmt.Errorf("gone: %w", evolve.ErrFailed)

// fated is a list of fates by trial and by how many workers it lost; the rest does what the benchmark says.
type fated map[[2]int]evolve.Fate

func (f fated) Of(trial, lost int, seconds float64) evolve.Fate {
	if x, ok := f[[2]int{trial, lost}]; ok {
		return x
	}
	return evolve.Fate{Seconds: seconds}
}

// What becomes of five trials of 10 s on workers that are lost, told by hand: who is told of when, at what cost.
func TestFates(t *testing.T) {
	lost := func(at float64, again bool) evolve.Fate {
		return evolve.Fate{Seconds: at, Err: errGone, Lost: true, Again: again}
	}
	for _, c := range []struct {
		name    string
		workers int
		fates   fated
		want    string // ID start end cost, ! of a failed one
		left    int
	}{
		{"nothing happens", 2, fated{}, "1 0 10 10;2 0 10 10;3 10 20 10;4 10 20 10;5 20 30 10;", 2},
		{"slow, and failed at its end", 2, fated{{1, 0}: {Seconds: 15}, {2, 0}: {Seconds: 10, Err: errGone}},
			"2 0 10 10!;1 0 15 15;3 10 20 10;4 15 25 10;5 20 30 10;", 2},
		{"one worker less", 2, fated{{1, 0}: lost(4, false)},
			"1 0 4 4!;2 0 10 10;3 10 20 10;4 20 30 10;5 30 40 10;", 1},
		// Trial 1 stands before trial 3 when trial 2 ends.
		{"first in line", 2, fated{{1, 0}: lost(4, true)},
			"2 0 10 10;1 0 20 14;3 20 30 10;4 30 40 10;5 40 50 10;", 1},
		{"none left", 2, fated{{1, 0}: lost(4, false), {3, 0}: lost(5, true)},
			"1 0 4 4!;2 0 10 10;3 10 15 5!;", 0},
		// Trial 1 waits for the worker of trial 2, which is lost too.
		{"none left for who stands in line", 2, fated{{1, 0}: lost(4, true), {2, 0}: lost(6, true)},
			"2 0 6 6!;1 0 6 4!;", 0},
		// Trial 1 loses its first worker at 4, that of trial 2 from 5 to 11, and ends on that of trial 4.
		{"lost twice", 3, fated{{1, 0}: lost(4, true), {1, 1}: lost(6, true), {2, 0}: {Seconds: 5}},
			"2 0 5 5;3 0 10 10;4 10 20 10;1 0 30 20;5 30 40 10;", 1},
	} {
		var r tape
		p := evolve.SimulateOn(&costs{list: []float64{10}}, c.workers, c.fates)
		if _, err := (&evolve.Study{Searcher: &chain{}, Pool: p, Recorder: &r, Trials: 5}).Run(context.Background()); err != nil {
			t.Fatal(c.name, err)
		}
		got := ""
		for _, o := range r {
			mark := ""
			if o.Err != nil {
				mark = "!"
				if !errors.Is(o.Err, evolve.ErrFailed) || !math.IsInf(o.Loss, 1) {
					t.Errorf("%s: trial %d: loss %g, %v", c.name, o.ID, o.Loss, o.Err)
				}
			}
			got += fmt.Sprintf("%d %g %g %g%s;", o.ID, o.Start, o.End, o.Cost, mark)
		}
		if got != c.want || p.Size() != c.left {
			t.Errorf("%s: %s with %d workers left, want %s with %d", c.name, got, p.Size(), c.want, c.left)
		}
	}
}

// A worker that has nothing to do takes a trial whose worker is lost at once.
func TestFatesIdleWorker(t *testing.T) {
	p := evolve.SimulateOn(&costs{list: []float64{10}}, 2, fated{{1, 0}: {Seconds: 4, Err: errGone, Lost: true, Again: true}})
	if err := p.Start(context.Background(), &evolve.Trial{ID: 1}); err != nil {
		t.Fatal(err)
	}
	if o, err := p.Wait(context.Background()); err != nil || o.End != 14 || o.Cost != 14 || o.Err != nil || p.Size() != 1 {
		t.Errorf("%+v, %v, %d workers left; want trial 1 at 14 s and 1 worker", o, err, p.Size())
	}
}

// What is known, and what is refused at no cost, goes to no worker.
func TestFatesOfTheFree(t *testing.T) {
	all := evolve.Fate{Seconds: 99, Err: errGone, Lost: true}
	refuse := evaluator(func(context.Context, *evolve.Trial, *evolve.Result) error { return errGone })
	for _, trial := range []evolve.Trial{{ID: 1}, {ID: 1, Proposal: evolve.Proposal{Known: &evolve.Result{Loss: .5}}}} {
		p := evolve.SimulateOn(refuse, 1, fated{{1, 0}: all})
		if err := p.Start(context.Background(), &trial); err != nil {
			t.Fatal(err)
		}
		if o, err := p.Wait(context.Background()); err != nil || o.End != 0 || o.Cost != 0 || p.Size() != 1 || trial.Known != nil && o.Err != nil {
			t.Errorf("%+v, %v, %d workers left", o, err, p.Size())
		}
	}
}

// Whatever happens, trials end in the order of the clock, each once, and no more of them are paid for than workers had
// time: workers × makespan ≥ Σ cost, of those that were lost up to their loss.
func TestFatesConserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers, trials := rapid.IntRange(1, 7).Draw(t, "workers"), rapid.IntRange(1, 60).Draw(t, "trials")
		seconds := rapid.SampledFrom([]float64{0, 1, 1.5, 2, 3, 7.25})
		chance := rapid.IntRange(0, 9).Draw(t, "losses in ten")
		fates := fated{}
		for id := 1; id <= trials; id++ {
			for try := range workers {
				f := evolve.Fate{Seconds: seconds.Draw(t, "seconds")}
				if f.Lost = rapid.IntRange(0, 9).Draw(t, "loss") < chance; f.Lost {
					f.Err, f.Again = errGone, rapid.Bool().Draw(t, "again")
				}
				fates[[2]int{id, try}] = f
			}
		}
		var r tape
		p := evolve.SimulateOn(&costs{list: []float64{5}}, workers, fates)
		sum, err := (&evolve.Study{Searcher: &chain{}, Pool: p, Recorder: &r, Trials: trials}).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if sum.Trials < trials && p.Size() > 0 {
			t.Fatalf("%d of %d trials, and %d workers left", sum.Trials, trials, p.Size())
		}
		seen, total, now, failed := map[int]bool{}, 0.0, 0.0, 0
		for _, o := range r {
			if seen[o.ID] || o.End < now || o.End < o.Start || o.Cost > o.End-o.Start {
				t.Fatalf("trial %d: %g to %g at a cost of %g, told at %g", o.ID, o.Start, o.End, o.Cost, now)
			}
			seen[o.ID], now, total = true, o.End, total+o.Cost
			if o.Err != nil {
				failed++
			}
		}
		if total > float64(workers)*sum.End {
			t.Fatalf("Σ cost %g > %d workers × %g", total, workers, sum.End)
		}
		if failed > workers-p.Size() && p.Size() > 0 {
			t.Fatalf("%d trials failed with %d workers lost", failed, workers-p.Size())
		}
	})
}

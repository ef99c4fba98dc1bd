package evolvetest

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Numbers of trials at which a run is cut short: around the first generation of the default
// settings, 50, around the first proposal of a model that has seen ten, and the ends.
var (
	boundCuts      = []int{1, 2, 49, 50, 51, 90, suiteTrials - 1}
	boundCutsModel = []int{1, 10, 11, 25}
)

// bound: how far a run goes decides nothing of what it does until then, or an experiment could
// not be extended. What needs to know a number of trials takes it as an option.
func (c *searcher) bound(t *testing.T, workers int) {
	again := func() evolve.Searcher { return c.new(t) }
	bounded(t, c.bench.Problem(), again, failing{c.bench, 5}, workers, c.cuts, c.trials)
}

// bounded compares a run of so many trials with shorter ones, cut by trials, by seconds on the clock and of all
// trials, and by epochs.
func bounded(t *testing.T, p evolve.Problem, s func() evolve.Searcher, e evolve.Evaluator, workers int, cuts []int,
	trials int) {
	t.Helper()
	run := func(study evolve.Study) []evolve.Outcome {
		var r tape
		study.Problem, study.Searcher, study.Pool, study.Recorder = p, s(), evolve.Simulate(e, workers), &r
		study.Seed = suiteSeed
		if _, err := study.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return r.outcomes
	}
	whole := run(evolve.Study{Trials: trials})
	for _, n := range cuts {
		// When trial n+1 is asked for at least n-workers+1 have been told, in the same order.
		if d := cutDiffers(whole, run(evolve.Study{Trials: n}), n-workers+1); d != "" {
			t.Fatalf("bounded by %d trials: %s", n, d)
		}
		if n > len(whole) {
			break // the searcher was done
		}
		// What takes no time may follow at the budget's very end, which the shorter run never asks for.
		budget, before := whole[n-1].End, 0
		for before < len(whole) && whole[before].End < budget {
			before++
		}
		short := run(evolve.Study{Trials: trials, Budget: budget})
		if d := cutDiffers(whole, short, max(before, len(short))); d != "" {
			t.Fatalf("bounded by %g s: %s", budget, d)
		}
		spent, epochs := 0.0, 0
		for i := range whole[:n] {
			spent += whole[i].Cost
			epochs += p.EpochsTrained(&whole[i])
		}
		if spent > 0 {
			paid := n // as under a budget, what costs nothing may follow the last trial that was paid for
			for paid > 0 && whole[paid-1].Cost == 0 {
				paid--
			}
			short = run(evolve.Study{Trials: trials, Spent: spent})
			if d := cutDiffers(whole, short, max(paid, len(short))); d != "" {
				t.Fatalf("bounded by %g s of all trials: %s", spent, d)
			}
		}
		if epochs > 0 { // of the trials that are under way when the next would pass the bound, all are told
			short = run(evolve.Study{Trials: trials, Epochs: epochs})
			if d := cutDiffers(whole, short, len(short)-workers+1); d != "" {
				t.Fatalf("bounded by %d epochs: %s", epochs, d)
			}
		}
	}
}

// cutDiffers says how a run that was cut short differs from the whole one; "" where each of its
// trials is the whole one's of that number, and the first were told in its order.
func cutDiffers(whole, short []evolve.Outcome, first int) string {
	byID := map[int]*evolve.Outcome{}
	for i := range whole {
		byID[whole[i].ID] = &whole[i]
	}
	for i := range short {
		o := &short[i]
		if want := byID[o.ID]; want == nil || !reflect.DeepEqual(plain(*want), plain(*o)) {
			return fmt.Sprintf("trial %d is\n%+v, in the longer run\n%+v", o.ID, *o, want)
		}
	}
	for i := range min(max(first, 0), len(whole)) {
		if i >= len(short) || short[i].ID != whole[i].ID {
			return fmt.Sprintf("outcome %d is not of trial %d, as in the longer run", i+1, whole[i].ID)
		}
	}
	return ""
}

// plain is an outcome whose error is its text, and whose remembered answer is its own: two runs
// share no pointer.
func plain(o evolve.Outcome) any {
	err := ""
	if o.Err != nil {
		err = o.Err.Error()
	}
	var known evolve.Result
	if o.Known != nil {
		known = *o.Known
	}
	o.Known, o.Err = nil, nil
	return []any{o, err, known}
}

// bounds: a benchmark answers the first trials of a search alike, however many follow.
func (c *benchmark) bounds(t *testing.T) {
	for _, workers := range []int{1, 3} {
		bounded(t, c.Problem(), func() evolve.Searcher { return &sampler{} }, c.Benchmark, workers, []int{1, 7, 29}, 30)
	}
}

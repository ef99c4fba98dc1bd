package evolve_test

import (
	"context"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// slow takes a while to answer.
type slow struct{ chain }

func (s *slow) Ask(p *evolve.Proposal) bool {
	time.Sleep(time.Millisecond)
	return s.chain.Ask(p)
}

func (s *slow) Tell(t *evolve.Trial, r *evolve.Result) error {
	time.Sleep(time.Millisecond)
	return s.chain.Tell(t, r)
}

// A searcher's time is counted, whether each call is timed or some stand for the others, and that of evaluations is not.
// A sleep is never shorter than it was asked for.
func TestStopwatch(t *testing.T) {
	e := evaluator(func(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
		time.Sleep(20 * time.Millisecond)
		r.Cost = 1
		return nil
	})
	for _, sampled := range []bool{false, true} {
		w := &evolve.Stopwatch{Sampled: sampled}
		begin := time.Now()
		_, err := (&evolve.Study{Searcher: &slow{}, Pool: evolve.Simulate(e, 1), Trials: 20, Stopwatch: w}).Run(t.Context())
		all := time.Since(begin).Seconds()
		if got := w.Seconds(); err != nil || got < .03 || !sampled && got > all-.4 {
			t.Errorf("sampled %t: %g s of %g, %v", sampled, got, all, err)
		}
	}
	// What is measured changes nothing.
	var with, without tape
	for _, c := range []struct {
		w *evolve.Stopwatch
		r *tape
	}{{&evolve.Stopwatch{Sampled: true}, &with}, {nil, &without}} {
		_, err := (&evolve.Study{Searcher: &chain{}, Pool: evolve.Simulate(&costs{list: handMade}, 2), Trials: 50, Seed: 3, Recorder: c.r, Stopwatch: c.w}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "trials", with.ids(), without.ids())
}

//go:build unix

package command

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// free answers for nothing.
type free struct{}

func (free) Evaluate(_ context.Context, _ *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = .0875, 1234.5
	return nil
}

// BenchmarkTrials is a search by a compiled program that always answers the same, and in the same run, turn by turn,
// bare round trips: the same bytes to such a program and back by the system's own calls. The share of the trips is what
// the searcher and the study leave of them, in the fastest turn of each.
func BenchmarkTrials(b *testing.B) {
	const turn = 500 // trials: so few that many turns fall between what else the machine does
	p := evolve.Problem{Space: space.NB201{}, Objectives: []evolve.Objective{evolve.NewObjective("error")}, Fidelities: []evolve.Fidelity{{Epochs: 200}}}
	open := func() evolve.Searcher {
		s, err := entry("echo").New(evolve.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	bare, err := begin(open().(*Searcher).Program)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.close()
	both := appendAsk(appendTell(nil, 1000, "012340", 200, &evolve.Result{Loss: .0875, Cost: 1234.5}, ""), 1001)
	answer := make([]byte, 1<<10)
	trials, trips := time.Hour, time.Hour // of the fastest turns
	for b.Loop() {
		began := time.Now()
		for range turn {
			if _, err := unix.Write(bare.in, both); err != nil {
				b.Fatal(err)
			}
			if n, err := unix.Read(bare.out, answer); err != nil || answer[n-1] != '\n' {
				b.Fatal(n, err)
			}
		}
		trips = min(trips, time.Since(began))
		s := &clocked{Searcher: open()}
		study := evolve.Study{Problem: p, Searcher: s, Pool: evolve.Simulate(free{}, 1), Trials: turn + 1, Seed: 1}
		if _, err := study.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
		trials = min(trials, time.Since(s.began)-s.closing)
	}
	b.ReportMetric(turn/trials.Seconds(), "trials/s")
	b.ReportMetric(turn/trips.Seconds(), "trips/s")
	b.ReportMetric(trips.Seconds()/trials.Seconds(), "share")
	b.ReportMetric(0, "ns/op")
}

// clocked knows when its program had begun, and how long it took to end it.
type clocked struct {
	evolve.Searcher
	began   time.Time
	closing time.Duration
}

func (c *clocked) Ask(p *evolve.Proposal) bool {
	ok := c.Searcher.Ask(p)
	if c.began.IsZero() {
		c.began = time.Now()
	}
	return ok
}

func (c *clocked) Close() error {
	began := time.Now()
	err := evolve.Close(c.Searcher)
	c.closing += time.Since(began)
	return err
}

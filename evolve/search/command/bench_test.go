package command

import (
	"context"
	"testing"
	"time"

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
// bare round trips: the same lines to the same program and back, which nobody reads. The share of these is what the
// searcher and the study leave of them.
func BenchmarkTrials(b *testing.B) {
	const turn = 2000 // trials
	p := evolve.Problem{Space: space.NB201{}, Objectives: []evolve.Objective{evolve.NewObjective("error")}, Fidelities: []evolve.Fidelity{{Epochs: 200}}}
	s, err := entry("echo").New(evolve.Options{})
	if err != nil {
		b.Fatal(err)
	}
	bare := s.(*Searcher)
	if err := bare.Init(p, evolve.Stream(1, "bare")); err != nil {
		b.Fatal(err)
	}
	if _, err := bare.exchangeLine(nil); err != nil {
		b.Fatal(err)
	}
	both := appendAsk(appendTell(nil, 1000, "012340", 200, &evolve.Result{Loss: .0875, Cost: 1234.5}, ""), 1001)
	var trials, trips time.Duration
	n := 0
	for b.Loop() {
		begin := time.Now()
		for range turn {
			if _, err := bare.exchangeLine(both); err != nil {
				b.Fatal(err)
			}
		}
		trips += time.Since(begin)
		s, err := entry("echo").New(evolve.Options{})
		if err != nil {
			b.Fatal(err)
		}
		warm := &clocked{Searcher: s}
		study := evolve.Study{Problem: p, Searcher: warm, Pool: evolve.Simulate(free{}, 1), Trials: turn + 1, Seed: 1}
		if _, err := study.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
		trials += time.Since(warm.begin) - warm.closing
		n += turn
	}
	b.StopTimer()
	_ = bare.Close()
	b.ReportMetric(float64(n)/trials.Seconds(), "trials/s")
	b.ReportMetric(float64(n)/trips.Seconds(), "trips/s")
	b.ReportMetric(trips.Seconds()/trials.Seconds(), "share")
	b.ReportMetric(0, "ns/op")
}

// exchangeLine sends lines and reads one.
func (s *Searcher) exchangeLine(lines []byte) ([]byte, error) {
	if lines == nil {
		lines = appendAsk(nil, 1)
	}
	s.unsaid = append(s.unsaid, lines...)
	return s.exchange()
}

// clocked knows when its program had begun and how long it took to end it.
type clocked struct {
	evolve.Searcher
	begin   time.Time
	closing time.Duration
}

func (c *clocked) Ask(p *evolve.Proposal) bool {
	ok := c.Searcher.Ask(p)
	if c.begin.IsZero() {
		c.begin = time.Now()
	}
	return ok
}

func (c *clocked) Close() error {
	begin := time.Now()
	err := evolve.Close(c.Searcher)
	c.closing += time.Since(begin)
	return err
}

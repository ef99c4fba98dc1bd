package search

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// BenchmarkRun is a whole search of 150 trials, with what a searcher does at its beginning.
func BenchmarkRun(b *testing.B) {
	tb := new(table)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range tb.val {
		tb.val[i], tb.cost[i] = r.Float64(), 1
	}
	for _, c := range []struct {
		name string
		s    evolve.Searcher
	}{
		{"local", &Local{Draws: 10, Repeat: repeatSkip}},
		{"tpe", &TPE{Start: 10, Candidates: 24, Gamma: .1, Repeat: repeatSkip}},
		{"tpe/multivariate=no", &TPE{Start: 10, Candidates: 24, Gamma: .1, Univariate: true, Repeat: repeatSkip}},
		{"de", &DE{Population: 20, F: .5, CR: .5}},
		{"reinforce/preset=nats", &Reinforce{NATS: true}},
		{"reinforce/preset=nb101", &Reinforce{}},
	} {
		b.Run("algo="+c.name+"/space=nb201/trials=150", func(b *testing.B) {
			b.ReportAllocs()
			for seed := uint64(0); b.Loop(); seed++ {
				s := evolve.Study{Problem: evolve.Problem{Space: space.NB201{}}, Searcher: c.s,
					Pool: evolve.Simulate(tb, 1), Recorder: &best{}, Trials: 150, Seed: seed}
				if _, err := s.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

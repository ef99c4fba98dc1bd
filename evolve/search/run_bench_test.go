package search

import (
	"context"
	"fmt"
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

// BenchmarkFront is a whole search for a front of two objectives, alike but for its numbers of trials.
func BenchmarkFront(b *testing.B) {
	tb := new(table)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range tb.val {
		tb.val[i], tb.cost[i] = r.Float64(), r.Float64()
	}
	for _, c := range []struct {
		name   string
		s      evolve.Searcher
		trials int
	}{
		{"nsga2", &NSGA2{Population: 200, Start: 30, Repeat: repeatSkip}, 150},
		{"nsga2", &NSGA2{Population: 200, Start: 30, Repeat: repeatSkip}, 5000},
		{"nsga2/repeat=charge", &NSGA2{Population: 200, Start: 30}, 100_000},
		{"lemonade", &Lemonade{Start: 10, Children: 20, Accept: 5, Repeat: repeatSkip}, 150},
		{"lemonade", &Lemonade{Start: 10, Children: 20, Accept: 5, Repeat: repeatSkip}, 5000},
	} {
		b.Run(fmt.Sprintf("algo=%s/space=nb201/trials=%d", c.name, c.trials), func(b *testing.B) {
			b.ReportAllocs()
			for seed := uint64(0); b.Loop(); seed++ {
				s := evolve.Study{Problem: twoObjectives(), Searcher: c.s, Pool: evolve.Simulate(both{tb}, 1),
					Recorder: &best{}, Trials: c.trials, Seed: seed}
				if _, err := s.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// both answers with a table's costs as a second objective.
type both struct{ *table }

func (t both) Evaluate(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
	i := space.NB201{}.Index(tr.Arch)
	r.Loss, r.Others, r.Cost = t.val[i], t.cost[i:i+1], 1
	return nil
}

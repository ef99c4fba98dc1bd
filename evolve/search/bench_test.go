package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// table is a benchmark of the size and shape of NAS-Bench-201 with invented numbers.
type table struct{ val, cost [space.NB201Size]float64 }

func (t *table) Evaluate(_ context.Context, tr *evolve.Trial, r *evolve.Result) error {
	i := space.NB201{}.Index(tr.Arch)
	r.Loss, r.Cost = t.val[i], t.cost[i]
	return nil
}

type best struct {
	loss float64
	n    int
}

func (b *best) Record(o *evolve.Outcome) error {
	if b.n == 0 || o.Loss < b.loss {
		b.loss = o.Loss
		b.n++
	}
	return nil
}

func BenchmarkStudy(b *testing.B) {
	tb := new(table)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range tb.val {
		tb.val[i] = r.Float64()
		tb.cost[i] = 50 + 50*r.Float64()
	}
	for _, c := range []struct {
		name    string
		s       evolve.Searcher
		workers int
	}{
		{"algo=random", &Random{}, 1},
		{"algo=regevo/P=100/S=25", &RegEvo{Population: 100, Sample: 25}, 1},
		{"algo=regevo/P=50/S=10", &RegEvo{Population: 50, Sample: 10}, 1},
		{"algo=regevo/P=10/S=3", &RegEvo{Population: 10, Sample: 3}, 1},
		{"algo=regevo/P=50/S=10/kill=worst", &RegEvo{Population: 50, Sample: 10, Kill: "worst"}, 1},
		{"algo=regevo/P=50/S=10", &RegEvo{Population: 50, Sample: 10}, 8},
	} {
		b.Run(fmt.Sprintf("%s/space=nb201/workers=%d", c.name, c.workers), func(b *testing.B) {
			b.ReportAllocs()
			s := evolve.Study{Problem: evolve.Problem{Space: space.NB201{}}, Searcher: c.s,
				Pool: evolve.Simulate(tb, c.workers), Recorder: &best{}, Trials: b.N, Seed: 7}
			if _, err := s.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mtrials/s")
		})
	}
}

package search_test

import (
	"context"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// A run of 150 trials of a Gaussian process: over the whole of a listed space, and over candidates of a larger one.
func BenchmarkGP(b *testing.B) {
	for _, s := range []interface {
		evolve.Space
		evolve.Encoder
	}{space.NB201{}, space.NB101{}} {
		b.Run("space="+s.Name(), func(b *testing.B) {
			// A loss that features explain in part.
			var row []float64
			loss := func(a evolve.Arch) float64 {
				var err error
				if row, err = s.Encode(row[:0], "structure", a); err != nil {
					b.Fatal(err)
				}
				sum := 0.
				for f, x := range row {
					sum += x * float64(f%7-3) / float64(len(row))
				}
				return sum * sum
			}
			for i := range b.N {
				g := &search.GP{Scale: "half", Features: "auto", Kernel: "matern", Acquisition: "ei", Start: 10,
					Proxies: evolve.None, Repeat: "skip", Same: "genome"}
				if err := g.Init(evolve.Problem{Space: s}, evolve.Stream(uint64(i), "bench")); err != nil {
					b.Fatal(err)
				}
				for id := 1; id <= 150; id++ {
					t := evolve.Trial{ID: id}
					if !g.Ask(&t.Proposal) {
						b.Fatal("done")
					}
					if err := g.Tell(&t, &evolve.Result{Loss: loss(t.Arch)}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// A run of 150 trials of two objectives, neither of which is known without training.
func BenchmarkEHVI(b *testing.B) {
	for _, s := range []evolve.Space{space.NB201{}, space.NB101{}} {
		b.Run("space="+s.Name(), func(b *testing.B) {
			invented := &evolvetest.Invented{Space: s, Rungs: true}
			p := invented.Problem().At(9)
			p.Proxies = nil
			for i := range b.N {
				e := &search.EHVI{Start: 20, Repeat: "skip", Same: "genome"}
				study := evolve.Study{Problem: p, Searcher: e, Pool: evolve.Simulate(invented, 1), Seed: uint64(i), Trials: 150}
				if _, err := study.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

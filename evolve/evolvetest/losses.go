package evolvetest

import (
	"context"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// scaled: a searcher that says that losses decide by their ranks, or by their values up to scale, proposes the same
// where they are drawn another way in the same order, or multiplied and shifted.
func (c *searcher) scaled(t *testing.T) {
	for _, x := range []struct {
		what string
		of   func(loss float64) float64
		by   evolve.Losses // the most of losses that may decide for this to change nothing
		fail uint64        // one trial in so many
	}{
		// Exact on the grid, so that means and deviations change in their last digits alone.
		{"4x + 2", func(x float64) float64 { return float64(4*x) + 2 }, evolve.UpToScale, math.MaxUint64},
		{"(1 + x)³", func(x float64) float64 { y := 1 + x; return y * y * y }, evolve.ByRank, 5},
	} {
		if c.losses < x.by {
			continue
		}
		plain := func(x float64) float64 { return x }
		before := c.run(t, c.new(t), failing{drawn{c.bench, plain}, x.fail}, 2, suiteSeed)
		after := c.run(t, c.new(t), failing{drawn{c.bench, x.of}, x.fail}, 2, suiteSeed)
		for i := range before {
			a, b := before[i].Proposal, after[i].Proposal
			a.Known, b.Known = nil, nil
			if a != b {
				t.Fatalf("%s decide: with losses as %s outcome %d is of\n%+v, was of\n%+v", c.losses, x.what, i+1, b, a)
			}
		}
	}
}

// drawn shows a function of losses, which are rounded to a grid on which it can be computed exactly.
type drawn struct {
	evolve.Evaluator
	of func(float64) float64
}

func (d drawn) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	err := d.Evaluator.Evaluate(ctx, t, r)
	r.Loss = d.of(math.Round(r.Loss*(1<<20)) / (1 << 20))
	return err
}

package oneshot

import (
	"context"
	"math"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// How the command draws what each batch is trained along.
const (
	Uniform = "uniform" // the path of an architecture that the space samples
	Fair    = "fair"    // FairNAS's: each candidate of each edge once, and one step by the sum of all gradients
	Mixture = "mixture" // all candidates at once, each with the same share
)

// Samplings are these.
var Samplings = []string{Uniform, Fair, Mixture}

// UniformPlan is how methods that train along random paths train small images, and the command: 2,400 steps on digits,
// whose epoch has 16. Of the epochs, rates and batch norms that were tried on digits, nb201 with F=8 and N=1, it orders
// cells best within ten seconds: its errors have a tau-b of about 0.27 with the test errors of digits201, where 60
// epochs have 0.18, 60 at a rate of 0.025 have 0.12, and 20 of strict fairness, which take as long, 0.24 (means of 3
// seeds, 400 cells).
var UniformPlan = Plan{Epochs: 150, LR: 0.1, LRMin: 0.001, Momentum: 0.9, WeightDecay: 3e-4, Clip: 5, Closed: Still,
	Split: SplitVal}

// epoch trains the next epoch by a sampling.
func (c *Course) epoch(ctx context.Context, sampling string) error {
	if sampling == Mixture {
		return c.mixtureEpoch(ctx)
	}
	return c.UniformEpoch(ctx, sampling == Fair)
}

// mixtureEpoch trains the next epoch on the mixture of all candidates with equal shares, and notes its mean loss.
func (c *Course) mixtureEpoch(ctx context.Context) error {
	shares, gates := make([]float64, c.Shares()), make([]bool, c.Edges*len(c.Ops)+c.Loose)
	for g := range shares {
		shares[g] = 1 / float64(len(c.Ops))
	}
	for g := range gates {
		gates[g] = true
	}
	if err := c.Mix(shares); err != nil {
		return err
	}
	open, sum, n := c.Open(gates), 0.0, 0
	err := c.Epoch(ctx, func(_ int, b Batch, rate float64) error {
		r, err := c.StepMixed(open, b, rate)
		sum, n = sum+r.Loss, n+1
		return err
	})
	if err == nil {
		c.Note(Note{Entropy: number.Nullable(math.NaN()), Eigenvalue: number.Nullable(math.NaN()),
			Loss: number.Nullable(sum / float64(n))})
	}
	return err
}

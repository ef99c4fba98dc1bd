package oneshot

import (
	"context"
	"slices"
)

// How the command draws what each batch is trained along.
const (
	Uniform = "uniform" // the path of an architecture that the space samples
	Fair    = "fair"    // FairNAS's: each candidate of each edge once, and one step by the sum of all gradients
	Mixture = "mixture" // all candidates at once, each with the same share
)

// Samplings are all of them.
var Samplings = []string{Uniform, Fair, Mixture}

// UniformPlan is how methods that train along random paths train small images, and the command. On digits, whose epoch
// has 16 batches of 64, it takes 2,400 steps and less than ten seconds. On nb201 with F=8 and N=1 the losses of all
// 6,466 cells of digits201 have, over 10 seeds of its weights, a mean tau-b of 0.145 [0.119, 0.171] with the cells'
// test losses and of 0.181 with their test accuracies: about what one real training has (0.162 and 0.163), and no more
// than the number of parameters (0.158 and 0.189). It was chosen on less, the errors of 400 cells over 3 seeds, where
// its tau-b was above that of 60 epochs, of 60 at a rate of 0.025, and of 20 of strict fairness, which take as long as
// 150: samples of some hundred cells differ by as much as these did, so that this choice is no proof.
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
	if err := c.Mix(slices.Repeat([]float64{1 / float64(len(c.Ops))}, c.Shares())); err != nil {
		return err
	}
	open := slices.Repeat([]bool{true}, len(c.Layers))
	return c.NotedEpoch(ctx, func(_ int, b Batch, rate float64) (Result, error) { return c.StepMixed(open, b, rate) })
}

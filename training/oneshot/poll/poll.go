// Package poll asks the shared weights of a checkpoint about a list of architectures, on several cores.
package poll

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// Variant says in a few words how weights were trained and are asked: what all checkpoints that differ in their seed
// and epoch alone have in common. What is the default of the command goes without saying: uniform paths by
// [oneshot.UniformPlan] through cells of 8 channels, one a stage, all images in batches of 64, batch norms without
// scales and by the statistics of each batch. The length of a schedule is none of it, so that checkpoints of several
// lengths, and weights that were never trained, stand beside each other.
func Variant(w *oneshot.Weights, o oneshot.Scoring) string {
	words := []string{"path"}
	if o.Mixed {
		words[0] = "mixture"
	}
	plan, usual := w.Plan, oneshot.UniformPlan
	is := func(name string, x float64) string { return fmt.Sprintf("%s=%g", name, x) }
	for _, of := range []struct {
		so   bool
		word string
	}{
		{w.Supernet == "enas", "ops=enas"}, {w.Fair, "fair"},
		{w.Mixture, "trained as mixture"}, {plan.Affine, "affine"},
		{plan.Closed == oneshot.Drift, "drift"}, {plan.Split != oneshot.SplitVal, "split=" + plan.Split},
		{w.Net.F != 8, is("F", float64(w.Net.F))}, {w.Net.N != 1, is("N", float64(w.Net.N))},
		{w.Images != 0, is("images", float64(w.Images))}, {w.Batch != 64, is("batch", float64(w.Batch))},
		{plan.LR != usual.LR, is("lr", plan.LR)}, {plan.LRMin != usual.LRMin, is("lr-min", plan.LRMin)},
		{plan.Momentum != usual.Momentum, is("momentum", plan.Momentum)}, {plan.Nesterov, "nesterov"},
		{plan.WeightDecay != usual.WeightDecay, is("weight-decay", plan.WeightDecay)},
		{plan.Clip != usual.Clip, is("clip", plan.Clip)},
		{o.Refit > 0, is("refit", float64(o.Refit))}, {w.Shuffled, "shuffled labels"},
	} {
		if of.so {
			words = append(words, of.word)
		}
	}
	return strings.Join(words, ", ")
}

// Scores are minus the mean cross entropies, in nats, that the architectures have on the images that score: the greater
// the better. Losses tell more architectures apart than errors do. One whose answers are no numbers has minus infinity.
// procs scorers share the weights, and the scores do not depend on how many there are; asked, which may be nil, is
// called after each. The error is that of ctx when it ends, or of [oneshot.Scorer.Score].
func Scores(ctx context.Context, w *oneshot.Weights, o oneshot.Scoring, archs []evolve.Arch, procs int,
	asked func()) ([]float64, error) {
	scores := make([]float64, len(archs))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(1, procs) {
		s, err := w.Scorer(o)
		if err != nil {
			cancel(err)
			break
		}
		wg.Go(func() {
			defer s.Close()
			for i := next.Add(1) - 1; i < int64(len(archs)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				scored, err := s.Score(ctx, archs[i], 0, 0)
				switch {
				case errors.Is(err, evolve.ErrFailed):
					scores[i] = math.Inf(-1)
				case err != nil:
					cancel(fmt.Errorf("%s: architecture %s: %w", w.Path, archs[i], err))
					return
				default:
					scores[i] = -scored.Loss
				}
				if asked != nil {
					asked()
				}
			}
		})
	}
	wg.Wait()
	return scores, context.Cause(ctx)
}

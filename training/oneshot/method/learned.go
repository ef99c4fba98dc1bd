package method

import (
	"context"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// trained is what learners have in common that take steps of their own.
type trained struct {
	c    *oneshot.Course
	loss float64 // of the last epoch's training batches, the mean
}

// train takes the next epoch's batches, and keeps the mean of the losses that steps return.
func (t *trained) train(ctx context.Context, step func(i int, b oneshot.Batch, rate float64) (oneshot.Result,
	error)) error {
	t.loss = 0
	return t.c.Epoch(ctx, func(i int, b oneshot.Batch, rate float64) error {
		r, err := step(i, b, rate)
		t.loss += r.Loss / float64(t.c.Steps())
		return err
	})
}

func (t *trained) note(n *notes.Epoch) { n.Loss = number.Nullable(t.loss) }

// learned is what learners have in common that learn logits of the candidates and answer with the heaviest.
type learned struct {
	trained
	rate  float64 // of the logits
	alpha *alpha
}

func (l *learned) begin(c *oneshot.Course) error {
	l.c, l.alpha = c, newAlpha(c.Supernet, l.rate, c.Stream("alpha"))
	return nil
}

func (l *learned) save() oneshot.State {
	logits, moments := l.alpha.save()
	return oneshot.State{"logits": logits, "moments": moments}
}

func (l *learned) load(s oneshot.State) error { return l.alpha.load(s["logits"], s["moments"]) }

func (l *learned) shares() []float64 { return l.alpha.shares() }

func (l *learned) answer(context.Context) (evolve.Arch, error) {
	return genotype(l.c.Supernet, l.shares())
}

// everything opens all layers.
func (l *learned) everything() []bool { return slices.Repeat([]bool{true}, len(l.c.Layers)) }

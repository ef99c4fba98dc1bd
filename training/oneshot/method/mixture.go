package method

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// mixture is the problem of two levels that a supernet and a pair of batches are: the weights are those of all
// candidates, and the architecture is the logits of their shares.
type mixture[T kernel.Float] struct {
	*oneshot.Shared[T]
	alpha *alpha
	// project, which may be nil, makes of the logits' shares those that the supernet has. An edge whose shares it
	// changes has no gradient.
	project func(shares []float64) []float64

	training, validation oneshot.Batch
	open                 []bool         // layers of candidates that have a share
	moves                []bool         // gates whose logits have a gradient
	result               oneshot.Result // of the last step
}

// shares are those that the supernet's mixture has, by gate.
func (m *mixture[T]) shares() []float64 {
	shares := m.alpha.shares()
	if m.project != nil {
		shares = m.project(shares)
	}
	return shares
}

// mix gives the supernet the shares of the logits.
func (m *mixture[T]) mix() error {
	shares := m.shares()
	m.moves = make([]bool, len(shares))
	for g, free := range m.alpha.shares() {
		m.moves[g] = shares[g] == free
	}
	return m.show(shares)
}

// show gives the supernet these shares, and closes candidates that have none.
func (m *mixture[T]) show(shares []float64) error {
	gates := make([]bool, len(shares))
	for g, p := range shares {
		gates[g] = p != 0
	}
	m.open = m.Open(gates)
	return m.Mix(shares)
}

func (m *mixture[T]) weights() ([]T, error) { return m.Weights(nil) }
func (m *mixture[T]) set(w []T) error       { return m.SetWeights(w) }
func (m *mixture[T]) drag() ([]T, error)    { return m.Drag(nil) }

func (m *mixture[T]) train() (ofW []T, ofAlpha []float64, err error) { return m.gradients(m.training) }
func (m *mixture[T]) val() (ofW []T, ofAlpha []float64, err error)   { return m.gradients(m.validation) }

func (m *mixture[T]) gradients(b oneshot.Batch) (ofW []T, ofAlpha []float64, err error) {
	ofW, ofShares, _, err := m.Gradients(m.open, b, nil)
	if err != nil {
		return nil, nil, err
	}
	for g, moves := range m.moves {
		if !moves {
			ofShares[g] = 0
		}
	}
	return ofW, m.alpha.through(ofShares), nil
}

func (m *mixture[T]) choose(ofAlpha []float64) error {
	m.alpha.step(ofAlpha)
	return m.mix()
}

func (m *mixture[T]) learn(rate float64) (err error) {
	m.result, err = m.StepMixed(m.open, m.training, rate)
	return err
}

// curvature is the largest eigenvalue of the Hessian of a batch's loss in the logits. A product with the Hessian is a
// central difference of gradients, a step to either side. The logits are afterwards as they were.
func (m *mixture[T]) curvature(b oneshot.Batch, r *rand.Rand, step float64) (float64, error) {
	logits := slices.Clone(m.alpha.logits)
	product := func(v []float64) ([]float64, error) {
		return centralDifference(step, func(by float64) ([]float64, error) {
			for i, x := range logits {
				m.alpha.logits[i] = x + float64(by*v[i])
			}
			if err := m.mix(); err != nil {
				return nil, err
			}
			_, ofAlpha, err := m.gradients(b)
			return ofAlpha, err
		})
	}
	top, err := largestEigenvalue(len(logits), product, r)
	copy(m.alpha.logits, logits)
	if late := m.mix(); err == nil {
		err = late
	}
	return top, err
}

// judge asks the mixture with these shares about all images that score. The supernet keeps the shares.
func (m *mixture[T]) judge(ctx context.Context, c *oneshot.Course, shares []float64) (correct int, loss float64,
	err error) {
	if err := m.show(shares); err != nil {
		return 0, 0, err
	}
	for i := range c.ScoringBatches() {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		b := c.ScoringBatch(i)
		r, err := m.AnswerMixed(m.open, b)
		if err != nil {
			return 0, 0, err
		}
		correct, loss = correct+r.Correct, loss+float64(r.Loss*float64(b.Images()))
	}
	return correct, loss, nil
}

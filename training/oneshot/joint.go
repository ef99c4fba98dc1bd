package oneshot

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device/launch"
)

// StepJoint is [Shared.StepMixed] with the gradients in the shares, at the weights before the step, from the same pass:
// for methods that train both on one loss (Xie, Zheng, Liu and Lin 2019, arXiv:1812.09926).
func (n *Shared[T]) StepJoint(open []bool, b Batch, rate float64) ([]float64, Result, error) {
	if err := mixes(n.Supernet); err != nil {
		return nil, Result{}, err
	}
	r, err := n.move(open, true, b, rate)
	grads, late := n.takeShares()
	if err == nil {
		err = late
	}
	return grads, r, err
}

// takeShares returns the gradients in the shares, by gate, and makes them zero. The error wraps evolve.ErrFailed where
// they are no finite numbers, which they may be before the loss is none.
func (n *Shared[T]) takeShares() ([]float64, error) {
	host := make([]T, len(n.Model.ShareGrads))
	err := n.dev.Download(host, n.Model.ShareGrads)
	n.clear(n.Model.ShareGrads)
	grads := make([]float64, n.Shares())
	for g := range grads {
		if at := g * launch.Unit; at < len(host) { // the last candidates may have no layers
			grads[g] = float64(host[at])
		}
		if v := grads[g]; err == nil && !(math.Abs(v) <= math.MaxFloat64) {
			err = fmt.Errorf("the gradient in share %d is %v: training has diverged: %w", g, v, evolve.ErrFailed)
		}
	}
	return grads, err
}

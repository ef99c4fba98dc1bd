package oneshot

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device/launch"
)

// What methods of second order need of shared weights: all of them as one vector of the host, in the order of
// graph.Model.Parts, with zeros between tensors.

// Weights copies all weights into dst, which is grown where it is short.
func (n *Shared[T]) Weights(dst []T) ([]T, error) { return n.download(dst, n.Model.Values) }

// SetWeights replaces all weights by those of a vector as Weights gives it. Moments and counted steps stay. The error
// wraps evolve.ErrInvalid for a vector of another length.
func (n *Shared[T]) SetWeights(w []T) error {
	if len(w) != len(n.Model.Values) {
		return fmt.Errorf("%d weights, want %d: %w", len(w), len(n.Model.Values), evolve.ErrInvalid)
	}
	n.dev.Upload(n.Model.Values, w)
	return nil
}

// Drag copies into dst what a step of SGD adds to the gradients: the momentum times the velocity, and the decay times
// the weights that decay. Clipping and Nesterov's look ahead are no part of it, as in DARTS (Liu, Simonyan and Yang
// 2019, arXiv:1806.09055; quark0/darts, cnn/architect.py).
func (n *Shared[T]) Drag(dst []T) ([]T, error) {
	w, err := n.Weights(nil)
	if err == nil {
		dst, err = n.download(dst, n.update.M)
	}
	if err != nil {
		return nil, err
	}
	momentum, decay := T(n.update.Momentum), T(n.update.Decay)
	for i := range dst {
		dst[i] *= momentum
	}
	for _, s := range n.update.Decays {
		for i := int(s.From) * launch.Unit; i < int(s.To)*launch.Unit; i++ {
			dst[i] += T(decay * w[i])
		}
	}
	return dst, nil
}

// Gradients are those of a batch's loss on a mixture: in the weights, in the order of Weights, which go to dst, and in
// the shares, as [Shared.ShareGradients] gives them. Those of closed layers are 0. No weight moves.
func (n *Shared[T]) Gradients(open []bool, b Batch, dst []T) (weights []T, shares []float64, r Result, err error) {
	shares, r, err = n.gradients(open, b, func() error {
		var late error
		weights, late = n.download(dst, n.Model.Grads)
		return late
	})
	return weights, shares, r, err
}

// Rest makes all moments zero and all steps uncounted, as those of a new solver are.
func (n *Shared[T]) Rest() {
	n.clear(n.update.M)
	if n.update.V != nil {
		n.clear(n.update.V)
	}
	clear(n.steps)
}

// download copies a slab of the device into dst, which is grown where it is short.
func (n *Shared[T]) download(dst, slab []T) ([]T, error) {
	if len(dst) < len(slab) {
		dst = make([]T, len(slab))
	}
	dst = dst[:len(slab)]
	return dst, n.dev.Download(dst, slab)
}

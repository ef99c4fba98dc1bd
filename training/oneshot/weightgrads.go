package oneshot

import (
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/graph"
)

// Hold leaves the weights of some layers, by their numbers, to the caller from now on: [Shared.Set] sets them and
// [Shared.Pull] takes their gradients. Steps do not move such weights, and the norm of the gradients, by which they are
// clipped, is of all other weights. Gradients that nobody pulls add up with those of the next step. The error wraps
// evolve.ErrInvalid for another number of layers.
func (n *Shared[T]) Hold(layers []bool) error {
	if len(layers) != len(n.Layers) {
		return fmt.Errorf("%d layers to hold of a network of %d: %w", len(layers), len(n.Layers), evolve.ErrInvalid)
	}
	n.held, n.pulled = slices.Clone(layers), make([]bool, len(layers))
	return n.train.forget() // a step that was recorded before may move them
}

// holds says whether the caller sets a layer's weights.
func (n *Shared[T]) holds(layer int) bool { return n.held != nil && n.held[layer] }

// Set gives a held layer's kernel, the first of its weights, other values. The error wraps evolve.ErrInvalid where the
// layer has no kernel of as many elements; so do those of Get and Pull.
func (n *Shared[T]) Set(layer int, values []float64) error {
	w, err := n.kernelOf(layer, len(values))
	if err != nil {
		return err
	}
	host := n.hostOf(len(values))
	for i, v := range values {
		host[i] = T(v)
	}
	n.dev.Upload(w.Data, host)
	return nil
}

// Get copies a layer's kernel, the first of its weights, into values.
func (n *Shared[T]) Get(layer int, values []float64) error {
	w, err := n.kernelOf(layer, len(values))
	if err != nil {
		return err
	}
	return n.fetch(values, w.Data)
}

// Pull moves the gradient that the last step left of a held layer's kernel into grad, and says whether the step had
// one: layers that are closed, and those that reach no output, have none.
func (n *Shared[T]) Pull(layer int, grad []float64) (bool, error) {
	w, err := n.kernelOf(layer, len(grad))
	if err != nil || !n.holds(layer) || !n.pulled[layer] {
		return false, err
	}
	if err := n.fetch(grad, w.Grad_); err != nil {
		return false, err
	}
	n.clear(w.Grad_)
	return true, nil
}

// kernelOf is a layer's kernel, which must have so many elements. The error wraps evolve.ErrInvalid.
func (n *Shared[T]) kernelOf(layer, elements int) (*graph.Weight[T], error) {
	if layer < 0 || layer >= len(n.Layers) || len(n.Model.Layer(layer)) == 0 {
		return nil, fmt.Errorf("layer %d has no kernel: %w", layer, evolve.ErrInvalid)
	}
	w := n.Model.Layer(layer)[0]
	if w.Len() != elements {
		return nil, fmt.Errorf("%d numbers for %s, which has %d: %w", elements, w.Name, w.Len(), evolve.ErrInvalid)
	}
	return w, nil
}

// fetch copies numbers of the device.
func (n *Shared[T]) fetch(into []float64, from []T) error {
	host := n.hostOf(len(into))
	if err := n.dev.Download(host, from); err != nil {
		return err
	}
	for i, v := range host {
		into[i] = float64(v)
	}
	return nil
}

// hostOf is memory of the host for so many numbers on their way.
func (n *Shared[T]) hostOf(elements int) []T {
	if len(n.host) < elements {
		n.host = make([]T, elements)
	}
	return n.host[:elements]
}

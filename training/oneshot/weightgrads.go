package oneshot

import (
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/graph"
)

// Hold leaves the weights of some layers, by their numbers, to the caller from now on: [Answers.Set] sets them and
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

// Set gives a layer's kernel, the first of its weights, other values; that of a network whose steps leave the kernel
// alone, or of an asker with weights of its own. The error wraps evolve.ErrInvalid where the layer has no kernel of as
// many elements; so do those of Get and Pull.
func (a *Answers[T]) Set(layer int, values []float64) error {
	w, err := a.kernelOf(layer, len(values))
	if err != nil {
		return err
	}
	host := a.hostOf(len(values))
	for i, v := range values {
		host[i] = T(v)
	}
	a.dev.Upload(w.Data, host)
	return nil
}

// Get copies a layer's kernel, the first of its weights, into values.
func (a *Answers[T]) Get(layer int, values []float64) error {
	w, err := a.kernelOf(layer, len(values))
	if err != nil {
		return err
	}
	return a.fetch(values, w.Data)
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
func (a *Answers[T]) kernelOf(layer, elements int) (*graph.Weight[T], error) {
	if layer < 0 || layer >= len(a.super.Layers) || len(a.model.Layer(layer)) == 0 {
		return nil, fmt.Errorf("layer %d has no kernel: %w", layer, evolve.ErrInvalid)
	}
	w := a.model.Layer(layer)[0]
	if w.Len() != elements {
		return nil, fmt.Errorf("%d numbers for %s, which has %d: %w", elements, w.Name, w.Len(), evolve.ErrInvalid)
	}
	return w, nil
}

// fetch copies numbers of the device.
func (a *Answers[T]) fetch(into []float64, from []T) error {
	host := a.hostOf(len(into))
	if err := a.dev.Download(host, from); err != nil {
		return err
	}
	for i, v := range host {
		into[i] = float64(v)
	}
	return nil
}

// hostOf is memory of the host for so many numbers on their way.
func (a *Answers[T]) hostOf(elements int) []T {
	if len(a.host) < elements {
		a.host = make([]T, elements)
	}
	return a.host[:elements]
}

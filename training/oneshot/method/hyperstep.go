package method

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// hyperstep trains a supernet whose candidates' kernels a hypernetwork writes. All other weights (the stem, the
// reductions, batch norms, the classifier) are learned as always. A new architecture writes kernels into the supernet's
// memory: neither the supernet nor the hypernetwork is built again.
type hyperstep[T kernel.Float] struct {
	shared *oneshot.Shared[T]
	hyper  *hypernetwork
	// Room for the gradient of a kernel, and for that in its tables.
	kernel, table []float64
}

// newHyperstep takes the candidates' kernels of a supernet over. The error is as that of Shared.Hold.
func newHyperstep[T kernel.Float](shared *oneshot.Shared[T], hyper *hypernetwork) (*hyperstep[T], error) {
	s := &hyperstep[T]{shared: shared, hyper: hyper}
	held, most := make([]bool, len(shared.Layers)), 0
	for _, k := range hyper.kernels {
		held[k.layer] = true
		most = max(most, k.numbers)
	}
	s.kernel, s.table = make([]float64, most), make([]float64, (1+hyper.rank)*most)
	return s, shared.Hold(held)
}

// fill gives the open layers of a path the kernels of its architecture, where set puts them.
func (h *hypernetwork) fill(open []bool, set func(layer int, kernel []float64) error) (*reading, error) {
	a := h.read(open)
	for _, k := range h.kernels {
		if !open[k.layer] {
			continue
		}
		kernel := make([]float64, k.numbers)
		a.write(k, kernel)
		if err := set(k.layer, kernel); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// step writes an architecture's kernels and takes a step along its path: of all other weights at one rate, and of the
// hypernetwork at another. The error wraps evolve.ErrFailed where the training has diverged.
func (s *hyperstep[T]) step(open []bool, b oneshot.Batch, rate, hyperRate float64) (oneshot.Result, error) {
	a, err := s.hyper.fill(open, s.shared.Set)
	if err != nil {
		return oneshot.Result{}, err
	}
	r, err := s.shared.Step(open, b, rate)
	if err != nil {
		return r, err
	}
	h := s.hyper
	for _, k := range h.kernels {
		grad := s.kernel[:k.numbers]
		switch had, err := s.shared.Pull(k.layer, grad); {
		case err != nil:
			return r, err
		case !had:
			continue
		}
		for _, g := range grad {
			if math.IsNaN(g) || math.IsInf(g, 0) {
				return r, fmt.Errorf("the gradient of %s is %v: training has diverged: %w",
					s.shared.Layers[k.layer].Name, g, evolve.ErrFailed)
			}
		}
		table := s.table[:len(k.table)]
		a.back(k, grad, table)
		k.adam.Rate = hyperRate
		k.adam.Step(k.table, table)
	}
	if h.rank > 0 {
		h.trunkAdam.Rate = hyperRate
		h.trunkAdam.Step(h.trunk, h.trunkGrad)
		clear(h.trunkGrad)
	}
	return r, nil
}

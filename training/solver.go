package training

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Solver moves weights against their gradients. It is a gorgonia Solver whose momentum, weight decay and clipping are
// what papers mean by them: the decay is of the weight and not of the velocity, and clipping is by the norm of all
// gradients together. Its arithmetic is [device.Update], on the device where the weights live.
type Solver struct {
	Kind     string  // sgd, adam or adamw
	LR       float64 // set before each step by the schedule
	Momentum float64 // of sgd
	Nesterov bool    // momentum in the form of Sutskever et al. 2013, as PyTorch has it
	// Added to the gradient as Decay·w (sgd, adam), or taken from the weight as LR·Decay·w (adamw, Loshchilov
	// and Hutter 2019).
	Decay float64
	Clip  float64 // largest norm of all gradients; 0 none

	dev     device.Device[float32]
	model   *graph.Model[float32]
	update  device.Update[float32] // its operands
	scratch []float32              // of the update's kernel
	steps   int
	call    device.Call // of the update: Step made it
}

var _ G.Solver = (*Solver)(nil)

// Solvers are the kinds.
var Solvers = []string{"sgd", "adam", "adamw"}

// newSolver makes a solver for the weights of a model and takes memory for its moments. The average, nil for none, is
// a slab as that of the weights and follows them.
func newSolver(r Recipe, m *graph.Model[float32], dev device.Device[float32], average []float32) (*Solver, error) {
	s := &Solver{Kind: r.Solver, Momentum: r.Momentum, Nesterov: r.Nesterov, Decay: r.WeightDecay, Clip: r.Clip,
		dev: dev, model: m}
	s.update = device.Update[float32]{W: m.Values, G: m.Grads, Average: average, Keep: r.Average, Divide: r.Accumulate}
	var err error
	if s.update.M, err = m.Like(); err == nil && s.Kind != "sgd" {
		s.update.V, err = m.Like()
	}
	return s, err
}

// after makes the solver's steps follow the passes of a graph: they read its scalars, and leave the gradients' norm
// among its results.
func (s *Solver) after(g *graph.Graph[float32]) {
	s.update.Scalars, s.update.Results = g.Scalars, g.Results
}

// close gives the moments back.
func (s *Solver) close() {
	for _, slab := range []*[]float32{&s.update.M, &s.update.V, &s.scratch} {
		if *slab != nil {
			s.dev.Give(*slab)
		}
		*slab = nil
	}
}

// Step makes the call that moves all weights of the solver's model once. It runs as part of a recorded step, as the
// calls do that gorgonia's tape makes: a call is made once and repeated.
func (s *Solver) Step(model []G.ValueGrad) error {
	if len(model) != len(s.model.Weights) {
		return fmt.Errorf("a step over %d weights, the solver's model has %d: %w", len(model), len(s.model.Weights),
			evolve.ErrInvalid)
	}
	u := s.update
	u.Kind, u.Momentum, u.Nesterov, u.Decay, u.Clip = s.Kind, s.Momentum, s.Nesterov, s.Decay, s.Clip
	at := int32(0)
	for i, w := range s.model.Weights {
		if model[i] != G.ValueGrad(w) {
			return fmt.Errorf("weight %d of a solver's step is not %s of its model: %w", i, w.Name, evolve.ErrInvalid)
		}
		to := at + int32(kernel.Pad(w.Len())/launch.Unit)
		if w.Decay {
			u.Decays = append(u.Decays, launch.Span{From: at, To: to})
		}
		at = to
	}
	k, err := s.dev.Kernel(u)
	if err != nil {
		return err
	}
	if n := k.Scratch(); n > 0 && s.scratch == nil {
		if s.scratch, err = s.dev.Take(n); err != nil {
			return err
		}
	}
	k.Bind(s.scratch)
	s.call = k.Forward(nil)
	return nil
}

// set fills in what a step's arithmetic depends on besides numbers of the device, and counts the step.
func (s *Solver) set(scalar func(at int, x float64)) {
	s.steps++
	if s.Kind == "sgd" {
		scalar(device.ScalarRate, s.LR)
		return
	}
	rate, epsilon := AdamRates(s.LR, s.steps)
	scalar(device.ScalarRate, rate)
	scalar(device.ScalarEpsilon, epsilon)
	if s.Kind == "adamw" {
		scalar(device.ScalarApart, s.LR*s.Decay)
	}
}

// AdamRates are the length of adam's or adamw's step, from 1, and its epsilon, with the bias of the moments in both.
func AdamRates(lr float64, step int) (rate, epsilon float64) {
	root := math.Sqrt(1 - samebits.Power(device.Beta2, step))
	return float64(lr*root) / (1 - samebits.Power(device.Beta1, step)), device.Epsilon * root
}

// finite returns the error of a step whose gradients had this norm, nil if it moved the weights.
func finite(norm float64) error {
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("the gradients' norm is %v: training has diverged: %w", norm, evolve.ErrFailed)
	}
	return nil
}

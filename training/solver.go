package training

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Solver moves weights against their gradients. It is a gorgonia Solver whose momentum, weight
// decay and clipping are what papers mean by them: the decay is of the weight and not of the
// velocity, and clipping is by the norm of all gradients together.
type Solver struct {
	Kind     string  // sgd, adam or adamw
	LR       float64 // set before each step by the schedule
	Momentum float64 // of sgd
	Nesterov bool    // momentum in the form of Sutskever et al. 2013, as PyTorch has it
	// Added to the gradient as Decay·w (sgd, adam), or taken from the weight as LR·Decay·w (adamw, Loshchilov
	// and Hutter 2019).
	Decay float64
	Clip  float64 // largest norm of all gradients; 0 none

	steps int
	m, v  [][]float32 // of each weight: velocity, or first and second moments
	decay []bool
}

// Adam's constants (Kingma and Ba 2015, algorithm 1).
const adamBeta1, adamBeta2, adamEpsilon = 0.9, 0.999, 1e-8

// Solvers are the kinds.
var Solvers = []string{"sgd", "adam", "adamw"}

// newSolver makes a solver for weights of these lengths; decay says of each whether it decays.
func newSolver(r Recipe, lengths []int, decay []bool) *Solver {
	s := &Solver{Kind: r.Solver, Momentum: r.Momentum, Nesterov: r.Nesterov, Decay: r.WeightDecay, Clip: r.Clip,
		decay: decay}
	for _, n := range lengths {
		s.m = append(s.m, make([]float32, n))
		if s.Kind != "sgd" {
			s.v = append(s.v, make([]float32, n))
		}
	}
	return s
}

// Step moves every weight once.
func (s *Solver) Step(model []G.ValueGrad) error {
	weights, grads := make([][]float32, len(model)), make([][]float32, len(model))
	square := 0.0
	for i, n := range model {
		g, err := n.Grad()
		if err != nil {
			return err
		}
		weights[i], grads[i] = n.Value().Data().([]float32), g.Data().([]float32)
		for _, v := range grads[i] {
			square += float64(float64(v) * float64(v))
		}
	}
	norm := math.Sqrt(square)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("the gradients' norm is %v: training has diverged: %w", norm, evolve.ErrFailed)
	}
	scale := float32(1)
	if s.Clip > 0 && norm > s.Clip {
		scale = float32(s.Clip / norm)
	}
	s.steps++
	for i, w := range weights {
		decay := s.Decay
		if !s.decay[i] {
			decay = 0
		}
		if s.Kind == "sgd" {
			s.sgd(w, grads[i], s.m[i], scale, float32(decay))
		} else {
			s.adam(w, grads[i], s.m[i], s.v[i], scale, decay)
		}
	}
	return nil
}

func (s *Solver) sgd(w, g, m []float32, scale, decay float32) {
	lr, mu := float32(s.LR), float32(s.Momentum)
	g, m = g[:len(w)], m[:len(w)]
	for j := range w {
		d := float32(g[j]*scale) + float32(decay*w[j])
		m[j] = float32(mu*m[j]) + d
		if s.Nesterov {
			d += float32(mu * m[j])
		} else {
			d = m[j]
		}
		w[j] -= float32(lr * d)
	}
}

func (s *Solver) adam(w, g, m, v []float32, scale float32, decay float64) {
	const b1, b2 = adamBeta1, adamBeta2
	// The bias of both moments goes into the step's length.
	step := float32(s.LR * math.Sqrt(1-samebits.Power(b2, s.steps)) / (1 - samebits.Power(b1, s.steps)))
	eps := float32(adamEpsilon * math.Sqrt(1-samebits.Power(b2, s.steps)))
	coupled, apart := float32(decay), float32(0)
	if s.Kind == "adamw" {
		coupled, apart = 0, float32(s.LR*decay)
	}
	for j := range w {
		d := float32(g[j]*scale) + float32(coupled*w[j])
		m[j] = float32(b1*m[j]) + float32((1-b1)*d)
		v[j] = float32(b2*v[j]) + float32((1-b2)*d*d)
		w[j] -= step*m[j]/(float32(math.Sqrt(float64(v[j])))+eps) + float32(apart*w[j])
	}
}

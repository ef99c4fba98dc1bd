// Package adam is the optimizer of Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015,
// arXiv:1412.6980, Algorithm 1, of numbers alone: a gradient gives the same step to the same bits in every build.
package adam

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Options are the settings of an optimizer. A zero stands for the value that is named here, where there is one.
type Options struct {
	Rate    float64 // α, of learning; 0 moves nothing
	Beta1   float64 // of the mean of gradients; 0 is 0.9, as in the paper, and a negative number takes no mean
	Beta2   float64 // of the mean of their squares; 0 is 0.999, as in the paper
	Epsilon float64 // that is added to the root of the second mean; 0 is 1e-8, as in the paper
	Decay   float64 // times x that is added to the gradient, as PyTorch's Adam does; 0 is none
	Clip    float64 // Euclidean length that a longer gradient is scaled to before decay is added; 0 is none
}

// Adam holds the moments of n numbers that are learned. It is not safe for use by several goroutines.
type Adam struct {
	Options
	first, second []float64  // moments
	was           [2]float64 // β₁ᵗ and β₂ᵗ after t steps
}

// New makes the optimizer of n numbers, before its first step.
func New(n int, o Options) *Adam {
	for _, d := range []struct {
		value *float64
		usual float64
	}{{&o.Beta1, .9}, {&o.Beta2, .999}, {&o.Epsilon, 1e-8}} {
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	o.Beta1 = max(o.Beta1, 0)
	return &Adam{Options: o, first: make([]float64, n), second: make([]float64, n), was: [2]float64{1, 1}}
}

// Step moves x, in place, down its gradient. Both have the length that New was given. The gradient stays as it is.
func (a *Adam) Step(x, grad []float64) {
	a.was[0] *= a.Beta1
	a.was[1] *= a.Beta2
	scale, part1, part2 := a.shrink(grad), rest(a.Beta1), rest(a.Beta2)
	for i, g := range grad[:len(a.first)] {
		g = float64(g*scale) + float64(a.Decay*x[i])
		a.first[i] = float64(a.Beta1*a.first[i]) + float64(part1*g)
		a.second[i] = float64(a.Beta2*a.second[i]) + float64(part2*g*g)
		x[i] -= a.Rate * (a.first[i] / (1 - a.was[0])) / (math.Sqrt(a.second[i]/(1-a.was[1])) + a.Epsilon)
	}
}

// shrink is what a gradient is multiplied by so that it is no longer than Clip.
func (a *Adam) shrink(grad []float64) float64 {
	if a.Clip <= 0 {
		return 1
	}
	squares := 0.0
	for _, g := range grad {
		squares += float64(g * g)
	}
	// PyTorch's clip_grad_norm_ adds 1e-6 to the length, so that it can be divided by.
	return min(1, a.Clip/(math.Sqrt(squares)+1e-6))
}

// rest is 1-β as it is written: of 0.9 it is 0.1, where the difference of the two doubles is 0.09999999999999998.
func rest(beta float64) float64 {
	const digits = 1e12 // more decimals than anybody gives a β
	return math.Round((1-beta)*digits) / digits
}

// State is all that steps have left: the first moments, the second moments, and the powers of both β. It shares nothing
// with the optimizer.
func (a *Adam) State() []float64 {
	s := append([]float64{}, a.first...)
	return append(append(s, a.second...), a.was[:]...)
}

// Restore goes on from the State of an optimizer of as many numbers. The error wraps evolve.ErrInvalid for a state of
// another number.
func (a *Adam) Restore(state []float64) error {
	n := len(a.first)
	if want := 2*n + 2; len(state) != want {
		return fmt.Errorf("a state of Adam has %d numbers, want %d of %d parameters: %w", len(state), want, n,
			evolve.ErrInvalid)
	}
	copy(a.first, state)
	copy(a.second, state[n:])
	copy(a.was[:], state[2*n:])
	return nil
}

package lstm

import (
	"math"
	"testing"
)

// Outputs, gradients and slopes are those of PyTorch's LSTM of two layers in float64, with the same weights.
func TestStackAsPyTorch(t *testing.T) {
	const inputs, units, layers, steps = 2, 3, 2, 4
	n := StackSize(inputs, units, layers)
	weights, grads := make([]float64, n), make([]float64, n)
	for k := range weights {
		weights[k] = math.Sin(float64(k+1)) / 2
	}
	s := NewStack(inputs, units, layers, weights, grads)
	for range 2 { // the second time on the memory of the first
		clear(grads)
		s.Begin()
		var h []float64
		for step := range steps {
			h = s.Step([]float64{math.Cos(float64(inputs * step)), math.Cos(float64(inputs*step + 1))})
		}
		near(t, "output", h, 0.146430853133, 0.122285393124, 0.066347856757)
		var dx []float64
		for step := steps - 1; step >= 0; step-- {
			slope := make([]float64, units)
			for u := range slope {
				slope[u] = math.Cos(float64(3*step + u))
			}
			dx = s.Back(slope)
		}
		near(t, "slope of the first input", dx, -0.0012279665681460632, -0.0011688471343655334)
		sum, weighted := 0.0, 0.0
		for i, g := range grads {
			sum, weighted = sum+g, weighted+g*math.Cos(float64(i))
		}
		near(t, "gradients", []float64{sum, weighted, grads[0], grads[n-1]},
			-0.35386086674583234, -0.07606361616730557, -0.0003512786485483321, -0.005989684873755523)
	}
}

func near(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-11 {
			t.Errorf("%s: %.12f, want %.12f", what, got, want)
			return
		}
	}
}

// The tangent is close to the library's and odd.
func TestTanh(t *testing.T) {
	for x := -30.0; x < 30; x += .0137 {
		if got := tanh(x); math.Abs(got-math.Tanh(x)) > 3e-16 || got != -tanh(-x) {
			t.Fatalf("tanh(%g) = %v, want %v", x, got, math.Tanh(x))
		}
	}
}

func BenchmarkStep(b *testing.B) {
	const units = 64
	n := StackSize(units, units, 1)
	s := NewStack(units, units, 1, make([]float64, n), make([]float64, n))
	x := make([]float64, units)
	for b.Loop() {
		s.Begin()
		s.Step(x)
	}
}

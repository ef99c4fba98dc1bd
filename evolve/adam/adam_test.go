package adam

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// On a constant gradient a step is the rate, whatever the gradient's size, and over changing ones as Algorithm 1 says.
func TestStep(t *testing.T) {
	a := New(1, Options{Rate: .01})
	m, v, x := 0.0, 0.0, []float64{5}
	for i, g := range []float64{3, 3, -1, .5, 0, 2} {
		m, v = .9*m+.1*g, .999*v+.001*g*g
		n := float64(i + 1)
		want := .01 * (m / (1 - math.Pow(.9, n))) / (math.Sqrt(v/(1-math.Pow(.999, n))) + 1e-8)
		was := x[0]
		a.Step(x, []float64{g})
		if got := was - x[0]; math.Abs(got-want) > 1e-12 || i < 2 && math.Abs(got-.01) > 1e-9 {
			t.Errorf("step %d: %g, want %g", i+1, got, want)
		}
	}
}

// The numbers that PyTorch gives in float64, by clip_grad_norm_ and torch.optim.Adam with weight decay.
func TestAsPyTorch(t *testing.T) {
	a := New(2, Options{Rate: .1, Beta1: .5, Beta2: .999, Decay: .001, Clip: .5})
	x := []float64{1, -2}
	for i := range 3 {
		a.Step(x, []float64{.3 * float64(i+1), -.1 + .2*float64(i)})
	}
	want := []float64{0.689559916671, -2.004522407465}
	for i := range x {
		if math.Abs(x[i]-want[i]) > 1e-11 {
			t.Errorf("x[%d] = %.12f, want %.12f", i, x[i], want[i])
		}
	}
}

// A step is as long for a gradient as for another one that is scaled to the same length; shorter ones are not scaled.
func TestClip(t *testing.T) {
	after := func(clip float64, grads ...[]float64) []float64 {
		x := []float64{0, 0}
		a := New(2, Options{Rate: .1, Clip: clip})
		for _, g := range grads {
			a.Step(x, g)
		}
		return x
	}
	short, long := []float64{.03, .04}, []float64{3, 4}
	if got, want := after(1, short, long), after(0, short, []float64{.6, .8}); math.Abs(got[0]-want[0]) > 1e-7 ||
		math.Abs(got[1]-want[1]) > 1e-7 || math.Abs(got[0]-after(0, short, long)[0]) < 1e-4 {
		t.Errorf("clipped to 1: %v, want %v", got, want)
	}
	if got, want := after(10, short, long), after(0, short, long); !slices.Equal(got, want) {
		t.Errorf("clipped to 10: %v, want %v", got, want)
	}
}

// An optimizer goes on from its state to the same bits; the state is a copy, and one of other numbers is refused.
func TestRestore(t *testing.T) {
	o := Options{Rate: .02, Decay: .01}
	a, x := New(3, o), []float64{1, 2, 3}
	a.Step(x, []float64{.1, -.2, .3})
	state, y := a.State(), slices.Clone(x)
	a.Step(x, []float64{-1, 0, .5})
	b := New(3, o)
	if err := b.Restore(state); err != nil {
		t.Fatal(err)
	}
	b.Step(y, []float64{-1, 0, .5})
	if !slices.Equal(x, y) || !slices.Equal(a.State(), b.State()) {
		t.Errorf("restored: %v, want %v", y, x)
	}
	if err := New(2, o).Restore(state); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a state of three numbers for two: %v", err)
	}
}

// Nothing moves without gradient, decay and moments.
func TestZero(t *testing.T) {
	a, x := New(2, Options{Rate: .1, Clip: 5}), []float64{1, -1}
	for range 10 {
		a.Step(x, []float64{0, 0})
	}
	if !slices.Equal(x, []float64{1, -1}) {
		t.Errorf("a gradient of zero moved x to %v", x)
	}
}

// 1-β is what a person wrote, not the difference of two doubles, in which older streams of searchers would not be found.
func TestRest(t *testing.T) {
	for beta, want := range map[float64]float64{.9: .1, .999: .001, .5: .5, .95: .05, .99: .01} {
		if got := rest(beta); got != want {
			t.Errorf("1-%g is %.20f, want %.20f", beta, got, want)
		}
	}
}

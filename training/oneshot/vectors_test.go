package oneshot

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// exact is a supernet in float64 whose mixture has uneven shares, a batch of noise, and all layers open.
func exact(t testing.TB) (n *Shared[float64], open []bool, b Batch) {
	t.Helper()
	c := net.Config{Input: net.Shape{C: 1, H: 4, W: 4}, Classes: 3, N: 1, F: 2, Unscaled: true}
	s, err := net.Super("nb201", c)
	if err != nil {
		t.Fatal(err)
	}
	if n, err = New(s, Options{Recipe: recipe("sgd", 8), Seed: 5}, device.CPU[float64]()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	shares := make([]float64, s.Edges*len(s.Ops))
	for i := range shares {
		shares[i] = 0.1 + 0.01*float64(i)
	}
	if err := n.Mix(shares); err != nil {
		t.Fatal(err)
	}
	all := make([]bool, len(shares))
	for i := range all {
		all[i] = true
	}
	return n, s.Open(all), noise(c, 8, 4)
}

// The gradients in the weights are the slopes of the loss that the mixture answers with.
func TestGradientsOfWeights(t *testing.T) {
	n, open, b := exact(t)
	grads, shares, r, err := n.Gradients(open, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if alone, _, _ := n.ShareGradients(open, b); !slices.Equal(alone, shares) {
		t.Error("the gradients in the shares are others than without those in the weights")
	}
	w, err := n.Weights(nil)
	if err != nil {
		t.Fatal(err)
	}
	loss := func() float64 {
		r, err := n.AnswerMixed(open, b)
		if err != nil {
			t.Fatal(err)
		}
		return r.Loss
	}
	if got := loss(); math.Abs(got-r.Loss) > 1e-12 {
		t.Errorf("the mixture answers with loss %v, its gradient is of %v", got, r.Loss)
	}
	const h = 1e-6
	largest := 0.0
	for i := 0; i < len(w); i += 7 {
		moved := slices.Clone(w)
		moved[i] += h
		n.SetWeights(moved)
		up := loss()
		moved[i] -= 2 * h
		n.SetWeights(moved)
		slope := (up - loss()) / (2 * h)
		if math.Abs(slope-grads[i]) > 1e-6 {
			t.Errorf("weight %d: gradient %v, slope %v", i, grads[i], slope)
		}
		largest = max(largest, math.Abs(slope))
	}
	if largest < 1e-2 {
		t.Errorf("the largest slope is %v: nothing was compared", largest)
	}
	n.SetWeights(w)
	if back, _ := n.Weights(nil); !slices.Equal(back, w) {
		t.Error("the weights are others than those that were set")
	}
	if err := n.SetWeights(w[1:]); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a weight too few: %v", err)
	}
}

// What a step adds to the gradients is the momentum's part and the decay of the weights that decay; a solver that rests
// begins anew.
func TestDrag(t *testing.T) {
	n, open, b := exact(t)
	n.update.Nesterov, n.update.Clip = false, 0
	const rate = 0.05
	if _, err := n.StepMixed(open, b, rate); err != nil {
		t.Fatal(err)
	}
	before, _ := n.Weights(nil)
	drag, err := n.Drag(nil)
	if err != nil {
		t.Fatal(err)
	}
	grads, _, _, err := n.Gradients(open, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.StepMixed(open, b, rate); err != nil {
		t.Fatal(err)
	}
	after, _ := n.Weights(nil)
	for i := range after {
		if want := before[i] - rate*(grads[i]+drag[i]); math.Abs(after[i]-want) > 1e-12 {
			t.Fatalf("weight %d: %v after a step, want %v", i, after[i], want)
		}
	}
	n.Rest()
	n.update.Decay = 0
	if drag, _ = n.Drag(drag); slices.ContainsFunc(drag, func(x float64) bool { return x != 0 }) {
		t.Error("a solver that rests still has a velocity")
	}
}

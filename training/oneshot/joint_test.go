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

// mixedGates are gates that are open but for some, and their shares.
func mixedGates(s *net.Supernet) (gates []bool, shares []float64) {
	gates, shares = make([]bool, s.Edges*len(s.Ops)), make([]float64, s.Shares())
	for g := range shares {
		shares[g] = 0.1 + 0.02*float64(g%7)
		if g < len(gates) {
			gates[g] = g%6 != 1
		}
	}
	return gates, shares
}

// A joint step moves the weights as a step of the mixture does, and its gradients in the shares are those that
// ShareGradients gives before it.
func TestStepJoint(t *testing.T) {
	c := small(true)
	n, other := newShared(t, c, Options{Recipe: recipe("sgd", 8)}), newShared(t, c, Options{Recipe: recipe("sgd", 8)})
	gates, shares := mixedGates(n.Supernet)
	for _, n := range []*Shared[float32]{n, other} {
		if err := n.Mix(shares); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		b := noise(c, 8, uint64(i))
		grads, r, err := n.StepJoint(n.Open(gates), b, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := other.ShareGradients(other.Open(gates), b)
		if err != nil {
			t.Fatal(err)
		}
		mixed, err := other.StepMixed(other.Open(gates), b, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(grads, want) || r != mixed || !slices.Equal(n.Model.Values, other.Model.Values) {
			t.Fatalf("step %d is another than apart: %v, %v", i, r, mixed)
		}
	}
}

// Gradients in the shares that overflow before the loss does are a failure and no numbers to learn from, and the next
// ones are as if these had not been asked for.
func TestSharesDiverge(t *testing.T) {
	c := small(true)
	n, b := newShared(t, c, Options{Recipe: recipe("sgd", 8)}), noise(c, 8, 1)
	gates, shares := mixedGates(n.Supernet)
	open := n.Open(gates)
	if err := n.Mix(shares); err != nil {
		t.Fatal(err)
	}
	want, _, err := n.ShareGradients(open, b)
	if err != nil {
		t.Fatal(err)
	}
	classifier := n.Model.Layer(n.Output)[0].Data
	was := slices.Clone(classifier)
	for i := range classifier {
		classifier[i] *= 2e38
	}
	if r, err := n.AnswerMixed(open, b); err != nil || !(r.Loss > 1e30) {
		t.Errorf("a loss of %v, %v: want one that is large and finite", r.Loss, err)
	}
	if grads, _, err := n.ShareGradients(open, b); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("gradients %v: %v", grads, err)
	}
	copy(classifier, was)
	if grads, _, err := n.ShareGradients(open, b); err != nil || !slices.Equal(grads, want) {
		t.Errorf("gradients %v, %v, before they overflowed %v", grads, err, want)
	}
}

// eachMixture makes supernets with mixtures, tiny and in doubles.
func eachMixture(t *testing.T, super func(space string, c net.Config) (*net.Supernet, error),
	do func(space string, n *Shared[float64], b Batch)) {
	const batch = 6
	for _, space := range []string{"nb201", "darts"} {
		c := small(true)
		if space == "darts" {
			c.Layers = 3
		}
		s, err := super(space, c)
		if err != nil {
			t.Fatal(err)
		}
		n, err := New(s, Options{Recipe: recipe("sgd", batch)}, device.CPU[float64]())
		if err != nil {
			t.Fatal(err)
		}
		do(space, n, noise(c, batch, 5))
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

// slope is the derivative of a mixture's loss in the share of a gate, by differences over h to either side.
func slope(t *testing.T, n *Shared[float64], open []bool, b Batch, shares []float64, g int, h float64) float64 {
	t.Helper()
	var sides [2]float64
	for i, by := range []float64{h, -h} {
		moved := slices.Clone(shares)
		moved[g] += by
		if err := n.Mix(moved); err != nil {
			t.Fatal(err)
		}
		r, err := n.AnswerMixed(open, b)
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = r.Loss
	}
	return (sides[0] - sides[1]) / (2 * h)
}

// Probes that are open change nothing else, and their gradients are those of differences of the loss.
func TestProbes(t *testing.T) {
	const h = 1e-7 // a longer way moves an input of a rectifier past 0
	eachMixture(t, net.Probed, func(space string, n *Shared[float64], b Batch) {
		gates, shares := mixedGates(n.Supernet)
		clear(shares[len(gates):])
		open := make([]bool, n.Shares())
		copy(open, gates)
		for g := len(gates); g < len(open); g++ {
			open[g] = true
		}
		if err := n.Mix(shares); err != nil {
			t.Fatal(err)
		}
		bare, without, err := n.ShareGradients(n.Open(gates), b)
		if err != nil {
			t.Fatal(err)
		}
		grads, with, err := n.ShareGradients(n.Open(open), b)
		if err != nil {
			t.Fatal(err)
		}
		if with != without || !slices.Equal(bare[:len(gates)], grads[:len(gates)]) {
			t.Errorf("%s: open probes change the pass: %v, %v", space, with, without)
		}
		for g := len(gates); g < len(grads); g++ {
			want := slope(t, n, n.Open(open), b, shares, g, h)
			if math.Abs(grads[g]-want) > 1e-6*max(1, math.Abs(want)) || bare[g] != 0 {
				t.Errorf("%s: probe %d: a gradient of %v, differences say %v; closed %v", space, g, grads[g], want, bare[g])
			}
		}
	})
}

// With partial connections the gradients in all shares, those of the channels that pass by too, are those of differences
// of the loss.
func TestPartialGradients(t *testing.T) {
	const h = 1e-5
	partial := func(space string, c net.Config) (*net.Supernet, error) { return net.Partial(space, c, 4) }
	eachMixture(t, partial, func(space string, n *Shared[float64], b Batch) {
		gates, shares := mixedGates(n.Supernet)
		open := n.Open(gates)
		if err := n.Mix(shares); err != nil {
			t.Fatal(err)
		}
		grads, _, err := n.ShareGradients(open, b)
		if err != nil {
			t.Fatal(err)
		}
		moving := 0
		for g := 0; g < len(grads); g += 3 { // of the candidates and of the edges
			want := slope(t, n, open, b, shares, g, h)
			if math.Abs(grads[g]-want) > 1e-6*max(1, math.Abs(want)) {
				t.Errorf("%s: gate %d: a gradient of %v, differences say %v", space, g, grads[g], want)
			}
			if want != 0 && g >= len(gates) {
				moving++
			}
		}
		if moving == 0 {
			t.Errorf("%s: no share of what passes by has a gradient", space)
		}
	})
}

package method

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

// superOf is a tiny supernet of a space.
func superOf(t testing.TB, name string) *net.Supernet {
	t.Helper()
	c := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, F: 4, Unscaled: true}
	if name == "nb201" {
		c.N = 1
	} else {
		c.Layers = 3
	}
	s, err := net.Super(name, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A gradient through the softmax is that of differences of a function of the shares.
func TestBackSoftmax(t *testing.T) {
	const n, h = 3, 1e-6
	x := []float64{0.3, -1, 2, 700, 699, 0} // which exp alone would not bear
	c := []float64{1, -2, 0.5, 3, 1, -1}
	f := func(x []float64) (sum float64) {
		for k, y := range softmax(x, n) {
			sum += c[k] * y * y
		}
		return sum
	}
	y := softmax(x, n)
	grad := make([]float64, len(x))
	for k := range y {
		grad[k] = 2 * c[k] * y[k]
	}
	for k, got := range backSoftmax(y, grad, n) {
		up, down := slices.Clone(x), slices.Clone(x)
		up[k] += h
		down[k] -= h
		if want := (f(up) - f(down)) / (2 * h); math.Abs(got-want) > 1e-7 {
			t.Errorf("gradient %d is %v, want %v", k, got, want)
		}
	}
}

// First logits are as small as published, and a step moves each by the rate against its gradient.
func TestAlphaSteps(t *testing.T) {
	a := newAlpha(superOf(t, "nb201"), 0.1, rand.New(rand.NewPCG(1, 2)))
	sum := 0.0
	for _, v := range a.logits {
		sum += v * v
	}
	if deviation := math.Sqrt(sum / 30); deviation < 0.7e-3 || deviation > 1.3e-3 {
		t.Errorf("first logits deviate by %v from 0", deviation)
	}
	before := slices.Clone(a.logits)
	grad := make([]float64, 30)
	for g := range grad {
		grad[g] = float64(g%5) - 2.5
	}
	a.step(grad)
	for g, v := range a.logits {
		if want := before[g] - math.Copysign(0.1, grad[g]); math.Abs(v-want) > 1e-6 {
			t.Errorf("logit %d: %v, want %v", g, v, want)
		}
	}
	logits, moments := a.save()
	b := newAlpha(superOf(t, "nb201"), 0.1, rand.New(rand.NewPCG(3, 4)))
	if err := b.load(logits, moments); err != nil {
		t.Fatal(err)
	}
	a.step(grad)
	b.step(grad)
	if !slices.Equal(a.logits, b.logits) {
		t.Error("what was saved goes on otherwise")
	}
	if err := b.load(logits[1:], moments); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("29 logits: %v", err)
	}
}

func TestGenotype(t *testing.T) {
	s := superOf(t, "nb201")
	for _, arch := range []evolve.Arch{"000000", "412301", "133333"} {
		w := make([]float64, 30)
		for e := range 6 {
			w[s.Gate(e, int(arch[e]-'0'))] = 0.5
		}
		if got, err := genotype(s, w); err != nil || got != arch {
			t.Errorf("%s: %s, %v", arch, got, err)
		}
	}
	if got, _ := genotype(s, make([]float64, 30)); got != "000000" {
		t.Errorf("of equal candidates: %s, want the first", got)
	}

	s = superOf(t, "darts")
	w := make([]float64, 28*8)
	if got, err := genotype(s, w); err != nil || got != "01110111011101110111011101110111" {
		t.Errorf("darts, equal candidates: %s, %v", got, err)
	}
	for g := range w {
		w[g] = 0.1
		if g%8 == 0 {
			w[g] = 0.9 // none, which no cell has
		}
	}
	// The last node of the reduction cell reads state 4 by a 5×5 convolution, then state 2 by a skip.
	last := 28 - 5
	w[s.Gate(last+4, 5)], w[s.Gate(last+2, 3)], w[s.Gate(last+2, 4)] = 0.4, 0.3, 0.2
	// The first node of the normal cell reads state 1, then 0, by dilated convolutions.
	w[s.Gate(1, 7)], w[s.Gate(0, 6)] = 0.3, 0.2
	got, err := genotype(s, w)
	if err != nil || got != "17060111011101110111011101114523" {
		t.Errorf("darts: %s, %v", got, err)
	}
	if _, err := (space.DARTS{}).Canon(got); err != nil {
		t.Error(err)
	}
	// Of three equal edges the first two count, in their order.
	for in := range 3 {
		w[s.Gate(2+in, 4)] = 0.5
	}
	if got, _ := genotype(s, w); got[4:8] != "0414" {
		t.Errorf("of three equal edges: %s", got[4:8])
	}
	if _, err := genotype(superOf(t, "nasnet"), nil); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("nasnet: %v", err)
	}
}

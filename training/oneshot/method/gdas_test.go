package method

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// newPlain is a tiny supernet of nb201 in float64, and a batch of noise.
func newPlain(t testing.TB, build func(string, net.Config) (*net.Supernet, error)) (*oneshot.Shared[float64],
	oneshot.Batch) {
	t.Helper()
	const batch = 6
	c := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4, Unscaled: true}
	s, err := build("nb201", c)
	if err != nil {
		t.Fatal(err)
	}
	recipe := training.DefaultRecipe()
	recipe.Batch = batch
	n, err := oneshot.New(s, oneshot.Options{Recipe: recipe, Seed: 2}, device.CPU[float64]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	r := rand.New(rand.NewPCG(3, 4))
	b := oneshot.Batch{X: make([]float32, 64*batch), Y: make([]int32, batch)}
	for i := range b.X {
		b.X[i] = float32(r.NormFloat64())
	}
	for i := range b.Y {
		b.Y[i] = int32(r.IntN(3))
	}
	return n, b
}

// The gradient is that of the loss in which an edge's weights h - p₀ + p(α) stand where the draw's choice h was: of the
// chosen candidate by its output, and with gradient=all of each other one by a number that its edge's output has more.
// Both are built here by hand, of losses of the supernet with other shares.
func TestHardGradient(t *testing.T) {
	const h = 1e-6
	for _, probed := range []bool{false, true} {
		build := net.Super
		if probed {
			build = net.Probed
		}
		n, b := newPlain(t, build)
		logits := make([]float64, 30)
		r := rand.New(rand.NewPCG(11, 1))
		for g := range logits {
			logits[g] = r.NormFloat64()
		}
		draw := func(x []float64) concrete { return drawConcrete(x, 5, 0.7, rand.New(rand.NewPCG(12, 1))) }
		at := draw(logits)
		got, err := hardGradient(n, at, b)
		if err != nil {
			t.Fatal(err)
		}
		loss := func(x []float64) float64 {
			shares, open := make([]float64, n.Shares()), make([]bool, n.Shares())
			copy(open, at.gates())
			for g, p := range draw(x).p {
				switch by := p - at.p[g]; {
				case open[g]:
					shares[g] = 1 + by
				case probed: // the node's output has the numbers of all edges that lead to it
					shares[n.Probe(g/5)] += by
					open[n.Probe(g/5)] = true
				}
			}
			if err := n.Mix(shares); err != nil {
				t.Fatal(err)
			}
			r, err := n.AnswerMixed(n.Open(open), b)
			if err != nil {
				t.Fatal(err)
			}
			return r.Loss
		}
		moving := 0
		for g := range logits {
			up, down := slices.Clone(logits), slices.Clone(logits)
			up[g] += h
			down[g] -= h
			want := (loss(up) - loss(down)) / (2 * h)
			if math.Abs(got[g]-want) > 1e-6 {
				t.Errorf("probed %v: logit %d: a gradient of %v, want %v", probed, g, got[g], want)
			}
			if !at.gates()[g] && math.Abs(want) > 1e-4 {
				moving++
			}
		}
		if moving < 10 {
			t.Errorf("probed %v: %d of the candidates that were not chosen have a gradient", probed, moving)
		}
	}
}

// On a path an edge's weight is exactly 1: the loss is that of the path, which is the discrete network's.
func TestHardForward(t *testing.T) {
	n, b := newPlain(t, net.Probed)
	for seed := range uint64(8) {
		draw := drawConcrete(make([]float64, 30), 5, 10, rand.New(rand.NewPCG(seed, 1)))
		sums := 0.0
		for _, p := range draw.p[:5] {
			sums += p
		}
		if math.Abs(sums-1) > 1e-12 {
			t.Errorf("the weights of an edge add up to %v", sums)
		}
		if _, err := hardGradient(n, draw, b); err != nil {
			t.Fatal(err)
		}
		open := make([]bool, n.Shares())
		copy(open, draw.gates())
		for g := len(draw.p); g < len(open); g++ {
			open[g] = true
		}
		mixed, err := n.AnswerMixed(n.Open(open), b)
		if err != nil {
			t.Fatal(err)
		}
		path, err := n.Answer(n.Open(draw.gates()), b)
		if err != nil {
			t.Fatal(err)
		}
		if mixed.Loss != path.Loss {
			t.Errorf("a loss of %v, the path's is %v", mixed.Loss, path.Loss)
		}
	}
}

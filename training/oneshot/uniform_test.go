package oneshot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/net"
)

// In fair paths each candidate of each edge is open once, and paths are those of architectures.
func TestFairPaths(t *testing.T) {
	for name, s := range map[string]evolve.Space{"nb201": space.NB201{}, "darts": space.DARTS{}, "nasnet": space.NASNet{}} {
		super, err := net.Super(name, net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4})
		if err != nil {
			t.Fatal(err)
		}
		c := &Course{Shared: &Shared[float32]{Supernet: super}}
		c.space = s
		for seed := range uint64(5) {
			paths, err := c.FairPaths(rand.New(rand.NewPCG(seed, 1)))
			if err != nil {
				t.Fatal(err)
			}
			// Layers of a candidate are open in one path, or, of edges that nobody uses, in none.
			want := map[string]int{"nb201": 5, "darts": 7, "nasnet": 8}[name]
			if len(paths) != want {
				t.Fatalf("%s: %d paths, want %d", name, len(paths), want)
			}
			opened := map[int]bool{} // by edge
			for i, g := range super.Gates {
				n := 0
				for _, open := range paths {
					if open[i] {
						n++
					}
				}
				switch edge := g / len(super.Ops); {
				case g < 0 && n != len(paths):
					t.Errorf("%s: %s, which every path has, is open in %d", name, super.Layers[i].Name, n)
				case g < 0 || edge >= super.Edges: // a state of the output
				case n > 1:
					t.Errorf("%s: %s is open in %d paths", name, super.Layers[i].Name, n)
				case n == 1:
					opened[edge] = true
				case opened[edge]:
					t.Errorf("%s: %s is closed in all paths, others of its edge are open", name, super.Layers[i].Name)
				}
			}
			if want := map[string]int{"nb201": 6, "darts": 16, "nasnet": 20}[name]; len(opened) != want {
				t.Errorf("%s: %d edges are in use, want %d", name, len(opened), want)
			}
		}
	}
}

// A step along several paths moves the weights by the sum of the gradients that each has alone, and a later step along
// one of them moves no other weight.
func TestStepAll(t *testing.T) {
	c := small(true)
	r := recipe("sgd", 8)
	r.Momentum, r.Nesterov, r.WeightDecay, r.Clip = 0, false, 0, 0
	b := noise(c, 8, 1)
	archs := []evolve.Arch{"333333", "311111", "222233"}
	const rate = 0.5
	moved := func(archs ...evolve.Arch) (n *Shared[float32], delta []float32) {
		n = newShared(t, c, Options{Recipe: r, Seed: 1})
		before := slices.Clone(n.Model.Values)
		var paths [][]bool
		for _, a := range archs {
			paths = append(paths, path(t, n, a))
		}
		if _, err := n.StepAll(paths, b, rate); err != nil {
			t.Fatal(err)
		}
		for i, w := range n.Model.Values {
			delta = append(delta, w-before[i])
		}
		return n, delta
	}
	var want []float64
	for _, a := range archs {
		_, alone := moved(a)
		for i, d := range alone {
			if len(want) <= i {
				want = append(want, 0)
			}
			want[i] += float64(d)
		}
	}
	n, got := moved(archs...)
	largest := 0.0
	for i := range want {
		largest = max(largest, math.Abs(want[i]))
		if d := math.Abs(float64(got[i]) - want[i]); d > 1e-6 {
			t.Fatalf("weight %d has moved by %g, want %g", i, got[i], want[i])
		}
	}
	if largest < 1e-3 {
		t.Errorf("no weight has moved by more than %g", largest)
	}

	one := newShared(t, c, Options{Recipe: r, Seed: 1})
	if _, err := one.Step(path(t, one, archs[1]), b, rate); err != nil {
		t.Fatal(err)
	}
	if alone, _ := moved(archs[1]); !slices.Equal(one.Model.Values, alone.Model.Values) {
		t.Error("a step along one path is another by StepAll")
	}

	before := slices.Clone(n.Model.Values)
	if _, err := n.Step(path(t, n, archs[2]), b, rate); err != nil {
		t.Fatal(err)
	}
	open := path(t, n, archs[2])
	for i, layer := range n.Layers {
		for _, w := range n.Model.Layer(i) {
			at := int(n.spans[slices.Index(n.Model.Weights, w)].From) * launch.Unit
			if !open[i] && !slices.Equal(w.Data, before[at:][:w.Len()]) {
				t.Errorf("%s is closed and has moved", layer.Name)
			}
		}
	}
}

// What scores never trains weights that are trained along random paths: with noise in the place of its images the
// weights are the same to the bit, and the scores are others.
func TestScoringImagesTrainNothing(t *testing.T) {
	for _, split := range []string{SplitVal, SplitHalf} {
		for _, fair := range []bool{false, true} {
			var weights [][]float32
			var scores []Scored
			for _, noisy := range []bool{false, true} {
				s := tiny(t) // images of its own
				p := plan()
				p.Split = split
				if noisy {
					c, _ := begin(t, s, "", p, 0)
					spoil(s.data, c.score)
				}
				c, _ := begin(t, s, "", p, 0)
				for c.Done() < 2 {
					if err := c.UniformEpoch(t.Context(), fair); err != nil {
						t.Fatal(err)
					}
				}
				w, err := c.Weights(nil)
				if err != nil {
					t.Fatal(err)
				}
				scorer, err := c.Scorer(Scoring{})
				if err != nil {
					t.Fatal(err)
				}
				score, err := scorer.Score(t.Context(), "432123", 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				weights, scores = append(weights, w), append(scores, score)
			}
			if !slices.Equal(weights[0], weights[1]) {
				t.Errorf("%s, fair %v: other weights with noise to score on", split, fair)
			}
			if scores[0].Loss == scores[1].Loss {
				t.Errorf("%s, fair %v: a loss of %v on images and on noise", split, fair, scores[0].Loss)
			}
		}
	}
}

package gin_test

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/gin"
	"pgregory.net/rapid"
)

// quick are settings that learn the toy in a fraction of a second.
var quick = gin.Params{Width: 16, Head: 8, Epochs: 60, Batch: 16, Rate: .01, Decay: 1e-4, Drop: .1}

// drawn are graphs whose target is how many vertices of label 2 read one of label 1, of mean about 0.
func drawn(n int, seed uint64) (x [][]gin.Graph, y []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		g, target := graph(r), 0.0
		for v, reads := range g.Reads {
			for u := range v {
				if g.Labels[v] == 2 && reads>>u&1 == 1 && g.Labels[u] == 1 {
					target++
				}
			}
		}
		x, y = append(x, []gin.Graph{g}), append(y, target-1)
	}
	return x, y
}

func graph(r *rand.Rand) (g gin.Graph) {
	for v := range 4 + r.IntN(4) {
		g.Labels, g.Reads = append(g.Labels, r.IntN(4)), append(g.Reads, r.Uint64()&(1<<v-1))
	}
	return g
}

// tau is Kendall's τ-a, which pairs that are tied in y cannot raise.
func tau(p, y []float64) float64 {
	sum := 0.0
	for i := range p {
		for j := range i {
			if d := (p[i] - p[j]) * (y[i] - y[j]); d != 0 {
				sum += math.Copysign(1, d)
			}
		}
	}
	return sum / float64(len(p)*(len(p)-1)/2)
}

// A network ranks graphs that it did not see by what their edges lie between.
func TestFitLearns(t *testing.T) {
	x, y := drawn(250, 1)
	got := tau(gin.Fit(x[:150], y[:150], quick, 1).Predict(x[150:]), y[150:])
	if most := tau(y[150:], y[150:]); got < .7*most {
		t.Errorf("τ is %.3f on unseen graphs, want at least 0.7 of the %.3f that can be had", got, most)
	}
}

// A graph whose vertices are numbered otherwise has the same prediction to the bit.
func TestPermutedGraph(t *testing.T) {
	x, y := drawn(40, 2)
	n := gin.Fit(x, y, quick, 1)
	rapid.Check(t, func(t *rapid.T) {
		g := graph(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "graph"), 3)))
		to := rapid.Permutation(numbers(len(g.Labels))).Draw(t, "to")
		p := gin.Graph{Labels: make([]int, len(to)), Reads: make([]uint64, len(to))}
		for v, at := range to {
			p.Labels[at] = g.Labels[v]
			for u, place := range to {
				p.Reads[at] |= g.Reads[v] >> u & 1 << place
			}
		}
		one, other := n.Predict([][]gin.Graph{{g}})[0], n.Predict([][]gin.Graph{{p}})[0]
		if math.Abs(one-other) > 1e-9 {
			t.Fatalf("%v is predicted as %g, %v as %g", g, one, p, other)
		}
	})
}

func numbers(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// What is predicted beside an example has no influence on it.
func TestPredictAlone(t *testing.T) {
	x, y := drawn(40, 4)
	n := gin.Fit(x, y, quick, 1)
	all := n.Predict(x)
	for i := range x {
		if alone := n.Predict(x[i : i+1])[0]; math.Abs(alone-all[i]) > 1e-12 {
			t.Errorf("example %d: %g alone, %g with the others", i, alone, all[i])
		}
	}
}

// The numbers of a seed are the same bits in every build and on every processor.
func TestFitIsTheSameBits(t *testing.T) {
	x, y := drawn(60, 5)
	h := fnv.New64a()
	for _, v := range gin.Fit(x[:40], y[:40], quick, 3).Predict(x) {
		b := math.Float64bits(v)
		for range 8 {
			h.Write([]byte{byte(b)})
			b >>= 8
		}
	}
	if got := h.Sum64(); got != fitted {
		t.Errorf("the predictions hash to %#x, want %#x", got, uint64(fitted))
	}
}

const fitted = 0xb870a8060ec42cb6

// Examples without vertices, of one vertex, with labels that were not seen, and constant targets give finite predictions.
func TestOddGraphs(t *testing.T) {
	one, none := gin.Graph{Labels: []int{5}, Reads: []uint64{0}}, gin.Graph{}
	x := [][]gin.Graph{{none}, {one}, {one, none}, {none, one}}
	for _, of := range [][][]gin.Graph{x, x[:1]} {
		p := gin.Fit(of, make([]float64, len(of)), quick, 1).Predict(
			append(x, []gin.Graph{{Labels: []int{9}, Reads: []uint64{0}}}))
		for i, v := range p {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("example %d: %g", i, v)
			}
		}
	}
	for name, fit := range map[string]func(){
		"no examples": func() { gin.Fit(nil, nil, quick, 1) },
		"one target":  func() { gin.Fit(x, []float64{1}, quick, 1) },
		"no units":    func() { gin.Fit(x, make([]float64, 4), gin.Params{Head: 1, Epochs: 1, Batch: 1}, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			fit()
		}()
	}
}

func BenchmarkFit(b *testing.B) {
	x, y := drawn(140, 1)
	p := quick
	p.Width, p.Head, p.Epochs = 32, 16, 10
	for b.Loop() {
		gin.Fit(x, y, p, 1)
	}
}

package graph

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// learnables are the numbers of a built graph's inputs, the images apart, by layer.
func learnables(t *testing.T, m *Model[float32], training bool) map[string]int {
	t.Helper()
	g := &Graph[float32]{in: inputSize(m.Net, 2)}
	c := newCompiler(newBuilder(device.CPU[float32]()), m, g, Options{Batch: 2, Training: training})
	if err := c.compile(); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, n := range c.builder.g.Inputs() {
		if n.Name() != "images" {
			found[n.Name()[:strings.LastIndexByte(n.Name(), '/')]] += n.Shape().TotalSize()
		}
	}
	return found
}

// TestParams: what a network says of its parameters is what its model learns, the head apart,
// and what is in the graph that trains, where nothing is dead.
func TestParams(t *testing.T) {
	for name, s := range map[string]evolve.Space{"nb201": space.NB201{}, "nb101": space.NB101{Unique: true}, "nasnet": space.NASNet{}, "darts": space.DARTS{}} {
		c := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 8}
		c.Aux = name == "nasnet" || name == "darts"
		if c.Aux {
			c.Layers, c.F = 3, 3
		}
		r, whole, sizes := rand.New(rand.NewPCG(7, 8)), 0, map[int]bool{}
		for i := range 200 {
			a := s.Sample(r)
			n, err := net.Build(name, a, c)
			if err != nil {
				t.Fatal(err)
			}
			m := newModel[float32](t, n, r)
			body, head := 0, 0
			for _, w := range m.Weights {
				if strings.HasPrefix(w.Name, "aux/") {
					head += len(w.Data)
				} else {
					body += len(w.Data)
				}
				if len(w.Grad_) != len(w.Data) {
					t.Fatalf("%s %s: %s has %d numbers and %d gradients", name, a, w.Name, len(w.Data), len(w.Grad_))
				}
			}
			if body != n.Params() || body+head != m.Params() || (head > 0) != c.Aux {
				t.Fatalf("%s %s: %d parameters, the model has %d and %d in its head", name, a, n.Params(), body, head)
			}
			sizes[body] = true
			if i >= 25 && testing.Short() {
				continue
			}
			for _, training := range []bool{true, false} {
				outs := []int{n.Output}
				if training && c.Aux {
					outs = append(outs, n.Aux)
				}
				found, total := learnables(t, m, training), 0
				for k, live := range n.Reach(outs...) {
					want := 0
					for _, w := range m.Layer(k) {
						want += len(w.Data)
					}
					if !live {
						want = 0
					}
					if l := n.Layers[k].Name; found[l] != want {
						t.Fatalf("%s %s, training %v: the graph learns %d numbers of %s, want %d", name, a, training, found[l], l, want)
					}
					total += want
				}
				if training && total == m.Params() {
					whole++
				}
			}
		}
		if whole == 0 || len(sizes) < 15 {
			t.Errorf("%s: %d graphs are without dead branches, %d sizes", name, whole, len(sizes))
		}
	}
}

// plain is a network without batch norm, whose images have nothing to do with each other.
func plain(t *testing.T) *net.Net {
	t.Helper()
	b := net.NewBuilder(net.Shape{C: 2, H: 6, W: 6})
	x := b.Add("c1", net.Conv{Out: 5, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}, 0)
	x = b.Add("pool", net.MaxPool{K: 2, Stride: 2}, b.Add("relu", net.ReLU{}, x))
	x = b.Add("c2", net.Conv{Out: 4, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}, x)
	n, err := b.Net(b.Add("linear", net.Linear{Out: 3}, b.Add("mean", net.GlobalAvgPool{}, x)), -1)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGradientsAddUp: two passes over halves of a batch leave the sum of their gradients, which
// is twice that of the batch.
func TestGradientsAddUp(t *testing.T) {
	n := plain(t)
	m := newModel[float64](t, n, rand.New(rand.NewPCG(1, 2)))
	build := func(batch int) *Graph[float64] {
		g, err := New(m, device.CPU[float64](), Options{Batch: batch, Training: true, Smoothing: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { g.Close() })
		return g
	}
	half, full := build(32), build(64)
	r := rand.New(rand.NewPCG(3, 4))
	x, y := make([]float32, 2*64*36), make([]int32, 64)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(3))
	}
	run := func(g *Graph[float64], x []float32, y []int32) {
		g.Load(x, y)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
	}
	grads := func() (all []float64) {
		for _, w := range m.Weights {
			all = append(all, w.Grad_...)
		}
		return all
	}
	clear(m.Grads)
	run(full, x, y)
	want, loss, correct := grads(), full.Loss, full.Correct
	clear(m.Grads)
	sum, hits := 0.0, 0
	for h := range 2 {
		var part []float32
		for c := range 2 { // images are within channels
			part = append(part, x[(c*64+h*32)*36:][:32*36]...)
		}
		run(half, part, y[h*32:][:32])
		sum, hits = sum+half.Loss, hits+half.Correct
	}
	if math.Abs(sum/2-loss) > 1e-12 || hits != correct {
		t.Errorf("losses of halves %g, %d right, of the batch %g, %d", sum/2, hits, loss, correct)
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	if scale < 1e-3 {
		t.Fatalf("gradients are at most %g", scale)
	}
	for i, v := range grads() {
		if math.Abs(v/2-want[i]) > 1e-12*scale {
			t.Fatalf("gradient %d: %g from halves, %g from the batch", i, v/2, want[i])
		}
	}
}

// TestMasks: dropout and drop path depend on their stream and rate alone, and a graph that only
// answers has none.
func TestMasks(t *testing.T) {
	for name, op := range map[string]net.Op{"features": net.Dropout{Rate: 0.5}, "paths": net.DropPath{Rate: 0.5}} {
		b := net.NewBuilder(net.Shape{C: 1, H: 4, W: 4})
		x := b.Add("conv", net.Conv{Out: 4, KH: 3, KW: 3, Stride: 1, Dilation: 1, PadH: 1, PadW: 1}, 0)
		n, err := b.Net(b.Add("linear", net.Linear{Out: 3}, b.Add("mean", net.GlobalAvgPool{}, b.Add("drop", op, x))), -1)
		if err != nil {
			t.Fatal(err)
		}
		m := newModel[float32](t, n, rand.New(rand.NewPCG(1, 2)))
		loss := func(training bool, seed uint64, rate float64) float64 {
			g, err := New(m, device.CPU[float32](), Options{Batch: 20, Training: training, Stream: func(l int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(l))) }})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			g.DropPath = rate
			r := rand.New(rand.NewPCG(5, 6))
			px, labels := make([]float32, 20*16), make([]int32, 20)
			for i := range px {
				px[i] = float32(r.NormFloat64())
			}
			g.Load(px, labels)
			if err := g.Run(); err != nil {
				t.Fatal(err)
			}
			return g.Loss
		}
		a, b2, c := loss(true, 1, 0.5), loss(true, 1, 0.5), loss(true, 2, 0.5)
		answer := loss(false, 1, 0.5)
		if a != b2 || a == c || a == answer || answer != loss(false, 2, 0) {
			t.Errorf("%s: %g, again %g, another stream %g, without masks %g", name, a, b2, c, answer)
		}
		if none := loss(true, 1, 0); (none == answer) != (name == "paths") { // whose rate is the graph's
			t.Errorf("%s at rate 0: %g, without masks %g", name, none, answer)
		}
	}
}

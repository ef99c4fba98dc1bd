package graph

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/net/nettest"
)

// small are networks of nb201 that a test trains through.
func small(unscaled bool) net.Config {
	return net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4, Unscaled: unscaled}
}

// superModel is a supernet's model and its training graph.
func superModel[T float32 | float64](t testing.TB, space string, c net.Config, batch int) (*net.Supernet, *Model[T],
	*Graph[T]) {
	t.Helper()
	s, err := net.Super(space, c)
	if err != nil {
		t.Fatal(err)
	}
	dev := device.CPU[T]()
	m, err := NewModel(s.Net, rand.New(rand.NewPCG(1, 2)), dev)
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(m, dev, Options{Batch: batch, Training: true, Paths: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close(); m.Close() })
	return s, m, g
}

// shared copies a supernet's weights of an architecture's path into that architecture's own network, and returns the
// pairs of weights that have the same place in both.
func shared[T float32 | float64](t testing.TB, rename *strings.Replacer, super, own *Model[T]) (pairs [][2]*Weight[T]) {
	t.Helper()
	named := map[string]*Weight[T]{}
	for _, w := range super.Weights {
		named[w.Name] = w
	}
	for _, w := range own.Weights {
		from := named[rename.Replace(w.Name)]
		if from == nil {
			t.Fatalf("the supernet has no %s", rename.Replace(w.Name))
		}
		copy(w.Data, from.Data)
		pairs = append(pairs, [2]*Weight[T]{from, w})
	}
	return pairs
}

// pass runs a path of a supernet once, and says which layers it trains.
func pass[T float32 | float64](t testing.TB, g *Graph[T], open []bool) (trains []bool) {
	t.Helper()
	calls, trains, err := g.Path(open)
	if err != nil {
		t.Fatal(err)
	}
	step, err := device.CPU[T]().Record(calls)
	if err != nil {
		t.Fatal(err)
	}
	g.Upload()
	if err := step.Run(); err != nil {
		t.Fatal(err)
	}
	return trains
}

// Cells whose paths differ in kind: usual ones, all skips, nodes without an input, convolutions on such a node,
// branches that reach nothing, and nothing at all.
var someCells = []evolve.Arch{"333333", "233412", "111111", "000000", "030000", "300000", "003003", "000300", "100213",
	"010001", "444444", "440041", "103031", "310010", "001101", "033000"}

// matters says which layers the output of a network depends on. What a zero is made of does not matter.
func matters(n *net.Net) []bool {
	live := make([]bool, len(n.Layers))
	live[n.Output] = true
	for i, l := range slices.Backward(n.Layers) {
		if _, zero := l.Op.(net.Zero); live[i] && !zero {
			for _, k := range l.In {
				live[k] = true
			}
		}
	}
	return live
}

func TestPathsAreDiscreteNetworks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	cells := map[string][]evolve.Arch{"nb201": slices.Clone(someCells)}
	for range 40 {
		cells["nb201"] = append(cells["nb201"], space.NB201{}.Sample(r))
	}
	for i := range 12 {
		a := []byte(space.DARTS{}.Sample(r))
		for k := 1; k < len(a); k += 2 {
			switch { // of the last, most operations are none; of others, many are identities
			case i > 9 && r.IntN(4) > 0:
				a[k] = '0'
			case i > 5 && r.IntN(2) > 0:
				a[k] = '3'
			}
		}
		canonical, err := space.DARTS{}.Canon(evolve.Arch(a))
		if err != nil {
			t.Fatal(err)
		}
		cells["darts"] = append(cells["darts"], canonical)
	}
	const layers = 4 // of darts
	for _, c := range []struct {
		space    string
		unscaled bool
	}{{"nb201", false}, {"nb201", true}, {"darts", false}, {"darts", true}} {
		config := small(c.unscaled)
		if c.space == "darts" {
			config.Layers = layers
		}
		s, super, g := superModel[float32](t, c.space, config, 6)
		noise(g, 5)
		for _, a := range cells[c.space] {
			n, err := net.Build(c.space, a, config)
			if err != nil {
				t.Fatal(err)
			}
			own := newModel[float32](t, n, rand.New(rand.NewPCG(3, 4)))
			pairs := shared(t, nettest.SuperNames(t, c.space, a, layers), super, own)
			d, err := New(own, device.CPU[float32](), Options{Batch: 6, Training: true})
			if err != nil {
				t.Fatal(err)
			}
			noise(d, 5)
			clear(super.Grads)
			open, err := s.Path(a)
			if err != nil {
				t.Fatal(err)
			}
			trains := pass(t, g, open)
			if err := d.Run(); err != nil {
				t.Fatal(err)
			}
			if got := g.Results[device.ResultLoss]; got != d.Loss || int(g.Results[device.ResultCorrect]) != d.Correct {
				t.Errorf("%s: loss %v, the network alone has %v", a, got, d.Loss)
			}
			for _, p := range pairs {
				if !slices.Equal(p[0].Grad_, p[1].Grad_) {
					t.Errorf("%s: another gradient of %s", a, p[0].Name)
				}
			}
			want, mine := 0, 0
			for i, live := range matters(n) {
				for _, w := range own.Layer(i) {
					if live {
						want += w.Len()
					}
				}
			}
			for i, l := range trains {
				for _, w := range super.Layer(i) {
					if l {
						mine += w.Len()
					} else if slices.ContainsFunc(w.Grad_, func(v float32) bool { return v != 0 }) {
						t.Errorf("%s: %s is closed and has a gradient", a, w.Name)
					}
				}
			}
			if mine != want {
				t.Errorf("%s: trains %d weights, the output of the network alone depends on %d", a, mine, want)
			}
			d.Close()
		}
	}
}

// Gradients of shares are those of finite differences of the loss, through everything that follows; and shares of one
// give the loss of a path, where one candidate of each edge is open, with the same gradients of weights.
func TestMixture(t *testing.T) {
	s, m, g := superModel[float64](t, "nb201", small(true), 6)
	noise(g, 5)
	r := rand.New(rand.NewPCG(4, 4))
	loss := func(open []bool, find func([]bool) ([]device.Call, []bool, error)) float64 {
		t.Helper()
		calls, _, err := find(open)
		if err != nil {
			t.Fatal(err)
		}
		step, err := device.CPU[float64]().Record(calls)
		if err != nil {
			t.Fatal(err)
		}
		g.Upload()
		if err := step.Run(); err != nil {
			t.Fatal(err)
		}
		return g.Results[device.ResultLoss]
	}
	gates := make([]bool, s.Edges*len(s.Ops))
	for i := range gates {
		gates[i] = i%7 != 3 // some are closed
	}
	open := s.Open(gates)
	for i := range m.Shares {
		m.Shares[i] = 0.1 + 0.4*r.Float64()
	}
	loss(open, g.Mixture)
	grads := slices.Clone(m.ShareGrads)
	largest := 0.0
	for gate, isOpen := range gates {
		at := gate * launch.Unit
		if at >= len(m.Shares) {
			continue
		}
		const h = 1e-5
		was := m.Shares[at]
		m.Shares[at] = was + h
		up := loss(open, g.Mixture)
		m.Shares[at] = was - h
		down := loss(open, g.Mixture)
		m.Shares[at] = was
		want, got := (up-down)/(2*h), grads[at]
		if math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
			t.Errorf("gate %d: gradient %v, by differences %v", gate, got, want)
		}
		if !isOpen && got != 0 {
			t.Errorf("gate %d is closed and has a gradient", gate)
		}
		largest = max(largest, math.Abs(got))
	}
	if largest < 1e-3 {
		t.Errorf("no gradient is above %v", largest)
	}

	for i := range m.Shares {
		m.Shares[i] = 1
	}
	for _, a := range someCells {
		open, err := s.Path(a)
		if err != nil {
			t.Fatal(err)
		}
		clear(m.Grads)
		mixed := loss(open, g.Mixture)
		weights := slices.Clone(m.Grads)
		clear(m.Grads)
		if path := loss(open, g.Path); math.Abs(mixed-path) > 1e-12 {
			t.Errorf("%s: a mixture's loss is %v, the path's %v", a, mixed, path)
		}
		for i, w := range weights {
			if math.Abs(w-m.Grads[i]) > 1e-10 {
				t.Errorf("%s: gradients %v and %v of element %d", a, w, m.Grads[i], i)
				break
			}
		}
	}
}

// pruned is a network of the open layers of a supernet, with the supernet's layers that its own are.
func pruned(t testing.TB, s *net.Supernet, open []bool) (n *net.Net, from []int) {
	t.Helper()
	b := net.NewBuilder(s.Layers[0].Out)
	at := make([]int, len(s.Layers))
	from = []int{0}
	for i := 1; i < len(s.Layers); i++ {
		l := &s.Layers[i]
		at[i] = -1
		var in []int
		for _, k := range l.In {
			if at[k] >= 0 {
				in = append(in, at[k])
			}
		}
		_, weighs := l.Op.(net.Weigh)
		_, adds := l.Op.(net.Add)
		switch {
		case !open[i] || len(in) == 0:
		case weighs || adds && len(in) == 1:
			at[i] = in[0]
		default:
			at[i] = b.Add(l.Name, l.Op, in...)
			from = append(from, i)
		}
	}
	n, err := b.Net(at[s.Output], -1)
	if err != nil {
		t.Fatal(err)
	}
	return n, from
}

// The paths of ENAS's shared model are those of networks that have no other layers, to the bit and in float64.
func TestPathsOfNASNet(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, name := range []string{"nasnet", "enas"} {
		config := small(false)
		config.Layers = 3
		s, super, g := superModel[float64](t, name, config, 5)
		noise(g, 6)
		for range 4 {
			a := space.NASNet{}.Sample(r)
			if name == "enas" {
				a = evolve.Arch(strings.NewReplacer("d", "b", "g", "c", "h", "f").Replace(string(a)))
			}
			open, err := s.Path(a)
			if err != nil {
				t.Fatal(err)
			}
			n, from := pruned(t, s, open)
			own := newModel[float64](t, n, rand.New(rand.NewPCG(3, 4)))
			for i, layer := range from {
				for k, w := range own.Layer(i) {
					copy(w.Data, super.Layer(layer)[k].Data)
				}
			}
			d, err := New(own, device.CPU[float64](), Options{Batch: 5, Training: true})
			if err != nil {
				t.Fatal(err)
			}
			noise(d, 6)
			if err := d.Run(); err != nil {
				t.Fatal(err)
			}
			clear(super.Grads)
			trains := pass(t, g, open)
			if got := g.Results[device.ResultLoss]; got != d.Loss {
				t.Errorf("%s %s: loss %v, alone %v", name, a, got, d.Loss)
			}
			live := 0
			for i, layer := range from {
				for k, w := range own.Layer(i) {
					if !slices.Equal(w.Grad_, super.Layer(layer)[k].Grad_) {
						t.Errorf("%s %s: another gradient of %s", name, a, w.Name)
					}
				}
				if trains[layer] {
					live++
				}
			}
			if live < 20 {
				t.Errorf("%s %s: %d layers train", name, a, live)
			}
			d.Close()
		}
	}
}

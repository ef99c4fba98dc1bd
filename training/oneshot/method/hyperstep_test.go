package method

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// inDoubles is a small supernet in float64 with adam.
func inDoubles(t testing.TB, space string) *oneshot.Shared[float64] { return watched(t, space, nil) }

// watched is inDoubles with a function that is called again and again while its graph is made.
func watched(t testing.TB, space string, made func() error) *oneshot.Shared[float64] {
	t.Helper()
	r := training.DefaultRecipe()
	r.Solver, r.Batch, r.WeightDecay, r.Clip = "adam", 6, 0, 0
	o := oneshot.Options{Recipe: r, Seed: 3, Stop: made}
	n, err := oneshot.New(tinySupernet(t, space), o, device.CPU[float64]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func hyperOf(t testing.TB, n *oneshot.Shared[float64], rank int, o adam.Options) *hyperstep[float64] {
	t.Helper()
	h := layHypernetwork(n.Supernet, rank)
	if err := h.draw(o, n.Get, evolve.Stream(3, "hyper")); err != nil {
		t.Fatal(err)
	}
	s, err := newHyperstep(n, h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dots are images of noise with a bright third, whose place tells the class.
func dots(seed uint64) oneshot.Batch {
	r := rand.New(rand.NewPCG(seed, 1))
	b := oneshot.Batch{X: make([]float32, 6*64), Y: make([]int32, 6)}
	for i := range b.Y {
		b.Y[i] = int32(r.IntN(3))
	}
	for i := range b.X {
		b.X[i] = float32(r.NormFloat64())
		if i%64/22 == int(b.Y[i/64]) {
			b.X[i] += 2
		}
	}
	return b
}

var someCells = []evolve.Arch{"213230", "320123", "333333", "123211", "200302"}

// A hypernetwork that sees its own choice alone is a table of a kernel a choice: it is trained as shared weights are.
func TestLinearHypernetworkSharesWeights(t *testing.T) {
	shared, written := inDoubles(t, "nb201"), inDoubles(t, "nb201")
	s := hyperOf(t, written, 0, adam.Options{}) // the settings of the device's adam
	const rate = 1e-3
	for i := range 25 {
		open, err := shared.Path(someCells[i%len(someCells)])
		if err != nil {
			t.Fatal(err)
		}
		want, err := shared.Step(open, dots(uint64(i)), rate)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.step(open, dots(uint64(i)), rate, rate)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Loss-want.Loss) > 1e-9*want.Loss {
			t.Fatalf("step %d: a loss of %v, on shared weights %v", i, got.Loss, want.Loss)
		}
	}
	for _, a := range someCells {
		open, _ := shared.Path(a)
		if _, err := s.hyper.fill(open, written.Set); err != nil {
			t.Fatal(err)
		}
		for layer := range shared.Layers {
			if !open[layer] {
				continue
			}
			for w, weight := range shared.Model.Layer(layer) {
				for i, want := range weight.Data {
					if got := written.Model.Layer(layer)[w].Data[i]; math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
						t.Fatalf("%s: number %d of %s is %v, of shared weights %v", a, i, weight.Name, got, want)
					}
				}
			}
		}
	}
}

// The gradient of a batch's loss in what the hypernetwork learns is that of differences.
func TestHypernetworkGradientOfLoss(t *testing.T) {
	for _, space := range []string{"nb201", "enas"} {
		n := inDoubles(t, space)
		s := hyperOf(t, n, 2, smashAdam)
		var arch evolve.Arch = "213230"
		if space == "enas" {
			arch = enasSample(t, n)
		}
		open, err := n.Path(arch)
		if err != nil {
			t.Fatal(err)
		}
		batch := dots(9)
		loss := func() float64 {
			if _, err := s.hyper.fill(open, n.Set); err != nil {
				t.Fatal(err)
			}
			r, err := n.Answer(open, batch)
			if err != nil {
				t.Fatal(err)
			}
			return r.Loss
		}
		loss()
		if _, err := n.Step(open, batch, 0); err != nil {
			t.Fatal(err)
		}
		a, tables, trained := s.hyper.read(open), map[*written][]float64{}, []*written{}
		for _, k := range s.hyper.kernels {
			grad := make([]float64, n.Sizes(k.layer))
			if had, err := n.Pull(k.layer, grad); err != nil {
				t.Fatal(err)
			} else if had {
				tables[k], trained = make([]float64, len(k.table)), append(trained, k)
				a.back(k, grad, tables[k])
			}
		}
		check := func(what string, at *float64, got float64) {
			t.Helper()
			const step = 1e-6
			x := *at
			*at = x + step
			up := loss()
			*at = x - step
			want := (up - loss()) / (2 * step)
			*at = x
			if math.Abs(got-want) > 1e-5*(1e-2+math.Abs(want)) {
				t.Fatalf("%s: %s: a gradient of %g, by differences %g", space, what, got, want)
			}
		}
		if len(trained) < 5 {
			t.Fatalf("%s: %d kernels were trained", space, len(trained))
		}
		for _, k := range trained {
			for i := 0; i < len(k.table); i += 1 + len(k.table)/3 {
				check(n.Layers[k.layer].Name, &k.table[i], tables[k][i])
			}
		}
		moved := 0
		for i := 0; i < len(s.hyper.trunk); i += 1 + len(s.hyper.trunk)/40 {
			check("trunk", &s.hyper.trunk[i], s.hyper.trunkGrad[i])
			if s.hyper.trunkGrad[i] != 0 {
				moved++
			}
		}
		if moved == 0 {
			t.Errorf("%s: no number of the trunk that was looked at has a gradient", space)
		}
	}
}

// A path's step leaves what closed candidates are written from as it is, and lowers the loss when repeated.
func TestHyperstepLearns(t *testing.T) {
	n := inDoubles(t, "nb201")
	s := hyperOf(t, n, 3, smashAdam)
	open, err := n.Path("213233")
	if err != nil {
		t.Fatal(err)
	}
	before := map[*written][]float64{}
	for _, k := range s.hyper.kernels {
		before[k] = append([]float64{}, k.table...)
	}
	first := 0.
	for i := range 60 {
		r, err := s.step(open, dots(1), 0, .01) // the hypernetwork alone
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = r.Loss
		} else if i == 59 && r.Loss > first*2/3 {
			t.Errorf("after 60 steps on one batch the loss is %.3f, at first %.3f", r.Loss, first)
		}
	}
	for k, was := range before {
		moved := false
		for i, v := range was {
			moved = moved || v != k.table[i]
		}
		if moved != open[k.layer] {
			t.Errorf("%s: open %v, moved %v", n.Layers[k.layer].Name, open[k.layer], moved)
		}
	}
}

// Each architecture writes its kernels into the same supernet, from the same hypernetwork: nothing is built again.
func TestHyperstepBuildsNothing(t *testing.T) {
	made := 0
	n := watched(t, "nb201", func() error {
		made++
		return nil
	})
	s := hyperOf(t, n, 2, smashAdam)
	first, trunk, kernels := made, &s.hyper.trunk[0], slices.Clone(s.hyper.kernels)
	for i, a := range someCells {
		open, err := n.Path(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.step(open, dots(uint64(i)), 1e-3, 1e-3); err != nil {
			t.Fatal(err)
		}
	}
	if first == 0 || made != first {
		t.Errorf("the graph is made in %d steps, and in %d once it has trained", first, made)
	}
	if &s.hyper.trunk[0] != trunk || !slices.Equal(s.hyper.kernels, kernels) {
		t.Error("the hypernetwork is another one")
	}
}

// enasSample is a cell of nasnet with the operations of a supernet.
func enasSample(t testing.TB, n *oneshot.Shared[float64]) evolve.Arch {
	t.Helper()
	r := evolve.Stream(1, "cell")
	for range 100_000 {
		a := (space.NASNet{}).Sample(r)
		if _, err := n.Path(a); err == nil {
			return a
		}
	}
	t.Fatal("no cell of this supernet in 100,000 draws")
	return ""
}

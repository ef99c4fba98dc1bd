package oneshot

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/net/nettest"
)

// small are networks that a test trains through.
func small(unscaled bool) net.Config {
	return net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4, Unscaled: unscaled}
}

func recipe(solver string, batch int) training.Recipe {
	r := training.DefaultRecipe()
	r.Solver, r.Batch = solver, batch
	return r
}

func newShared(t testing.TB, c net.Config, o Options) *Shared[float32] {
	t.Helper()
	return sharedOf(t, "nb201", c, o)
}

func sharedOf(t testing.TB, space string, c net.Config, o Options) *Shared[float32] {
	t.Helper()
	s, err := net.Super(space, c)
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(s, o, device.CPU[float32]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func path(t testing.TB, n *Shared[float32], a evolve.Arch) []bool {
	t.Helper()
	open, err := n.Path(a)
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// noise is a batch of noise in three classes.
func noise(c net.Config, batch int, seed uint64) Batch {
	r := rand.New(rand.NewPCG(seed, 3))
	b := Batch{make([]float32, c.Input.C*c.Input.H*c.Input.W*batch), make([]int32, batch)}
	for i := range b.X {
		b.X[i] = float32(r.NormFloat64())
	}
	for i := range b.Y {
		b.Y[i] = int32(r.IntN(3))
	}
	return b
}

// The making of a network ends with the error of whoever stops it, at once, wherever that is.
func TestNewStops(t *testing.T) {
	for _, space := range []string{"nb201", "darts"} {
		s, err := net.Super(space, small(true))
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		after := func(n int) (asked int, err error) {
			o := Options{Recipe: recipe("sgd", 8), Stop: func() error {
				if asked++; asked == n {
					return enough
				}
				return nil
			}}
			made, err := New(s, o, device.CPU[float32]())
			if err == nil {
				made.Close()
			}
			return asked, err
		}
		all, err := after(0)
		if err != nil || all < len(s.Layers) {
			t.Fatalf("%s: asked %d times for %d layers: %v", space, all, len(s.Layers), err)
		}
		for _, n := range []int{1, all / 3, all} {
			if asked, err := after(n); err != enough || asked != n {
				t.Errorf("%s: stopped when asked for the %dth time, asked %d times: %v", space, n, asked, err)
			}
		}
	}
}

// alone is an architecture's own network with an own solver.
type alone struct {
	model *graph.Model[float32]
	graph *graph.Graph[float32]
	step  device.Step
	// from are the supernet's weights of the same places, layers its layers.
	from   []*graph.Weight[float32]
	layers []int
	solver string
	steps  int
}

func newAlone(t testing.TB, n *Shared[float32], c net.Config, a evolve.Arch) *alone {
	t.Helper()
	own, err := net.Build(n.Space, a, c)
	if err != nil {
		t.Fatal(err)
	}
	dev, r := device.CPU[float32](), n.options.Recipe
	d := &alone{solver: r.Solver}
	if d.model, err = graph.NewModel(own, rand.New(rand.NewPCG(9, 9)), dev); err != nil {
		t.Fatal(err)
	}
	super := map[string]int{}
	for i := range n.Layers {
		super[n.Layers[i].Name] = i
	}
	var decays []launch.Span
	at, rename := int32(0), nettest.SuperNames(t, n.Space, a, c.Layers)
	for i := range own.Layers {
		name := rename.Replace(own.Layers[i].Name)
		for k, w := range d.model.Layer(i) {
			layer, ok := super[name]
			if !ok {
				t.Fatalf("the supernet has no %s", name)
			}
			from := n.Model.Layer(layer)[k]
			copy(w.Data, from.Data)
			d.from, d.layers = append(d.from, from), append(d.layers, layer)
			to := at + int32(kernel.Pad(w.Len())/launch.Unit)
			if w.Decay {
				decays = append(decays, launch.Span{From: at, To: to})
			}
			at = to
		}
	}
	d.graph, err = graph.New(d.model, dev, graph.Options{Batch: r.Batch, Training: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.graph.Close() })
	calls, err := d.graph.Calls()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := d.model.Like()
	v, _ := d.model.Like()
	k, err := dev.Kernel(device.Update[float32]{Kind: r.Solver, W: d.model.Values, G: d.model.Grads, M: m, V: v,
		Decays: decays, Decay: r.WeightDecay, Momentum: r.Momentum, Nesterov: r.Nesterov, Clip: r.Clip,
		Scalars: d.graph.Scalars, Results: d.graph.Results})
	if err != nil {
		t.Fatal(err)
	}
	if d.step, err = dev.Record(append(calls, k.Forward(nil))); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *alone) train(t testing.TB, b Batch, rate float64, decay float64) (loss float64) {
	t.Helper()
	d.graph.Set(device.ScalarRate, rate)
	if d.steps++; d.solver != "sgd" {
		length, epsilon := training.AdamRates(rate, d.steps)
		d.graph.Set(device.ScalarRate, length)
		d.graph.Set(device.ScalarEpsilon, epsilon)
		d.graph.Set(device.ScalarApart, rate*decay)
	}
	d.graph.Load(b.X, b.Y)
	d.graph.Upload()
	if err := d.step.Run(); err != nil {
		t.Fatal(err)
	}
	return d.graph.Results[device.ResultLoss]
}

// A path trains as the architecture's own network does, bit for bit, over 100 steps, and leaves the closed weights as
// they are.
func TestPathTrainsAsItsNetwork(t *testing.T) {
	const batch = 8
	for _, c := range []struct {
		arch     evolve.Arch
		solver   string
		unscaled bool
	}{{"233412", "sgd", false}, {"103031", "sgd", true}, {"310010", "adam", false}, {"030000", "adamw", true},
		{"111111", "sgd", false}, {dartsV2(t), "sgd", true}, {dartsV2(t), "adam", false}} {
		config, name := small(c.unscaled), "nb201"
		if len(c.arch) > 6 {
			config.Layers, name = 3, "darts"
		}
		n := sharedOf(t, name, config, Options{Recipe: recipe(c.solver, batch), Seed: 3})
		d := newAlone(t, n, config, c.arch)
		before := slices.Clone(n.Model.Values)
		rate := map[string]float64{"sgd": 0.1, "adam": 1e-3, "adamw": 1e-3}[c.solver]
		for i := range 100 {
			b := noise(config, batch, uint64(i))
			got, err := n.Step(path(t, n, c.arch), b, rate)
			if err != nil {
				t.Fatal(err)
			}
			if want := d.train(t, b, rate, n.options.Recipe.WeightDecay); got.Loss != want {
				t.Fatalf("%v: step %d: loss %v, alone %v", c, i+1, got.Loss, want)
			}
		}
		mine := map[*graph.Weight[float32]]bool{}
		for i, w := range d.model.Weights {
			from := d.from[i]
			if !n.trains(from) {
				continue
			}
			mine[from] = true
			if !slices.Equal(from.Data, w.Data) {
				t.Errorf("%v: %s is not what its network has learned", c, from.Name)
			}
		}
		still := 0
		for i, w := range n.Model.Weights {
			s := n.spans[i]
			was := before[int(s.From)*launch.Unit:][:w.Len()]
			switch moved := !slices.Equal(w.Data, was); {
			case !mine[w] && moved:
				t.Errorf("%v: %s is closed and has moved", c, w.Name)
			case !mine[w]:
				still++
			case !moved && c.arch != "030000": // whose output is zero, so that its last scale has no gradient
				t.Errorf("%v: %s is open and has not moved", c, w.Name)
			}
		}
		if still == 0 {
			t.Errorf("%v: nothing is closed", c)
		}
	}
}

// dartsV2 is the second published cell of Liu, Simonyan and Yang 2019.
func dartsV2(t testing.TB) evolve.Arch {
	t.Helper()
	a, err := space.Read(space.DARTS{}, "DARTS_V2")
	if err != nil {
		t.Fatal(err)
	}
	if a, err = (space.DARTS{}).Canon(a); err != nil {
		t.Fatal(err)
	}
	return a
}

// trains says that the last step moved a weight.
func (n *Shared[T]) trains(w *graph.Weight[T]) bool {
	return n.moves[slices.Index(n.Model.Weights, w)]
}

// A closed weight keeps weight and moment (still), or goes on decaying and rolling (drift).
func TestClosedWeights(t *testing.T) {
	c := small(false)
	for _, solver := range training.Solvers {
		for _, closed := range Closed {
			r := recipe(solver, 8)
			r.Nesterov, r.Clip = false, 0
			n := newShared(t, c, Options{Recipe: r, Closed: closed})
			b := noise(c, 8, 1)
			const rate = 0.01
			if _, err := n.Step(path(t, n, "333333"), b, rate); err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(n.Model.Weights, func(w *graph.Weight[float32]) bool {
				return w.Name == "stage0/cell0/edge0-1/nor_conv_3x3/conv/weight"
			})
			never := slices.IndexFunc(n.Model.Weights, func(w *graph.Weight[float32]) bool {
				return w.Name == "stage0/cell0/edge0-1/nor_conv_1x1/conv/weight"
			})
			at, unused := int(n.spans[i].From)*launch.Unit, int(n.spans[never].From)*launch.Unit
			w, m, other := n.Model.Values[at], n.update.M[at], n.Model.Values[unused]
			if _, err := n.Step(path(t, n, "111111"), b, rate); err != nil {
				t.Fatal(err)
			}
			if n.Model.Values[unused] != other || n.steps[never] != 0 {
				t.Errorf("%s, %s: a weight that was never open has moved", solver, closed)
			}
			wantW, wantM, steps := w, m, 1
			if closed == Drift {
				steps = 2
				switch decay := float32(r.WeightDecay); solver {
				case "sgd":
					wantM = float32(float32(r.Momentum)*m) + float32(decay*w)
					wantW = w - float32(rate*wantM)
				case "adam":
					wantM = float32(device.Beta1*m) + float32(float32(1-device.Beta1)*float32(decay*w))
				case "adamw":
					wantM = float32(device.Beta1 * m)
				}
			}
			if n.steps[i] != steps || n.update.M[at] != wantM {
				t.Errorf("%s, %s: %d steps and a moment of %v, want %d and %v", solver, closed, n.steps[i],
					n.update.M[at], steps, wantM)
			}
			if moved := n.Model.Values[at] != w; moved != (closed == Drift) {
				t.Errorf("%s, %s: the closed weight has moved: %v", solver, closed, moved)
			} else if solver == "sgd" && n.Model.Values[at] != wantW {
				t.Errorf("%s, %s: weight %v, want %v", solver, closed, n.Model.Values[at], wantW)
			}
		}
	}
}

// Training a path changes what another says that shares an operation with it. Answers change nothing, and fitted
// statistics are those that a network of its own would have.
func TestAnswers(t *testing.T) {
	c := small(true)
	n := newShared(t, c, Options{Recipe: recipe("sgd", 8)})
	shares, b := path(t, n, "311111"), noise(c, 8, 2)
	answer := func() float64 {
		t.Helper()
		r, err := n.Answer(shares, b)
		if err != nil {
			t.Fatal(err)
		}
		return r.Loss
	}
	first := answer()
	if _, err := n.Step(path(t, n, "322222"), noise(c, 8, 3), 0.1); err != nil {
		t.Fatal(err)
	}
	second := answer()
	if first == second {
		t.Errorf("a loss of %v before and after a step along a path that shares operations", first)
	}
	var before [][]float32
	all := func() [][]float32 { return [][]float32{n.Model.Values, n.Model.Grads, n.Model.Running, n.update.M} }
	for _, s := range all() {
		before = append(before, slices.Clone(s))
	}
	if _, err := n.AnswerFitted(shares, b); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("an answer by statistics that were not fitted: %v", err)
	}
	batches := []Batch{noise(c, 8, 4), noise(c, 8, 5), noise(c, 8, 6)}
	if err := n.Fit(shares, batches); err != nil {
		t.Fatal(err)
	}
	fitted, err := n.AnswerFitted(shares, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all() {
		if !slices.Equal(s, before[i]) {
			t.Errorf("slab %d has changed", i)
		}
	}
	if third := answer(); third != second {
		t.Errorf("a loss of %v after fitting, %v before", third, second)
	}

	// The same network by itself, with a running mean over the three batches.
	d := newAlone(t, n, c, "311111")
	for i := range d.model.Net.Layers {
		bn, ok := d.model.Net.Layers[i].Op.(net.BatchNorm)
		if !ok {
			continue
		}
		bn.Momentum = 1
		d.model.Net.Layers[i].Op = bn
	}
	var sums [][]float64
	g, err := graph.New(d.model, device.CPU[float32](), graph.Options{Batch: 8, Training: true})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for k, b := range batches {
		clear(d.model.Running)
		g.Load(b.X, b.Y)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		for i, s := range d.model.Stats {
			if k == 0 {
				sums = append(sums, make([]float64, len(s)))
			}
			for j, v := range s {
				sums[i][j] += float64(v) / 3
			}
		}
	}
	for i, s := range d.model.Stats {
		for j := range s {
			s[j] = float32(sums[i][j])
		}
	}
	eval, err := graph.New(d.model, device.CPU[float32](), graph.Options{Batch: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer eval.Close()
	eval.Load(b.X, b.Y)
	if err := eval.Run(); err != nil {
		t.Fatal(err)
	}
	if math.Abs(eval.Loss-fitted.Loss) > 1e-6*eval.Loss {
		t.Errorf("a loss of %v by fitted statistics, %v alone", fitted.Loss, eval.Loss)
	}
}

func TestRefused(t *testing.T) {
	s, err := net.Super("nb201", small(false))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]func(*Options){
		"batch 0":  func(o *Options) { o.Recipe.Batch = 0 },
		"averaged": func(o *Options) { o.Recipe.Average = 0.9 },
		"several":  func(o *Options) { o.Recipe.Accumulate = 2 },
		"stil":     func(o *Options) { o.Closed = "stil" },
	} {
		opts := Options{Recipe: recipe("sgd", 8)}
		o(&opts)
		if _, err := New(s, opts, device.CPU[float32]()); !errors.Is(err, evolve.ErrInvalid) &&
			!errors.Is(err, evolve.ErrUnknown) && !errors.Is(err, evolve.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := newShared(t, small(false), Options{Recipe: recipe("sgd", 8)})
	if _, err := n.Path("33333"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a path of five edges: %v", err)
	}
	if _, err := n.Step(make([]bool, 3), noise(small(false), 8, 1), 0.1); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a path of three layers: %v", err)
	}
	paths := sharedOf(t, "enas", net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, Layers: 3, F: 4},
		Options{Recipe: recipe("sgd", 8)})
	if _, err := paths.StepMixed(make([]bool, len(paths.Layers)), noise(small(false), 8, 1), 0.1); !errors.Is(err,
		evolve.ErrUnsupported) {
		t.Errorf("a mixture of enas: %v", err)
	}
	b := noise(small(false), 8, 1)
	b.X[0] = float32(math.NaN())
	before := slices.Clone(n.Model.Values)
	if _, err := n.Step(path(t, n, "333333"), b, 0.1); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("a step on a pixel that is no number: %v", err)
	}
	if !slices.Equal(before, n.Model.Values) {
		t.Error("weights have moved against gradients that are no numbers")
	}
}

// A step that has diverged leaves nothing behind that the next ones would feel: neither gradients nor counted steps.
func TestStepAfterDivergence(t *testing.T) {
	c := small(false)
	for _, closed := range Closed {
		train := func(diverges bool) []float32 {
			n := newShared(t, c, Options{Recipe: recipe("adam", 8), Closed: closed, Seed: 4})
			if diverges {
				bad := noise(c, 8, 1)
				bad.X[0] = float32(math.NaN())
				if _, err := n.Step(path(t, n, "333233"), bad, 1e-3); !errors.Is(err, evolve.ErrFailed) {
					t.Fatalf("a step on a pixel that is no number: %v", err)
				}
			}
			for i, a := range []evolve.Arch{"333333", "111111", "222222"} {
				if _, err := n.Step(path(t, n, a), noise(c, 8, uint64(2+i)), 1e-3); err != nil {
					t.Fatalf("%s: %v", a, err)
				}
			}
			return n.Model.Values
		}
		if !slices.Equal(train(false), train(true)) {
			t.Errorf("%s: other weights after a step that diverged", closed)
		}
	}
}

// Gradients of shares leave nothing behind that a step of the weights would feel, and a mixture moves the weights of
// its open candidates alone, towards a smaller loss.
func TestMixture(t *testing.T) {
	c := small(true)
	train := func(gradients bool) (*Shared[float32], []float64) {
		n := newShared(t, c, Options{Recipe: recipe("sgd", 8)})
		gates, shares := make([]bool, 30), make([]float64, 30)
		for g := range gates {
			gates[g], shares[g] = n.Ops[g%5] != "nor_conv_1x1", 0.2
		}
		if err := n.Mix(shares); err != nil {
			t.Fatal(err)
		}
		var losses []float64
		for i := range 12 {
			if gradients {
				grads, r, err := n.ShareGradients(n.Open(gates), noise(c, 8, uint64(100+i)))
				if err != nil || r.Loss == 0 {
					t.Fatal(r, err)
				}
				for g, v := range grads {
					if closed := !gates[g] || n.Ops[g%5] == "none"; closed != (v == 0) {
						t.Errorf("gate %d of %s: a gradient of %v", g, n.Ops[g%5], v)
					}
				}
			}
			r, err := n.StepMixed(n.Open(gates), noise(c, 8, 1), 0.05)
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, r.Loss)
		}
		return n, losses
	}
	n, losses := train(false)
	other, same := train(true)
	if !slices.Equal(losses, same) || !slices.Equal(n.Model.Values, other.Model.Values) {
		t.Error("gradients of shares between two steps change the steps")
	}
	if first, last := losses[0], losses[len(losses)-1]; last > 0.7*first {
		t.Errorf("a loss of %v, and after 12 steps on the same batch of %v", first, last)
	}
	for i, w := range n.Model.Weights {
		if closed := strings.Contains(w.Name, "nor_conv_1x1"); closed == n.moves[i] {
			t.Errorf("%s: moves: %v", w.Name, n.moves[i])
		}
	}
	if err := n.Mix(make([]float64, 29)); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("29 shares: %v", err)
	}
}

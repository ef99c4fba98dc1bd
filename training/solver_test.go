package training

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

// stepping is a solver with a model of two tensors, of which the second does not decay.
type stepping struct {
	*Solver
	step device.Step
	norm []float64
	all  [2][]float32 // weights
	g    [2][]float32
}

// steppingOn makes a classifier's matrix, classes × inputs, and its biases. All are zero.
func steppingOn(t *testing.T, r Recipe, classes, inputs int) *stepping {
	t.Helper()
	b := net.NewBuilder(net.Shape{C: inputs, H: 1, W: 1})
	n, err := b.Net(b.Add("linear", net.Linear{Out: classes}, 0), -1)
	if err != nil {
		t.Fatal(err)
	}
	cpu := device.CPU[float32]()
	m, err := graph.NewModel(n, rand.New(rand.NewPCG(1, 2)), cpu)
	if err != nil {
		t.Fatal(err)
	}
	clear(m.Values)
	s := &stepping{norm: make([]float64, device.ResultCount)}
	if s.Solver, err = newSolver(r, m, cpu, nil); err != nil {
		t.Fatal(err)
	}
	s.update.Scalars, s.update.Results = make([]float32, device.ScalarCount), s.norm
	if err := s.Step(values(m)); err != nil {
		t.Fatal(err)
	}
	if s.step, err = cpu.Record([]device.Call{s.call}); err != nil {
		t.Fatal(err)
	}
	for i, w := range m.Weights {
		s.all[i], s.g[i] = w.Data, w.Grad_
	}
	return s
}

// move takes a step.
func (s *stepping) move(rate float64) error {
	s.LR = rate
	s.set(func(at int, x float64) { s.update.Scalars[at] = float32(x) })
	if err := s.step.Run(); err != nil {
		return err
	}
	return finite(s.norm[device.ResultNorm])
}

// textbook is one step of a solver on all weights in one list, in float64, as the papers print
// it: the moments are corrected each on its own.
type textbook struct {
	Recipe
	t       int
	m, v, w []float64
	decay   []bool
}

func (b *textbook) step(g []float64, lr float64) {
	norm := 0.0
	for _, x := range g {
		norm = math.Hypot(norm, x)
	}
	b.t++
	for i, x := range g {
		if b.Clip > 0 && norm > b.Clip {
			x *= b.Clip / norm
		}
		lambda := b.WeightDecay
		if !b.decay[i] {
			lambda = 0
		}
		old := b.w[i]
		if b.Solver != "adamw" {
			x += lambda * old
		}
		if b.Solver == "sgd" {
			b.v[i] = b.Momentum*b.v[i] + x
			if b.Nesterov {
				b.w[i] -= lr * (x + b.Momentum*b.v[i])
			} else {
				b.w[i] -= lr * b.v[i]
			}
			continue
		}
		b.m[i] = 0.9*b.m[i] + 0.1*x
		b.v[i] = 0.999*b.v[i] + 0.001*x*x
		m, v := b.m[i]/(1-math.Pow(0.9, float64(b.t))), b.v[i]/(1-math.Pow(0.999, float64(b.t)))
		b.w[i] -= lr * m / (math.Sqrt(v) + 1e-8)
		if b.Solver == "adamw" {
			b.w[i] -= lr * lambda * old
		}
	}
}

func TestSolversAgainstTextbook(t *testing.T) {
	ends := map[string][]float32{}
	for name, r := range map[string]Recipe{
		"plain":            {Solver: "sgd"},
		"momentum":         {Solver: "sgd", Momentum: 0.9},
		"nesterov":         {Solver: "sgd", Momentum: 0.9, Nesterov: true},
		"sgd decay":        {Solver: "sgd", Momentum: 0.9, WeightDecay: 0.05},
		"nesterov decay":   {Solver: "sgd", Momentum: 0.8, Nesterov: true, WeightDecay: 0.05},
		"sgd clipped":      {Solver: "sgd", Momentum: 0.9, WeightDecay: 0.05, Clip: 1.5},
		"sgd hardly":       {Solver: "sgd", Momentum: 0.9, Clip: 3.2}, // in some of the steps
		"adam":             {Solver: "adam"},
		"adam decay":       {Solver: "adam", WeightDecay: 0.05},
		"adam clipped":     {Solver: "adam", Clip: 0.5, WeightDecay: 0.3},
		"adamw":            {Solver: "adamw", WeightDecay: 0.05},
		"adamw no decay":   {Solver: "adamw"},
		"adamw, much, cut": {Solver: "adamw", WeightDecay: 0.5, Clip: 2},
	} {
		random := rand.New(rand.NewPCG(5, 6))
		want := textbook{Recipe: r}
		s := steppingOn(t, r, 3, 7)
		for k, v := range s.all {
			for i := range v {
				v[i] = float32(random.NormFloat64())
				want.w, want.decay = append(want.w, float64(v[i])), append(want.decay, k == 0)
			}
		}
		want.m, want.v = make([]float64, len(want.w)), make([]float64, len(want.w))
		for step := range 12 {
			var g []float64
			for _, v := range s.g {
				for i := range v {
					v[i] = float32(random.NormFloat64())
					g = append(g, float64(v[i]))
				}
			}
			rate := 0.1 / float64(1+step)
			want.step(g, rate)
			if err := s.move(rate); err != nil {
				t.Fatal(err)
			}
			for i, got := range slices.Concat(s.all[:]...) {
				if d := math.Abs(float64(got) - want.w[i]); !(d <= 3e-6*(1+math.Abs(want.w[i]))) {
					t.Fatalf("%s, step %d: weight %d is %.9g, want %.9g", name, step+1, i, got, want.w[i])
				}
			}
		}
		ends[name] = slices.Concat(s.all[:]...)
	}
	for a := range ends {
		for b := range ends {
			// Without decay the two kinds of Adam are one.
			same := a == b || min(a, b) == "adam" && max(a, b) == "adamw no decay"
			if slices.Equal(ends[a], ends[b]) != same {
				t.Errorf("%s and %s end equal: %v, want %v", a, b, !same, same)
			}
		}
	}
}

// The norm is of all gradients together: (30, 40) in two tensors has 50, which is cut to 5.
func TestClipExactly(t *testing.T) {
	for _, c := range []struct{ clip, a, b float32 }{{5, 3, 4}, {50, 30, 40}, {0, 30, 40}} {
		s := steppingOn(t, Recipe{Solver: "sgd", Clip: float64(c.clip)}, 1, 1)
		s.g[0][0], s.g[1][0] = -30, -40
		if err := s.move(1); err != nil || s.all[0][0] != c.a || s.all[1][0] != c.b || s.norm[device.ResultNorm] != 50 {
			t.Errorf("clip %g: moved by %g and %g, norm %g, %v, want %g and %g", c.clip, s.all[0][0], s.all[1][0],
				s.norm[device.ResultNorm], err, c.a, c.b)
		}
	}
}

// A bias moves as if there were no decay, to the bit.
func TestDecayIsSelective(t *testing.T) {
	for _, kind := range Solvers {
		move := func(lambda float64) (kernel, bias float32) {
			s := steppingOn(t, Recipe{Solver: kind, WeightDecay: lambda, Momentum: 0.9}, 1, 1)
			s.all[0][0], s.all[1][0] = 2, 2
			for i := range 3 {
				s.g[0][0], s.g[1][0] = float32(i)-0.5, float32(i)-0.5
				if err := s.move(0.01); err != nil {
					t.Fatal(err)
				}
			}
			return s.all[0][0], s.all[1][0]
		}
		kernel0, bias0 := move(0)
		kernel1, bias1 := move(0.5)
		if bias0 != bias1 || kernel0 != bias0 {
			t.Errorf("%s: without decay %g, not decaying %g, %g", kind, kernel0, bias0, bias1)
		}
		if !(kernel1 < kernel0) {
			t.Errorf("%s: %g with decay, %g without", kind, kernel1, kernel0)
		}
	}
}

func TestNonFiniteGradients(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for _, kind := range Solvers {
			s := steppingOn(t, Recipe{Solver: kind, Clip: 5, WeightDecay: 0.1}, 1, 2)
			s.all[0][0], s.all[0][1], s.all[1][0] = 1, 2, 3
			s.g[1][0] = bad
			err := s.move(1)
			if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "diverged") {
				t.Errorf("%s with a gradient of %v: %v", kind, bad, err)
			}
			if got := slices.Concat(s.all[:]...); !slices.Equal(got, []float32{1, 2, 3}) {
				t.Errorf("%s with a gradient of %v: moved to %v", kind, bad, got)
			}
		}
	}
}

// A solver steps over the weights it was made for and no others.
func TestSolverRefusesOthers(t *testing.T) {
	s, other := steppingOn(t, Recipe{Solver: "sgd"}, 2, 2), steppingOn(t, Recipe{Solver: "sgd"}, 2, 2)
	for _, model := range [][]G.ValueGrad{nil, values(other.model)} {
		if err := s.Step(model); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%d other weights: %v", len(model), err)
		}
	}
}

func TestRate(t *testing.T) {
	for _, c := range []struct {
		schedule        string
		warmup, at, out float64
	}{
		{"cosine", 0, 0, 0.1}, {"cosine", 0, 5, 0.05 * (1 + math.Sqrt2/2)}, {"cosine", 0, 10, 0.05}, {"cosine", 0, 15, 0.05 * (1 - math.Sqrt2/2)}, {"cosine", 0, 20, 0},
		{"step", 0, 0, 0.1}, {"step", 0, 9.99, 0.1}, {"step", 0, 10, 0.01}, {"step", 0, 14.99, 0.01}, {"step", 0, 15, 0.001}, {"step", 0, 20, 0.001},
		{"constant", 0, 0, 0.1}, {"constant", 0, 19.9, 0.1},
		{"constant", 4, 0, 0}, {"constant", 4, 1, 0.025}, {"constant", 4, 3.5, 0.0875}, {"constant", 4, 4, 0.1},
		{"cosine", 4, 2, 0.05}, {"cosine", 4, 10, 0.05}, {"cosine", 4, 5, 0.05 * (1 + math.Sqrt2/2)}, {"step", 12, 6, 0.05}, {"step", 12, 12, 0.01},
	} {
		r := Recipe{Epochs: 20, LR: 0.1, Schedule: c.schedule, Warmup: c.warmup}
		if got := r.Rate(c.at); math.Abs(got-c.out) > 1e-16 {
			t.Errorf("%s, warm-up %g: %.18g after %g epochs, want %.18g", c.schedule, c.warmup, got, c.at, c.out)
		}
	}
}

func TestRecipeIsChecked(t *testing.T) {
	for _, c := range []struct {
		says string
		edit func(*Recipe)
	}{
		{"epochs 0", func(r *Recipe) { r.Epochs = 0 }},
		{"batch 1", func(r *Recipe) { r.Batch = 1 }},
		{"accumulate 0", func(r *Recipe) { r.Accumulate = 0 }},
		{`solver "sgdx"`, func(r *Recipe) { r.Solver = "sgdx" }},
		{`schedule "cosin"`, func(r *Recipe) { r.Schedule = "cosin" }},
		{"learning rate 0", func(r *Recipe) { r.LR = 0 }},
		{"learning rate NaN", func(r *Recipe) { r.LR = math.NaN() }},
		{"learning rate 101", func(r *Recipe) { r.LR = 101 }},
		{"momentum 1, want 0 to 0.9999: ", func(r *Recipe) { r.Momentum = 1 }},
		{"recipe: weight decay -1, want 0 to 1: ", func(r *Recipe) { r.WeightDecay = -1 }},
		{"recipe: smoothing 1, want 0 to 0.99: ", func(r *Recipe) { r.Smoothing = 1 }},
		{"recipe: auxiliary weight NaN, want 0 to 10: ", func(r *Recipe) { r.AuxWeight = math.NaN() }},
		{"recipe: average 1, want 0 to 0.99999: ", func(r *Recipe) { r.Average = 1 }},
		{"recipe: clip -1, want 0 to 1e+09: ", func(r *Recipe) { r.Clip = -1 }},
		{"warm-up of 21 epochs", func(r *Recipe) { r.Warmup = 21 }},
	} {
		r := DefaultRecipe()
		c.edit(&r)
		err := r.Check()
		if !(errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrUnknown)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want it to say %s", err, c.says)
		}
	}
	if err := DefaultRecipe().Check(); err != nil {
		t.Error(err)
	}
}

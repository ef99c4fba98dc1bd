package training

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/amoeba-nas/amoeba/evolve"
)

// slot is a weight with its gradient, as a solver sees one.
type slot struct{ w, g []float32 }

func (s slot) Value() G.Value { return tensor.New(tensor.WithShape(len(s.w)), tensor.WithBacking(s.w)) }
func (s slot) Grad() (G.Value, error) {
	return tensor.New(tensor.WithShape(len(s.g)), tensor.WithBacking(s.g)), nil
}

func slots(values ...[]float32) (model []G.ValueGrad, lengths []int) {
	for _, v := range values {
		model, lengths = append(model, slot{v, make([]float32, len(v))}), append(lengths, len(v))
	}
	return model, lengths
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
		values := [][]float32{make([]float32, 5), make([]float32, 3), make([]float32, 1)}
		want := textbook{Recipe: r}
		for k, v := range values {
			for i := range v {
				v[i] = float32(random.NormFloat64())
				want.w, want.decay = append(want.w, float64(v[i])), append(want.decay, k != 1)
			}
		}
		want.m, want.v = make([]float64, len(want.w)), make([]float64, len(want.w))
		model, lengths := slots(values...)
		s := newSolver(r, lengths, []bool{true, false, true})
		for step := range 12 {
			var g []float64
			for _, n := range model {
				for i := range n.(slot).g {
					n.(slot).g[i] = float32(random.NormFloat64())
					g = append(g, float64(n.(slot).g[i]))
				}
			}
			s.LR = 0.1 / float64(1+step)
			want.step(g, s.LR)
			if err := s.Step(model); err != nil {
				t.Fatal(err)
			}
			for i, got := range slices.Concat(values...) {
				if d := math.Abs(float64(got) - want.w[i]); !(d <= 3e-6*(1+math.Abs(want.w[i]))) {
					t.Fatalf("%s, step %d: weight %d is %.9g, want %.9g", name, step+1, i, got, want.w[i])
				}
			}
		}
		ends[name] = slices.Concat(values...)
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
		a, b := []float32{0}, []float32{0}
		model, lengths := slots(a, b)
		model[0].(slot).g[0], model[1].(slot).g[0] = -30, -40
		s := newSolver(Recipe{Solver: "sgd", Clip: float64(c.clip)}, lengths, []bool{true, true})
		s.LR = 1
		if err := s.Step(model); err != nil || a[0] != c.a || b[0] != c.b {
			t.Errorf("clip %g: moved by %g and %g, %v, want %g and %g", c.clip, a[0], b[0], err, c.a, c.b)
		}
	}
}

// Where decay[i] is false, a weight moves as if there were no decay, to the bit.
func TestDecayIsSelective(t *testing.T) {
	for _, kind := range Solvers {
		move := func(lambda float64) (kernel, bias float32) {
			k, b := []float32{2}, []float32{2}
			model, lengths := slots(k, b)
			s := newSolver(Recipe{Solver: kind, WeightDecay: lambda, Momentum: 0.9}, lengths, []bool{true, false})
			s.LR = 0.01
			for i := range 3 {
				model[0].(slot).g[0], model[1].(slot).g[0] = float32(i)-0.5, float32(i)-0.5
				if err := s.Step(model); err != nil {
					t.Fatal(err)
				}
			}
			return k[0], b[0]
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
			a, b := []float32{1, 2}, []float32{3}
			model, lengths := slots(a, b)
			model[1].(slot).g[0] = bad
			s := newSolver(Recipe{Solver: kind, Clip: 5, WeightDecay: 0.1}, lengths, []bool{true, true})
			s.LR = 1
			err := s.Step(model)
			if !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "diverged") {
				t.Errorf("%s with a gradient of %v: %v", kind, bad, err)
			}
			if !slices.Equal(a, []float32{1, 2}) || b[0] != 3 || s.steps != 0 {
				t.Errorf("%s with a gradient of %v: moved to %v, %v after %d steps", kind, bad, a, b, s.steps)
			}
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

package method

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// exact is a mixture in float64 with uneven shares, a velocity, and two batches of noise.
func exact(t *testing.T) *mixture[float64] {
	t.Helper()
	c := net.Config{Input: net.Shape{C: 1, H: 4, W: 4}, Classes: 3, N: 1, F: 2, Unscaled: true}
	s, err := net.Super("nb201", c)
	if err != nil {
		t.Fatal(err)
	}
	r := training.DefaultRecipe()
	r.Batch, r.Nesterov, r.WeightDecay, r.Clip = 16, false, 0.01, 0
	n, err := oneshot.New(s, oneshot.Options{Recipe: r, Seed: 2}, device.CPU[float64]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	m := &mixture[float64]{Shared: n, alpha: newAlpha(s, 0.1, evolve.Stream(1, "alpha"))}
	draw := rand.New(rand.NewPCG(3, 4))
	for i := range m.alpha.logits {
		m.alpha.logits[i] = 0.5 * draw.NormFloat64()
	}
	for _, b := range []*oneshot.Batch{&m.training, &m.validation} {
		*b = oneshot.Batch{X: make([]float32, 16*16), Y: make([]int32, 16)}
		for i := range b.X {
			b.X[i] = float32(draw.NormFloat64())
		}
		for i := range b.Y {
			b.Y[i] = int32(i % 3)
		}
	}
	if err := m.mix(); err != nil {
		t.Fatal(err)
	}
	if err := m.learn(0.01); err != nil {
		t.Fatal(err)
	}
	return m
}

// slope is the derivative of a loss in each logit, by central differences.
func slope(t *testing.T, m *mixture[float64], loss func() float64) []float64 {
	t.Helper()
	const h = 1e-5
	all := make([]float64, len(m.alpha.logits))
	for i, x := range m.alpha.logits {
		for _, e := range []float64{h, -h} {
			m.alpha.logits[i] = x + e
			if err := m.mix(); err != nil {
				t.Fatal(err)
			}
			all[i] += loss() / (2 * e)
		}
		m.alpha.logits[i] = x
	}
	if err := m.mix(); err != nil {
		t.Fatal(err)
	}
	return all
}

// validationLoss is L_val(w, α).
func (m *mixture[T]) validationLoss(t *testing.T) float64 {
	r, err := m.AnswerMixed(m.open, m.validation)
	if err != nil {
		t.Fatal(err)
	}
	return r.Loss
}

// The gradient of first order is the slope of the validation loss in the logits.
func TestFirstOrderOfNetwork(t *testing.T) {
	m := exact(t)
	got, err := firstOrder[float64](m)
	if err != nil {
		t.Fatal(err)
	}
	want := slope(t, m, func() float64 { return m.validationLoss(t) })
	if off := distance(got, want); off > 1e-6*norm(want) || norm(want) < 1e-3 {
		t.Errorf("gradient\n%v, slope\n%v", got, want)
	}
}

// The gradient of second order is the slope of the validation loss one step ahead, weights that follow the logits
// included; without the second term it is not. The weights stay as they are.
func TestSecondOrderOfNetwork(t *testing.T) {
	const xi = 0.05
	m := exact(t)
	w, err := m.weights()
	if err != nil {
		t.Fatal(err)
	}
	got, err := secondOrder[float64](m, xi, 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := m.weights(); !slices.Equal(w, after) {
		t.Error("the weights have moved")
	}
	ahead := func() []float64 { // w' of the logits as they are
		ofW, _, err := m.train()
		if err != nil {
			t.Fatal(err)
		}
		drag, _ := m.drag()
		next := slices.Clone(w)
		for i := range next {
			next[i] -= xi * (ofW[i] + drag[i])
		}
		return next
	}
	want := slope(t, m, func() float64 {
		m.set(ahead())
		defer m.set(w)
		return m.validationLoss(t)
	})
	m.set(ahead())
	_, firstTerm, err := m.val()
	if err != nil {
		t.Fatal(err)
	}
	m.set(w)
	off, second := distance(got, want), distance(firstTerm, want)
	if off > 1e-4*second || second < 1e-4 {
		t.Errorf("%g from the slope, whose second term is %g long", off, second)
	}
}

// With ξ = 0 second order is first order of a network too, bit for bit.
func TestSecondOrderOfNetworkWithoutStep(t *testing.T) {
	m := exact(t)
	first, err := firstOrder[float64](m)
	if err != nil {
		t.Fatal(err)
	}
	second, err := secondOrder[float64](m, 0, smallStep)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, second) {
		t.Errorf("first order %v, second %v", first, second)
	}
}

// The largest eigenvalue is that of the Hessian by differences of losses, along the direction where these are largest.
func TestCurvatureOfNetwork(t *testing.T) {
	m := exact(t)
	logits := slices.Clone(m.alpha.logits)
	top, err := m.curvature(m.validation, evolve.Stream(1, "lanczos"), 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(logits, m.alpha.logits) {
		t.Error("the logits have moved")
	}
	// Power iteration on the Hessian whose rows are slopes of the gradient, shifted so that its largest eigenvalue is the
	// largest in size.
	const h, shift = 1e-4, 1
	n := len(logits)
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		for _, e := range []float64{h, -h} {
			m.alpha.logits[i] = logits[i] + e
			if err := m.mix(); err != nil {
				t.Fatal(err)
			}
			_, g, err := m.val()
			if err != nil {
				t.Fatal(err)
			}
			for k, x := range g {
				rows[i][k] += x / (2 * e)
			}
		}
		m.alpha.logits[i] = logits[i]
	}
	v := slices.Repeat([]float64{1}, n)
	for i := range v {
		v[i] += float64(i)
	}
	want := 0.0
	for range 5000 {
		u := make([]float64, n)
		for i := range u {
			u[i] = dot(rows[i], v) + shift*v[i]
		}
		want = norm(u) / norm(v)
		scale(u, 1/norm(u))
		v = u
	}
	if want -= shift; math.Abs(top-want) > 1e-3*want || want < 1e-4 {
		t.Errorf("largest eigenvalue %v, want %v", top, want)
	}
}

func distance(a, b []float64) float64 {
	d := slices.Clone(a)
	for i := range d {
		d[i] -= b[i]
	}
	return norm(d)
}

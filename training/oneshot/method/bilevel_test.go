package method

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// toy is a problem of two levels whose losses are polynomials: w and α are numbers.
type toy struct {
	w, alpha        float64
	trainW, trainA  func(w, a float64) float64 // derivatives of L_train
	valW, valA      func(w, a float64) float64 // derivatives of L_val
	velocity        float64
	momentum, decay float64
	rateA           float64
	trained         int // times that the training loss was asked
}

func (t *toy) weights() ([]float64, error) { return []float64{t.w}, nil }
func (t *toy) set(w []float64) error       { t.w = w[0]; return nil }
func (t *toy) train() (ofW []float64, ofAlpha []float64, err error) {
	t.trained++
	return []float64{t.trainW(t.w, t.alpha)}, []float64{t.trainA(t.w, t.alpha)}, nil
}
func (t *toy) val() (ofW []float64, ofAlpha []float64, err error) {
	return []float64{t.valW(t.w, t.alpha)}, []float64{t.valA(t.w, t.alpha)}, nil
}
func (t *toy) drag() ([]float64, error) { return []float64{t.momentum*t.velocity + t.decay*t.w}, nil }
func (t *toy) choose(g []float64) error { t.alpha -= t.rateA * g[0]; return nil }
func (t *toy) learn(rate float64) error {
	g := t.trainW(t.w, t.alpha) + t.decay*t.w
	t.velocity = t.momentum*t.velocity + g
	t.w -= rate * t.velocity
	return nil
}

// figure2 is L_val = αw - 2α + 1 and L_train = w² - 2αw + α² (DARTS, Figure 2), with cubic terms c·αw³ of L_train and
// d·αw³ of L_val.
func figure2(w, alpha, c, d float64) *toy {
	return &toy{w: w, alpha: alpha, rateA: 0.05,
		trainW: func(w, a float64) float64 { return 2*w - 2*a + 3*c*a*w*w },
		trainA: func(w, a float64) float64 { return 2*a - 2*w + c*w*w*w },
		valW:   func(w, a float64) float64 { return a + 3*d*a*w*w },
		valA:   func(w, a float64) float64 { return w - 2 + d*w*w*w },
	}
}

// Second order with a step ξ ahead ends where w = α and (w - 2) + 2ξα = 0. With ξ = 0, which is first order, that is 2
// and not the optimum 1.
func TestWhereTheBilevelProblemEnds(t *testing.T) {
	for _, xi := range []float64{0, 0.1, 0.5} {
		p := figure2(-2, 2, 0, 0)
		for range 5000 {
			err := turn(p, func(p bilevel[float64]) ([]float64, error) { return secondOrder(p, xi, smallStep) }, 0.05)
			if err != nil {
				t.Fatal(err)
			}
		}
		if want := 2 / (1 + 2*xi); math.Abs(p.w-want) > 1e-6 || math.Abs(p.alpha-want) > 1e-6 {
			t.Errorf("ξ = %v: ends at w = %v, α = %v, want %v", xi, p.w, p.alpha, want)
		}
	}
	p := figure2(-2, 2, 0, 0)
	for range 5000 {
		if err := turn(p, firstOrder[float64], 0.05); err != nil {
			t.Fatal(err)
		}
	}
	if math.Abs(p.w-2) > 1e-6 || math.Abs(p.alpha-2) > 1e-6 {
		t.Errorf("first order ends at w = %v, α = %v, want 2", p.w, p.alpha)
	}
}

// Away from the end the gradient is the closed form, whichever loss has the cubic term. That in L_train tells w± about w
// from w± about w'; its central difference differs from the derivative by ε²v³ = smallStep²·v exactly. That in L_val
// tells whether momentum and decay are part of w'.
func TestSecondOrderGradient(t *testing.T) {
	const w, alpha, xi = 0.7, -1.3, 0.2
	for _, c := range []struct{ train, val, velocity, momentum, decay float64 }{
		{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {1, 1, 0, 0, 0},
		{1, 1, 0.4, 0.9, 0}, {1, 1, 0, 0, 0.3}, {1, 1, 0.4, 0.9, 0.3},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			p := figure2(w, alpha, c.train, c.val)
			p.velocity, p.momentum, p.decay = c.velocity, c.momentum, c.decay
			got, err := secondOrder[float64](p, xi, smallStep)
			if err != nil {
				t.Fatal(err)
			}
			step := 2*w - 2*alpha + 3*c.train*alpha*w*w + c.momentum*c.velocity + c.decay*w
			ahead := w - xi*step
			v := alpha + 3*c.val*alpha*ahead*ahead
			product := -2*v + c.train*(3*w*w*v+smallStep*smallStep*v)
			want := ahead - 2 + c.val*ahead*ahead*ahead - xi*product
			if math.Abs(got[0]-want) > 1e-6 {
				t.Errorf("gradient %v, want %v", got[0], want)
			}
			if p.w != w {
				t.Errorf("the weight is %v afterwards, was %v", p.w, w)
			}
		})
	}
}

// With ξ = 0 second order is first order, bit for bit, and a v of 0 asks the training loss for no second term.
func TestSecondOrderWithoutStep(t *testing.T) {
	for _, w := range []float64{-2, 0.3, 1e-3, 7} {
		p := figure2(w, 1.7, 1, 1)
		p.velocity, p.momentum, p.decay = 3, 0.9, 0.1
		second, err := secondOrder[float64](p, 0, smallStep)
		if err != nil {
			t.Fatal(err)
		}
		first, err := firstOrder[float64](p)
		if err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(first[0]) != math.Float64bits(second[0]) {
			t.Errorf("w = %v: first order %v, second with ξ = 0 %v", w, first[0], second[0])
		}
	}
	p := figure2(-2, 0, 0, 0) // v = α = 0
	g, err := secondOrder[float64](p, 0.5, smallStep)
	if err != nil {
		t.Fatal(err)
	}
	if want := p.w - 0.5*(2*p.w) - 2; g[0] != want || p.trained != 1 {
		t.Errorf("v = 0: gradient %v and %d training gradients, want %v and 1", g[0], p.trained, want)
	}
}

// quadratic is ½wᵀAw + αᵀBw as training loss: the product of its mixed derivatives with v is Bv.
type quadratic struct {
	toy
	at []float64
	b  [][]float64
}

func (q *quadratic) set(w []float64) error { q.at = slices.Clone(w); return nil }
func (q *quadratic) train() ([]float64, []float64, error) {
	g := make([]float64, len(q.b))
	for i, row := range q.b {
		for k, x := range row {
			g[i] += x * q.at[k]
		}
	}
	return nil, g, nil
}

// The difference of two gradients of a quadratic is the product with its second derivatives.
func TestHessianVectorProduct(t *testing.T) {
	q := &quadratic{b: [][]float64{{1, -2, 0.5}, {0.25, 3, -1}}}
	w, v := []float64{0.3, -4, 2}, []float64{5, 0.1, -3}
	got, err := crossTerm[float64](q, w, v, smallStep)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range q.b {
		want := 0.0
		for k, x := range row {
			want += x * v[k]
		}
		if math.Abs(got[i]-want) > 1e-9 {
			t.Errorf("product %d is %v, want %v", i, got[i], want)
		}
	}
	if got, err := crossTerm[float64](q, w, make([]float64, 3), smallStep); got != nil || err != nil {
		t.Errorf("of v = 0: %v, %v", got, err)
	}
}

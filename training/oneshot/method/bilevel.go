package method

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/kernel"
)

// bilevel is a problem of two levels (Liu, Simonyan and Yang, "DARTS", ICLR 2019, arXiv:1806.09055, equations 3 and 4):
// an architecture α wants the validation loss L_val(w*(α), α) low, where w*(α) are the weights with the lowest training
// loss L_train(w, α). A supernet of one pair of batches is one.
type bilevel[T kernel.Float] interface {
	// weights are a copy of w, and set replaces w.
	weights() ([]T, error)
	set(w []T) error
	// train and val are the gradients of the two losses at w and α: in the weights, and in the architecture.
	train() (ofW []T, ofAlpha []float64, err error)
	val() (ofW []T, ofAlpha []float64, err error)
	// drag is what a step of the weights adds to the gradient of the training loss: momentum·velocity + decay·w.
	drag() ([]T, error)
	// choose moves α down a gradient, and learn takes a step of w at a rate.
	choose(ofAlpha []float64) error
	learn(rate float64) error
}

// turn is one step of both levels: of the architecture down slope, then of the weights.
func turn[T kernel.Float](p bilevel[T], slope func(bilevel[T]) ([]float64, error), rate float64) error {
	g, err := slope(p)
	if err != nil {
		return err
	}
	if err := p.choose(g); err != nil {
		return err
	}
	return p.learn(rate)
}

// firstOrder is ∇_α L_val(w, α), which takes the weights for those of the lowest training loss.
func firstOrder[T kernel.Float](p bilevel[T]) ([]float64, error) {
	_, g, err := p.val()
	return g, err
}

// smallStep is how far from the weights those two lie whose gradients' difference stands for a product with the Hessian
// (DARTS, section 2.3, footnote 2: ε = 0.01/‖v‖).
const smallStep = 0.01

// secondOrder is ∇_α L_val(w', α) with w' = w - ξ·(∇_w L_train(w, α) + drag), one step ahead of the weights (DARTS,
// equations 7 and 8):
//
//	∇_α L_val(w', α) - ξ·(∇_α L_train(w⁺, α) - ∇_α L_train(w⁻, α))/(2ε), w± = w ± ε·v, v = ∇_w' L_val(w', α)
//
// with ε = step/‖v‖, w± about w and v without decay, as the authors' code has it now (quark0/darts, cnn/architect.py;
// an earlier version went from w' and let v decay). Where v is 0 there is no second term. The weights are afterwards as
// they were.
func secondOrder[T kernel.Float](p bilevel[T], xi, step float64) (g []float64, err error) {
	w, err := p.weights()
	if err != nil {
		return nil, err
	}
	ofW, _, err := p.train()
	if err != nil {
		return nil, err
	}
	drag, err := p.drag()
	if err != nil {
		return nil, err
	}
	ahead := make([]T, len(w))
	for i := range w {
		ahead[i] = w[i] - T(T(xi)*(ofW[i]+drag[i]))
	}
	if err := p.set(ahead); err != nil {
		return nil, err
	}
	v, g, err := p.val()
	if err == nil {
		var second []float64
		if second, err = crossTerm(p, w, v, step); second != nil {
			for i := range g {
				g[i] -= float64(xi * second[i])
			}
		}
	}
	if late := p.set(w); err == nil {
		err = late
	}
	return g, err
}

// crossTerm is the product of the training loss's second derivatives, in α and in w, with a vector v: a central
// difference of its gradients in α about w. It is nil where v is 0. The weights are afterwards others.
func crossTerm[T kernel.Float](p bilevel[T], w, v []T, step float64) ([]float64, error) {
	length := norm(v)
	if length == 0 {
		return nil, nil
	}
	moved := make([]T, len(w))
	return centralDifference(step/length, func(by float64) ([]float64, error) {
		for i := range w {
			moved[i] = w[i] + T(T(by)*v[i])
		}
		if err := p.set(moved); err != nil {
			return nil, err
		}
		_, ofAlpha, err := p.train()
		return ofAlpha, err
	})
}

// centralDifference is the derivative at 0 of a vector that one number gives: (f(h) - f(-h))/(2h). f makes each anew.
func centralDifference(h float64, f func(float64) ([]float64, error)) ([]float64, error) {
	up, err := f(h)
	if err != nil {
		return nil, err
	}
	down, err := f(-h)
	if err != nil {
		return nil, err
	}
	for i := range up {
		up[i] = (up[i] - down[i]) / (2 * h)
	}
	return up, nil
}

// norm is the Euclidean length of a vector.
func norm[T kernel.Float](v []T) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	return math.Sqrt(sum)
}

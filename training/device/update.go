package device

import (
	"math"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Update moves all weights of a network against their gradients, and makes the gradients zero for the next step. Its
// operands are whole slabs, with each tensor at a multiple of [launch.Unit] and zeros between, which stay zero. It has
// no inputs and no output.
//
// The gradients are divided by Divide and their norm, of all together, is left in the row of Results that Scalars name.
// A norm that is no finite number stops the update there: nothing moves. Else gradients are clipped to the norm Clip,
// the weights take a step of Kind, with rates from Scalars, and Average moves towards them.
type Update[T kernel.Float] struct {
	Kind     string        // sgd, adam (Kingma and Ba 2015) or adamw (Loshchilov and Hutter 2019)
	W, G     []T           // weights and gradients
	M        []T           // velocity of sgd, first moment of the others
	V        []T           // second moment; nil for sgd
	Average  []T           // moving average of the weights, or nil
	Decays   []launch.Span // the weights that decay: stretches of the slab in units, in ascending order
	Decay    float64       // weight decay of sgd and adam, which is added to gradients; adamw's is in Scalars
	Momentum float64       // of sgd
	Nesterov bool          // momentum in the form of Sutskever et al. 2013, as PyTorch has it
	Clip     float64       // largest norm of all gradients; 0 for any
	Keep     float64       // what a step leaves of Average
	Divide   int           // batches whose gradients are summed up in G; 0 is 1
	Scalars  []T
	Results  []float64
}

// Adam's constants (Kingma and Ba 2015, algorithm 1).
const (
	Beta1   = 0.9
	Beta2   = 0.999
	Epsilon = 1e-8
)

func (s Update[T]) Out() Size { return Size{} }

func (s Update[T]) CPU() Kernel[T] { return &update[T]{Update: s} }

func (s Update[T]) Launches() launch.Operation[T] { return launch.Operation[T]{} }

type update[T kernel.Float] struct {
	forwardOnly[T]
	Update[T]
}

func (k *update[T]) Forward([]T, ...[]T) Call { return k.step }

func (k *update[T]) step() {
	if n := T(k.Divide); n > 1 {
		for i := range k.G {
			k.G[i] /= n
		}
	}
	square := 0.0
	for _, v := range k.G {
		square += float64(float64(v) * float64(v))
	}
	norm := math.Sqrt(square)
	k.Results[ResultCount*row(k.Scalars)+ResultNorm] = norm
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return
	}
	scale := T(1)
	if k.Clip > 0 && norm > k.Clip {
		scale = T(k.Clip / norm)
	}
	at := 0
	for _, s := range k.Decays {
		from, to := int(s.From)*launch.Unit, min(int(s.To)*launch.Unit, len(k.W))
		k.move(at, from, scale, false)
		k.move(from, to, scale, true)
		at = to
	}
	k.move(at, len(k.W), scale, false)
	keep := T(k.Keep)
	for i, v := range k.W[:len(k.Average)] {
		k.Average[i] = T(keep*k.Average[i]) + T((1-keep)*v)
	}
	clear(k.G)
}

// move steps a stretch of the weights.
func (k *update[T]) move(from, to int, scale T, decays bool) {
	w, g, m := k.W[from:to], k.G[from:to], k.M[from:to]
	decay, apart := T(0), T(0)
	if decays {
		decay, apart = T(k.Decay), k.Scalars[ScalarApart]
	}
	switch k.Kind {
	case "sgd":
		sgd(w, g, m, k.Scalars[ScalarRate], T(k.Momentum), scale, decay, k.Nesterov)
	case "adam":
		adam(w, g, m, k.V[from:to], k.Scalars[ScalarRate], k.Scalars[ScalarEpsilon], scale, decay, 0)
	case "adamw":
		adam(w, g, m, k.V[from:to], k.Scalars[ScalarRate], k.Scalars[ScalarEpsilon], scale, 0, apart)
	}
}

func sgd[T kernel.Float](w, g, m []T, rate, momentum, scale, decay T, nesterov bool) {
	g, m = g[:len(w)], m[:len(w)]
	for j := range w {
		d := T(g[j]*scale) + T(decay*w[j])
		m[j] = T(momentum*m[j]) + d
		if nesterov {
			d += T(momentum * m[j])
		} else {
			d = m[j]
		}
		w[j] -= T(rate * d)
	}
}

// adam takes the part of the decay that is coupled, added to the gradient, and the part that is taken from the weight
// itself.
func adam[T kernel.Float](w, g, m, v []T, step, epsilon, scale, coupled, apart T) {
	const b1, b2 = Beta1, Beta2
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for j := range w {
		d := T(g[j]*scale) + T(coupled*w[j])
		m[j] = T(b1*m[j]) + T((1-b1)*d)
		v[j] = T(b2*v[j]) + T((1-b2)*d*d)
		w[j] -= step*m[j]/(T(math.Sqrt(float64(v[j])))+epsilon) + T(apart*w[j])
	}
}

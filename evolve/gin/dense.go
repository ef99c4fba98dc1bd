package gin

import (
	"math"
	"math/rand/v2"
)

// dense is a linear layer. Its weights lie input by input, so that an input that is 0 is passed over at once.
type dense struct{ weight, bias []float64 }

func newDense(in, out int) dense { return dense{make([]float64, in*out), make([]float64, out)} }

// draw draws numbers uniformly, with the bound √(spread over inputs).
func (d dense) draw(v []float64, spread float64, r *rand.Rand) {
	inputs := max(len(d.weight)/len(d.bias), 1)
	bound := math.Sqrt(spread / float64(inputs))
	for i := range v {
		v[i] = (float64(2*float64(r.Float64())) - 1) * bound
	}
}

// forward sets y to what the layer makes of x.
func (d dense) forward(y, x []float64) {
	copy(y, d.bias)
	for i, v := range x {
		if v != 0 {
			add(y, v, d.weight[i*len(y):])
		}
	}
}

// backward adds to the gradient g of the layer what the slopes dy of its output say for the input x, and sets dx to the
// slopes of the input. Where rectified, x is what rectified units say: those at rest have no slope. dx may be nil.
func (d dense) backward(g dense, dx, dy, x []float64, rectified bool) {
	add(g.bias, 1, dy)
	for i, v := range x {
		if v != 0 {
			add(g.weight[i*len(dy):][:len(dy)], v, dy)
		}
		if dx != nil {
			dx[i] = 0
			if v != 0 || !rectified {
				dx[i] = dot(dy, d.weight[i*len(dy):])
			}
		}
	}
}

// The loops below go eight by eight, as far as that goes. Products are rounded before they are added to, and all sums
// have one order.

// add adds a·x to y.
func add(y []float64, a float64, x []float64) {
	for len(y) >= 8 && len(x) >= 8 {
		p, q := (*[8]float64)(y), (*[8]float64)(x)
		p[0] += float64(a * q[0])
		p[1] += float64(a * q[1])
		p[2] += float64(a * q[2])
		p[3] += float64(a * q[3])
		p[4] += float64(a * q[4])
		p[5] += float64(a * q[5])
		p[6] += float64(a * q[6])
		p[7] += float64(a * q[7])
		y, x = y[8:], x[8:]
	}
	x = x[:len(y)]
	for i := range y {
		y[i] += float64(a * x[i])
	}
}

// dot is the sum of the products of x and y.
func dot(x, y []float64) float64 {
	var s [4]float64
	for len(x) >= 8 && len(y) >= 8 {
		p, q := (*[8]float64)(x), (*[8]float64)(y)
		s[0] += float64(p[0] * q[0])
		s[1] += float64(p[1] * q[1])
		s[2] += float64(p[2] * q[2])
		s[3] += float64(p[3] * q[3])
		s[0] += float64(p[4] * q[4])
		s[1] += float64(p[5] * q[5])
		s[2] += float64(p[6] * q[6])
		s[3] += float64(p[7] * q[7])
		x, y = x[8:], y[8:]
	}
	y = y[:len(x)]
	for i := range x {
		s[0] += float64(x[i] * y[i])
	}
	return s[0] + s[1] + (s[2] + s[3])
}

// rectify replaces what is below 0 by 0.
func rectify(x []float64) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

// adam makes a step of w against its gradient g, with the means of squares v, of which a part is known so far, and sets
// the gradient to 0.
func adam(w, g, v []float64, rate, decay, known float64) {
	g, v = g[:len(w)], v[:len(w)]
	for i := range w {
		d := g[i] + float64(decay*w[i])
		g[i] = 0
		v[i] += float64((1 - adamSecond) * (float64(d*d) - v[i]))
		w[i] -= rate * d / (math.Sqrt(v[i]/known) + adamEpsilon)
	}
}

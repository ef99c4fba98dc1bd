package mlp

import "math"

// The loops below go eight by eight, as far as that goes. Products are rounded before they are added to, and all sums
// have one order.

// add adds a·x to y.
func add(y []float32, a float32, x []float32) {
	for len(y) >= 8 && len(x) >= 8 {
		p, q := (*[8]float32)(y), (*[8]float32)(x)
		p[0] += float32(a * q[0])
		p[1] += float32(a * q[1])
		p[2] += float32(a * q[2])
		p[3] += float32(a * q[3])
		p[4] += float32(a * q[4])
		p[5] += float32(a * q[5])
		p[6] += float32(a * q[6])
		p[7] += float32(a * q[7])
		y, x = y[8:], x[8:]
	}
	x = x[:len(y)]
	for i := range y {
		y[i] += float32(a * x[i])
	}
}

// dot is the sum of the products of x and y.
func dot(x, y []float32) float32 {
	var s [4]float32
	for len(x) >= 8 && len(y) >= 8 {
		p, q := (*[8]float32)(x), (*[8]float32)(y)
		s[0] += float32(p[0] * q[0])
		s[1] += float32(p[1] * q[1])
		s[2] += float32(p[2] * q[2])
		s[3] += float32(p[3] * q[3])
		s[0] += float32(p[4] * q[4])
		s[1] += float32(p[5] * q[5])
		s[2] += float32(p[6] * q[6])
		s[3] += float32(p[7] * q[7])
		x, y = x[8:], y[8:]
	}
	y = y[:len(x)]
	for i := range x {
		s[0] += float32(x[i] * y[i])
	}
	return s[0] + s[1] + (s[2] + s[3])
}

// rectify replaces what is below 0 by 0.
func rectify(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}

// adam makes a step of the weights w against their gradients g, with the moments m and v, and sets the gradients to 0.
func adam(w, g, m, v []float32, rate float32) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := range w {
		d := g[i]
		g[i] = 0
		m[i] += float32((1 - adamFirst) * (d - m[i]))
		v[i] += float32((1 - adamSecond) * (float32(d*d) - v[i]))
		w[i] -= rate * m[i] / (float32(math.Sqrt(float64(v[i]))) + adamEpsilon)
	}
}

package kernel

// The loops of convolutions where there is no assembly: without branches, and with sums that do
// not wait for each other. Lanes are a multiple of four. A product is rounded, by the conversion
// around it, before it is added to: the language lets a compiler fuse the two otherwise, and some
// builds would have other sums.

// addScaled adds w·max(x, floor) to y.
func addScaled[T Float](y, x []T, w, floor T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += T(w * max(v, floor))
	}
}

// addScaled4 adds w[k]·max(x, floor) to row k of y; x is read once.
func addScaled4[T Float](y, x []T, w *[4]T, floor T) {
	n := len(x)
	a, b, c, d := y[:n], y[n:][:n], y[2*n:][:n], y[3*n:][:n]
	p, q, r, s := w[0], w[1], w[2], w[3]
	for i, v := range x {
		v = max(v, floor)
		a[i] += T(p * v)
		b[i] += T(q * v)
		c[i] += T(r * v)
		d[i] += T(s * v)
	}
}

// dot is the sum of g·max(x, floor) over g.
func dot[T Float](g, x []T, floor T) T {
	var a, b, c, d T
	for x = x[:len(g)]; len(g) >= 4 && len(x) >= 4; g, x = g[4:], x[4:] {
		a += T(g[0] * max(x[0], floor))
		b += T(g[1] * max(x[1], floor))
		c += T(g[2] * max(x[2], floor))
		d += T(g[3] * max(x[3], floor))
	}
	return (a + b) + (c + d)
}

package gauss

// axpySlow is axpy by the language's own rules alone.
func axpySlow(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

// dot is the inner product, summed four ways at once. Every build gives the same bits.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var a, b, c, d float64
	i := 0
	for ; i+3 < len(x); i += 4 {
		a += float64(x[i] * y[i])
		b += float64(x[i+1] * y[i+1])
		c += float64(x[i+2] * y[i+2])
		d += float64(x[i+3] * y[i+3])
	}
	for ; i < len(x); i++ {
		a += float64(x[i] * y[i])
	}
	return (a + b) + (c + d)
}

// forward solves L·x = y for a lower triangle of rows, in place of y from row `from` on: those before are solved.
func forward(l [][]float64, y []float64, from int) {
	for i := from; i < len(y); i++ {
		y[i] = (y[i] - dot(l[i][:i], y[:i])) / l[i][i]
	}
}

// backward solves Lᵀ·x = y in place of y.
func backward(l [][]float64, y []float64) {
	for i := len(y) - 1; i >= 0; i-- {
		y[i] /= l[i][i]
		x := y[i]
		for j, v := range l[i][:i] {
			y[j] -= float64(v * x)
		}
	}
}

package gauss

import "gonum.org/v1/gonum/blas/blas32"

// axpy adds a·x to y. Gonum's assembly rounds each product before it adds it.
func axpy(a float32, x, y []float32) {
	blas32.Axpy(a, blas32.Vector{N: len(x), Inc: 1, Data: x}, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

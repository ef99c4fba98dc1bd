//go:build !amd64

package gauss

// axpy adds a·x to y. Each product is rounded before it is added, as on amd64.
func axpy(a float32, x, y []float32) { axpySlow(a, x, y) }

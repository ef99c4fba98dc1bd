// Package blas lets a system's OpenBLAS compute the wide convolutions of training. The kernels
// of package kernel are the default: they need nothing, and with assembly they are faster on
// narrow ones.
package blas

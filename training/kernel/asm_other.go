//go:build !amd64

package kernel

import "runtime"

// No assembly here: the kernels are the loops in Go.
const avx2, avx512 = false, false

// instructions names the set that the kernels use. The library's exponential is an
// architecture's own.
func instructions() string { return "go-" + runtime.GOARCH }

func conv32(y, x, packed []float32, t *Taps, s Shape, floor float32)            {}
func convGrad32(gw, dy, x []float32, pairs []Pairs, s Shape, floor float32)     {}
func depth32(y, x, w []float32, t *Taps, s Shape, floor float32)                {}
func depthGrad32(gw, dy, x, scratch []float32, t *Taps, s Shape, floor float32) {}
func add2(y, a, b *float32, n int)                                              {}
func sum2(acc, x *float32, n int)                                               {}
func square2(acc, x, m *float32, channels, row int)                             {}
func affine2(y, x, a, b *float32, channels, row int)                            {}
func moments2(accG, accB, dy, x, m *float32, channels, row int)                 {}
func affine3(dx, dy, x, a, k, q *float32, channels, row int)                    {}
func mask2(dx, x *float32, n int)                                               {}
func max2(m, arg, x *float32, n int, tap float32)                               {}
func route2(dx, dy, arg *float32, n int, tap float32)                           {}

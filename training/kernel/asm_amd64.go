package kernel

import (
	"math"

	"golang.org/x/sys/cpu"
)

// The library's exponential fuses multiplications and additions where the processor can, and
// then gives another last bit now and then: e to the expProbe is this where it does.
const (
	expProbe = -3.75
	expFused = 0x1.81509354f0d29p-06
)

var expFuses = math.Exp(expProbe) == expFused

// Which instructions are used; tests switch them off to compare. The assembly is not used
// without a fused exponential, so that the names of the two sets with vectors imply one.
var (
	avx2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA && expFuses
	avx512 = avx2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
)

// instructions names the set that the kernels use, and says whether the exponential fuses.
func instructions() string {
	switch {
	case avx512:
		return "avx512"
	case avx2:
		return "avx2"
	case expFuses:
		return "go-amd64+fma"
	}
	return "go-amd64"
}

// The arguments of the kernels; steps and blocks are in bytes. The files in assembly know the offsets.
type tileArgs struct {
	y, x, w       *float32 // 0 8 16
	start         *int32   // 24, of the first pixel
	xs, ws        *int32   // 32 40
	pixels        int      // 48
	yStep, xBlock int      // 56 64
	wBlock        int      // 72
	row           int      // 80
	channels      int      // 88
	rows          int      // 96, that are written
	floor         float32  // 104
}

type dotArgs struct {
	y, x           *float32 // 0 8
	ys, xs         *int32   // 16 24
	pairs          int      // 32
	yBlock, xBlock int      // 40 48
	row            int      // 56
	yo, xo         [4]int   // 64 96, of the rows
	out            *float32 // 128
	floor          float32  // 136
}

type depthArgs struct {
	y, x, w  *float32 // 0 8 16
	start    *int32   // 24
	xs, ws   *int32   // 32 40
	pixels   int      // 48
	block    int      // 56
	row      int      // 64
	channels int      // 72
	wStep    int      // 80, from one channel's weights to the next's
	floor    float32  // 88
}

//go:noescape
func tile4x16(a *tileArgs)

//go:noescape
func tile8x32(a *tileArgs)

//go:noescape
func dots4x2(a *dotArgs)

//go:noescape
func dots4x4(a *dotArgs)

//go:noescape
func depth2(a *depthArgs)

//go:noescape
func depth5(a *depthArgs)

// depthGrad2 adds to 8 lanes a tap and channel.
//
//go:noescape
func depthGrad2(a *depthArgs)

//go:noescape
func add2(y, a, b *float32, n int)

//go:noescape
func sum2(acc, x *float32, n int)

//go:noescape
func square2(acc, x, m *float32, channels, row int)

//go:noescape
func affine2(y, x, a, b *float32, channels, row int)

//go:noescape
func moments2(accG, accB, dy, x, m *float32, channels, row int)

//go:noescape
func affine3(dx, dy, x, a, k, q *float32, channels, row int)

//go:noescape
func mask2(dx, x *float32, n int)

//go:noescape
func max2(m, arg, x *float32, n int, tap float32)

//go:noescape
func route2(dx, dy, arg *float32, n int, tap float32)

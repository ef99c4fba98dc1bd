package blas

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// least is the work, in multiplications a pixel of a batch, that is worth a call: that of a 1×1
// convolution of 128 channels, or of a 3×3 one of 43, on a batch of 64. What is narrower is
// faster by the kernels of this program (BenchmarkConv with OpenBLAS 0.3.21 and AVX-512: 3×3
// convolutions of 32 channels, and their gradients, at three quarters of their speed).
const least = 1 << 20

// Use settles who multiplies matrices from here on: "" or "go" are the kernels of this
// program, "openblas" the library that the machine has for what is wide, through one thread a
// caller. Call it before anything is trained. Where the library is missing, or the build cannot
// open one, the error wraps [evolve.ErrUnsupported] and nothing changes.
func Use(name string) error {
	switch name {
	case "", "go":
		kernel.UseGEMM("", nil, 0)
		return nil
	case "openblas":
		version, gemm, err := openBLAS()
		if err != nil {
			return err
		}
		kernel.UseGEMM(version, gemm, least)
		return nil
	}
	return evolve.Unknown("BLAS", name, []string{"go", "openblas"})
}

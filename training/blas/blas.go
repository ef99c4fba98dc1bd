// Package blas lets a system's OpenBLAS compute the convolutions of training. The kernels of
// package kernel are the default: they need nothing, and are faster where they have assembly.
package blas

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Use settles who multiplies matrices from here on: "" or "go" are the kernels of this
// program, "openblas" the library that the machine has, through one thread a caller. Call it
// before anything is trained. Where the library is missing, or the build cannot open one, the
// error wraps [evolve.ErrUnsupported] and nothing changes.
func Use(name string) error {
	switch name {
	case "", "go":
		kernel.UseGEMM("", nil)
		return nil
	case "openblas":
		version, gemm, err := openBLAS()
		if err != nil {
			return err
		}
		kernel.UseGEMM(version, gemm)
		return nil
	}
	return evolve.Unknown("BLAS", name, []string{"go", "openblas"})
}

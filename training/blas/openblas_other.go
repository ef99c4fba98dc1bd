//go:build !native || !(linux || darwin)

package blas

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func openBLAS() (string, kernel.GEMM, error) {
	return "", nil, fmt.Errorf("this build has no OpenBLAS: build with -tags native (on Linux or macOS): %w",
		evolve.ErrUnsupported)
}

//go:build !native || !(linux || darwin)

package blas

import (
	"errors"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func TestDefaultBuildHasNone(t *testing.T) {
	own := kernel.Name()
	err := Use("openblas")
	const want = "this build has no OpenBLAS: build with -tags native (on Linux or macOS): unsupported"
	if !errors.Is(err, evolve.ErrUnsupported) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if kernel.Name() != own {
		t.Errorf("a failure changed the kernels to %s", kernel.Name())
	}
}

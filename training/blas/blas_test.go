package blas

import (
	"errors"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func TestUse(t *testing.T) {
	own := kernel.Name()
	for _, name := range []string{"", "go"} {
		if err := Use(name); err != nil || kernel.Name() != own {
			t.Errorf("%q: %v, kernels %s, want %s", name, err, kernel.Name(), own)
		}
	}
	if err := Use("openblass"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("a name nobody knows: %v", err)
	}
}

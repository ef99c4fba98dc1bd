//go:build linux || darwin

package gpu

import (
	"fmt"
	"syscall"

	"github.com/amoeba-nas/amoeba/evolve"
)

// reserve takes address space that nobody may touch.
func reserve(bytes int) ([]byte, error) { return mapped(bytes, syscall.PROT_NONE) }

// outside is memory outside Go's heap, which a driver may read after a call has returned.
func outside(bytes int) ([]byte, error) { return mapped(bytes, syscall.PROT_READ|syscall.PROT_WRITE) }

func mapped(bytes, access int) ([]byte, error) {
	b, err := syscall.Mmap(-1, 0, bytes, access, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("no address space of %s: %w: %w", size(bytes), err, evolve.ErrFailed)
	}
	return b, nil
}

func release(b []byte) error { return syscall.Munmap(b) }

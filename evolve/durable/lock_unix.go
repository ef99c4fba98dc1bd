//go:build unix

package durable

import (
	"fmt"
	"os"
	"syscall"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Lock takes a folder for this process, until it ends or unlocks: the system's own lock on
// the folder itself, so that nothing is left behind by a crash.
func Lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == syscall.EWOULDBLOCK {
		d.Close()
		return nil, fmt.Errorf("%s: another amoeba is at work in this folder; wait for it or name another with --out: %w", dir, evolve.ErrInvalid)
	}
	return func() { d.Close() }, nil // file systems without locks go without
}

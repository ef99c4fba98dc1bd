//go:build unix

package fetch

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/amoeba-nas/amoeba/evolve"
)

// lock takes a part for this process, until it ends or unlocks: the system's own lock on
// the part itself, so that a crash leaves nothing behind.
func lock(name string) (unlock func(), err error) {
	// Each turn but the last means that another process just finished.
	for range 10 {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == syscall.EWOULDBLOCK {
			f.Close()
			break
		} // file systems without locks go without
		// The file that was opened may have been removed, or got its final name, before it
		// was locked.
		opened, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if now, err := os.Lstat(name); err == nil && os.SameFile(opened, now) {
			return func() { f.Close() }, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("%s: another amoeba is fetching this file; wait for it: %w", name, evolve.ErrInvalid)
}

// diskFull is true for a full disk and for a quota that is used up.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

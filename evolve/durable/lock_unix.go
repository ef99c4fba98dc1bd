//go:build unix

package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// flock is the system's, a variable for tests of file systems that have no locks.
var flock = syscall.Flock

// errHeld says that another process has the lock.
var errHeld = errors.New("another amoeba is at work there")

// take opens a file or a folder and takes the system's own lock on it, so that nothing is left behind by
// a crash. The error is errHeld when it does not wait and another has it. Of a file system without
// locks [Note] is called, and locked is then false.
func take(path string, flag int, how int) (f *os.File, locked bool, err error) {
	if f, err = os.OpenFile(path, flag, 0); err != nil {
		return nil, false, err
	}
	for {
		switch err := flock(int(f.Fd()), how); err {
		case nil:
			return f, true, nil
		case syscall.EINTR:
			continue
		case syscall.EWOULDBLOCK:
			f.Close()
			return nil, false, errHeld
		// ENOLCK, ENOTSUP, ENOSYS; of a folder on NFS EBADF, as a lock there wants a file that is open for writing.
		default:
			unlocked(path, err)
			return f, false, nil
		}
	}
}

// Lock takes a folder for this process, until it ends or unlocks. Where the file system has no locks
// it goes without, and calls [Note].
func Lock(dir string) (unlock func(), err error) {
	d, _, err := take(dir, os.O_RDONLY, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("%s: another amoeba is at work in this folder; wait for it or name another "+
			"with --out: %w", dir, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	return func() { d.Close() }, nil
}

// Times between two looks at a lock that another process has.
const lookAgain = 100 * time.Millisecond

// LockWait is [Lock] that waits until the folder is free or ctx ends, whose error it then returns.
// waits is called once when there is something to wait for. A folder that is gone when the lock comes is an
// error that wraps fs.ErrNotExist.
func LockWait(ctx context.Context, dir string, waits func()) (unlock func(), err error) {
	for told := false; ; told = true {
		d, _, err := take(dir, os.O_RDONLY, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			if err := stillLeads(dir, d); err != nil {
				d.Close()
				return nil, err
			}
			return func() { d.Close() }, nil
		}
		if !errors.Is(err, errHeld) {
			return nil, err
		}
		if !told {
			waits()
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// stillLeads is nil where a path still leads to what was opened there, and fs.ErrNotExist where it does not.
func stillLeads(path string, f *os.File) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Stat(path)
	if err == nil && !os.SameFile(opened, now) {
		err = os.ErrNotExist
	}
	return err
}

// hold locks a temporary file for as long as it is written: by an opening of its own, since the file is
// closed before it gets its name. The error wraps fs.ErrNotExist when the file was removed meanwhile.
func hold(f *os.File) (release func(), err error) {
	h, _, err := take(f.Name(), os.O_RDWR, syscall.LOCK_EX) // whoever has it looks at it alone, and soon lets go
	if err != nil {
		return nil, err
	}
	if err := stillLeads(f.Name(), h); err != nil {
		h.Close()
		return nil, err
	}
	return func() { h.Close() }, nil
}

// removeUnheld removes a temporary file unless a process holds it.
func removeUnheld(path string) error {
	f, locked, err := take(path, os.O_RDWR|syscall.O_NOFOLLOW, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, errHeld) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if !locked {
		return nil
	}
	return os.Remove(path) // which is gone where the file has got its name meanwhile
}

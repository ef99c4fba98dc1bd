//go:build !unix

package durable

import (
	"context"
	"os"
	"runtime"
)

// Lock does nothing where folders cannot be locked.
func Lock(string) (unlock func(), err error) { return func() {}, nil }

// LockWait does nothing where folders cannot be locked.
func LockWait(context.Context, string, func()) (unlock func(), err error) { return func() {}, nil }

// hold does nothing: on Windows no file is removed that a process has open.
func hold(*os.File) (release func(), err error) { return func() {}, nil }

// removeUnheld removes a temporary file on Windows, where that fails for one that a process has open.
// Elsewhere no process can know whether it is held, and it stays.
func removeUnheld(path string) error {
	if runtime.GOOS == "windows" {
		_ = os.Remove(path)
	}
	return nil
}

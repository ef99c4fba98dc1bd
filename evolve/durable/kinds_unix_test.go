//go:build unix

package durable

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Pipes and sockets, and links to them, are left as they are, and nobody waits for them.
func TestNoFiles(t *testing.T) {
	dir := t.TempDir()
	pipe, socket, link := filepath.Join(dir, "p"), filepath.Join(dir, "s"), filepath.Join(dir, "l")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	refused(t, pipe, "a pipe")
	refused(t, link, "a pipe")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip("no sockets here:", err)
	}
	defer l.Close()
	refused(t, socket, "a socket")
}

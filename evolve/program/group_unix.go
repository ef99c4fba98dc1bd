//go:build unix

package program

import (
	"os"
	"syscall"
)

// signalGroup sends a signal to the process group that a child leads: SIGKILL, or SIGTERM, which asks.
func signalGroup(p *os.Process, kill bool) {
	signal := syscall.SIGTERM
	if kill {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(-p.Pid, signal) // a group that has ended needs none
}

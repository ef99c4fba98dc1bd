//go:build !unix

package program

import (
	"os"
	"os/exec"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

// signalGroup ends the child alone, in whichever way it should: groups of processes are not known here.
func signalGroup(p *os.Process, _ bool) { _ = p.Kill() }

// await waits until a child has ended, and then calls leave.
func await(cmd *exec.Cmd, leave func()) error {
	err := cmd.Wait()
	leave()
	return err
}

//go:build unix && !linux

package program

import (
	"os/exec"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// await waits until a child has ended, and then calls leave. As long as others are in its group, no process gets its
// number.
func await(cmd *exec.Cmd, leave func()) error {
	err := cmd.Wait()
	leave()
	return err
}

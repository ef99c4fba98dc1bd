//go:build unix

package command

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pipes are our ends of a program's standard input and output. They are plain descriptors, which Go's poller does not
// know: a thread that waits in the system for an answer has it sooner than one that the poller wakes.
type pipes struct {
	in, out int // -1 once closed
	poll    [1]unix.PollFd
}

// newPipes makes two pipes. The program's ends are the caller's to close.
func newPipes() (in, out *os.File, ours pipes, err error) {
	var a, b [2]int
	syscall.ForkLock.RLock() // nobody is started before the descriptors are marked
	defer syscall.ForkLock.RUnlock()
	if err = syscall.Pipe(a[:]); err != nil {
		return nil, nil, ours, os.NewSyscallError("pipe", err)
	}
	// A program that reads nothing must not hold us up.
	if err = syscall.SetNonblock(a[1], true); err == nil {
		err = syscall.Pipe(b[:])
	}
	if err != nil {
		unix.Close(a[0])
		unix.Close(a[1])
		return nil, nil, ours, os.NewSyscallError("pipe", err)
	}
	for _, fd := range []int{a[0], a[1], b[0], b[1]} {
		syscall.CloseOnExec(fd)
	}
	return os.NewFile(uintptr(a[0]), "|0"), os.NewFile(uintptr(b[1]), "|1"), pipes{in: a[1], out: b[0]}, nil
}

// wait waits until a descriptor is ready.
func (p *pipes) wait(fd int, events int16, until *patience) error {
	for {
		slice := until.next()
		p.poll[0] = unix.PollFd{Fd: int32(fd), Events: events}
		n, err := unix.Poll(p.poll[:], int(max(slice, time.Millisecond)/time.Millisecond))
		if n > 0 {
			return nil
		}
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		if err := until.another(slice); err != nil {
			return err
		}
	}
}

// read reads what there is, at least a byte.
func (p *pipes) read(b []byte, until *patience) (int, error) {
	for {
		if err := p.wait(p.out, unix.POLLIN, until); err != nil {
			return 0, err
		}
		n, err := unix.Read(p.out, b)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, errGone
		case err != unix.EINTR && err != unix.EAGAIN:
			return 0, os.NewSyscallError("read", err)
		}
	}
}

// write writes all of b.
func (p *pipes) write(b []byte, until *patience) error {
	for len(b) > 0 {
		n, err := unix.Write(p.in, b)
		if n > 0 {
			b = b[n:]
		}
		switch err {
		case nil, unix.EINTR:
		case unix.EAGAIN:
			if err := p.wait(p.in, unix.POLLOUT, until); err != nil {
				return err
			}
		case unix.EPIPE:
			return errGone
		default:
			return os.NewSyscallError("write", err)
		}
	}
	return nil
}

// end closes the program's standard input.
func (p *pipes) end() {
	if p.in >= 0 {
		unix.Close(p.in)
		p.in = -1
	}
}

// close closes both.
func (p *pipes) close() {
	p.end()
	if p.out >= 0 {
		unix.Close(p.out)
		p.out = -1
	}
}

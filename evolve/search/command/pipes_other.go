//go:build !unix

package command

import (
	"errors"
	"os"
	"time"
)

// pipes are our ends of a program's standard input and output.
type pipes struct{ in, out *os.File }

// newPipes makes two pipes. The program's ends are the caller's to close.
func newPipes() (in, out *os.File, ours pipes, err error) {
	in, ours.in, err = os.Pipe()
	if err != nil {
		return nil, nil, ours, err
	}
	if ours.out, out, err = os.Pipe(); err != nil {
		return nil, nil, ours, errors.Join(err, in.Close(), ours.in.Close())
	}
	return in, out, ours, nil
}

// within does what may hold us up, on a goroutine that is left behind where it takes too long: whoever is told of that
// kills the program, which ends it.
func within(until *patience, do func() (int, error)) (n int, err error) {
	done := make(chan struct{})
	var got int
	var failed error
	go func() {
		defer close(done)
		got, failed = do()
	}()
	for {
		slice := until.next()
		select {
		case <-done:
			if failed != nil {
				return 0, errGone
			}
			return got, nil
		case <-time.After(slice):
			if err := until.another(slice); err != nil {
				return 0, err
			}
		}
	}
}

// read reads what there is, at least a byte.
func (p *pipes) read(b []byte, until *patience) (int, error) {
	return within(until, func() (int, error) { return p.out.Read(b) })
}

// write writes all of b.
func (p *pipes) write(b []byte, until *patience) error {
	_, err := within(until, func() (int, error) { return p.in.Write(b) })
	return err
}

// end closes the program's standard input.
func (p *pipes) end() { p.in.Close() }

// close closes both.
func (p *pipes) close() {
	p.end()
	p.out.Close()
}

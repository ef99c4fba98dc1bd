package command

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/program"
)

// talk is a program at work and the two pipes to it.
type talk struct {
	child *program.Child
	pipes
	buf      []byte // what was read: lines that nobody has seen lie from the one place to the other
	from, to int
}

// maxLine is how long an answer may be, in bytes: far more than the largest architecture takes.
const maxLine = 1 << 20

// polite is how long a program may take to end by itself when its standard input has ended. One that does not is asked
// to end and then killed.
const polite = 2 * time.Second

// begin starts the program.
func begin(c *program.Command) (*talk, error) {
	in, out, ours, err := newPipes()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	defer out.Close()
	child, err := c.Start(nil, in, out)
	if err != nil {
		ours.close()
		return nil, err
	}
	return &talk{child: child, pipes: ours, buf: make([]byte, 1<<12)}, nil
}

// rest is what was read behind the last line.
func (t *talk) rest() []byte { return t.buf[t.from:t.to] }

// line is the next line, without its end and valid until the next. Where no more is read it is an error, see patience.
func (t *talk) line(p *patience) ([]byte, error) {
	if t.from == t.to {
		t.from, t.to = 0, 0
	}
	for looked := t.from; ; {
		if n := bytes.IndexByte(t.buf[looked:t.to], '\n'); n >= 0 {
			line := t.buf[t.from : looked+n]
			t.from = looked + n + 1
			return line, nil
		}
		looked = t.to
		if t.to == len(t.buf) {
			if len(t.buf) >= maxLine {
				return nil, fmt.Errorf("wrote a line of more than %d bytes: %s", maxLine, shown(t.rest()))
			}
			t.buf = append(t.buf, make([]byte, len(t.buf))...)
		}
		n, err := t.read(t.buf[t.to:], p)
		if err != nil {
			return nil, err
		}
		t.to += n
	}
}

// how says how the program ended, which is gone or going.
func (t *talk) how() error {
	select {
	case <-t.child.Ended():
	case <-time.After(time.Second):
		return errors.New("closed its standard input or output")
	}
	if err := t.child.Err(); err != nil {
		return err
	}
	return errors.New("ended with status 0")
}

// finish ends the program's standard input and waits until it has ended.
func (t *talk) finish() {
	t.end()
	select {
	case <-t.child.Ended():
	case <-time.After(polite):
		t.child.Stop()
	}
}

// patience is how long a program is waited for.
type patience struct {
	left    time.Duration
	stopped *atomic.Bool
	ended   <-chan struct{}
	waited  time.Duration // of left, that is used up
}

var (
	errStopped = errors.New("stopped")
	errGone    = errors.New("gone") // it has closed a pipe or ended; only others hold it, if anybody does
)

// A program that does not answer is looked at so often.
const look = 100 * time.Millisecond

// next is how long to wait before another look.
func (p *patience) next() time.Duration { return min(look, p.left-p.waited) }

// another says whether to go on after so long without a byte; the error says why not.
func (p *patience) another(waited time.Duration) error {
	p.waited += waited
	select {
	case <-p.ended:
		return errGone
	default:
	}
	switch {
	case p.stopped.Load():
		return errStopped
	case p.waited >= p.left:
		return fmt.Errorf("did not answer within %v", p.left)
	}
	return nil
}

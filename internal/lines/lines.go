package lines

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Max is the most bytes of a line, its end not counted.
const Max = 1 << 16

// ErrLong says that a line is longer than Max.
var ErrLong = fmt.Errorf("line longer than %d bytes", Max)

// Each answers every line of in on out, which it flushes before it would have to wait for a further line. answer gets
// the number of the line, from 1, and either the line or the beginning of it with ErrLong. Each ends with the text,
// with the first error that answer returns, or with the context, for which it does not wait for a line.
func Each(ctx context.Context, in io.Reader, out io.Writer, answer func(w io.Writer, n int, line string,
	err error) error) error {
	from, to := newLines(stoppable{ctx, in}), bufio.NewWriter(out)
	for {
		line, err := from.next()
		switch {
		case err == io.EOF:
			return to.Flush()
		case ctx.Err() != nil:
			return ctx.Err() // all answers are flushed
		case err != nil && !errors.Is(err, ErrLong):
			return errors.Join(to.Flush(), err)
		}
		if err := answer(to, from.n, line, err); err != nil {
			return err
		}
		if from.in.Buffered() > 0 {
			continue
		}
		if err := to.Flush(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// stoppable reads until a context is done. A read that still waits then is left behind, with the bytes that it reads.
type stoppable struct {
	ctx context.Context
	in  io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	type read struct {
		n   int
		err error
	}
	done := make(chan read, 1)
	go func() {
		n, err := s.in.Read(p)
		done <- read{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

// lines reads a text line by line. A last line needs no end.
type lines struct {
	in *bufio.Reader
	n  int // of the line that was read last, from 1
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, Max)} }

// next returns a line without its end, \n or \r\n. Of one longer than Max it returns the beginning
// and ErrLong, and the next call goes on behind it. At the end of the text the error is io.EOF.
func (l *lines) next() (string, error) {
	var text []byte
	some := false
	for {
		part, err := l.in.ReadSlice('\n')
		some = some || len(part) > 0
		// One byte more than may be kept, beside the two of the end, tells that the line is too long.
		text = append(text, part[:min(len(part), Max+3-len(text))]...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && !some:
			return "", err
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("standard input, line %d: %w", l.n+1, err)
		}
		l.n++
		line := string(text)
		if whole, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(whole, "\r")
		}
		if len(line) > Max {
			return line[:Max], ErrLong
		}
		return line, nil
	}
}

// Clean is a line without blanks around it, and without the byte order mark that some editors put
// in front of a file.
func Clean(text string) string { return strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) }

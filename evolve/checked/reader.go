package checked

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the most bytes of a line, its end included. A trial takes some hundred, and a run of
// an own table about a hundred an epoch.
const MaxLine = 1 << 24

// Reader reads the lines of a file one after another, in memory for one line at most.
type Reader struct {
	r    *bufio.Reader
	line []byte
	n    int   // lines read
	from int64 // where the latest began
	next int64 // where the next begins
	torn int
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 1<<16)} }

// Next reads the next line into v. After the last whole line it returns [io.EOF], whatever may
// follow: the beginning of a line, which a crash has torn. Any other error is of damage, wraps
// [evolve.ErrInvalid] and says in which line and at which byte.
func (r *Reader) Next(v any) error {
	r.line, r.from, r.n = r.line[:0], r.next, r.n+1
	for {
		part, err := r.r.ReadSlice('\n')
		if len(r.line)+len(part) > MaxLine {
			return r.At(Fault("longer than %d bytes, which no line of amoeba's is", MaxLine))
		}
		r.line = append(r.line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF:
			r.torn = len(r.line)
			if r.ended() {
				return r.At(ErrAltered)
			}
			return err
		case err != nil:
			return err
		}
		break
	}
	if err := ParseLine(r.line, v); err != nil {
		return r.At(err)
	}
	r.next += int64(len(r.line))
	return nil
}

// ended reports whether the bytes after the last whole line are a line whose line end was altered. A crash that
// tears a line leaves nothing after its checksum.
func (r *Reader) ended() bool {
	n := len(r.line) - 1
	return n > 0 && ParseLine(append(bytes.Clone(r.line[:n]), '\n'), new(json.RawMessage)) == nil
}

// At adds to an error the place of the latest line, or of the torn line after the last.
func (r *Reader) At(err error) error {
	return fmt.Errorf("line %d (byte %d): %w", r.n, r.from, err)
}

// Text is the latest line, its end included, until the next call of Next.
func (r *Reader) Text() []byte { return r.line }

// Whole is how many bytes the whole lines take that were read.
func (r *Reader) Whole() int64 { return r.next }

// Torn is how many bytes follow the last whole line, once Next has returned [io.EOF].
func (r *Reader) Torn() int { return r.torn }

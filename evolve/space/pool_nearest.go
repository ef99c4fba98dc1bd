package space

import (
	"errors"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NotRecorded says that a valid architecture is not in a pool.
type NotRecorded struct {
	Space   string // the whole space
	Arch    evolve.Arch
	Size    int         // of the pool
	Nearest evolve.Arch // the first recorded of least L1 distance; "" where the space has no encoding

	shown string // Nearest as text to be read again
}

func (e *NotRecorded) Error() string {
	text := fmt.Sprintf("%s: %s is none of the %d recorded architectures", e.Space, clip(string(e.Arch)), e.Size)
	if e.Nearest != "" {
		text += ", the nearest is " + e.shown
	}
	return text
}

// Unwrap makes it an evolve.ErrInvalid.
func (e *NotRecorded) Unwrap() error { return evolve.ErrInvalid }

func isRecorded(err error) bool {
	var e *NotRecorded
	return errors.As(err, &e)
}

// missing is the error for a valid architecture that is not recorded.
func (p *Pool) missing(a evolve.Arch) error {
	e := &NotRecorded{Space: p.Name(), Arch: a, Size: len(p.archs)}
	if e.Nearest = p.nearest(a); e.Nearest != "" {
		// A notation of many lines is no part of a message; its genome is read as well.
		if e.shown = p.Format(e.Nearest); len(e.shown) > 120 {
			e.shown = string(e.Nearest)
		}
	}
	return e
}

// nearest is the first recorded architecture of least distance to another.
func (p *Pool) nearest(a evolve.Arch) (best evolve.Arch) {
	e, ok := p.Space.(evolve.Encoder)
	if !ok || len(e.Encodings()) == 0 {
		return ""
	}
	encoding := p.encoding
	if encoding == "" {
		encoding = e.Encodings()[0]
	}
	to, err := e.Encode(nil, encoding, a)
	if err != nil {
		return ""
	}
	least := 0.
	var row []float64
	for _, b := range p.archs {
		if row, err = e.Encode(row[:0], encoding, b); err != nil || len(row) != len(to) {
			return ""
		}
		d := 0.
		for k, x := range row {
			d += max(x-to[k], to[k]-x)
		}
		if best == "" || d < least {
			best, least = b, d
		}
	}
	return best
}

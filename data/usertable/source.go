package usertable

import (
	"errors"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// source is a file, and how a place in it is named.
type source struct {
	file  string
	rowed bool // places are rows, of Parquet, not lines
}

// fail is an error of the whole file.
func (s source) fail(format string, v ...any) error {
	return fmt.Errorf("%s: %w", s.file, invalid(fmt.Errorf(format, v...)))
}

// top is where an error of the header is.
func (s source) top() string {
	if s.rowed {
		return s.file + ": "
	}
	return s.file + ":1: "
}

// named is a place in the middle of a sentence.
func (s source) named(place int32) string {
	if s.rowed {
		return fmt.Sprintf("row %d", place)
	}
	return fmt.Sprintf("line %d", place)
}

// at is an error of a row.
func (s source) at(place int32, format string, v ...any) error {
	err := invalid(fmt.Errorf(format, v...))
	if s.rowed {
		return fmt.Errorf("%s: row %d: %w", s.file, place, err)
	}
	return fmt.Errorf("%s:%d: %w", s.file, place, err)
}

// in is an error of a cell.
func (s source) in(place int32, column string, err error) error {
	if s.rowed {
		return fmt.Errorf("%s: row %d, column %q: %w", s.file, place, column, invalid(err))
	}
	return fmt.Errorf("%s:%d: column %q: %w", s.file, place, column, invalid(err))
}

// invalid has an error wrap evolve.ErrInvalid, once.
func invalid(err error) error {
	if errors.Is(err, evolve.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
}

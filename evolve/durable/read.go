package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Open opens a file for reading and says how many bytes it has. What is there and no file, such
// as a folder, a device or a named pipe, is refused with [evolve.ErrInvalid].
func Open(path string) (f *os.File, size int64, err error) {
	// Checked before it is opened: opening a named pipe without a writer waits for ever.
	if err := regular(path); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
	}
	if f, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// ReadFile reads a file, by [Open], of at most so many bytes.
func ReadFile(path string, most int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > most {
		return nil, fmt.Errorf("%s: %d bytes, want a file of at most %d: %w", path, size, most, evolve.ErrInvalid)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: was cut while it was read: %w", path, evolve.ErrInvalid)
	} else if err != nil {
		return nil, err
	}
	return b, nil
}

// regular returns an error that names what stands at a path, links followed, unless that is a file or nothing.
func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil
	}
	is := "something else"
	switch m := info.Mode(); {
	case m.IsDir():
		is = "a folder"
	case m&fs.ModeNamedPipe != 0:
		is = "a pipe"
	case m&fs.ModeSocket != 0:
		is = "a socket"
	case m&fs.ModeDevice != 0:
		is = "a device"
	}
	return fmt.Errorf("%s: is %s, not a file", path, is)
}

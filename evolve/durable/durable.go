package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// WriteFile writes a file that is either complete and on disk or not there: write
// fills a temporary file in the same folder, which takes the name only when it is synced.
// An existing file is replaced; of a symbolic link, what it leads to. What is no file, such as
// a folder or a device, is refused with [evolve.ErrInvalid]. On any failure, a panic of write
// included, the temporary file is removed and what stood at path is untouched.
func WriteFile(path string, write func(io.Writer) error) error {
	f, place, release, err := begin(path)
	if err != nil {
		return err
	}
	defer release()
	renamed := false
	defer func() {
		if !renamed {
			f.Close() // a second Close only reports that it is one
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(filled{f}, 1<<16)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"fill", func() error { return write(w) }},
		{"flush", w.Flush},
		{"chmod", func() error { return f.Chmod(0o644) }},
		{"sync", f.Sync},
		{"close", f.Close},
		{"rename", func() error { return os.Rename(f.Name(), place) }},
	} {
		err := failpoint(step.name)
		if err == nil {
			err = step.do()
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", path, bare(err))
		}
	}
	renamed = true
	if err := SyncDir(filepath.Dir(place)); err != nil {
		return fmt.Errorf("write %s: the folder may forget it in a power failure: %w", path, err)
	}
	return nil
}

// begin makes the temporary file of a path, and says which place it is to take.
func begin(path string) (f *os.File, place string, release func(), err error) {
	if err := regular(path); err != nil {
		return nil, "", nil, fmt.Errorf("%w: want another name: %w", err, evolve.ErrInvalid)
	}
	if place, err = follow(path); err != nil {
		return nil, "", nil, fmt.Errorf("write %s: %w", path, err)
	}
	dir := filepath.Dir(place)
	tidy(dir)
	if f, release, err = temporary(dir, filepath.Base(place)); err != nil {
		return nil, "", nil, fmt.Errorf("write %s: %w", path, bare(err))
	}
	return f, place, release, nil
}

// Writable is the error that WriteFile would have at once, as where there is no such folder: for what computes long
// before it writes. It leaves nothing behind.
func Writable(path string) error {
	f, _, release, err := begin(path)
	if err != nil {
		return err
	}
	defer release()
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// failpoint is asked before each step; a test has it answer with an error.
var failpoint = func(step string) error { return nil }

// filled is the temporary file while it is written to.
type filled struct{ f *os.File }

func (w filled) Write(p []byte) (int, error) {
	if err := failpoint("write"); err != nil { // as on a disk that is full: a part of it was written
		n, _ := w.f.Write(p[:len(p)/2])
		return n, err
	}
	return w.f.Write(p)
}

// WriteBytes is [WriteFile] of bytes that are there.
func WriteBytes(path string, text []byte) error {
	return WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// Copy is [WriteFile] of what another file holds.
func Copy(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return WriteFile(to, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
}

// follow is the place that a path leads to when each symbolic link at its end is followed. There
// need not be anything.
func follow(path string) (string, error) {
	for range 40 { // as many as Linux follows, path_resolution(7)
		to, err := os.Readlink(path)
		if err != nil { // no link, or nothing at all: opening it will return the error
			return path, nil
		}
		if !filepath.IsAbs(to) { // not joined: that would take a/../b for b where a is a link
			to = filepath.Dir(path) + string(filepath.Separator) + to
		}
		dir, name := filepath.Split(to)
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return "", err
		}
		path = filepath.Join(dir, name)
	}
	return "", errors.New("too many symbolic links")
}

// bare leaves the temporary file's name out of an error.
func bare(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p) && strings.Contains(p.Path, prefix):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// SyncDir makes a rename or a new name in a folder survive a power failure.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	if err := failpoint("sync folder"); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Package durable writes files that are whole or not there, and reads files that are files.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Names of temporary files begin and end so, with the file's own and a number between.
const (
	prefix = ".amoeba-"
	suffix = ".tmp"
)

var left = regexp.MustCompile(`^\.amoeba-.+\.\d+\.tmp$`)

// WriteFile writes a file that is either complete and on disk or not there: write
// fills a temporary file in the same folder, which takes the name only when it is synced.
// An existing file is replaced; of a symbolic link, what it leads to. What is no file, such as
// a folder or a device, is refused with [evolve.ErrInvalid]. On any failure, a panic of write
// included, the temporary file is removed and what stood at path is untouched.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := regular(path); err != nil {
		return fmt.Errorf("%w: want another name: %w", err, evolve.ErrInvalid)
	}
	place, err := follow(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	dir := filepath.Dir(place)
	f, err := os.CreateTemp(dir, prefix+filepath.Base(place)+".*"+suffix)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, bare(err))
	}
	renamed := false
	defer func() {
		if !renamed {
			f.Close() // a second Close only reports that it is one
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	for _, step := range []func() error{
		func() error { return write(w) },
		w.Flush,
		func() error { return f.Chmod(0o644) },
		f.Sync,
		f.Close,
		func() error { return os.Rename(f.Name(), place) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("write %s: %w", path, bare(err))
		}
	}
	renamed = true
	if err := SyncDir(dir); err != nil {
		return fmt.Errorf("write %s: the folder may forget it in a power failure: %w", path, err)
	}
	return nil
}

// WriteBytes is [WriteFile] of bytes that are there.
func WriteBytes(path string, text []byte) error {
	return WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// follow is the place that a path leads to when each symbolic link at its end is followed. There
// need not be anything.
func follow(path string) (string, error) {
	for range 40 { // as many as Linux follows, path_resolution(7)
		to, err := os.Readlink(path)
		if err != nil { // no link, or nothing at all: what opens it will say what is wrong
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

// Left says whether a name is that of a file that [WriteFile] has not finished.
func Left(name string) bool { return left.MatchString(name) }

// RemoveLeft removes from a folder what WriteFile was writing when its process was killed.
// Nobody else may be writing there.
func RemoveLeft(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if left.MatchString(e.Name()) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// SyncDir makes a rename or a new name in a folder survive a power failure.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

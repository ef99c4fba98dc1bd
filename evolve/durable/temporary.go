package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// Names of temporary files begin and end so, with the file's own and a number between.
const (
	prefix = ".amoeba-"
	suffix = ".tmp"
)

// leftover matches the names of temporary files.
var leftover = regexp.MustCompile(`^\.amoeba-.+\.\d+\.tmp$`)

// temporary makes the file that is to become the one of a name. Its writer holds it until release, so
// that nobody takes it for one that a killed process left.
func temporary(dir, name string) (f *os.File, release func(), err error) {
	// Each turn but the last means that another process looked through the folder between the
	// making and the holding.
	for range 10 {
		if f, err = os.CreateTemp(dir, prefix+name+".*"+suffix); err != nil {
			return nil, nil, err
		}
		if release, err = hold(f); err == nil {
			return f, release, nil
		}
		f.Close()
		if !errors.Is(err, fs.ErrNotExist) {
			os.Remove(f.Name())
			break
		}
	}
	return nil, nil, err
}

// IsLeft says whether a name is that of a file that [WriteFile] has not finished.
func IsLeft(name string) bool { return leftover.MatchString(name) }

// Left are the names in a folder of what WriteFile is writing, or was when its process was killed.
func Left(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() && IsLeft(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// RemoveLeft removes from a folder what WriteFile was writing when its process was killed. What a
// living process holds is left alone, and so is everything where the file system has no locks, as
// a process that is alive cannot be told from a killed one there.
func RemoveLeft(dir string) error {
	names, err := Left(dir)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		if err := removeUnheld(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// tidied are the folders that this process has looked through: leftovers there are from
// processes before it, and once is enough.
var tidied sync.Map

// tidy is RemoveLeft at a process's first writing into a folder. What cannot be removed, such as another
// user's file in a folder that all may write to, is no error.
func tidy(dir string) {
	if place, err := filepath.Abs(dir); err == nil {
		dir = place
	}
	if _, done := tidied.LoadOrStore(dir, true); !done {
		_ = RemoveLeft(dir)
	}
}

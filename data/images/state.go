package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

// State looks for the imported file and opens it. A set in the program is always imported, at
// no path.
func (i Info) State() data.State {
	s, _ := i.state()
	return s
}

func (i Info) state() (s data.State, set *Set) {
	if i.Embedded() {
		s.Imported, s.Bytes = true, int64(len(digitsFile))
	} else {
		if s.Path, s.Err = i.Path(); s.Err != nil {
			return s, nil
		}
		file, err := os.Stat(s.Path)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				s.Err = err
			}
			return s, nil
		}
		s.Imported, s.Bytes = true, file.Size()
	}
	if set, s.Err = i.open(); s.Err == nil {
		s.Hash = set.Hash
	}
	return s, set
}

// Verify computes the SHA-256 of an imported set again and compares it with the one that it
// was written with and, where it is known, with that of the published set.
func (i Info) Verify() data.State {
	s, set := i.state()
	if set == nil {
		return s
	}
	want := set.Hash
	if i.content != "" {
		want = i.content
	}
	if sum := set.sum(); sum != want || sum != set.Hash {
		s.Err, s.Hash = fmt.Errorf("%s: SHA-256 of the content %s, want %s: %s again: %w",
			s.Path, sum, want, i.how(), evolve.ErrInvalid), ""
	}
	return s
}

// how is the command that brings the set.
func (i Info) how() string {
	if i.Fetchable() {
		return "run amoeba data fetch " + i.Name
	}
	return "run amoeba data import " + i.Name + " --from DIR"
}

// absent is the error for a set that is asked for and not imported. It wraps fs.ErrNotExist.
func (i Info) absent(path string) error {
	return fmt.Errorf("%s is not imported: no %s (%s): %s: %w", i.Name, path, i.expected(), i.how(), fs.ErrNotExist)
}

// expected says in words what the set's file must be.
func (i Info) expected() string {
	want := "SHA-256 of the content " + i.content
	if i.content == "" {
		var files []string
		for _, f := range i.Files {
			files = append(files, f.expected())
		}
		want = "made of " + strings.Join(files, " and ")
	}
	return fmt.Sprintf("%.1f MB, %s", float64(i.Bytes())/1e6, want)
}

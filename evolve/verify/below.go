package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A Checker checks folders of one kind.
type Checker struct {
	// Is says whether a folder with these names in it is of the kind. One of several names is enough: another may be
	// what is missing.
	Is    func(names []string) bool
	Check func(dir string) ([]*Report, error)
}

// Below checks a folder or, if it is of no kind, each folder in it that is of one. Of several kinds the first checker's
// counts. The error wraps evolve.ErrInvalid where nothing is of a kind.
func Below(dir string, checkers ...Checker) ([]*Report, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) && !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: want a folder: %w", dir, p.Err)
		}
		return nil, err
	}
	if reports, err := check(dir, entries, checkers); err != nil || reports != nil {
		return reports, err
	}
	var reports []*Report
	for _, e := range entries {
		below := filepath.Join(dir, e.Name())
		inside, err := os.ReadDir(below)
		if err != nil {
			continue // a file, or a folder that is closed to us and may be anything
		}
		more, err := check(below, inside, checkers)
		if err != nil {
			return nil, err
		}
		reports = append(reports, more...)
	}
	if len(reports) == 0 {
		return nil, fmt.Errorf("%s: no folder that compare, search, ask, train or table build wrote: %w",
			dir, evolve.ErrInvalid)
	}
	return reports, nil
}

// check checks a folder with these entries; there is no report of one that is of no kind.
func check(dir string, entries []fs.DirEntry, checkers []Checker) ([]*Report, error) {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	for _, c := range checkers {
		if c.Is(names) {
			return c.Check(dir)
		}
	}
	return nil, nil
}

// One makes a report that is the only one of its folder a list.
func One(r *Report, err error) ([]*Report, error) {
	if err != nil {
		return nil, err
	}
	return []*Report{r}, nil
}

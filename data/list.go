package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Entry is a table that can be imported.
type Entry struct {
	Name       string
	Holds      string // one line
	Rows       int
	Sets       []string
	Fidelities []int // epochs; each a schedule of its own
	Measured   string
	Estimated  string
	Sources    []Source
	Path       string // where its file is, or would be
	Imported   bool   // the file is there
	Err        error  // why the file, or the folder for it, cannot be used
	Bytes      int64  // its size
}

// Licences are those of the sources, each once.
func (e Entry) Licences() []string {
	var all []string
	for _, s := range e.Sources {
		all = append(all, s.Licence)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// List returns every table that this program can import, by name, and their state.
func List() []Entry {
	path, err := NB201Path()
	e := Entry{
		Err:        err,
		Name:       "nb201",
		Holds:      "NAS-Bench-201: accuracy, size and seconds of every cell",
		Rows:       space.NB201Size,
		Sets:       slices.Clone(NB201Sets),
		Fidelities: []int{12, 200},
		Measured:   fmt.Sprintf("accuracies; seconds of cells 0..%d", NB201Measured-1),
		Estimated:  "seconds of the other cells, by least squares on the six operations",
		Sources:    slices.Clone(NB201Sources),
		Path:       path,
	}
	if e.Err == nil {
		switch info, err := os.Stat(path); {
		case err == nil:
			e.Imported, e.Bytes = true, info.Size()
			_, e.Err = OpenNB201(path)
		case !errors.Is(err, fs.ErrNotExist):
			e.Err = err
		}
	}
	return []Entry{e}
}

// Checked is what [Verify] found of an imported table.
type Checked struct {
	Name, Path string
	Hash       string // hex SHA-256; empty when Err is set
	Err        error
}

// Verify reads every imported table again, its checksum and each value's range included.
func Verify() ([]Checked, error) {
	var all []Checked
	for _, e := range List() {
		if !e.Imported {
			if e.Err != nil {
				return nil, e.Err
			}
			continue
		}
		c := Checked{Name: e.Name, Path: e.Path}
		t, err := OpenNB201(e.Path)
		if err == nil {
			err = t.check()
		}
		if err == nil {
			c.Hash = t.Hash
		}
		c.Err = err
		all = append(all, c)
	}
	return all, nil
}

package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Table is a published benchmark table that this program can import.
type Table struct {
	Name       string
	Holds      string // one line
	Rows       int    // architectures
	Sets       []string
	Fidelities []int // epochs; nil for one schedule that the source does not number
	// What a search can minimise, as the option objectives names it: that of training first, where there are results.
	Objectives []string
	Measured   string // which numbers are measurements
	Estimated  string // which are estimated or computed, and how; "" for none
	Modelled   string // which are drawn from a model; "" for none
	Embedded   string // what the program ships that answers without an import; "" for nothing
	Sources    []Source
	Official   string // the authors' own file or folder that import reads too; "" for none
	Bytes      int64  // of the imported file, about

	// importFrom makes the table of files below a folder, or of an official file. It says in a
	// line what it found.
	importFrom func(*importing) (*Frame, string, error)
	// check says which value of an opened table cannot be right.
	check func(*Frame) error
}

// tables are filled by the init functions of the files that import them.
var tables []Table

func register(t Table) {
	at, _ := slices.BinarySearchFunc(tables, t.Name,
		func(t Table, name string) int { return strings.Compare(t.Name, name) })
	tables = slices.Insert(tables, at, t)
}

// Tables lists every table that this program can import, by name.
func Tables() []Table { return slices.Clone(tables) }

// Lookup returns the table of a name, or an error that names the nearest.
func Lookup(name string) (Table, error) {
	var known []string
	for _, t := range tables {
		if t.Name == name {
			return t, nil
		}
		known = append(known, t.Name)
	}
	return Table{}, evolve.Unknown("table", name, known)
}

// Licences are those of the sources, each once.
func (t Table) Licences() []string {
	var all []string
	for _, s := range t.Sources {
		all = append(all, s.Licence)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Fetchable says whether the table can be made of what plain HTTP gives.
func (t Table) Fetchable() bool {
	return len(t.Sources) > 0 && !slices.ContainsFunc(t.Sources, func(s Source) bool { return s.Compact != "" })
}

// importing is one import: where it reads and what it has read.
type importing struct {
	ctx  context.Context
	from string
	used []Source
}

// read hands the bytes of a source to parse once they are known to be the published ones. An
// error says the file.
func (im *importing) read(s Source, parse func([]byte) error) error {
	if err := im.ctx.Err(); err != nil {
		return err
	}
	b, err := s.read(im.from)
	if err != nil {
		return err
	}
	if err := parse(b); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(im.from, s.File()), invalid(err))
	}
	im.used = append(im.used, s)
	return nil
}

// Import makes the table from the path from: the folder of its sources, or the authors' own
// file or folder. Nothing is written, and the table has no Hash before it is. The text says in a line what was found.
func (t Table) Import(ctx context.Context, from string) (*Frame, string, error) {
	switch info, err := os.Stat(from); {
	case err != nil:
		return nil, "", err
	case !info.IsDir() && len(t.Sources) > 0 && !(t.Name == "nb101" && strings.HasSuffix(from, tfrecordSuffix)):
		return nil, "", fmt.Errorf("%s is a file: want the folder of the published files%s: %w",
			from, orOfficial(t), evolve.ErrInvalid)
	}
	im := &importing{ctx: ctx, from: from}
	f, found, err := t.importFrom(im)
	if err != nil {
		return nil, "", err
	}
	f.Table, f.Sources = t.Name, im.used
	if t.check != nil {
		if err := t.check(f); err != nil {
			return nil, "", err
		}
	}
	return f, found, nil
}

// tfrecordSuffix ends the names of NAS-Bench-101's official files.
const tfrecordSuffix = ".tfrecord"

// orOfficial names what else a table can be made of.
func orOfficial(t Table) string {
	if t.Official == "" {
		return ""
	}
	return ", or " + t.Official
}

// State describes the table in the data home.
type State struct {
	Path     string // where its file is, or would be
	Imported bool   // the file is there
	Bytes    int64  // its size
	Hash     string // hex SHA-256; empty when it is not there or Err is set
	Err      error  // why the file, or the folder for it, cannot be used
}

// State looks for the imported file and opens it.
func (t Table) State() State {
	var s State
	if s.Path, s.Err = Path(t.Name); s.Err != nil {
		return s
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.Err = err
		}
		return s
	}
	s.Imported, s.Bytes = true, info.Size()
	f, err := Open(t.Name)
	if s.Err = err; err == nil {
		s.Hash = f.Hash
	}
	return s
}

// Verify reads the imported table again, its checksum and each value's range included.
func (t Table) Verify() State {
	s := t.State()
	if s.Err != nil || !s.Imported {
		return s
	}
	f, err := Open(t.Name)
	if err == nil && t.check != nil {
		err = t.check(f)
	}
	if err != nil {
		s.Err, s.Hash = fmt.Errorf("%s: %w", s.Path, err), ""
	}
	return s
}

// Path is the file of an imported table.
func Path(name string) (string, error) {
	home, err := Home()
	return filepath.Join(home, name+".tbl"), err
}

// importCommand is the command that makes a table.
func importCommand(name string) string {
	t, err := Lookup(name)
	if err == nil && t.Fetchable() {
		return "amoeba data fetch " + name
	}
	return "amoeba data import " + name + " --from DIR"
}

// Absent is the error of a table that is asked for and not imported. It is an fs.ErrNotExist.
type Absent struct {
	Table   string
	Command string // that gets it, such as amoeba data fetch nb201
}

func (a *Absent) Error() string {
	what := a.Table
	if t, err := Lookup(a.Table); err == nil {
		what = fmt.Sprintf("%s (%.1f MB", a.Table, float64(t.Bytes)/1e6)
		if l := t.Licences(); len(l) > 0 {
			what += ", licence of the sources: " + strings.Join(l, ", ")
		}
		what += ")"
	}
	return fmt.Sprintf("%s is not imported: run %s: %v", what, a.Command, fs.ErrNotExist)
}

func (a *Absent) Unwrap() error { return fs.ErrNotExist }

// absent is the error of a table by its name.
func absent(name string) error { return &Absent{Table: name, Command: importCommand(name)} }

// Missing says whether a table is not imported; without a home none is.
func Missing(err error) bool {
	_, homeless := Home()
	return err != nil && (homeless != nil || errors.Is(err, fs.ErrNotExist))
}

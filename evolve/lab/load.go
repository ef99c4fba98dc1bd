package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// loaded is an experiment's folder as it was found: the spec, and the experiment as the manifest tells it, nil where
// no manifest can be read. Each of the two files was read once.
type loaded struct {
	dir  string
	spec Spec
	of   *Experiment
}

// load reads the spec and the manifest of a folder.
func load(dir string) (*loaded, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not an experiment's folder: it has no %s: %w", dir, SpecFile, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	m, err := readManifest(dir)
	if err != nil { // the spec may be of that other version too
		return nil, err
	}
	s, err := ReadSpec(path, text)
	if err != nil {
		return nil, err
	}
	f := &loaded{dir: dir, spec: s}
	if m != nil {
		if m.Spec != digest(text) {
			return nil, altered(path)
		}
		f.of = m.experiment(s)
	}
	return f, nil
}

// loadWhole reads the folder of an experiment or, where its extension is whole and only has to take its place, that
// of the extension.
func loadWhole(dir string) (*loaded, error) {
	if extending(dir) {
		if f, err := load(extendedDir(dir)); err == nil && f.finished() {
			return f, nil
		}
	}
	return load(dir)
}

// readManifest reads the manifest of a folder, nil where there is none that is as amoeba writes it. The error is of
// one that another version of amoeba wrote.
func readManifest(dir string) (*manifest, error) {
	m := new(manifest)
	was, err := readSmall(filepath.Join(dir, ManifestFile))
	if err != nil || json.Unmarshal(was, m) != nil {
		return nil, nil
	}
	if err := m.readable(dir); err != nil {
		return nil, err
	}
	if m, err = parseManifest(dir, was); err != nil {
		return nil, nil
	}
	return m, nil
}

func altered(path string) error {
	return fmt.Errorf("%s: cut or altered since amoeba wrote it; "+
		"restore it, or run it as a new experiment: amoeba compare -f %s --out FOLDER: %w",
		path, words.Quote(path), evolve.ErrInvalid)
}

// finished says whether the folder has every file of a finished experiment.
func (f *loaded) finished() bool {
	if f.of == nil {
		return false
	}
	for _, path := range f.of.files(f.dir) {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	for _, name := range passing {
		if _, err := os.Stat(filepath.Join(f.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// complete says whether a folder has every file of a finished experiment.
func complete(dir string) bool {
	f, err := load(dir)
	return err == nil && f.finished()
}

// Finished says whether a folder holds a finished experiment, of which no extension has begun.
func Finished(dir string) bool { return !extending(dir) && complete(dir) }

// Load reads a finished experiment back, as its manifest tells it: the benchmark need not be
// here any more. Of one that is being extended, what it was until that is whole. The error says
// how to finish or mend the folder.
func Load(dir string) (*Outcome, error) {
	f, err := loadWhole(dir)
	if err != nil {
		return nil, err
	}
	return f.outcome(dir)
}

// outcome is what the folder of a finished experiment holds. Folders of runs are below dir.
func (f *loaded) outcome(dir string) (*Outcome, error) {
	e := f.of
	if e == nil {
		return nil, groundless(f.dir)
	}
	if !f.finished() {
		return nil, fmt.Errorf("%s is not finished: run %s: %w", dir, resumeLine(dir), evolve.ErrInvalid)
	}
	if f.dir != dir {
		e.ext = &former{dir: dir}
	}
	if e.Spec.Record == "all" && !e.About.Trains() {
		for _, u := range e.units() {
			if err := journal.Check(e.trialsPath(f.dir, u), e.trialsID(u)); err != nil {
				return nil, f.blame(err)
			}
		}
	}
	path := filepath.Join(f.dir, IncumbentsFile)
	rows, err := journal.ReadEntries(path, e.id())
	if err != nil {
		return nil, f.blame(err)
	}
	set, err := e.set(rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set.RunTrials, set.RunNotes = e.trialsIn(f.dir), e.notesIn(f.dir)
	return &Outcome{Experiment: e, Set: set, Wall: make([]float64, len(e.Arms)), Ran: make([]int64, len(e.Arms)),
		Files: e.files(f.dir)}, nil
}

// groundless is the error of a folder whose manifest is missing or damaged: its results may be whole.
func groundless(dir string) error {
	return fmt.Errorf("%s: missing or damaged, so what the numbers rest on is not known; "+
		"restore it, or run the experiment anew: amoeba compare -f %s --out FOLDER: %w",
		filepath.Join(dir, ManifestFile), words.Quote(filepath.Join(dir, SpecFile)), evolve.ErrInvalid)
}

// blame is the error of a file whose seal is not right. Where the incumbents are sealed with the manifest that this
// program would write, it is the manifest that was altered, and they are whole.
func (f *loaded) blame(err error) error {
	e, bad := Open(f.spec)
	if bad == nil && e.id() != f.of.id() && journal.Check(filepath.Join(f.dir, IncumbentsFile), e.id()) == nil {
		return groundless(f.dir)
	}
	return err
}

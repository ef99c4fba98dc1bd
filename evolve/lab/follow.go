package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Follow is [LoadSoFar] for whoever follows an experiment from its beginning: of one that has begun and has saved
// nothing yet it gives an outcome without algorithms, all of which are waiting.
func Follow(dir string) (*Outcome, error) {
	if at, err := latest(dir); err == nil && at.unsaved() {
		return at.begun()
	}
	return LoadSoFar(dir)
}

// latest reads the folder of an experiment or, where one is under way, that of its extension.
func latest(dir string) (*loaded, error) {
	if extending(dir) {
		dir = extendedDir(dir)
	}
	return load(dir)
}

// unsaved says whether a simulated experiment has begun and no file holds a result of it.
func (f *loaded) unsaved() bool {
	if f.of == nil || f.of.About.Trains() {
		return false
	}
	for _, name := range append([]string{IncumbentsFile}, passing...) {
		if _, err := os.Stat(filepath.Join(f.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// begun is an experiment that has found nothing yet.
func (f *loaded) begun() (*Outcome, error) {
	e := f.of
	planned := len(e.Arms) * e.Spec.Seeds
	waiting := e.Arms
	var names []string
	for _, a := range waiting {
		names = append(names, a.Label)
	}
	e.Arms = nil
	set, err := e.set(nil)
	if err != nil {
		return nil, err
	}
	set.Planned, set.Unfinished, set.Waiting = planned, planned, names
	return &Outcome{Experiment: e, Set: set, Waiting: waiting}, nil
}

// Stamp is a text that is another one whenever an experiment's files were written since: it is made of their names,
// sizes and times, and reads none of them. Weights and figures do not count. An error is of a folder that cannot be
// listed.
func Stamp(dir string) (string, error) {
	sum := sha256.New()
	if err := stampFiles(sum, dir, isResult); err != nil {
		return "", err
	}
	if extending(dir) {
		if err := stampFiles(sum, extendedDir(dir), isResult); err != nil {
			return "", err
		}
	}
	runs := filepath.Join(dir, runsFolder)
	all, err := os.ReadDir(runs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	ofRun := func(name string) bool { return name == trialsFile || name == IncumbentsFile }
	for _, run := range all {
		if run.IsDir() {
			if err := stampFiles(sum, filepath.Join(runs, run.Name()), ofRun); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// stampFiles adds the files of a folder that count. A file that goes while it is looked at does not.
func stampFiles(to io.Writer, dir string, counts func(name string) bool) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range all {
		if !counts(f.Name()) {
			continue
		}
		info, err := f.Info()
		if err != nil {
			continue
		}
		fmt.Fprintln(to, filepath.Base(dir), f.Name(), info.Size(), info.ModTime().UnixNano())
	}
	return nil
}

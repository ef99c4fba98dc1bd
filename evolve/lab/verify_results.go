package lab

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// parquet are the files of results that are there, runs apart.
func (v *verifier) parquet() (paths []string) {
	entries, _ := os.ReadDir(v.dir) // Rest says what is wrong with the folder
	for _, e := range entries {
		if name := e.Name(); keeps(name) && filepath.Ext(name) == ".parquet" {
			paths = append(paths, filepath.Join(v.dir, name))
		}
	}
	return paths
}

// results checks the files beside the manifest.
func (v *verifier) results() {
	for _, path := range v.parquet() {
		switch base := filepath.Base(path); base {
		case IncumbentsFile, unfinishedFile, soFarFile:
			rows, err := journal.ReadEntries(path, v.id())
			v.sealedFile(path, err)
			if err == nil {
				err = v.complete(path, rows, base == IncumbentsFile)
			}
			v.Check(path, number.Count(len(rows), "row"), err)
			if base == IncumbentsFile && err == nil {
				v.fronts(rows)
			}
		default:
			m := trialsName.FindStringSubmatch(base)
			if m == nil {
				continue // nobody's
			}
			var u unit
			u.arm, _ = strconv.Atoi(m[1]) // digits that fit
			u.from, _ = strconv.Atoi(m[2])
			if u.arm >= len(v.Arms) || u.from >= v.Spec.Seeds || v.trialsPath(v.dir, u) != path {
				continue // of no run of this experiment
			}
			rows, err := journal.Read[journal.Trial](path, v.trialsID(u))
			v.sealedFile(path, err)
			v.Check(path, number.Count(len(rows), "trial"), err)
		}
	}
}

// fronts checks the file of fronts, where there is one, against the incumbents, of which it is made.
func (v *verifier) fronts(rows []journal.Entry) {
	path := filepath.Join(v.dir, FrontFile)
	text, err := durable.ReadFile(path, mostFronts)
	if errors.Is(err, fs.ErrNotExist) || len(v.Objectives) < 2 {
		return
	}
	set, bad := v.set(rows)
	if err = cmp.Or(err, bad); err == nil && !bytes.Equal(text, frontText(set)) {
		err = fmt.Errorf("altered: it is not what %s says; delete it, and %s writes it again: %w",
			IncumbentsFile, resumeLine(v.dir), evolve.ErrInvalid)
	}
	v.Check(path, number.Count(bytes.Count(text, []byte("\n"))-1, "point"), err)
}

// mostFronts is more than fronts take: their points are among the incumbents.
const mostFronts = 1 << 30

// sealedFile counts a file by which the manifest is judged.
func (v *verifier) sealedFile(path string, err error) {
	v.sealed++
	if err == nil {
		v.whole++
	}
}

// complete says whether rows are whole runs of this experiment, all of them if it is finished.
func (v *verifier) complete(path string, rows []journal.Entry, all bool) error {
	runs := v.noRuns()
	if err := v.place(path, rows, runs); err != nil || !all {
		return err
	}
	for a := range runs {
		for run, rows := range runs[a] {
			if rows == nil {
				return fmt.Errorf("%s: it lacks run %d of %s: %w", path, run, v.Arms[a].Label, evolve.ErrInvalid)
			}
		}
	}
	return nil
}

// absent tells of the files of trials that a finished experiment does not have. Of one that is not
// finished they may still come.
func (v *verifier) absent() {
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(v.dir, name))
		return err == nil
	}
	if !there(IncumbentsFile) || there(unfinishedFile) || there(soFarFile) {
		return
	}
	for _, path := range v.trialFiles(v.dir) {
		if !there(filepath.Base(path)) {
			v.Damaged(path, fs.ErrNotExist)
		}
	}
}

// Names of files and folders that tell of which algorithm and run they are.
var (
	trialsName = regexp.MustCompile(`^trials-(\d{2,9})-(\d{6,9})\.parquet$`)
	runName    = regexp.MustCompile(`^(\d{2,9})-.*-(\d{6,9})$`)
)

// runs checks the folders of runs, of an experiment that trains networks: of is the one that goes
// on with them.
func (v *verifier) runs(of *Experiment) error {
	entries, err := os.ReadDir(filepath.Join(v.dir, runsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var all []unit
	for _, e := range entries {
		m := runName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		arm, _ := strconv.Atoi(m[1]) // digits that fit
		run, _ := strconv.Atoi(m[2])
		dir := filepath.Join(v.dir, runsFolder, e.Name())
		if arm < len(of.Arms) && run < of.Spec.Seeds && of.runDir(v.dir, arm, run) == dir {
			all = append(all, unit{arm, run, run + 1})
		} else {
			v.further = true
		}
	}
	for _, u := range all {
		v.oneRun(of, of.runDir(v.dir, u.arm, u.from), u.arm, u.from)
	}
	return nil
}

// oneRun checks the folder of a run: its incumbents first, of which the journal of one at work may
// only know more.
func (v *verifier) oneRun(of *Experiment, dir string, arm, run int) {
	rows, former, err := of.readRun(dir)
	read := journal.ReadFile
	if n := len(rows); n > 0 && rows[n-1].Final {
		read = journal.ReadWhole
	}
	past, pastErr := read(filepath.Join(dir, trialsFile))

	path := filepath.Join(dir, IncumbentsFile)
	_, absent := os.Stat(path)
	switch {
	case absent != nil:
		if v.finished() { // whose folders of runs may be removed, but not what is in them
			v.Damaged(path, absent)
		}
	case former && rows == nil:
		v.Unchecked(path,
			"of an extension before this one, or altered: "+resumeLine(v.dir)+" makes it anew of "+trialsFile)
	case errors.Is(err, evolve.ErrInvalid) && v.givenUp(past):
		v.Unchecked(path, "of an extension that was given up, or altered: nothing is read of it")
	default:
		if former || of == v.Experiment { // the seal of an extension says nothing about this manifest
			v.sealedFile(path, err)
		}
		for _, row := range rows {
			if row.Algo != of.Arms[arm].Algo || int(row.Run) != run {
				err = fmt.Errorf("it is of run %d of %s: %w", row.Run, row.Algo, evolve.ErrInvalid)
			}
		}
		v.Check(path, number.Count(len(rows), "row"), err)
	}
	if errors.Is(pastErr, fs.ErrNotExist) && len(rows) == 0 {
		return // not begun
	}
	if pastErr == nil {
		pastErr = founded(rows, past)
	}
	v.Check(filepath.Join(dir, trialsFile), number.Count(len(past), "trial"), pastErr)
	v.weights(v.Report, filepath.Join(dir, weightsFolder), past)
}

// givenUp says whether a run of a finished experiment went on in an extension that is gone: its
// journal has more trials than a run of the experiment, or there are folders of further runs.
func (v *verifier) givenUp(past []evolve.Outcome) bool {
	return v.finished() && (v.Spec.Trials > 0 && len(past) > v.Spec.Trials || v.further)
}

// founded says whether the journal of a run has what its incumbents rest on. One without a loss was recommended before
// it had a trial.
func founded(rows []journal.Entry, past []evolve.Outcome) error {
	for _, row := range rows {
		if row.Trial > int64(len(past)) {
			return fmt.Errorf("%s, and %s tells of %d: %w",
				number.Count(len(past), "trial"), IncumbentsFile, row.Trial, evolve.ErrInvalid)
		}
		if row.Arch != "" && !math.IsNaN(row.Loss) && !slices.ContainsFunc(past, func(o evolve.Outcome) bool {
			return string(cmp.Or(o.Found, o.Arch)) == row.Arch && o.Loss == row.Loss
		}) {
			return fmt.Errorf("no trial of %s with loss %g, which %s tells of: %w",
				row.Arch, row.Loss, IncumbentsFile, evolve.ErrInvalid)
		}
	}
	return nil
}

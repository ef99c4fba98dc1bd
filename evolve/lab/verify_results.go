package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// parquet are the files of results that are there, runs apart.
func (v *verifier) parquet() (paths []string) {
	entries, _ := os.ReadDir(v.dir) // Rest says what is wrong with the folder
	for _, e := range entries {
		if name := e.Name(); name == IncumbentsFile || name == unfinishedFile || name == soFarFile || trialsName.MatchString(name) {
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
			rows, err := journal.Read[journal.Incumbent](path, v.id())
			v.sealedFile(path, err)
			if err == nil {
				err = v.complete(path, rows, base == IncumbentsFile)
			}
			v.Check(path, Count(len(rows), "row"), err)
		default:
			m := trialsName.FindStringSubmatch(base)
			var c chunk
			c.arm, _ = strconv.Atoi(m[1]) // digits that fit
			c.from, _ = strconv.Atoi(m[2])
			if c.arm >= len(v.Arms) || c.from >= v.Spec.Seeds || v.trialsPath(v.dir, c) != path {
				continue // of no run of this experiment
			}
			rows, err := journal.Read[journal.Trial](path, v.trialsID(c))
			v.sealedFile(path, err)
			v.Check(path, Count(len(rows), "trial"), err)
		}
	}
}

// sealedFile counts a file by which the manifest is judged.
func (v *verifier) sealedFile(path string, err error) {
	v.sealed++
	if err == nil {
		v.whole++
	}
}

// complete says whether rows are whole runs of this experiment, all of them if it is finished.
func (v *verifier) complete(path string, rows []journal.Incumbent, all bool) error {
	arms, have := map[string]bool{}, map[string]int{}
	for _, a := range v.Arms {
		arms[a.Label] = true
	}
	for i, row := range rows {
		if !arms[row.Algo] || row.Run < 0 || int(row.Run) >= v.Spec.Seeds {
			return fmt.Errorf("%s: row %d is of run %d of %q, which this experiment does not have: %w", path, i+1, row.Run, row.Algo, evolve.ErrInvalid)
		}
		if row.Final {
			have[row.Algo]++
		}
	}
	if n := len(rows); n > 0 && !rows[n-1].Final {
		return fmt.Errorf("%s: row %d: the run before it has no end: %w", path, n, evolve.ErrInvalid)
	}
	if !all {
		return nil
	}
	traces, err := trace.Group(rows)
	if err != nil {
		return err
	}
	for _, a := range v.Arms {
		if have[a.Label] != v.Spec.Seeds || len(traces) != len(v.Arms) {
			return fmt.Errorf("%s: it has %d of %d runs of %s: %w", path, have[a.Label], v.Spec.Seeds, a.Label, evolve.ErrInvalid)
		}
	}
	return nil
}

// Names of files and folders that tell of which algorithm and run they are.
var (
	trialsName = regexp.MustCompile(`^trials-(\d{2,9})-(\d{6,9})\.parquet$`)
	runName    = regexp.MustCompile(`^(\d{2,9})-.*-(\d{6,9})$`)
)

// runs checks the folders of runs, of an experiment that trains networks.
func (v *verifier) runs() error {
	entries, err := os.ReadDir(filepath.Join(v.dir, runsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		m := runName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		arm, _ := strconv.Atoi(m[1]) // digits that fit
		run, _ := strconv.Atoi(m[2])
		dir := filepath.Join(v.dir, runsFolder, e.Name())
		if arm < len(v.Arms) && run < v.Spec.Seeds && v.runDir(v.dir, arm, run) == dir {
			v.oneRun(dir, arm, run)
		}
	}
	return nil
}

// oneRun checks the folder of a run: its incumbents first, of which the journal of one at work may
// only know more.
func (v *verifier) oneRun(dir string, arm, run int) {
	path := filepath.Join(dir, IncumbentsFile)
	rows, err := v.readRun(dir)
	final := len(rows) > 0 && rows[len(rows)-1].Final
	_, absent := os.Stat(path)
	switch {
	case absent == nil:
		v.sealedFile(path, err)
		for _, row := range rows {
			if row.Algo != v.Arms[arm].Label || int(row.Run) != run {
				err = fmt.Errorf("it is of run %d of %s: %w", row.Run, row.Algo, evolve.ErrInvalid)
			}
		}
		v.Check(path, Count(len(rows), "row"), err)
	case v.finished(): // whose folders of runs may be removed, but not what is in them
		v.Damaged(path, absent)
	}
	path = filepath.Join(dir, trialsFile)
	read := journal.ReadFile
	if final {
		read = journal.ReadWhole
	}
	past, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && len(rows) == 0 {
		return // not begun
	}
	if err == nil {
		err = founded(rows, past)
	}
	v.Check(path, Count(len(past), "trial"), err)
	v.weights(v.Report, filepath.Join(dir, weightsFolder), past)
}

// founded says whether the journal of a run has what its incumbents rest on.
func founded(rows []journal.Incumbent, past []evolve.Outcome) error {
	for _, row := range rows {
		if row.Trial > int64(len(past)) {
			return fmt.Errorf("%s, and %s tells of %d: %w", Count(len(past), "trial"), IncumbentsFile, row.Trial, evolve.ErrInvalid)
		}
		if row.Arch != "" && !slices.ContainsFunc(past, func(o evolve.Outcome) bool { return string(o.Arch) == row.Arch && o.Loss == row.Loss }) {
			return fmt.Errorf("no trial of %s with loss %g, which %s tells of: %w", row.Arch, row.Loss, IncumbentsFile, evolve.ErrInvalid)
		}
	}
	return nil
}

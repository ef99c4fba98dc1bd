package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Weights checks the folder in which a benchmark that trains keeps what the trials left, against
// the trials that the journal of the run has.
type Weights func(r *verify.Report, dir string, past []evolve.Outcome)

// Verify reads every file of an experiment's folder and checks it against what it was written as.
// It only reads, and needs neither a lock nor, in a folder with results, the benchmark.
func Verify(dir string, weights Weights) (*verify.Report, error) {
	if of := experimentOf(dir); of != "" {
		return nil, fmt.Errorf("%s: is the folder of a run of the experiment in %s: amoeba verify %s checks it: %w",
			dir, of, words.Quote(of), evolve.ErrInvalid)
	}
	v := &verifier{Report: verify.New(dir, "experiment"), dir: dir, weights: weights}
	if v.extending = extending(dir); v.extending {
		v.Elsewhere(extendedDir(dir)) // an experiment of its own
		if complete(extendedDir(dir)) {
			return v.Report, v.replaced()
		}
	}
	v.ground()
	if v.manifest == nil {
		return v.Report, v.unsealed()
	}
	v.results()
	v.absent()
	of := v.Experiment
	if v.extending {
		of = v.extension()
	}
	if err := v.runs(of); err != nil {
		return nil, err
	}
	v.judge()
	if !v.finished() {
		v.Unfinished = resumeLine(dir) + " goes on with it"
		if !v.ours() {
			v.Unfinished = resumeLine(dir) + " does not go on with a " + SpecFile + " that is damaged"
		}
	}
	return v.Report, v.Rest()
}

// experimentOf is the experiment of which a folder is that of a run; "" of any other folder.
func experimentOf(dir string) string {
	full, err := filepath.Abs(dir) // of "." too
	if err != nil || !runName.MatchString(filepath.Base(full)) || filepath.Base(filepath.Dir(full)) != runsFolder {
		return ""
	}
	if _, err := os.Stat(filepath.Join(full, "..", "..", SpecFile)); err != nil {
		return ""
	}
	return filepath.Join(dir, "..", "..")
}

// verifier is a check at work.
type verifier struct {
	*verify.Report
	dir           string
	weights       Weights
	specText      []byte
	spec          Spec
	specErr       error
	manifest      *manifest
	*Experiment   // as the manifest tells it
	extending     bool
	further       bool // there are folders of runs that the experiment does not have
	sealed, whole int  // files that are sealed with the manifest's digest, and how many have the right one
}

// ground reads the spec and the manifest; [verifier.judge] says whether they belong together.
func (v *verifier) ground() {
	path := filepath.Join(v.dir, SpecFile)
	if v.specText, v.specErr = readSmall(path); v.specErr == nil {
		v.spec, v.specErr = ReadSpec(path, v.specText)
	}
	path = filepath.Join(v.dir, ManifestFile)
	text, err := readSmall(path)
	var m *manifest
	if err == nil {
		m, err = parseManifest(v.dir, text)
	}
	if err == nil && (m.Runs < 1 || m.Runs > MaxSeeds) {
		err = fmt.Errorf("altered: %d runs of each algorithm: %w", m.Runs, evolve.ErrInvalid)
	}
	if err != nil {
		v.Damaged(path, err)
		return
	}
	v.manifest = m
	of := v.spec
	of.Seeds = v.manifest.Runs
	v.Experiment = v.manifest.experiment(of)
}

// extension is the experiment that runs are gone on with while it extends that of the folder. One
// that has no readable manifest has not begun, or its own report tells of it.
func (v *verifier) extension() *Experiment {
	e := &Experiment{Spec: v.Spec, Arms: v.Arms, About: v.About, sealedAs: v.sealedAs}
	if f, err := load(extendedDir(v.dir)); err == nil && f.of != nil {
		e = f.of
	}
	e.ext = &former{Experiment: v.Experiment, dir: v.dir}
	return e
}

// replaced is the report of a folder that was killed while an extension took its place: some files are of the
// one and some of the other.
func (v *verifier) replaced() error {
	v.Unfinished = resumeLine(v.dir) + " puts the extension in its place"
	for _, path := range append(v.parquet(), filepath.Join(v.dir, SpecFile), filepath.Join(v.dir, ManifestFile)) {
		if _, err := os.Stat(path); err == nil {
			v.Unchecked(path, "the extension, which is whole, replaces it")
		}
	}
	f, err := load(extendedDir(v.dir))
	if err != nil || f.of == nil {
		return err // it was whole just now
	}
	v.Experiment = f.of // all runs are sealed as of it
	v.ext = &former{dir: v.dir}
	if err := v.runs(v.Experiment); err != nil {
		return err
	}
	return v.Rest()
}

// unsealed is the rest of a report without a manifest.
func (v *verifier) unsealed() error {
	v.Check(filepath.Join(v.dir, SpecFile), "read, and not compared", v.specErr)
	for _, path := range v.parquet() {
		v.Unchecked(path, "it is sealed with "+ManifestFile)
	}
	err := filepath.WalkDir(filepath.Join(v.dir, runsFolder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			v.Unchecked(path, ManifestFile+" would say of which run it is")
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return v.Rest()
}

// judge says whether spec and manifest are right: the manifest is if a file is sealed with it, and
// the spec if the manifest has its sum. Where no file has a seal that is right the benchmark is
// opened, if it is here, and the manifest compared with what this program would write.
func (v *verifier) judge() {
	spec, path := filepath.Join(v.dir, SpecFile), filepath.Join(v.dir, ManifestFile)
	same := v.ours()
	right, note := v.whole > 0, ""
	var err error
	if !right {
		note, err = v.compare(same)
		right = err == nil && note == ""
	}
	switch {
	case same:
		v.OK(spec, "")
	case v.specErr != nil:
		v.Damaged(spec, v.specErr)
	case right:
		v.Damaged(spec, altered(spec))
	default:
		v.Damaged(spec, fmt.Errorf("its SHA-256 is not that in %s: one of the two is altered: %w",
			ManifestFile, evolve.ErrInvalid))
		err = fmt.Errorf("it has another SHA-256 of %s: one of the two is altered: %w", SpecFile, evolve.ErrInvalid)
	}
	if v.About.Device != "" && note == "" {
		note = "trained on " + v.About.Device
	}
	v.Check(path, note, err)
}

// compare says what is known of a manifest with which no file is sealed.
func (v *verifier) compare(same bool) (note string, err error) {
	if same && v.manifest.Amoeba == Version {
		if e, err := Open(v.spec); err == nil {
			if string(e.manifest()) == string(v.manifest.text()) {
				return "", nil
			}
			return "", fmt.Errorf("altered, or of other data, another build or another device: "+
				"it differs from what this program would write: %w", evolve.ErrInvalid)
		}
	}
	if v.sealed > 0 {
		return "", fmt.Errorf("altered, or all files are that it seals: %s, none with a seal that is right: %w",
			number.Count(v.sealed, "file"), evolve.ErrInvalid)
	}
	return "read, and not compared: no file is sealed with it yet", nil
}

// ours says whether the spec is the one that the manifest was written for.
func (v *verifier) ours() bool { return v.specErr == nil && v.manifest.Spec == digest(v.specText) }

// finished is [Finished] of a folder whose spec may be damaged.
func (v *verifier) finished() bool {
	if !v.ours() {
		_, err := os.Stat(filepath.Join(v.dir, IncumbentsFile))
		return err == nil
	}
	return Finished(v.dir)
}

// Checker checks the folders of experiments and, of one that is being extended, its extension.
func Checker(weights Weights) verify.Checker {
	ours := []string{SpecFile, ManifestFile, IncumbentsFile}
	return verify.Checker{
		Is: func(names []string) bool {
			return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(ours, name) })
		},
		Check: func(dir string) ([]*verify.Report, error) {
			r, err := Verify(dir, weights)
			if err != nil {
				return nil, err
			}
			reports := []*verify.Report{r}
			dir = filepath.Join(dir, ExtendedFolder)
			if _, err := os.Stat(filepath.Join(dir, SpecFile)); err != nil {
				return reports, nil
			}
			r, err = Verify(dir, weights)
			return append(reports, r), err
		},
	}
}

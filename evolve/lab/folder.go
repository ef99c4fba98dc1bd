package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// The files of an experiment's folder; docs/journal.md describes them.
const (
	SpecFile       = durable.ExperimentFile
	ManifestFile   = "manifest.json"
	IncumbentsFile = "incumbents.parquet"
	unfinishedFile = "unfinished.parquet" // finished runs of a stopped experiment
	soFarFile      = "sofar.parquet"      // what its runs in progress had found
)

// Files are what an experiment writes into its folder, its figure apart; what is below runs is in folders
// that no other program makes.
var Files = durable.Files{
	SpecFile:           durable.Begins("experiment", ""),               // it is compared to the byte
	unfinishedFile:     durable.Begins("journal of finished runs", ""), // it is read
	soFarFile:          parquetKind,
	ManifestFile:       durable.Begins("manifest of an experiment", "{\n  \"schema\": "),
	IncumbentsFile:     parquetKind,
	"trials-*.parquet": parquetKind,
}

var parquetKind = durable.Begins("Parquet file", "PAR1")

// Figures are the files that whoever has finished an experiment draws from its incumbents.
var Figures = []string{"trajectories.png", "trajectories.svg"}

// open makes or enters the folder, locks it and fills rows with the runs that it holds.
func (e *Experiment) open(dir string, rows runs) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("folder %s: %w; name another with --out", dir, err)
	}
	if unlock, err = durable.Lock(dir); err != nil {
		return nil, err
	}
	if err := e.enter(dir, rows); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// enter checks that a folder is this experiment's and reads what it holds.
func (e *Experiment) enter(dir string, rows runs) error {
	path := filepath.Join(dir, SpecFile)
	if extending(dir) {
		return fmt.Errorf("%s: is being extended; go on with amoeba resume %s, or name another folder with --out: %w", dir, words.Quote(dir), evolve.ErrInvalid)
	}
	if err := durable.RemoveLeft(dir); err != nil {
		return err
	}
	if _, err := readManifest(dir); errors.Is(err, evolve.ErrInvalid) {
		return err
	}
	switch was, err := readSmall(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := vacant(dir); err != nil {
			return err
		}
	case err != nil:
		return err
	case string(was) != string(e.YAML()):
		return fmt.Errorf("%s holds another experiment; name another folder with --out, or delete this one: %w", dir, evolve.ErrInvalid)
	default:
		if err := e.sameGround(dir); err != nil {
			return err
		}
	}
	if err := Files.Check(dir); err != nil {
		return err
	}
	if err := write(path, e.YAML()); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, ManifestFile), e.manifest()); err != nil {
		return err
	}
	unfinished := filepath.Join(dir, unfinishedFile)
	got, err := journal.Read[journal.Entry](unfinished, e.id())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.place(unfinished, got, rows)
}

// vacant refuses a folder that holds somebody else's files under the names of ours, and those
// of other kinds.
func vacant(dir string) error {
	paths := Files.Paths(dir)
	for _, name := range append([]string{runsFolder, ExtendedFolder}, Figures...) {
		paths = append(paths, filepath.Join(dir, name))
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%s has a %s and no %s: it is no experiment's folder; name another with --out: %w", dir, filepath.Base(path), SpecFile, evolve.ErrInvalid)
		}
	}
	return durable.Only(dir, SpecFile)
}

// sameGround refuses a folder whose runs rest on other data or another version: what is
// there and what would be added must not mix.
func (e *Experiment) sameGround(dir string) error {
	var runs bool
	for _, name := range []string{unfinishedFile, IncumbentsFile, runsFolder} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			runs = true
		}
	}
	was, err := readSmall(filepath.Join(dir, ManifestFile))
	if !runs || err == nil && string(was) == string(e.manifest()) {
		return nil
	}
	var m manifest
	switch {
	case err != nil || json.Unmarshal(was, &m) != nil || m.Amoeba == "":
		return fmt.Errorf("%s: missing or damaged, so what its runs rest on is not known; delete %s or name another folder with --out: %w", filepath.Join(dir, ManifestFile), dir, evolve.ErrInvalid)
	case m.Amoeba != Version:
		return fmt.Errorf("%s was made by amoeba %s, this is %s; name another folder with --out, or delete this one: %w", dir, m.Amoeba, Version, evolve.ErrInvalid)
	case m.Benchmark.SHA256 != e.About.Hash:
		return fmt.Errorf("%s rests on data with SHA-256 %.12s…, %s now has %.12s…; name another folder with --out, or delete this one: %w", dir, m.Benchmark.SHA256, e.Spec.Benchmark, e.About.Hash, evolve.ErrInvalid)
	case m.Benchmark.Source != e.About.Source: // of a benchmark that trains it names engine and kernels
		return fmt.Errorf("%s has numbers %q, here they would be %q; name another folder with --out, or delete this one: %w", dir, m.Benchmark.Source, e.About.Source, evolve.ErrInvalid)
	}
	return fmt.Errorf("%s differs from what this program would write; name another folder with --out, or delete this one: %w", filepath.Join(dir, ManifestFile), evolve.ErrInvalid)
}

// checkpoint saves the rows of the finished runs of an unfinished experiment.
func (e *Experiment) checkpoint(dir string, rows []journal.Entry) error {
	if dir == "" || len(rows) == 0 {
		return nil
	}
	return durable.WriteFile(filepath.Join(dir, unfinishedFile), func(w io.Writer) error { return journal.Write(w, e.id(), rows) })
}

// finish seals the folder and fills in the outcome.
func (e *Experiment) finish(out *Outcome, dir string, rows runs) error {
	all := rows.all()
	var err error
	if out.Set, err = e.set(all); err != nil {
		return err
	}
	if dir == "" {
		return nil
	}
	path := filepath.Join(dir, IncumbentsFile)
	if err := durable.WriteFile(path, func(w io.Writer) error { return journal.Write(w, e.id(), all) }); err != nil {
		return err
	}
	for _, name := range []string{soFarFile, unfinishedFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	out.Files = e.files(dir)
	return nil
}

// A spec takes no more than maxSpec, and a manifest some hundred bytes an algorithm.
const smallFile = 1 << 20

func readSmall(path string) ([]byte, error) { return durable.ReadFile(path, smallFile) }

// write writes a small file unless it is there as it should be.
func write(path string, text []byte) error {
	if was, err := readSmall(path); err == nil && string(was) == string(text) {
		return nil
	}
	return durable.WriteBytes(path, text)
}

// files are the paths of a finished experiment, figures apart.
func (e *Experiment) files(dir string) []string {
	paths := append([]string{filepath.Join(dir, SpecFile), filepath.Join(dir, ManifestFile), filepath.Join(dir, IncumbentsFile)}, e.trialFiles(dir)...)
	if e.About.Trains() {
		// Folders of runs may be removed once all is done, for the room that weights take.
		for a := range e.Arms {
			for run := range e.Spec.Seeds {
				path := filepath.Join(e.runDir(dir, a, run), trialsFile)
				if _, err := os.Stat(path); err == nil {
					paths = append(paths, path)
				}
			}
		}
	}
	return paths
}

// trialFiles are the paths that hold every simulated trial, none unless all are recorded.
func (e *Experiment) trialFiles(dir string) (paths []string) {
	if e.Spec.Record == "all" && !e.About.Trains() {
		for _, u := range e.units() {
			paths = append(paths, e.trialsPath(dir, u))
		}
	}
	return paths
}

// readDir reads the spec and the manifest of a folder, nil where there is no readable one.
func readDir(dir string) (Spec, *manifest, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Spec{}, nil, fmt.Errorf("%s is not an experiment's folder: it has no %s: %w", dir, SpecFile, evolve.ErrInvalid)
	}
	if err != nil {
		return Spec{}, nil, err
	}
	m, err := readManifest(dir)
	if err != nil { // the spec may be of that other version too
		return Spec{}, nil, err
	}
	s, err := ReadSpec(path, text)
	if err != nil || m == nil {
		return s, nil, err
	}
	if m.Spec != digest(text) {
		return s, nil, altered(path)
	}
	return s, m, nil
}

// readManifest reads the manifest of a folder, nil where there is none that can be read. The error is of one that
// another version of amoeba wrote.
func readManifest(dir string) (*manifest, error) {
	m := new(manifest)
	was, err := readSmall(filepath.Join(dir, ManifestFile))
	if err != nil || json.Unmarshal(was, m) != nil {
		return nil, nil
	}
	m.digest = digest(was)
	return m, m.readable(dir)
}

func altered(path string) error {
	return fmt.Errorf("%s: cut or altered since amoeba wrote it; restore it, or run it as a new experiment: amoeba compare -f %s --out FOLDER: %w", path, words.Quote(path), evolve.ErrInvalid)
}

// Tidy removes from a folder what a killed process was writing, unless another is at work. A folder
// that holds nothing of the kind is neither locked nor written to.
func Tidy(dir string) error {
	if left, err := durable.Left(dir); err != nil || len(left) == 0 {
		return err
	}
	unlock, err := durable.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	return durable.RemoveLeft(dir)
}

// Finished says whether a folder holds a finished experiment, of which no extension has begun.
func Finished(dir string) bool { return !extending(dir) && complete(dir) }

// complete says whether a folder has every file of a finished experiment.
func complete(dir string) bool {
	s, m, err := readDir(dir)
	if err != nil || m == nil {
		return false
	}
	for _, path := range m.experiment(s).files(dir) {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	for _, name := range []string{unfinishedFile, soFarFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// Undrawn says whether a figure of a finished experiment is not in its folder: its process ended
// before it had drawn it.
func Undrawn(dir string) bool {
	return slices.ContainsFunc(Figures, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return errors.Is(err, fs.ErrNotExist)
	})
}

// Load reads a finished experiment back, as its manifest tells it: the benchmark need not be
// here any more. Of one that is being extended, what it was until that is whole. The error says
// how to finish or mend the folder.
func Load(dir string) (*Outcome, error) {
	at := dir
	if extending(dir) && complete(extendedDir(dir)) {
		at = extendedDir(dir)
	}
	s, m, err := readDir(at)
	if err != nil {
		return nil, err
	}
	if m == nil {
		path := filepath.Join(at, ManifestFile)
		return nil, fmt.Errorf("%s: missing or damaged, so what the numbers rest on is not known; restore it, or run the experiment anew: amoeba compare -f %s --out FOLDER: %w", path, words.Quote(filepath.Join(at, SpecFile)), evolve.ErrInvalid)
	}
	if !complete(at) {
		return nil, fmt.Errorf("%s is not finished: run %s: %w", dir, resumeLine(dir), evolve.ErrInvalid)
	}
	e := m.experiment(s)
	e.ext = &former{dir: dir}
	if e.Spec.Record == "all" && !e.About.Trains() {
		for _, u := range e.units() {
			if err := journal.Check(e.trialsPath(at, u), e.trialsID(u)); err != nil {
				return nil, err
			}
		}
	}
	path := filepath.Join(at, IncumbentsFile)
	rows, err := journal.Read[journal.Entry](path, e.id())
	if err != nil {
		return nil, err
	}
	set, err := e.set(rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Outcome{Experiment: e, Set: set, Wall: make([]float64, len(e.Arms)), Ran: make([]int64, len(e.Arms)), Files: e.files(at)}, nil
}

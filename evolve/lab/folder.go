package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// The files of an experiment's folder; docs/journal.md describes them.
const (
	SpecFile       = durable.ExperimentFile
	ManifestFile   = "manifest.json"
	IncumbentsFile = "incumbents.parquet"
	unfinishedFile = "unfinished.parquet" // finished runs of a stopped experiment
)

// open makes or enters the folder, locks it and fills rows with the runs that it holds.
func (e *Experiment) open(dir string, rows [][][]journal.Incumbent) (unlock func(), err error) {
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
func (e *Experiment) enter(dir string, rows [][][]journal.Incumbent) error {
	path := filepath.Join(dir, SpecFile)
	if err := durable.RemoveLeft(dir); err != nil {
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
	if err := write(path, e.YAML()); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, ManifestFile), e.manifest()); err != nil {
		return err
	}
	unfinished := filepath.Join(dir, unfinishedFile)
	got, err := journal.Read[journal.Incumbent](unfinished, e.id())
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
	for _, name := range []string{ManifestFile, IncumbentsFile, unfinishedFile, runsFolder, "trajectories.png", "trajectories.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s has a %s and no %s: it is no experiment's folder; name another with --out: %w", dir, name, SpecFile, evolve.ErrInvalid)
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

// place puts the rows of whole runs where they belong.
func (e *Experiment) place(path string, got []journal.Incumbent, rows [][][]journal.Incumbent) error {
	arm := map[string]int{}
	for a := range e.Arms {
		arm[e.Arms[a].Label] = a
	}
	for from, i := 0, 0; i < len(got); i++ {
		if got[i].Algo != got[from].Algo || got[i].Run != got[from].Run || !got[i].Final && i+1 == len(got) {
			return fmt.Errorf("%s: row %d: the run before it has no end; delete the file and resume: %w", path, i+1, evolve.ErrInvalid)
		}
		if !got[i].Final {
			continue
		}
		a, ok := arm[got[i].Algo]
		if run := int(got[i].Run); !ok || run < 0 || run >= e.Spec.Seeds {
			return fmt.Errorf("%s: row %d is of run %d of %q, which this experiment does not have: %w", path, i+1, run, got[i].Algo, evolve.ErrInvalid)
		}
		rows[a][got[i].Run] = got[from : i+1]
		from = i + 1
	}
	return nil
}

// checkpoint saves the rows of the finished runs of an unfinished experiment.
func (e *Experiment) checkpoint(dir string, rows []journal.Incumbent) error {
	if dir == "" || len(rows) == 0 {
		return nil
	}
	return durable.WriteFile(filepath.Join(dir, unfinishedFile), func(w io.Writer) error { return journal.Write(w, e.id(), rows) })
}

func flatten(rows [][][]journal.Incumbent) (all []journal.Incumbent) {
	for _, arm := range rows {
		for _, run := range arm {
			all = append(all, run...)
		}
	}
	return all
}

// finish seals the folder and fills in the outcome.
func (e *Experiment) finish(out *Outcome, dir string, rows [][][]journal.Incumbent) error {
	all := flatten(rows)
	var err error
	if out.Traces, err = trace.Group(all); err != nil {
		return err
	}
	if dir == "" {
		return nil
	}
	path := filepath.Join(dir, IncumbentsFile)
	if err := durable.WriteFile(path, func(w io.Writer) error { return journal.Write(w, e.id(), all) }); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, unfinishedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
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
		for _, c := range e.chunks() {
			paths = append(paths, e.trialsPath(dir, c))
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
	s, err := ReadSpec(path, text)
	if err != nil {
		return s, nil, err
	}
	m := new(manifest)
	was, err := readSmall(filepath.Join(dir, ManifestFile))
	if err != nil || json.Unmarshal(was, m) != nil {
		return s, nil, nil
	}
	m.digest = digest(was)
	if m.Spec != digest(text) {
		return s, nil, altered(path)
	}
	return s, m, nil
}

func altered(path string) error {
	return fmt.Errorf("%s: cut or altered since amoeba wrote it; restore it, or run it as a new experiment: amoeba compare -f %s --out FOLDER: %w", path, Quote(path), evolve.ErrInvalid)
}

// OpenDir opens the experiment of a folder, to go on with it.
func OpenDir(dir string) (*Experiment, error) {
	path := filepath.Join(dir, SpecFile)
	s, _, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	e, err := Open(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if text, err := readSmall(path); err != nil || string(text) != string(e.YAML()) {
		return nil, altered(path)
	}
	return e, nil
}

// Tidy removes from a folder what a killed process was writing, unless another is at work.
func Tidy(dir string) error {
	unlock, err := durable.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	return durable.RemoveLeft(dir)
}

// Finished says whether a folder has every file of a finished experiment.
func Finished(dir string) bool {
	s, m, err := readDir(dir)
	if err != nil || m == nil {
		return false
	}
	for _, path := range m.experiment(s).files(dir) {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	_, err = os.Stat(filepath.Join(dir, unfinishedFile))
	return errors.Is(err, fs.ErrNotExist)
}

// Load reads a finished experiment back, as its manifest tells it: the benchmark need not be
// here any more. The error says how to finish or mend the folder.
func Load(dir string) (*Outcome, error) {
	s, m, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	if m == nil {
		path := filepath.Join(dir, ManifestFile)
		return nil, fmt.Errorf("%s: missing or damaged, so what the numbers rest on is not known; restore it, or run the experiment anew: amoeba compare -f %s --out FOLDER: %w", path, Quote(filepath.Join(dir, SpecFile)), evolve.ErrInvalid)
	}
	if !Finished(dir) {
		return nil, fmt.Errorf("%s is not finished: run amoeba resume %s: %w", dir, Quote(dir), evolve.ErrInvalid)
	}
	e := m.experiment(s)
	if e.Spec.Record == "all" && !e.About.Trains() {
		for _, c := range e.chunks() {
			if err := journal.Check(e.trialsPath(dir, c), e.trialsID(c)); err != nil {
				return nil, err
			}
		}
	}
	path := filepath.Join(dir, IncumbentsFile)
	rows, err := journal.Read[journal.Incumbent](path, e.id())
	if err != nil {
		return nil, err
	}
	traces, err := trace.Group(rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Outcome{Experiment: e, Traces: traces, Wall: make([]float64, len(e.Arms)), Ran: make([]int64, len(e.Arms)), Files: e.files(dir)}, nil
}

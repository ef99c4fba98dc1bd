package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// The files of an experiment's folder; docs/journal.md describes them.
const (
	SpecFile       = "experiment.yaml"
	ManifestFile   = "manifest.json"
	IncumbentsFile = "incumbents.parquet"
	unfinishedFile = "unfinished.parquet" // finished runs of a stopped experiment
)

// Version is the program's, written into manifests: folders of two versions do not mix.
const Version = "0.1.0"

// manifest says what an experiment's numbers rest on. It holds no time and no machine.
type manifest struct {
	Schema    int               `json:"schema"`
	Amoeba    string            `json:"amoeba"`
	Spec      string            `json:"experiment_sha256"` // of experiment.yaml, which a person may alter by accident
	Benchmark manifestBenchmark `json:"benchmark"`
	Algos     []manifestAlgo    `json:"algos"`
	Seed      string            `json:"seed"` // text: 64 bits do not fit a JSON number
	Runs      int               `json:"runs"`
}

type manifestBenchmark struct {
	Spec    string `json:"spec"`
	Kind    string `json:"kind"`
	Dataset string `json:"dataset,omitempty"`
	Epochs  int    `json:"epochs"`
	Source  string `json:"source"`
	SHA256  string `json:"sha256,omitempty"`
	Paper   string `json:"paper,omitempty"`
}

type manifestAlgo struct {
	Algo   string            `json:"algo"`
	Params map[string]string `json:"params"`
	Paper  string            `json:"paper"`
}

func (e *Experiment) manifest() []byte {
	m := manifest{Schema: 1, Amoeba: Version, Spec: digest(e.YAML()), Seed: strconv.FormatUint(e.Spec.Seed, 10), Runs: e.Spec.Seeds,
		Benchmark: manifestBenchmark{e.Spec.Benchmark, e.About.Kind, e.About.Dataset, e.About.Epochs, e.About.Source, e.About.Hash, e.Paper}}
	for i := range e.Arms {
		a := &e.Arms[i]
		m.Algos = append(m.Algos, manifestAlgo{a.Label, a.Params, a.Paper()})
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append(text, '\n')
}

func digest(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// open makes or enters the folder, locks it and fills rows with the runs that it holds.
func (e *Experiment) open(dir string, rows [][][]journal.Incumbent) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("folder %s: %w; name another with --out", dir, err)
	}
	if unlock, err = lock(dir); err != nil {
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
	switch was, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case string(was) != string(e.YAML()):
		return fmt.Errorf("%s holds another experiment; name another folder with --out, or delete this one: %w", dir, evolve.ErrInvalid)
	}
	if err := data.RemoveUnfinished(dir); err != nil {
		return err
	}
	unfinished := filepath.Join(dir, unfinishedFile)
	if was, err := os.ReadFile(filepath.Join(dir, ManifestFile)); err != nil || string(was) != string(e.manifest()) {
		// Other data or another version, or no word of it: runs must not mix.
		for _, path := range []string{unfinished, filepath.Join(dir, IncumbentsFile)} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if err := write(path, e.YAML()); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, ManifestFile), e.manifest()); err != nil {
		return err
	}
	got, err := journal.Read[journal.Incumbent](unfinished)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.place(unfinished, got, rows)
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

// checkpoint saves the finished runs of an unfinished experiment. A failure to save loses
// only time: the runs are computed again.
func (e *Experiment) checkpoint(dir string, rows [][][]journal.Incumbent) {
	if dir == "" {
		return
	}
	if all := flatten(rows); len(all) > 0 {
		_ = data.WriteFileAtomic(filepath.Join(dir, unfinishedFile), func(w io.Writer) error { return journal.Write(w, all) })
	}
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
	if err := data.WriteFileAtomic(path, func(w io.Writer) error { return journal.Write(w, all) }); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, unfinishedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out.Files = []string{filepath.Join(dir, SpecFile), filepath.Join(dir, ManifestFile), path}
	if e.Spec.Record == "all" {
		for _, c := range e.chunks() {
			out.Files = append(out.Files, e.trialsPath(dir, c))
		}
	}
	return nil
}

func write(path string, text []byte) error {
	return data.WriteFileAtomic(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// OpenDir opens the experiment of a folder.
func OpenDir(dir string) (*Experiment, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not an experiment's folder: it has no %s: %w", dir, SpecFile, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	s, err := ReadSpec(path, text)
	if err != nil {
		return nil, err
	}
	e, err := Open(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var m manifest
	was, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	told := err == nil && json.Unmarshal(was, &m) == nil
	if string(text) != string(e.YAML()) || told && m.Spec != "" && m.Spec != digest(text) {
		return nil, fmt.Errorf("%s: cut or altered since amoeba wrote it; restore it, or run it as a new experiment: amoeba compare -f %s --out FOLDER: %w", path, path, evolve.ErrInvalid)
	}
	return e, nil
}

// Finished says whether a folder holds all of its experiment.
func Finished(dir string) bool {
	_, done := os.Stat(filepath.Join(dir, IncumbentsFile))
	_, rest := os.Stat(filepath.Join(dir, unfinishedFile))
	return done == nil && errors.Is(rest, fs.ErrNotExist)
}

// Load reads a finished experiment back, or returns an error that says how to finish it.
func Load(dir string) (*Outcome, error) {
	e, err := OpenDir(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, IncumbentsFile)
	rows, err := journal.Read[journal.Incumbent](path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not finished: run amoeba resume %s: %w", dir, dir, evolve.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	traces, err := trace.Group(rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !slices.EqualFunc(traces, e.Arms, func(t trace.Arm, a Arm) bool { return t.Algo == a.Label && len(t.Runs) == e.Spec.Seeds }) {
		return nil, fmt.Errorf("%s: not the algorithms and runs that %s names; delete it and run amoeba resume %s: %w", path, SpecFile, dir, evolve.ErrInvalid)
	}
	return &Outcome{Experiment: e, Traces: traces, Wall: make([]float64, len(e.Arms))}, nil
}

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
	"strings"

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
	SweepFile      = "sweep.json"         // which sweep the experiment is
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
	SweepFile:          durable.Begins("sweep", `{"sweep":`),
	FrontFile:          durable.Begins("CSV of fronts", strings.Join(frontColumns, ",")+","),
}

var parquetKind = durable.Begins("Parquet file", "PAR1")

// passing are those of them that only an unfinished experiment has.
var passing = []string{soFarFile, unfinishedFile}

// pass removes them.
func pass(dir string) error {
	for _, name := range passing {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// keeps says whether an experiment keeps a file of that name in its folder, its figures included.
func keeps(name string) bool { return slices.Contains(Figures, name) || isResult(name) }

// isResult says whether an experiment writes a file of that name before its figures.
func isResult(name string) bool {
	for pattern := range Files {
		if ours, _ := filepath.Match(pattern, name); ours {
			return true
		}
	}
	return false
}

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
		return fmt.Errorf("%s: is being extended; go on with amoeba resume %s, or name another folder with --out: %w",
			dir, words.Quote(dir), evolve.ErrInvalid)
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
	case string(was) != string(e.YAML()) && e.hasMoreSeeds(path, was):
		return fmt.Errorf("%s holds this experiment with fewer seeds; extend it with amoeba resume %s --seeds %d, or "+
			"name another folder with --out: %w", dir, words.Quote(dir), e.Spec.Seeds, evolve.ErrInvalid)
	case string(was) != string(e.YAML()):
		return fmt.Errorf("%s holds another experiment; name another folder with --out, or delete this one: %w",
			dir, evolve.ErrInvalid)
	default:
		if err := e.sameGround(dir); err != nil {
			return err
		}
		if err := drop(extendedDir(dir)); err != nil { // what a kill left of an extension that had taken its place
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
	if e.Swept != nil {
		if err := write(filepath.Join(dir, SweepFile), e.Swept.text()); err != nil {
			return err
		}
	}
	unfinished := filepath.Join(dir, unfinishedFile)
	got, err := journal.ReadEntries(unfinished, e.id())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.place(unfinished, got, rows)
}

// hasMoreSeeds says whether the experiment of a spec's text is this one with fewer seeds.
func (e *Experiment) hasMoreSeeds(path string, text []byte) bool {
	s, err := ReadSpec(path, text)
	if err != nil || s.Seeds >= e.Spec.Seeds {
		return false
	}
	s.Seeds = e.Spec.Seeds
	return string(s.yaml()) == string(e.YAML())
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
			return fmt.Errorf("%s has a %s and no %s: it is no experiment's folder; name another with --out: %w",
				dir, filepath.Base(path), SpecFile, evolve.ErrInvalid)
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
		return groundless(dir)
	case m.Amoeba != Version:
		return fmt.Errorf(
			"%s was made by amoeba %s, this is %s; name another folder with --out, or delete this one: %w",
			dir, m.Amoeba, Version, evolve.ErrInvalid)
	case m.Benchmark.SHA256 != e.About.Hash:
		return fmt.Errorf("%s rests on data with SHA-256 %.12s…, %s now has %.12s…; "+
			"name another folder with --out, or delete this one: %w",
			dir, m.Benchmark.SHA256, e.Spec.Benchmark, e.About.Hash, evolve.ErrInvalid)
	case m.Benchmark.Device != e.About.Device: // another device, or the same with another driver
		return fmt.Errorf("%s was trained on %s, here it would be %s; "+
			"go on with it on that device, or begin anew in another folder: %w",
			dir, evolve.DeviceText(m.Benchmark.Device), evolve.DeviceText(e.About.Device), evolve.ErrInvalid)
	case m.Benchmark.Source != e.About.Source: // of a benchmark that trains it names engine and kernels
		return fmt.Errorf(
			"%s has numbers %q, here they would be %q; name another folder with --out, or delete this one: %w",
			dir, m.Benchmark.Source, e.About.Source, evolve.ErrInvalid)
	}
	return fmt.Errorf("%s differs from what this program would write; "+
		"restore it, or run the experiment anew: amoeba compare -f %s --out FOLDER: %w",
		filepath.Join(dir, ManifestFile), words.Quote(filepath.Join(dir, SpecFile)), evolve.ErrInvalid)
}

// checkpoint saves the rows of the finished runs of an unfinished experiment.
func (e *Experiment) checkpoint(dir string, rows []journal.Entry) error {
	if dir == "" || len(rows) == 0 {
		return nil
	}
	return durable.WriteFile(filepath.Join(dir, unfinishedFile),
		func(w io.Writer) error { return journal.WriteEntries(w, e.id(), rows) })
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
	out.Set.RunNotes = e.notesIn(dir)
	path := filepath.Join(dir, IncumbentsFile)
	save := func(w io.Writer) error { return journal.WriteEntries(w, e.id(), all) }
	if err := durable.WriteFile(path, save); err != nil {
		return err
	}
	if err := pass(dir); err != nil {
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

// results are the paths of a finished experiment, those of figures and of the folders of runs apart.
func (e *Experiment) results(dir string) []string {
	return append([]string{filepath.Join(dir, SpecFile), filepath.Join(dir, ManifestFile),
		filepath.Join(dir, IncumbentsFile)}, e.trialFiles(dir)...)
}

// files are the paths of a finished experiment, figures apart.
func (e *Experiment) files(dir string) []string {
	paths := e.results(dir)
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

// Undrawn says whether a figure of a finished experiment is not in its folder: its process ended
// before it had drawn it.
func Undrawn(dir string) bool {
	return slices.ContainsFunc(Figures, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return errors.Is(err, fs.ErrNotExist)
	})
}

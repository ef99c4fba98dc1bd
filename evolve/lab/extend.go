package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// Extension is what an experiment may get more of. Zero values change nothing.
type Extension struct {
	Trials      int      // of a run, in all
	Budget      float64  // seconds of a run, in all
	Full        float64  // full trainings of a run, in all
	TotalEpochs int      // epochs of a run, in all
	Seeds       int      // runs of each algorithm, in all
	Algos       []string // beside those that are there
}

// Changes says whether there is anything to change.
func (x Extension) Changes() bool {
	return x.bounds() != (bounds{}) || x.Seeds != 0 || len(x.Algos) > 0
}

func (x Extension) bounds() bounds { return bounds{x.Trials, x.Budget, x.Full, x.TotalEpochs} }

// of is the spec s of the experiment in dir with the extension, which must not take anything away.
// begun are the algorithms of an extension that was stopped, which may be named again.
func (x Extension) of(dir string, s Spec, begun []string) (Spec, error) {
	refuse := func(format string, v ...any) (Spec, error) {
		return s, fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...)
	}
	has := s.bounds().said()
	if x.bounds() != (bounds{}) && s.bounds() == (bounds{}) {
		return refuse("the runs in %s have no bound but the end of each search, and another could only shorten them: "+
			"want more seeds or algorithms", dir)
	}
	for _, c := range []struct {
		name, of   string // the key, and what it counts
		want, have float64
	}{
		{"trials", "trials", float64(x.Trials), float64(s.Trials)},
		{"budget", "seconds", x.Budget, s.Budget},
		{"full", "full trainings", x.Full, s.Full},
		{"total_epochs", "epochs", float64(x.TotalEpochs), float64(s.TotalEpochs)},
	} {
		switch {
		case c.want == 0:
		case c.have == 0:
			return refuse("%s %.15g: the runs in %s are bounded by %s alone, "+
				"and a number of %s could only shorten them: want more %s", c.name, c.want, dir, has, c.of, has)
		case !(c.want >= c.have):
			return refuse("%s %.15g: the runs in %s have %.15g %s, and what is there is only extended: want more",
				c.name, c.want, dir, c.have, c.of)
		}
	}
	if x.Seeds != 0 && x.Seeds < s.Seeds {
		return refuse("seeds %d: each algorithm in %s has %d runs, and what is there is only extended: want more",
			x.Seeds, dir, s.Seeds)
	}
	s.bound(s.bounds().or(x.bounds()))
	if x.Seeds != 0 {
		s.Seeds = x.Seeds
	}
	type present struct{ text, label string }
	known := map[uint64]present{}
	for _, text := range s.Algos {
		if arm, err := openArm(text); err == nil { // of another one Open says what is wrong
			known[arm.stream] = present{text, arm.Label}
		}
	}
	s.Algos = slices.Clone(s.Algos)
	for _, text := range x.Algos {
		arm, err := openArm(text)
		if err != nil {
			return s, err
		}
		switch was, ok := known[arm.stream]; {
		case !ok:
			s.Algos = append(s.Algos, text)
		case !slices.Contains(begun, was.text):
			return refuse("algo %q: %s has it already: want another", text, dir)
		case arm.Label != arm.Algo && arm.Label != was.label:
			return refuse("algo %q: the extension of %s has begun with it as %q: want the same name",
				text, dir, was.text)
		}
	}
	return s, nil
}

// ExtendedFolder, within the folder of an experiment, is that of the same experiment extended, from
// the extension's beginning until it is whole and has taken the other's place. Folders of runs on a
// benchmark that trains stay where they are and serve both.
const ExtendedFolder = "extended"

func extendedDir(dir string) string { return filepath.Join(dir, ExtendedFolder) }

// extending says whether an extension of the experiment in a folder has begun and not ended.
func extending(dir string) bool {
	_, err := os.Stat(filepath.Join(extendedDir(dir), SpecFile))
	return err == nil
}

// extendedBy is the folder of the experiment whose extension a folder holds; "" for that of any
// other experiment.
func extendedBy(dir string) string {
	full, err := filepath.Abs(dir) // of "." too
	if err != nil || filepath.Base(full) != ExtendedFolder {
		return ""
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(full), SpecFile)); err != nil {
		return ""
	}
	return filepath.Join(dir, "..")
}

// RefuseExtension refuses the folder of an extension, which only goes on from the experiment's: its
// runs are there, and would be trained again.
func RefuseExtension(dir string) error {
	if dir == "" {
		return nil
	}
	if of := extendedBy(dir); of != "" {
		return fmt.Errorf("%s: is an extension of the experiment in %s: go on with %s: %w",
			dir, of, resumeLine(of), evolve.ErrInvalid)
	}
	return nil
}

// resumeLine is the command that goes on with what a folder holds.
func resumeLine(dir string) string {
	return "amoeba resume " + words.Quote(cmp.Or(extendedBy(dir), dir))
}

// OpenExtended opens the experiment of a folder, to go on with it: extended, where an extension has begun or more
// trials, seconds, runs or algorithms are wanted, and Run then extends it. Streams of random numbers do not depend on
// how much there is of these.
func OpenExtended(dir string, x Extension) (*Experiment, error) {
	if err := RefuseExtension(dir); err != nil {
		return nil, err
	}
	f, err := loadWhole(dir)
	if err != nil {
		return nil, err
	}
	path, now := filepath.Join(f.dir, SpecFile), f.spec
	var begun []string
	if extending(dir) {
		longer, err := load(extendedDir(dir))
		if err != nil {
			return nil, err
		}
		now = longer.spec
		if text, err := readSmall(filepath.Join(dir, SpecFile)); err == nil {
			if was, err := ReadSpec(path, text); err == nil {
				begun = now.Algos[min(len(was.Algos), len(now.Algos)):]
			}
		}
	}
	s, err := x.of(dir, now, begun)
	if err != nil {
		return nil, err
	}
	e, err := Open(s)
	var key *KeyError
	if errors.As(err, &key) && (!x.Changes() || key.Key == "benchmark") {
		err = fmt.Errorf("%s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	if _, err := e.before(f.dir); err != nil {
		return nil, err
	}
	if extending(dir) || !slices.Equal(s.Algos, now.Algos) || s.Seeds != now.Seeds ||
		s.bounds() != now.bounds() {
		e.ext = &former{dir: dir}
	}
	return e, nil
}

// Extends says whether Run extends what the experiment's folder holds.
func (e *Experiment) Extends() bool { return e.ext != nil }

// A former is the experiment that another one extends, and what its folder holds. Both are in that folder: the other
// grows in a folder below it, and they share the folders of runs.
type former struct {
	*Experiment        // nil until the folder is read, and of one that is read back as it takes the other's place
	dir         string // the folder
	runs        runs   // of its finished runs the rows
	trials      formerTrials
}

// extended says whether it is known what the experiment extends.
func (e *Experiment) extended() bool { return e.ext != nil && e.ext.Experiment != nil }

// runsIn is the folder that has the folders of runs, of an experiment whose other files are in dir.
func (e *Experiment) runsIn(dir string) string {
	if e.ext != nil {
		return e.ext.dir
	}
	return dir
}

// before is the experiment in a folder that this one extends.
func (e *Experiment) before(dir string) (*Experiment, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	s, err := ReadSpec(path, text)
	if err != nil {
		return nil, err
	}
	f := &Experiment{Spec: e.Spec, Arms: e.Arms, Bench: e.Bench, About: e.About, Paper: e.Paper,
		Objectives: e.Objectives}
	f.FullCost = e.FullCost
	f.Spec.Algos, f.Spec.Seeds = s.Algos, s.Seeds
	f.Spec.bound(s.bounds())
	if string(f.YAML()) != string(text) {
		return nil, altered(path)
	}
	n := len(s.Algos)
	if n > len(e.Arms) || !slices.Equal(s.Algos, e.Spec.Algos[:n]) || s.Seeds > e.Spec.Seeds ||
		!s.bounds().within(e.Spec.bounds()) {
		return nil, fmt.Errorf("%s was extended further meanwhile: go on with amoeba resume %s: %w",
			dir, words.Quote(dir), evolve.ErrInvalid)
	}
	f.Arms = e.Arms[:n]
	return f, nil
}

// extend computes an experiment beside the one that it extends, which stays whole until then, and
// puts it in its place.
func (e *Experiment) extend(ctx context.Context, o Options) (*Outcome, error) {
	unlock, err := durable.Lock(o.Dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := durable.RemoveLeft(o.Dir); err != nil {
		return nil, err
	}
	at := extendedDir(o.Dir)
	switch was, err := readSmall(filepath.Join(at, SpecFile)); {
	case errors.Is(err, fs.ErrNotExist):
		if err := drop(at); err != nil { // what is left of one that has ended
			return nil, err
		}
	case err != nil:
		return nil, err
	case complete(at): // and was stopped before it had taken its place
		if err := settle(o.Dir); err != nil {
			return nil, err
		}
		if string(was) == string(e.YAML()) {
			return Load(o.Dir)
		}
	case string(was) != string(e.YAML()): // extended further: what was begun is part of it
		if err := drop(at); err != nil {
			return nil, err
		}
	}
	if err := e.rememberFormer(o.Dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, fmt.Errorf("%s cannot be extended: %w", o.Dir, err)
	}
	inner := o
	inner.Dir = at
	out, err := e.run(ctx, inner)
	var stopped *Interrupted
	if errors.As(err, &stopped) {
		stopped.Dir = o.Dir
		if errors.Is(err, evolve.ErrDiverged) && !e.About.Trains() {
			return nil, errors.Join(stopped.Cause, drop(at)) // it would end so again and again
		}
	}
	if err != nil {
		return out, err
	}
	if err := settle(o.Dir); err != nil {
		total := len(e.Arms) * e.Spec.Seeds
		return out, &Interrupted{Dir: o.Dir, Done: total, Total: total, Cause: err}
	}
	out.Files = e.files(o.Dir)
	return out, nil
}

// rememberFormer reads what the folder of the experiment that is extended holds, and refuses it
// where an extension would rest on something else or train a network again.
func (e *Experiment) rememberFormer(dir string) error {
	was, err := e.before(dir)
	if err != nil {
		return err
	}
	if err := was.sameGround(dir); err != nil {
		return err
	}
	e.ext = &former{Experiment: was, dir: dir, runs: was.noRuns()}
	for _, name := range []string{IncumbentsFile, unfinishedFile} {
		path := filepath.Join(dir, name)
		rows, err := journal.ReadEntries(path, was.id())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = was.place(path, rows, e.ext.runs)
		}
		if err != nil {
			return err
		}
		break
	}
	if was.Spec.Record == "all" && !was.About.Trains() { // before hours of computing, not after
		for _, u := range was.units() {
			err := journal.Check(was.trialsPath(dir, u), was.trialsID(u))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if !e.About.Trains() || e.sameBounds() {
		return nil
	}
	for a := range e.ext.runs {
		for run, rows := range e.ext.runs[a] {
			path := filepath.Join(e.runDir(dir, a, run), trialsFile)
			if _, err := os.Stat(path); rows != nil && errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s: not there any more, so its networks would be trained again: "+
					"want further seeds or algorithms alone, which do without: %w", path, evolve.ErrInvalid)
			}
		}
	}
	return nil
}

// sameBounds says whether a run is as long as it was before the extension.
func (e *Experiment) sameBounds() bool {
	return e.Spec.bounds() == e.ext.Spec.bounds()
}

// settle puts a whole extension in the place of what it extends. Until its spec is removed, which
// is last, readers take the extension for what the folder holds: at no moment is there less than
// the one or the other.
func settle(dir string) error {
	at := extendedDir(dir)
	f, err := load(at)
	if err != nil {
		return err
	}
	stale, err := ours(dir)
	if err != nil {
		return err
	}
	for _, name := range stale { // figures and fronts are of less, and files of trials may cover other runs
		if slices.Contains(Figures, name) || name == FrontFile || strings.HasPrefix(name, "trials-") {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	for _, path := range f.of.results(at) {
		if err := durable.Copy(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			return err
		}
	}
	if err := pass(dir); err != nil {
		return err
	}
	return drop(at)
}

// ours are the names in a folder of files that an experiment keeps, the spec first.
func ours(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, f := range entries {
		switch name := f.Name(); {
		case name == SpecFile:
			names = slices.Insert(names, 0, name)
		case keeps(name):
			names = append(names, name)
		}
	}
	return names, err
}

// drop removes the folder of an extension: its spec first, without which there is none.
func drop(dir string) error {
	if err := durable.RemoveLeft(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	names, err := ours(dir)
	if err != nil || len(names) < len(entries) && !slices.Contains(names, SpecFile) {
		return err // not ours, or who knows whose: entering it will tell
	}
	for i, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
		if i == 0 {
			if err := durable.SyncDir(dir); err != nil {
				return err
			}
		}
	}
	if rest, err := os.ReadDir(dir); err != nil || len(rest) > 0 {
		return err // somebody's own files stay
	}
	return os.Remove(dir)
}

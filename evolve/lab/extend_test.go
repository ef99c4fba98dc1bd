package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// longer is a spec with an extension, as somebody would have written it from the beginning.
func longer(s Spec, x Extension) Spec {
	if x.Trials > 0 {
		s.Trials = x.Trials
	}
	if x.Budget > 0 {
		s.Budget = x.Budget
	}
	if x.Full > 0 {
		s.Full = x.Full
	}
	if x.TotalEpochs > 0 {
		s.TotalEpochs = x.TotalEpochs
	}
	if x.Seeds > 0 {
		s.Seeds = x.Seeds
	}
	s.Algos = append(append([]string(nil), s.Algos...), x.Algos...)
	return s
}

// extended extends the experiment in a folder.
func extended(t *testing.T, dir string, x Extension, procs int) *Outcome {
	t.Helper()
	e, err := OpenExtended(dir, x)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(context.Background(), Options{Procs: procs, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A simulated experiment with more of anything is, byte for byte, one that was begun with it.
func TestExtendedIsAFreshOne(t *testing.T) {
	long.Test(t)
	specs := map[string]Spec{}
	for _, record := range []string{"incumbents", "all", "none"} {
		for _, workers := range []int{1, 8} {
			s := small(workers, record)
			s.Seeds, s.Trials = 5, 300
			specs[fmt.Sprintf("%s, %d workers, trials", record, workers)] = s
			s.Benchmark, s.Trials, s.Budget = "bits,length=24,noise=0.1,cost=7", 0, 1501
			specs[fmt.Sprintf("%s, %d workers, seconds", record, workers)] = s
			s.Overshoot, s.Trials = "count", 250
			specs[fmt.Sprintf("%s, %d workers, seconds that may be passed, and trials", record, workers)] = s
		}
	}
	for name, s := range specs {
		from, _ := finished(t, s, 2)
		for _, x := range []Extension{{Trials: 900}, {Budget: 4000.5}, {Seeds: 9}, {Algos: []string{"regevo,population=20,sample=3", "random,repeats=no"}},
			{Trials: 301, Budget: 1502, Seeds: 6, Algos: []string{"regevo,kill=worst"}}} {
			if s.Trials == 0 {
				x.Trials = 0
			}
			if s.Budget == 0 {
				x.Budget = 0
			}
			if !x.Changes() || s.Record != "incumbents" && len(x.Algos) != 1 {
				continue // the last has all in one
			}
			what := fmt.Sprintf("%s, %+v", name, x)
			dir, old := filepath.Join(t.TempDir(), "e"), files(t, from)
			if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			put(t, dir, map[string]string{"trajectories.svg": "of less", "notes.txt": "mine"})
			o := extended(t, dir, x, 2)
			_, want := finished(t, longer(s, x), 1)
			want["notes.txt"] = "mine"
			got := files(t, dir)
			same(t, what, want, got)
			if got[IncumbentsFile] == old[IncumbentsFile] {
				t.Errorf("%s: nothing changed", what)
			}
			for _, path := range o.Files {
				if filepath.Dir(path) != dir {
					t.Errorf("%s: told of %s", what, path)
				}
			}
			if !Finished(dir) {
				t.Errorf("%s: not finished", what)
			}
		}
	}
}

// An unfinished experiment is extended as well, and one that has hardly begun.
func TestExtendUnfinished(t *testing.T) {
	x := Extension{Trials: 90, Seeds: 4}
	_, want := finished(t, longer(tiny(), x), 1)
	dir, _ := unfinished(t, tiny())
	extended(t, dir, x, 1)
	same(t, "unfinished", want, files(t, dir))

	dir = t.TempDir()
	put(t, dir, map[string]string{SpecFile: want[SpecFile]})
	extended(t, dir, x, 1)
	same(t, "just begun", want, files(t, dir))
}

// What a kill leaves of an extension that has taken its place goes when the experiment is entered again.
func TestExtensionLeft(t *testing.T) {
	dir, want := finished(t, tiny(), 1)
	at := extendedDir(dir)
	if err := os.Mkdir(at, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, at, map[string]string{IncumbentsFile: want[IncumbentsFile], ManifestFile: want[ManifestFile]})
	if _, err := runSpec(t, tiny(), dir, 1, context.Background()); err != nil {
		t.Fatal(err)
	}
	same(t, "left", want, files(t, dir)) // which reads no folder
}

// Nothing is taken away and nothing else is changed; who asks for it is told in one line, and the
// folder stays as it is.
func TestExtendRefuses(t *testing.T) {
	byTrials, _ := finished(t, tiny(), 1)
	s := tiny()
	s.Trials, s.Budget = 0, 30
	bySeconds, _ := finished(t, s, 1)
	for _, c := range []struct {
		dir  string
		x    Extension
		says string
	}{
		{byTrials, Extension{Trials: 39}, "trials 39: the runs in " + byTrials + " have 40"},
		{byTrials, Extension{Trials: -1}, "trials -1: the runs in"},
		{byTrials, Extension{Seeds: 2}, "seeds 2: each algorithm in " + byTrials + " has 3 runs"},
		{byTrials, Extension{Seeds: MaxSeeds + 1}, "seeds 1000001: want a whole number, 1 to 1000000"},
		{byTrials, Extension{Budget: 1e6}, "budget 1000000: the runs in " + byTrials + " are bounded by trials alone"},
		{bySeconds, Extension{Budget: 29.9}, "budget 29.9: the runs in " + bySeconds + " have 30 seconds"},
		{bySeconds, Extension{Budget: 1e301}, "budget 1e+301: want"},
		{bySeconds, Extension{Trials: 1e6}, "trials 1000000: the runs in " + bySeconds + " are bounded by seconds alone"},
		{byTrials, Extension{Algos: []string{"random"}}, `algo "random": ` + byTrials + " has it already"},
		{byTrials, Extension{Algos: []string{"regevo,sample=3,population=10,kill=oldest"}}, "has it already"},
		{byTrials, Extension{Algos: []string{"regevo", "regevo"}}, `is the same as`},
		{byTrials, Extension{Algos: []string{"regvo"}}, `did you mean "regevo"?`},
		{byTrials, Extension{Algos: []string{"pick"}}, "training-free"},
	} {
		before := files(t, c.dir)
		_, err := OpenExtended(c.dir, c.x)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %q", c.x, err, c.says)
		}
		same(t, c.says, before, files(t, c.dir))
	}
	// What it has already is no extension.
	for _, x := range []Extension{{Trials: 40}, {Seeds: 3}} {
		if e, err := OpenExtended(byTrials, x); err != nil || e.Extends() {
			t.Errorf("%+v: %v", x, err)
		}
	}
}

// What a searcher has against a benchmark when it begins, and nobody foresaw, is told before a folder is made, extended
// or locked by an extension that would end so again and again.
func TestRefusedAtTheBeginning(t *testing.T) {
	const says = `algo "test-refuse" on bits,length=24,noise=0.1: not this space: unsupported`
	dir, before := finished(t, tiny(), 1)
	e, err := OpenExtended(dir, Extension{Algos: []string{"test-refuse"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); err == nil || err.Error() != says {
		t.Errorf("%v, want %s", err, says)
	}
	if e, err := OpenExtended(dir, Extension{}); err != nil || e.Extends() || !Finished(dir) {
		t.Errorf("the folder is no longer what it was: %v", err)
	}
	same(t, "refused", before, files(t, dir))

	s, none := tiny(), filepath.Join(t.TempDir(), "e")
	s.Algos = []string{"random", "test-refuse"}
	if _, err := runSpec(t, s, none, 1, context.Background()); err == nil || err.Error() != says {
		t.Errorf("%v, want %s", err, says)
	}
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it made its folder: %v", err)
	}
}

// Numbers that rest on another version, other data or altered files are not mixed with new ones.
func TestExtendOnOtherGround(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, says string }{
		"another version": {ManifestFile, Version, "0.0.9", "made by amoeba 0.0.9"},
		"other source":    {ManifestFile, `"source": "`, `"source": "x`, "here they would be"},
		"altered spec":    {SpecFile, "seed: 1", "seed: 2", "cut or altered"},
	} {
		dir, got := finished(t, tiny(), 1)
		put(t, dir, map[string]string{c.file: strings.Replace(got[c.file], c.old, c.new, 1)})
		before := files(t, dir)
		e, err := OpenExtended(dir, Extension{Trials: 50})
		if err == nil {
			_, err = e.Run(context.Background(), Options{Procs: 1, Dir: dir})
		}
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, before, files(t, dir))
	}
}

// fickle is random search that changes its mind at a proposal, as a program does that is not the
// one which computed what is recorded. It is registered in this test's binary alone.
type fickle struct {
	space evolve.Space
	r     *rand.Rand
	asked int
}

var fickleAt = 0 // the proposal; 0 never

func (f *fickle) Init(p evolve.Problem, r *rand.Rand) error {
	*f = fickle{space: p.Space, r: r}
	return nil
}

func (f *fickle) Ask(p *evolve.Proposal) bool {
	if f.asked++; f.asked == fickleAt {
		f.space.Sample(f.r)
	}
	p.Arch = f.space.Sample(f.r)
	return true
}

func (f *fickle) Tell(*evolve.Trial, *evolve.Result) error { return nil }

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-fickle", New: func(evolve.Options) (evolve.Searcher, error) { return new(fickle), nil }})
}

// Runs that do not repeat what is recorded of them are one clear error, and the folder stays as
// it is; beyond what is recorded nobody knows.
func TestExtendedMustRepeat(t *testing.T) {
	long.Test(t)
	defer func() { fickleAt = 0 }()
	for _, record := range []string{"incumbents", "all", "none"} {
		for _, workers := range []int{1, 4} {
			for at := range 4 {
				s := tiny()
				s.Algos, s.Record, s.Workers = []string{"random", "test-fickle"}, record, workers
				s.Trials = 30
				fickleAt = 0
				dir, before := finished(t, s, 1)
				fickleAt = []int{1, 20, 30, 31}[at]
				// A longer run passes its proposal by an incumbent that was never recorded.
				noticed := at < 3 && (record == "all" || at == 0 && record == "incumbents" || at == 0 && workers == 1)
				for _, x := range []Extension{{Trials: 60}, {Seeds: 4}} {
					e, err := OpenExtended(dir, x)
					if err != nil {
						t.Fatal(err)
					}
					_, err = e.Run(context.Background(), Options{Procs: 2, Dir: dir})
					what := fmt.Sprintf("record=%s, %d workers, proposal %d, %+v", record, workers, fickleAt, x)
					var stopped *Interrupted
					switch {
					case err == nil && (noticed || x.Seeds > 0 && at == 0):
						t.Errorf("%s: nobody noticed", what)
					case err != nil && (at == 3 || !errors.Is(err, evolve.ErrDiverged) || errors.As(err, &stopped) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "test-fickle, run ")):
						t.Errorf("%s: %v", what, err)
					}
					if err == nil {
						break // extended: what follows is another experiment
					}
					same(t, what, before, files(t, dir))
				}
			}
		}
	}
}

// Stopped at any evaluation the folder keeps what it held until the extension is whole, and goes
// on with it, by itself or asked for the same again, or for more.
func TestExtensionStopped(t *testing.T) {
	for _, record := range []string{"incumbents", "all"} {
		s := small(1, record)
		s.Seeds = 4
		x := Extension{Trials: 2000, Seeds: 5, Algos: []string{"regevo"}}
		_, want := finished(t, longer(s, x), 1)
		total := int64(4 * 5 * 2000)
		for i, n := range []int64{1, total / 3, total - 1} {
			dir, before := finished(t, s, 1)
			e, err := OpenExtended(dir, x)
			if err != nil {
				t.Fatal(err)
			}
			if !stopAt(t, e, dir, 1, n) {
				t.Fatalf("not stopped at %d", n)
			}
			same(t, "stopped", before, files(t, dir, ExtendedFolder))
			if told := states(verified(t, dir, true), verify.OK); strings.Contains(told, ExtendedFolder) {
				t.Errorf("stopped: the experiment's report tells of the extension: %s", told)
			}
			verified(t, extendedDir(dir), true)
			if old, err := Load(dir); err != nil || old.Spec.Trials != 1500 {
				t.Errorf("stopped: %v", err)
			}
			if _, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir}); err == nil || !strings.Contains(err.Error(), "is being extended; go on with amoeba resume") {
				t.Errorf("the former experiment in the folder: %v", err)
			}
			switch i {
			case 0:
				extended(t, dir, x, 2)
			case 1:
				extended(t, dir, Extension{}, 2)
			case 2: // and again, then more
				e, err := OpenExtended(dir, Extension{Seeds: 5, Algos: []string{"regevo"}})
				if err != nil {
					t.Fatal(err)
				}
				stopAt(t, e, dir, 1, 1)
				if _, err := OpenExtended(dir, Extension{Trials: 1999}); err == nil || !strings.Contains(err.Error(), "have 2000") {
					t.Errorf("less than what was begun: %v", err)
				}
				y := Extension{Trials: 2100}
				extended(t, dir, y, 2)
				_, more := finished(t, longer(longer(s, x), y), 1)
				same(t, "extended further", more, files(t, dir))
				continue
			}
			same(t, fmt.Sprintf("record=%s, stopped at %d", record, n), want, files(t, dir))
		}
	}
}

// unasked is a benchmark that tells its problem, and panics when anything is computed.
type unasked struct {
	evolve.Benchmark
	problem evolve.Problem
}

func (u unasked) Problem() evolve.Problem { return u.problem }

// Whatever was written when the process was killed while the extension took its place, the folder
// reads as the extended experiment and becomes it.
func TestExtensionKilledAtItsEnd(t *testing.T) {
	long.Test(t)
	s := small(1, "all")
	s.Seeds = 4
	x := Extension{Trials: 2000}
	ext, want := finished(t, longer(s, x), 1)
	names := []string{"", ManifestFile, IncumbentsFile, "trials-00-000000.parquet", SpecFile}
	for i := range names {
		dir, _ := finished(t, s, 1)
		if err := os.CopyFS(extendedDir(dir), os.DirFS(ext)); err != nil {
			t.Fatal(err)
		}
		for _, name := range names[1 : i+1] {
			put(t, dir, map[string]string{name: want[name]})
		}
		if Finished(dir) {
			t.Errorf("%d files: finished", i)
		}
		if r := verified(t, dir, true); r.Count(verify.OK) > 0 {
			t.Errorf("%d files: of a mixture %+v is said", i, r.Files)
		}
		verified(t, extendedDir(dir), false)
		for _, load := range []func(string) (*Outcome, error){Load, LoadSoFar} {
			if o, err := load(dir); err != nil || o.Spec.Trials != 2000 || o.Set.Unfinished != 0 {
				t.Errorf("%d files: %v", i, err)
			}
		}
		e, err := OpenExtended(dir, x) // as who asks for the same again
		if err != nil {
			t.Fatal(err)
		}
		e.Bench = unasked{problem: e.Bench.Problem()}
		if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("%d files", i), want, files(t, dir))
	}
	// With its spec gone it has ended; the rest is litter.
	dir, _ := finished(t, longer(s, x), 1)
	if err := errors.Join(os.CopyFS(extendedDir(dir), os.DirFS(ext)), os.Remove(filepath.Join(extendedDir(dir), SpecFile))); err != nil {
		t.Fatal(err)
	}
	if !Finished(dir) {
		t.Error("not finished")
	}
	extended(t, dir, Extension{Seeds: 5}, 1)
	if got := files(t, dir); len(got) < 4 {
		t.Errorf("%d files", len(got))
	}
}

// A stranger's folder of that name is left alone.
func TestStrangersFolder(t *testing.T) {
	dir, before := finished(t, tiny(), 1)
	if err := os.Mkdir(extendedDir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, extendedDir(dir), map[string]string{ManifestFile: "mine", "notes": "mine"})
	e, err := OpenExtended(dir, Extension{Trials: 50})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), extendedDir(dir)) {
		t.Errorf("%v", err)
	}
	same(t, "the experiment", before, files(t, dir, ExtendedFolder))
	same(t, "the stranger's", map[string]string{ManifestFile: "mine", "notes": "mine"}, files(t, extendedDir(dir)))
}

// No network is trained twice, and but for seconds the folder becomes that of a longer experiment.
func TestExtendTraining(t *testing.T) {
	long.Test(t)
	for _, c := range []struct {
		window int
		x      Extension
	}{
		{1, Extension{Trials: 12}},
		{1, Extension{Algos: []string{"regevo,population=3,sample=2"}}},
		{3, Extension{Seeds: 3}},
		{3, Extension{Trials: 11, Seeds: 3, Algos: []string{"random,repeats=no"}}},
	} {
		what := fmt.Sprintf("window %d, %+v", c.window, c.x)
		s := trained(c.window)
		listen(nil)
		_, want, _ := once(t, longer(s, c.x), 2)
		all := heard.epochs
		listen(nil)
		dir, _, _ := once(t, s, 2)
		before := heard.epochs
		ended := endedTrials(t, dir)
		listen(nil)
		extended(t, dir, c.x, 2)
		for trial, n := range heard.evaluations {
			if ended[trial] || n != 1 {
				t.Errorf("%s: %s is trained %d times more", what, trial, n)
			}
		}
		if heard.epochs+before != all {
			t.Errorf("%s: %d and %d epochs, want %d", what, before, heard.epochs, all)
		}
		differ(t, what, want, folder(t, dir))
	}
}

// Stopped, the extension of a training is read as far as it is and goes on; what is there meanwhile
// is what was there.
func TestExtendTrainingStopped(t *testing.T) {
	long.Test(t)
	s, x := trained(2), Extension{Trials: 14, Seeds: 3}
	listen(nil)
	_, want, _ := once(t, longer(s, x), 2)
	for _, n := range []int{9, 1, 30} {
		listen(nil)
		dir, _, _ := once(t, s, 2)
		e, err := OpenExtended(dir, x)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		listen(func(epochs int) {
			if epochs == n {
				cancel()
			}
		})
		_, err = e.Run(ctx, Options{Procs: 2, Dir: dir})
		cancel()
		var stopped *Interrupted
		if !errors.As(err, &stopped) || stopped.Dir != dir {
			t.Fatalf("%v", err)
		}
		verified(t, dir, true)
		if _, err := OpenExtended(extendedDir(dir), Extension{}); err == nil || !strings.Contains(err.Error(), "go on with amoeba resume "+dir) {
			t.Errorf("its folder alone: %v", err)
		}
		if o, err := Load(dir); err != nil || o.Spec.Trials != 8 || len(o.Set.Arms[0].Runs) != 2 {
			t.Errorf("what it held: %v", err)
		}
		o, err := LoadSoFar(dir)
		if err != nil || o.Spec.Trials != 14 || o.Set.Unfinished == 0 || o.Set.Planned != 6 || len(o.Set.Arms) != 2 || len(o.Set.Arms[0].Runs) != 3 || len(o.Set.Arms[0].Runs[1].Steps) == 0 {
			t.Fatalf("so far: %+v, %v", o, err)
		}
		ended := endedTrials(t, dir)
		listen(nil)
		extended(t, dir, Extension{}, 2)
		for trial := range heard.evaluations {
			if ended[trial] {
				t.Errorf("%s is trained again", trial)
			}
		}
		differ(t, fmt.Sprintf("stopped at %d", n), want, folder(t, dir))
	}
}

// Of an experiment whose runs were removed, more runs and algorithms are had; longer runs would
// train all again and are refused.
func TestExtendTrainingWithoutRuns(t *testing.T) {
	long.Test(t)
	s := trained(1)
	listen(nil)
	dir, _, o := once(t, s, 2)
	if err := os.RemoveAll(filepath.Join(dir, runsFolder)); err != nil {
		t.Fatal(err)
	}
	e, err := OpenExtended(dir, Extension{Trials: 9})
	if err != nil {
		t.Fatal(err)
	}
	listen(nil)
	before := folder(t, dir)
	if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "would be trained again") || len(heard.evaluations) != 0 {
		t.Errorf("longer: %v", err)
	}
	differ(t, "refused", before, folder(t, dir))
	more := extended(t, dir, Extension{Seeds: 3}, 1)
	if len(heard.evaluations) != 2*8 || fmt.Sprint(more.Set.Arms[0].Runs[:2]) != fmt.Sprint(o.Set.Arms[0].Runs) {
		t.Errorf("%d trainings", len(heard.evaluations))
	}
	if rows, err := journal.Read[journal.Entry](filepath.Join(dir, IncumbentsFile), more.id()); err != nil || len(rows) < 6 {
		t.Error(err)
	}
}

// The trials that an extension compares with are read once, however many cores share an algorithm and wherever the
// longer files are divided, and none of them is held when all is done.
func TestRecordedTrialsAreReadOnce(t *testing.T) {
	defer func(read func(path, of string) ([]journal.Trial, error)) { readTrials = read }(readTrials)
	for _, x := range []Extension{{Seeds: 16}, {Trials: 2000}} { // files of 4 runs, then of 4 and of 3
		var mu sync.Mutex
		read := map[string]int{}
		readTrials = func(path, of string) ([]journal.Trial, error) {
			mu.Lock()
			read[filepath.Base(path)]++
			mu.Unlock()
			return journal.Read[journal.Trial](path, of)
		}
		dir, was := finished(t, small(1, "all"), 2)
		e, err := OpenExtended(dir, x)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Run(t.Context(), Options{Procs: 4, Dir: dir}); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		for name := range was {
			if strings.HasPrefix(name, "trials-") {
				want[name] = 1
			}
		}
		if len(want) != 12 || !maps.Equal(read, want) {
			t.Errorf("%+v: %v, want %v", x, read, want)
		}
		if held := e.ext.trials.files; len(held) > 0 {
			t.Errorf("%+v: holds %v", x, slices.Collect(maps.Keys(held)))
		}
	}
}

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// trained is an experiment of two algorithms, two runs and a few trials.
func trained(window int) Spec {
	s := Default()
	s.Benchmark, s.Algos = "test-train", []string{"regevo,population=4,sample=2", "random"}
	s.Seeds, s.Trials, s.Workers = 2, 8, window
	return s
}

// runSpec runs what a folder lacks, until after says stop.
func runSpec(t *testing.T, s Spec, dir string, procs int, ctx context.Context) (*Outcome, error) {
	t.Helper()
	return open(t, s).Run(ctx, Options{Procs: procs, Dir: dir})
}

// What stands for benchmarks that train here keeps their contract.
func TestFakeIsATrainer(t *testing.T) {
	listen(nil)
	e, err := evolve.Benchmarks.Lookup("test-train")
	if err != nil {
		t.Fatal(err)
	}
	evolvetest.Benchmark(t, e)
	if n := len(heard.evaluations); n > 3 {
		t.Errorf("%d evaluations, want 3 at most", n)
	}
}

// Measured seconds, and so the checksums of lines, are the only difference between two runs.
var seconds = regexp.MustCompile(`"(cost|start|end|crc)":[^,}]+`)

// folder is what an experiment's folder holds, but measured seconds: the journals as they are,
// the incumbents as rows, and the checkpoints.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		switch {
		case filepath.Ext(path) == ".parquet":
			m, err := os.ReadFile(filepath.Join(dir, ManifestFile))
			if err != nil {
				return err
			}
			rows, err := journal.Read[journal.Entry](path, digest(m))
			if err != nil {
				return err
			}
			for i := range rows {
				rows[i].Seconds, rows[i].Spent = 0, 0
			}
			text = fmt.Appendf(nil, "%+v", rows)
		case filepath.Ext(path) == ".jsonl":
			text = seconds.ReplaceAll(text, []byte(`"$1":0`))
		case strings.Contains(path, weightsFolder):
			text = regexp.MustCompile(`"Seconds":[^}]+`).ReplaceAll(text, nil)
		}
		got[name] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func differ(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s: %s", what, d)
	}
}

// once is a folder that was never stopped.
func once(t *testing.T, s Spec, procs int) (string, map[string]string, *Outcome) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "e")
	o, err := runSpec(t, s, dir, procs, context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return dir, folder(t, dir), o
}

// The threads change nothing but seconds, whether the trials of one study or several studies run at a time; the window
// of trials in flight does.
func TestTrainingProcs(t *testing.T) {
	byWindow := map[int]map[string]string{}
	for _, window := range []int{1, 3} {
		listen(nil)
		_, want, _ := once(t, trained(window), 1)
		if heard.most != 1 {
			t.Errorf("window %d on one thread: %d evaluations at a time", window, heard.most)
		}
		for _, procs := range []int{2, 3} {
			if procs == 2 && testing.Short() {
				continue
			}
			listen(nil)
			dir, got, o := once(t, trained(window), procs)
			differ(t, fmt.Sprintf("window %d, %d threads", window, procs), want, got)
			if heard.most > procs || window == 1 && heard.most < 2 {
				t.Errorf("window %d on %d threads: %d evaluations at a time", window, procs, heard.most)
			}
			back, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(fmt.Sprint(o.Set.Arms), fmt.Sprint(back.Set.Arms)); d != "" {
				t.Error(d)
			}
		}
		byWindow[window] = want
	}
	name := filepath.Join(runsFolder, "00-regevo-000000", trialsFile)
	if byWindow[1][name] == byWindow[3][name] || !strings.Contains(byWindow[1][name], `"error":"out of memory: failed"`) {
		t.Errorf("window 1:\n%s\nwindow 3:\n%s", byWindow[1][name], byWindow[3][name])
	}
}

// Stopped after any epoch, and again, it ends as if never stopped, and no trial that ended is
// evaluated twice.
func TestTrainingResumes(t *testing.T) {
	for _, window := range []int{1, 3} {
		if window == 1 && testing.Short() {
			continue
		}
		listen(nil)
		_, want, _ := once(t, trained(window), 2)
		all := heard.epochs
		step := 9
		if testing.Short() {
			step = 17
		}
		for n := 1; n < all; n += step {
			dir := filepath.Join(t.TempDir(), "e")
			total := 0
			for stops := 0; ; stops++ {
				ctx, cancel := context.WithCancel(context.Background())
				at := n
				if stops == 2 {
					at = 1 << 30
				}
				listen(func(epochs int) {
					if epochs == at {
						cancel()
					}
				})
				ended := endedTrials(t, dir)
				_, err := runSpec(t, trained(window), dir, 2, ctx)
				cancel()
				verified(t, dir, err != nil)
				total += heard.epochs
				for trial := range ended {
					if heard.evaluations[trial] != 0 {
						t.Fatalf("window %d, stop %d at %d: trial %s ended before and is evaluated again", window, stops, n, trial)
					}
				}
				if err == nil {
					break
				}
				var stopped *Interrupted
				if !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) || stopped.Dir != dir || Finished(dir) {
					t.Fatalf("window %d, stop %d at %d: %v", window, stops, n, err)
				}
			}
			differ(t, fmt.Sprintf("window %d, stopped at %d", window, n), want, folder(t, dir))
			if total != all {
				t.Errorf("window %d, stopped at %d: %d epochs in all, want %d: every checkpoint counts", window, n, total, all)
			}
		}
	}
}

// A process that is killed leaves the folder as it stands at that moment: here copies made while
// it runs, and journals cut at any byte of their last line.
func TestTrainingKilled(t *testing.T) {
	long.Test(t)
	s := trained(3)
	listen(nil)
	whole, want, _ := once(t, s, 2)
	copies := t.TempDir()
	const every = 9
	var mu sync.Mutex
	var names []string
	dir := filepath.Join(t.TempDir(), "e")
	listen(func(epochs int) {
		if epochs%every != 0 {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		to := filepath.Join(copies, fmt.Sprint(epochs))
		names = append(names, to)
		copyTree(t, dir, to)
	})
	if _, err := runSpec(t, s, dir, 2, context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, at := range names {
		verified(t, at, true)
		listen(nil)
		if _, err := runSpec(t, s, at, 2, context.Background()); err != nil {
			t.Fatalf("killed after %s epochs: %v", filepath.Base(at), err)
		}
		differ(t, "killed after "+filepath.Base(at), want, folder(t, at))
	}

	run := filepath.Join(runsFolder, "01-random-000001")
	text, err := os.ReadFile(filepath.Join(whole, run, trialsFile))
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for cut := last; cut < len(text); cut += 7 {
		for _, name := range []string{IncumbentsFile, filepath.Join(run, IncumbentsFile)} { // of a run that had not ended
			if err := os.Remove(filepath.Join(whole, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(whole, run, trialsFile), text[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		verified(t, whole, true)
		listen(nil)
		if _, err := runSpec(t, s, whole, 2, context.Background()); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		differ(t, fmt.Sprintf("cut at %d", cut), want, folder(t, whole))
		if heard.epochs != 0 || len(heard.evaluations) != 1 {
			t.Fatalf("cut at %d: %d epochs in %v, want the last trial alone, from its checkpoint", cut, heard.epochs, heard.evaluations)
		}
	}
}

// What is told while it runs: trials in order with the best so far, and every epoch.
func TestTrainingTells(t *testing.T) {
	s := trained(3)
	listen(nil)
	epochs, last, lines := 0, [2]int{-1, 0}, 0
	best := math.Inf(1)
	trial := func(x Trained) {
		lines++
		if x.Told == 1 {
			best = math.Inf(1)
		}
		if x.Told != int64(x.Outcome.ID) {
			t.Errorf("%s run %d: trial %d is told as %d", x.Label, x.Run, x.Outcome.ID, x.Told)
		}
		if best = min(best, x.Outcome.Loss); x.Best.Loss != best {
			t.Errorf("trial %d: best %g, want %g", x.Outcome.ID, x.Best.Loss, best)
		}
	}
	_, err := open(t, s).Run(context.Background(), Options{Procs: 2, Observer: func(e evolve.Event) {
		switch e := e.(type) {
		case Progress:
			last = [2]int{e.Done, e.Of}
		case Epoch:
			epochs++
		case Trained:
			trial(e)
		}
	}})
	if err != nil || epochs != heard.epochs || lines != 32 || last != [2]int{4, 4} {
		t.Errorf("%v; %d epochs of %d, %d trials, progress %v", err, epochs, heard.epochs, lines, last)
	}
	for trial := range heard.evaluations {
		if !strings.HasPrefix(trial, " ") {
			t.Errorf("without a folder, trial %q keeps something", trial)
		}
	}
}

// An experiment is read while it runs, and after it was stopped.
func TestTrainingSoFar(t *testing.T) {
	s := trained(1)
	dir := filepath.Join(t.TempDir(), "e")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	read := false
	listen(func(epochs int) {
		if epochs == 30 {
			read = true
			o, err := LoadSoFar(dir)
			if err != nil || o.Set.Unfinished == 0 || o.Set.Planned != 4 || len(o.Set.Arms) == 0 || len(o.Set.Arms[0].Runs) != 2 {
				t.Errorf("while it runs: %+v, %v", o, err)
			}
			cancel()
		}
	})
	if _, err := runSpec(t, s, dir, 1, ctx); err == nil || !read {
		t.Fatalf("was not stopped: %v", err)
	}
	trials := len(endedTrials(t, dir))
	if err := os.RemoveAll(filepath.Join(dir, runsFolder, "00-regevo-000000", weightsFolder)); err != nil {
		t.Fatal(err) // reading needs no weights
	}
	o, err := LoadSoFar(dir)
	if err != nil {
		t.Fatal(err)
	}
	told, going := 0, len(o.Waiting)*s.Seeds
	for _, a := range o.Set.Arms {
		for _, r := range a.Runs {
			told += int(r.Final.Trial)
			if r.Underway {
				going++
			}
			if n := len(r.Steps); n > 0 && (r.Steps[n-1].TestError != r.Final.TestError || math.IsNaN(r.Final.TestError)) {
				t.Errorf("%+v", r)
			}
		}
	}
	if going != o.Set.Unfinished {
		t.Errorf("%d runs go on, want %d", going, o.Set.Unfinished)
	}
	if told != trials {
		t.Errorf("%d trials so far, the journals have %d", told, trials)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "amoeba resume") {
		t.Errorf("loaded while unfinished: %v", err)
	}
}

// An experiment that was begun on one device goes on there alone, with the same driver: neither its rest nor more of it
// is trained elsewhere. The processor's folder knows of no device.
func TestDevicesDoNotMix(t *testing.T) {
	const card, newer = "card 1, driver 7", "card 1, driver 8"
	for _, c := range []struct{ was, is, says string }{
		{"", card, " was trained on cpu, here it would be card 1, driver 7; "},
		{card, "", " was trained on card 1, driver 7, here it would be cpu; "},
		{card, newer, " was trained on card 1, driver 7, here it would be card 1, driver 8; "},
	} {
		listen(nil)
		heard.device = c.was
		dir, before, o := once(t, trained(1), 1)
		if has := strings.Contains(before[ManifestFile], `"device": "`+c.was+`"`); has != (c.was != "") {
			t.Errorf("on %q: %s", c.was, before[ManifestFile])
		}
		if back, err := Load(dir); err != nil || back.About.Device != c.was || o.About.Device != c.was {
			t.Errorf("on %q: read as %q, %v", c.was, back.About.Device, err)
		}
		r, err := Verify(dir, func(*verify.Report, string, []evolve.Outcome) {})
		if err != nil {
			t.Fatal(err)
		}
		note := ""
		if c.was != "" {
			note = "trained on " + c.was
		}
		if i := slices.IndexFunc(r.Files, func(f verify.File) bool {
			return filepath.Base(f.Path) == ManifestFile
		}); i < 0 || r.Files[i].State != verify.OK || r.Files[i].Note != note {
			t.Errorf("on %q: verified %+v, want the note %q", c.was, r.Files, note)
		}
		trials := heard.epochs
		heard.device = c.is
		e, err := OpenExtended(dir, Extension{Trials: 12})
		if err == nil {
			_, err = e.Run(context.Background(), Options{Procs: 1, Dir: dir})
		}
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), dir+c.says) {
			t.Errorf("extended: %v, want %q", err, c.says)
		}
		if err := os.Remove(filepath.Join(dir, IncumbentsFile)); err != nil { // as if it had been stopped
			t.Fatal(err)
		}
		if _, err := runSpec(t, trained(1), dir, 1, context.Background()); !errors.Is(err, evolve.ErrInvalid) ||
			!strings.Contains(err.Error(), dir+c.says) {
			t.Errorf("resumed: %v, want %q", err, c.says)
		}
		if heard.epochs != trials {
			t.Errorf("%d epochs were trained before it was refused", heard.epochs-trials)
		}
	}
}

// A journal of another study is refused; so is a folder of unknown origin.
func TestTrainingDiverged(t *testing.T) {
	s := trained(1)
	listen(nil)
	dir, _, _ := once(t, s, 1)
	one, two := filepath.Join(dir, runsFolder, "00-regevo-000000"), filepath.Join(dir, runsFolder, "00-regevo-000001")
	text, err := os.ReadFile(filepath.Join(two, trialsFile))
	err = errors.Join(err, os.WriteFile(filepath.Join(one, trialsFile), text, 0o644), os.Remove(filepath.Join(one, IncumbentsFile)), os.Remove(filepath.Join(dir, IncumbentsFile)))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(is error, says string) {
		t.Helper()
		_, err := runSpec(t, s, dir, 1, context.Background())
		for _, want := range []string{says, filepath.Join(one, trialsFile) + ": ", "; remove " + one + " to compute this run again"} {
			if err == nil || is != nil && !errors.Is(err, is) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %v with %q", err, is, want)
			}
		}
	}
	refused(evolve.ErrInvalid, ", what it left in weights says ")
	weights := filepath.Join(one, weightsFolder)
	if err := os.RemoveAll(weights); err != nil {
		t.Fatal(err)
	}
	refused(nil, "what trial 1 left in weights: ")
	if err := os.RemoveAll(weights); err != nil { // an empty one was made
		t.Fatal(err)
	}
	if err := os.CopyFS(weights, os.DirFS(filepath.Join(two, weightsFolder))); err != nil {
		t.Fatal(err)
	}
	refused(evolve.ErrDiverged, "trial 1 asks for ")
	odd := t.TempDir()
	if err := os.Mkdir(filepath.Join(odd, runsFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := runSpec(t, s, odd, 1, context.Background()); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "--out") {
		t.Errorf("a folder with runs and no spec: %v", err)
	}
}

// What a training experiment is by default, and what it holds when it is done.
func TestTrainingExperiment(t *testing.T) {
	s := trained(2)
	s.Seeds, s.Trials = 0, 0
	if e := open(t, s); e.Spec.Seeds != DefaultTrainedSeeds || e.Spec.Trials != DefaultTrainedTrials {
		t.Errorf("defaults: %d seeds of %d trials", e.Spec.Seeds, e.Spec.Trials)
	}
	s = trained(2)
	s.Record = "all"
	listen(nil)
	dir, _, o := once(t, s, 2)
	if !o.About.Trains() || len(o.Files) != 3+4 || o.Ran[0] != 16 {
		t.Errorf("%+v, ran %v, wrote %q", o.About, o.Ran, o.Files)
	}
	if best := o.Set.Arms[0].Runs[0].Final.Others; len(best) != 1 {
		t.Errorf("further objectives %v, want one", best)
	}
	// Weights may go once all is done.
	if err := os.RemoveAll(filepath.Join(dir, runsFolder)); err != nil {
		t.Fatal(err)
	}
	if back, err := Load(dir); err != nil || len(back.Files) != 3 {
		t.Errorf("without its runs: %v", err)
	}
}

// A shorter training never replaces a longer one, whatever its loss.
func TestIncumbentFidelity(t *testing.T) {
	type step struct {
		epochs int
		loss   float64
		failed bool
	}
	shown := []step{{1, .5, false}, {1, .4, false}, {1, .4, false}, {0, .6, false}, {1, .1, false}, {3, .6, false}, {3, .5, false}, {0, math.Inf(1), true}}
	for rule, best := range map[string][]int64{"highest": {1, 2, 2, 4, 4, 4, 7, 7}, "any": {1, 2, 2, 2, 5, 5, 5, 5}} {
		s := trained(1)
		s.FidelityRule = rule
		e := open(t, s)
		bench, _ := newFake().In("", nil)
		f := bench.(*fake)
		r := e.recorder(bench, &e.Arms[0], 0)
		for i, c := range shown {
			o := &evolve.Outcome{Trial: evolve.Trial{ID: i + 1, Proposal: evolve.Proposal{Arch: "0", Epochs: c.epochs}}, Result: evolve.Result{Loss: c.loss, Others: []float64{0}, Cost: 2}}
			if c.failed {
				o.Err = evolve.ErrFailed
			}
			f.memory[i+1] = checkpoint{Epoch: 1}
			if err := r.Record(o); err != nil {
				t.Fatal(err)
			}
			if r.row.Trial != best[i] {
				t.Errorf("%s: after trial %d the incumbent is trial %d, want %d", rule, i+1, r.row.Trial, best[i])
			}
		}
		for _, free := range []evolve.Outcome{{Err: evolve.ErrFailed}, {Result: evolve.Result{Loss: 9, Others: []float64{0}}}} {
			free.Trial = evolve.Trial{ID: 9, Proposal: evolve.Proposal{Arch: "0"}}
			if free.Err == nil {
				free.Known = &free.Result
			}
			if err := r.Record(&free); err != nil {
				t.Fatal(err)
			}
		}
		if end := r.finals(evolve.Summary{Trials: 8}); end[len(end)-1].Spent != 16 || end[len(end)-1].SpentEpochs != 1+1+1+3+1+3+3+3 {
			t.Errorf("%s: the end is %+v", rule, end[len(end)-1])
		}
	}
}

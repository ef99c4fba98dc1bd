package lab

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// noWeights passes over what the fake leaves.
func noWeights(*verify.Report, string, []evolve.Outcome) {}

// verified has a folder checked, which must be whole.
func verified(t *testing.T, dir string, unfinished bool) *verify.Report {
	t.Helper()
	r, err := Verify(dir, noWeights)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Count(verify.Damaged); n > 0 || (r.Unfinished != "") != unfinished {
		t.Fatalf("%d damaged, unfinished: %q, want %v; %+v", n, r.Unfinished, unfinished, r.Files)
	}
	return r
}

// states are the files of a report with a state, a word each.
func states(r *verify.Report, state string) string {
	var names []string
	for _, f := range r.Files {
		if f.State == state {
			names = append(names, f.Path)
		}
	}
	return strings.Join(names, " ")
}

// Which of two files that do not belong together is the altered one is told by a third.
func TestVerifyJudges(t *testing.T) {
	s := Default()
	s.Benchmark, s.Algos, s.Seeds, s.Trials = "bits", []string{"random"}, 2, 5
	made := func(t *testing.T) string {
		dir := filepath.Join(t.TempDir(), "e")
		if _, err := runSpec(t, s, dir, 1, context.Background()); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	edit := func(t *testing.T, path, old, new string) {
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte(old)) {
			t.Fatal(path, err)
		}
		if err := os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(new), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		edit func(t *testing.T, dir string)
		bad  string
		note string // of the first
	}{
		{"another spec", func(t *testing.T, dir string) { edit(t, filepath.Join(dir, SpecFile), "seed: 1", "seed: 2") },
			SpecFile, "cut or altered since amoeba wrote it; restore it"},
		{"no spec", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, SpecFile)) }, SpecFile, "missing"},
		{"another seed in the manifest", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, ManifestFile), `"seed": "1"`, `"seed": "2"`)
		},
			"incumbents.parquet manifest.json", "not a readable Parquet journal"},
		{"no manifest", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, ManifestFile)) }, ManifestFile, "missing"},
		{"a blank in the manifest", func(t *testing.T, dir string) { edit(t, filepath.Join(dir, ManifestFile), ": ", ":  ") },
			ManifestFile, "altered: it is not as amoeba writes it"},
		{"runs without end in the manifest", func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, ManifestFile), `"runs": 2`, `"runs": 2000000000000`)
		},
			ManifestFile, "altered: 2000000000000 runs of each algorithm"},
		{"results of another experiment", func(t *testing.T, dir string) {
			other := s
			other.Seed = 2
			from := filepath.Join(t.TempDir(), "e")
			if _, err := runSpec(t, other, from, 1, context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(from, IncumbentsFile), filepath.Join(dir, IncumbentsFile)); err != nil {
				t.Fatal(err)
			}
		}, IncumbentsFile, "not a readable Parquet journal (altered, or of another experiment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := made(t)
			verified(t, dir, false)
			c.edit(t, dir)
			r, err := Verify(dir, noWeights)
			if err != nil || states(r, verify.Damaged) != c.bad {
				t.Fatalf("%v, damaged: %q, want %q", err, states(r, verify.Damaged), c.bad)
			}
			if c.bad == SpecFile && r.Unfinished != "" {
				t.Errorf("its results are there, and it is said to be unfinished: %s", r.Unfinished)
			}
			for _, f := range r.Files {
				if f.State == verify.Damaged {
					if !strings.HasPrefix(f.Note, c.note) {
						t.Errorf("%s: %s, want %s", f.Path, f.Note, c.note)
					}
					break
				}
			}
		})
	}
}

// A folder that has only begun is whole, and so is what a killed process left beside it.
func TestVerifyUnfinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	s := Default()
	s.Benchmark, s.Algos, s.Seeds, s.Trials = "bits", []string{"random"}, 2, 5
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := runSpec(t, s, dir, 1, ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".amoeba-incumbents.parquet.1.tmp"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := verified(t, dir, true)
	if got := states(r, verify.OK) + ", " + states(r, verify.Unchecked); got != "experiment.yaml manifest.json, .amoeba-incumbents.parquet.1.tmp" {
		t.Error(got)
	}
	// With no file of results the program itself says what the manifest should be.
	path := filepath.Join(dir, ManifestFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(`"seed": "1"`), []byte(`"seed": "3"`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err = Verify(dir, noWeights); err != nil || states(r, verify.Damaged) != ManifestFile {
		t.Errorf("%v, damaged: %q", err, states(r, verify.Damaged))
	}
}

// While an extension goes on with the runs, which are then sealed as of it one after another, the
// folder is whole at every epoch; and so it is when the extension is given up for a longer one, or
// for none.
func TestVerifyExtending(t *testing.T) {
	long.Test(t)
	listen(nil)
	dir, _, _ := once(t, trained(1), 1)
	kept := 0
	extend := func(x Extension, until int) {
		t.Helper()
		e, err := OpenExtended(dir, x)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		listen(func(epochs int) {
			r := verified(t, dir, true)
			if _, _, err := e.readRun(e.runDir(dir, 0, 0)); err != nil {
				t.Error(err)
			}
			if rows, former, _ := e.readRun(e.runDir(dir, 0, 0)); !former && len(rows) > 0 {
				kept++
				path := "runs/" + filepath.Base(e.runDir(dir, 0, 0)) + "/" + IncumbentsFile
				if !strings.Contains(states(r, verify.OK), path) {
					t.Errorf("%s is not said to be right: %+v", path, r.Files)
				}
			}
			if epochs == until {
				cancel()
			}
		})
		if _, err := e.Run(ctx, Options{Procs: 1, Dir: dir}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		verified(t, dir, true)
	}
	extend(Extension{Trials: 14}, 25)
	if kept == 0 {
		t.Fatal("no run was kept as of the extension")
	}
	path := filepath.Join(dir, runsFolder)
	runs, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(path, runs[0].Name(), trialsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(text)
	bad[len(bad)/3] ^= 1
	if err := os.WriteFile(path, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(dir, noWeights); err != nil || !strings.HasSuffix(states(r, verify.Damaged), trialsFile) {
		t.Errorf("an altered journal: %v, %q", err, states(r, verify.Damaged))
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	extend(Extension{Trials: 16}, 1)
	if err := os.RemoveAll(extendedDir(dir)); err != nil {
		t.Fatal(err)
	}
	verified(t, dir, false)
}

// An extension by runs or algorithms alone that was given up leaves the folder all right, though it had sealed the runs
// that it shares as its own.
func TestVerifyGivenUp(t *testing.T) {
	long.Test(t)
	for name, x := range map[string]Extension{"seeds": {Seeds: 3}, "algos": {Algos: []string{"regevo,sample=2"}}} {
		listen(nil)
		dir, _, _ := once(t, trained(1), 1)
		e, err := OpenExtended(dir, x)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		listen(func(int) { cancel() })
		if _, err := e.Run(ctx, Options{Procs: 1, Dir: dir}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := os.RemoveAll(extendedDir(dir)); err != nil {
			t.Fatal(err)
		}
		verified(t, dir, false)
		if _, err := Load(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The folder of a run is no experiment's.
func TestVerifyARun(t *testing.T) {
	listen(nil)
	dir, _, _ := once(t, trained(1), 1)
	run := filepath.Join(dir, runsFolder, "01-random-000000")
	if _, err := Verify(run, noWeights); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), run+": is the folder of a run of the experiment in "+dir+": amoeba verify ") {
		t.Error(err)
	}
}

// A damaged record of trials is told before an extension begins, and with one advice.
func TestDamagedRecordIsTold(t *testing.T) {
	s := tiny()
	s.Record = "all"
	dir, got := finished(t, s, 1)
	e, err := OpenExtended(dir, Extension{Trials: 60})
	if err != nil {
		t.Fatal(err)
	}
	name := "trials-01-000001.parquet"
	put(t, dir, map[string]string{name: got[name][:len(got[name])/2]})
	_, err = e.Run(context.Background(), Options{Procs: 1, Dir: dir})
	var stopped *Interrupted
	if !errors.Is(err, evolve.ErrInvalid) || errors.As(err, &stopped) || !strings.Contains(err.Error(), name) || strings.Count(err.Error(), ";") != 1 {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil { // as it says
		t.Fatal(err)
	}
	extended(t, dir, Extension{Trials: 60}, 1)
	_, want := finished(t, longer(s, Extension{Trials: 60}), 1)
	same(t, "extended", want, files(t, dir))
}

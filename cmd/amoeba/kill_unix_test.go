//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

// killed runs a command as a process, kills it after a while and says whether it had not ended by
// then.
func killed(t *testing.T, dir string, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := amoeba(t, dir, args...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // of one that has ended an error
	err = cmd.Wait()
	if timer.Stop() && err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("%q: %v: %s", args, err, text)
	}
	return err != nil
}

// goOn kills a command at random moments within what it takes undisturbed, and the commands that go
// on with it, and then lets it end.
func goOn(t *testing.T, dir string, takes time.Duration, begin, on []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	args := func() []string {
		if _, err := os.Stat(filepath.Join(dir, "k", durable.ExperimentFile)); err != nil {
			return begin // nothing to go on with yet
		}
		return on
	}
	for range 4 {
		if !killed(t, dir, time.Duration(r.Int64N(int64(takes))), args()...) {
			break
		}
	}
	if killed(t, dir, time.Minute, args()...) {
		t.Fatal("it does not end")
	}
}

// Killed at random moments, an experiment goes on to the folder of one that was never stopped, its
// figures included; so does one that is extended.
func TestKilledExperiments(t *testing.T) {
	if testing.Short() {
		t.Skip("runs experiments for seconds")
	}
	for name, args := range map[string][]string{
		"compare": {"compare", "--benchmark", "bits,length=64", "--algo", "random", "--algo", "regevo", "--seeds", "20", "--trials", "4000", "--record", "all", "--quiet"},
		"search":  {"search", "--benchmark", "bits,length=64", "--trials", "1000000", "--quiet"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			begin := time.Now()
			if killed(t, dir, time.Minute, slices.Concat(args, []string{"--out", "whole"})...) {
				t.Fatal("it does not end")
			}
			takes := time.Since(begin)
			goOn(t, dir, takes, slices.Concat(args, []string{"--out", "k"}), []string{"resume", "k", "--quiet"})
			if d := diffDirs(filepath.Join(dir, "whole"), filepath.Join(dir, "k")); d != "" {
				t.Error("resumed: ", d)
			}
			more := []string{"resume", "k", "--seeds", "22", "--trials", "1000001", "--quiet"}
			if name == "compare" {
				more[5] = "4001"
			} else {
				more[3] = "2"
			}
			longer := slices.Concat(args, []string{"--out", "longer", more[4], more[5]})
			if name == "search" {
				longer[0] = "compare"
				longer = append(longer, "--algo", "regevo")
			}
			begin = time.Now()
			if killed(t, dir, time.Minute, append(longer, more[2], more[3])...) {
				t.Fatal("it does not end")
			}
			goOn(t, dir, time.Since(begin), more, more)
			if d := diffDirs(filepath.Join(dir, "longer"), filepath.Join(dir, "k")); d != "" {
				t.Error("extended: ", d)
			}
		})
	}
}

// Of an experiment that trains networks a kill loses what was in no checkpoint: trials that had
// ended are not trained again, and the numbers are those of one that was never stopped.
func TestKilledTrainings(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "train:digits,F=4,epochs=2", "--algo", "random", "--seeds", "2", "--trials", "4", "--workers", "2", "--quiet", "--out"}
	begin := time.Now()
	if killed(t, dir, time.Minute, append(args, "whole")...) {
		t.Fatal("it does not end")
	}
	goOn(t, dir, time.Since(begin), append(args, "k"), []string{"resume", "k", "--quiet"})
	for run := range 2 {
		for trial := 1; trial <= 4; trial++ {
			name := filepath.Join("runs", fmt.Sprintf("00-random-%06d", run), "weights", fmt.Sprintf("%06d.ckpt", trial))
			a, errA := os.ReadFile(filepath.Join(dir, "whole", name))
			b, errB := os.ReadFile(filepath.Join(dir, "k", name))
			if errA != nil || errB != nil || string(a) != string(b) {
				t.Errorf("%s differs, %v, %v", name, errA, errB)
			}
		}
	}
}

// Of a build of a table a kill loses the runs in progress: those that had ended are there, and each
// is there once.
func TestKilledBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	dir := t.TempDir()
	args := []string{"table", "build", "--cells", "ops=0,1", "--epochs", "1", "--F", "2", "--seeds", "2", "--out"}
	begin := time.Now()
	if killed(t, dir, time.Minute, append(args, "whole")...) {
		t.Fatal("it does not end")
	}
	takes := time.Since(begin)
	r, had := rand.New(rand.NewPCG(1, 2)), 0
	for range 4 {
		if !killed(t, dir, time.Duration(r.Int64N(int64(takes))), append(args, "k")...) {
			break
		}
		runs, err := tabulate.Runs(filepath.Join(dir, "k"))
		if err != nil || len(runs) < had {
			t.Fatalf("%d runs after %d, %v", len(runs), had, err)
		}
		had = len(runs)
	}
	if killed(t, dir, time.Minute, append(args, "k")...) {
		t.Fatal("it does not end")
	}
	for _, name := range []string{"whole", "k"} {
		if killed(t, dir, time.Minute, "table", "pack", name, "--out", name+".bin") {
			t.Fatal("it does not end")
		}
	}
	a, errA := tabulate.Runs(filepath.Join(dir, "whole"))
	b, errB := tabulate.Runs(filepath.Join(dir, "k"))
	if errA != nil || errB != nil || len(a) != len(b) || len(a) != 128 {
		t.Errorf("%d runs and %d, %v, %v", len(a), len(b), errA, errB)
	}
}

// A finished experiment is told from a folder that cannot be written to, and while another has its
// lock: nothing in it changes.
func TestFinishedFolderIsOnlyRead(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"compare", "--benchmark", "bits,length=12", "--algo", "random", "--seeds", "2", "--trials", "20", "--out", "e", "--quiet"},
		{"search", "--benchmark", "train:digits,F=2,epochs=1", "--algo", "random", "--trials", "1", "--out", "t", "--quiet"},
	} {
		out := filepath.Join(dir, args[len(args)-2])
		if killed(t, dir, time.Minute, args...) {
			t.Fatal("it does not end")
		}
		before := written(t, out)
		unlock, err := durable.Lock(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(out, 0o555); err != nil { // which the superuser does not heed
			t.Fatal(err)
		}
		text, err := amoeba(t, dir, "resume", filepath.Base(out), "--json").CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, text)
		}
		if after := written(t, out); after != before {
			t.Errorf("was\n%s\nis\n%s", before, after)
		}
		// A figure that a killed process left out is drawn where that is possible, and else told of.
		if err := os.Chmod(out, 0o755); err != nil {
			t.Fatal(err)
		}
		unlock()
		want, err := os.ReadFile(filepath.Join(out, "trajectories.svg"))
		if err := os.Remove(filepath.Join(out, "trajectories.svg")); err != nil {
			t.Fatal(err)
		}
		if text, err := amoeba(t, dir, "resume", filepath.Base(out), "--quiet").CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		if got, errGot := os.ReadFile(filepath.Join(out, "trajectories.svg")); err != nil || errGot != nil || string(got) != string(want) {
			t.Errorf("the figure: %v", errGot)
		}
	}
}

// written is what a folder holds and when it was written, the folder itself included.
func written(t *testing.T, dir string) (text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text += fmt.Sprintln(path, info.Size(), info.ModTime())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// A child is this test's binary as a process of its own that runs an experiment and is killed.
type child struct {
	Dir    string
	Spec   Spec
	Extend *Extension // what the folder holds, by this
}

const childEnv = "AMOEBA_TEST_CHILD"

// asChild ends the process that is a child when it has done its work.
func asChild() {
	text := os.Getenv(childEnv)
	if text == "" {
		return
	}
	var c child
	err := json.Unmarshal([]byte(text), &c)
	saveEvery = 5 * time.Millisecond
	listen(nil)
	var e *Experiment
	if err == nil {
		if e, err = OpenExtended(c.Dir, Extension{}); errors.Is(err, evolve.ErrInvalid) && c.Extend == nil { // killed before it had begun
			e, err = Open(c.Spec)
		}
	}
	if err == nil && c.Extend != nil {
		if now, want := e.Spec, longer(c.Spec, *c.Extend); len(now.Algos) != len(want.Algos) || now.bounds() != want.bounds() || now.Seeds != want.Seeds {
			e, err = OpenExtended(c.Dir, *c.Extend)
		}
	}
	if err == nil {
		_, err = e.Run(context.Background(), Options{Procs: 2, Dir: c.Dir})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run starts the child and kills it after a while, unless it has ended by then.
func (c child) run(t *testing.T, after time.Duration) (killed bool) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	cmd := exec.CommandContext(ctx, self) // which kills it
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	told, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		t.Fatalf("the child: %v: %s", err, told)
	}
	return err != nil
}

// Killed at random moments, again and again, every kind of experiment and of extension ends with
// the bytes of one that was never stopped; what was saved once is never lost.
func TestKilled(t *testing.T) {
	long.Test(t)
	simulated, search, training := small(4, "incumbents"), small(1, "incumbents"), trained(2)
	simulated.Seeds, simulated.Trials = 40, 4000
	const many = 1_000_000
	search.Algos, search.Seeds, search.Trials = []string{"regevo"}, 1, many
	recorded := simulated
	recorded.Record, recorded.Seeds = "all", 8
	training.Trials = 10
	promoting := trained(2)
	promoting.Algos, promoting.Trials, promoting.TotalEpochs = []string{"asha", "random"}, 0, 30
	full := fidelities(3)
	full.Seeds, full.Full = 10, 200
	for name, c := range map[string]struct {
		spec Spec
		x    *Extension
	}{
		"compare":                {simulated, nil},
		"compare, all recorded":  {recorded, nil},
		"search":                 {search, nil},
		"training":               {training, nil},
		"extended":               {simulated, &Extension{Trials: 5000, Algos: []string{"regevo"}}},
		"extended, all recorded": {recorded, &Extension{Trials: 5000, Seeds: 9}},
		"extended training":      {training, &Extension{Trials: 14}},
		"promotions":             {promoting, nil},
		"extended by epochs":     {promoting, &Extension{TotalEpochs: 45}},
		"extended by trainings":  {full, &Extension{Full: 300}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := func(dir string) map[string]string {
				if c.spec.Benchmark == "test-train" {
					return folder(t, dir)
				}
				sums := map[string]string{}
				for name, text := range files(t, dir) {
					sums[name] = digest([]byte(text))
				}
				return sums
			}
			start := func() child {
				k := child{Dir: filepath.Join(t.TempDir(), "e"), Spec: c.spec, Extend: c.x}
				if c.x != nil {
					child{Dir: k.Dir, Spec: c.spec}.run(t, time.Minute)
				}
				return k
			}
			whole := child{Dir: filepath.Join(t.TempDir(), "e"), Spec: c.spec}
			if c.x != nil {
				whole.Spec = longer(c.spec, *c.x)
			}
			if whole.run(t, time.Minute) {
				t.Fatal("it does not end")
			}
			want := read(whole.Dir)
			k := start()
			begin := time.Now()
			start().run(t, time.Minute) // as long as an undisturbed one takes
			takes := time.Since(begin)
			r := rand.New(rand.NewPCG(1, 2))
			for range 3 {
				before := saved(t, k.Dir)
				if !k.run(t, time.Duration(r.Int64N(int64(takes)))) {
					break
				}
				if after := saved(t, k.Dir); after < before {
					t.Errorf("%d trials or runs were saved, %d are left", before, after)
				}
				if _, err := Load(k.Dir); c.x != nil && err != nil {
					t.Errorf("neither what it was nor what it will be: %v", err)
				}
			}
			if k.run(t, time.Minute) {
				t.Fatal("it does not end")
			}
			differ(t, "killed", want, read(k.Dir))
			if !Finished(k.Dir) {
				t.Error("not finished")
			}
		})
	}
}

// saved counts what a folder has for good: finished runs of a simulated experiment or of its extension, whichever has
// more, and trials of one that trains.
func saved(t *testing.T, dir string) int {
	t.Helper()
	most, replaced := 0, extending(dir) && complete(extendedDir(dir))
	for _, dir := range []string{dir, extendedDir(dir)} {
		f, err := load(dir)
		if err != nil || f.of == nil {
			continue // it has not begun
		}
		rows, err := journal.Read[journal.Entry](filepath.Join(dir, unfinishedFile), f.of.id())
		if errors.Is(err, fs.ErrNotExist) {
			rows, err = journal.Read[journal.Entry](filepath.Join(dir, IncumbentsFile), f.of.id())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !replaced { // then some files are of the one and some of the other
			t.Error(err)
		}
		n := 0
		for _, r := range rows {
			if r.Final {
				n++
			}
		}
		most = max(most, n)
	}
	return most + len(endedTrials(t, dir))
}

// times are the names in a folder with when they were written, the folder's own included.
func times(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	got := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			got[path] = info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

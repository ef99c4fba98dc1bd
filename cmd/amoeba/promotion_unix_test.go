//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// promoted are the numbers of the trials of a run that go on with the training of another, and all its trials.
func promoted(t *testing.T, run string) (promoted []int, all []evolve.Outcome) {
	t.Helper()
	all, err := journal.ReadFile(filepath.Join(run, "trials.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].From > 0 {
			promoted = append(promoted, all[i].ID)
		}
	}
	return promoted, all
}

// Networks are trained a little, and the best of them go on with their weights. Killed in the middle of such a training
// the experiment goes on to the weights and the losses of one that never was; what a trial is charged are the seconds of
// its own epochs.
func TestKilledInAPromotion(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for seconds")
	}
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "train:digits,F=8,epochs=9", "--algo", "asha", "--algo", "hyperband,inner=tpe", "--algo", "asha,inner=(regevo,population=3,sample=2)",
		"--total-epochs", "24", "--seeds", "1", "--workers", "2", "--quiet", "--out"}
	ranWell(t, amoeba(t, dir, append(args, "whole")...))
	runs, err := filepath.Glob(filepath.Join(dir, "whole", "runs", "*"))
	if err != nil || len(runs) != 3 {
		t.Fatal(runs, err)
	}
	first, _ := promoted(t, runs[0])
	if len(first) < 3 {
		t.Fatalf("only trials %v are promoted", first)
	}
	// With two in flight a trial is asked for when all but one of the earlier ones are in the journal. kill says whether
	// it was killed between then and its own line.
	kill := func(of int, on ...string) (within bool) {
		t.Helper()
		path := filepath.Join(dir, "killed", "runs", filepath.Base(runs[0]), "trials.jsonl")
		told := func() string {
			text, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			return string(text)
		}
		cmd := amoeba(t, dir, on...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if strings.Count(told(), `"trial":`) >= of-2 {
				break
			}
		}
		time.Sleep(20 * time.Millisecond) // it trains by now
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return !strings.Contains(told(), fmt.Sprintf(`"trial":%d,`, of))
	}
	within := kill(first[0], append(args, "killed")...)
	for _, id := range first[1:] {
		within = kill(id, "resume", "killed", "--quiet") || within
	}
	if !within {
		t.Error("each promotion had ended before the kill") // a machine that is that busy has not tested anything
	}
	ranWell(t, amoeba(t, dir, "resume", "killed", "--quiet"))

	for _, run := range runs {
		name := filepath.Base(run)
		ids, want := promoted(t, run)
		_, got := promoted(t, filepath.Join(dir, "killed", "runs", name))
		if len(ids) == 0 || len(want) != len(got) {
			t.Fatalf("%s: %d promoted, %d trials and %d", name, len(ids), len(want), len(got))
		}
		byID := func(a, b evolve.Outcome) int { return a.ID - b.ID }
		slices.SortFunc(want, byID)
		slices.SortFunc(got, byID)
		epochs := 0
		for i := range want {
			a, b := want[i], got[i]
			if a.Trial != b.Trial || a.Loss != b.Loss {
				t.Errorf("%s, trial %d: %+v with loss %g, resumed %+v with %g", name, a.ID, a.Trial, a.Loss, b.Trial, b.Loss)
			}
			weights := filepath.Join("runs", name, "weights", fmt.Sprintf("%06d.ckpt", a.ID))
			x, errX := os.ReadFile(filepath.Join(dir, "whole", weights))
			y, errY := os.ReadFile(filepath.Join(dir, "killed", weights))
			if errX != nil || errY != nil || string(x) != string(y) {
				t.Errorf("%s differs, %v, %v", weights, errX, errY)
			}
			// The epochs of the trial that it goes on with have no seconds; its own are its cost.
			for _, o := range []struct {
				dir string
				o   evolve.Outcome
			}{{"whole", a}, {"killed", b}} {
				var left struct {
					Seconds []float64 `json:"seconds"`
				}
				text, err := os.ReadFile(filepath.Join(dir, o.dir, "runs", name, "weights", fmt.Sprintf("%06d.json", a.ID)))
				if err == nil {
					err = json.Unmarshal(text, &left)
				}
				if err != nil {
					t.Fatal(err)
				}
				sum := 0.0
				for e, s := range left.Seconds {
					if sum += s; (s == 0) != (e < a.Trained) {
						t.Errorf("%s, trial %d of %s goes on after %d epochs, and epoch %d took %g s", name, a.ID, o.dir, a.Trained, e+1, s)
					}
				}
				if len(left.Seconds) != a.Epochs || sum < o.o.Cost*(1-1e-9) || sum > o.o.Cost*(1+1e-9) {
					t.Errorf("%s, trial %d of %s: %d epochs took %g s, charged are %g", name, a.ID, o.dir, len(left.Seconds), sum, o.o.Cost)
				}
			}
			epochs += a.Epochs - a.Trained
		}
		if epochs > 24 || epochs <= 24-9 {
			t.Errorf("%s: %d epochs of 24", name, epochs)
		}
	}
}

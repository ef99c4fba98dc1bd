//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/internal/long"
)

// Killed in the middle of an epoch of shared weights, and again while it goes on, a comparison ends at the checkpoints,
// proposals, notes and answers of one that was never stopped; only measured seconds differ.
func TestKilledOneshot(t *testing.T) {
	long.Test(t)
	dir := t.TempDir()
	args := []string{"compare", "--benchmark", "oneshot:digits,images=256", "--algo", "darts,epochs=8,order=2",
		"--algo", "rsws,epochs=4,rounds=1", "--seeds", "1", "--procs", "1", "--quiet", "--out"}
	ranWell(t, amoeba(t, dir, append(args, "whole")...))
	killedAtTrial(t, dir, 2, append(args, "killed")...)
	killedAtTrial(t, dir, 5, "resume", "killed", "--procs", "1", "--quiet")
	ranWell(t, amoeba(t, dir, "resume", "killed", "--quiet"))
	whole, killed := untimed(t, filepath.Join(dir, "whole")), untimed(t, filepath.Join(dir, "killed"))
	if d := cmp.Diff(whole, killed); d != "" {
		t.Error(d)
	}
	for _, part := range []string{"/trials.jsonl", ".ckpt", "notes.json", "results"} {
		if !strings.Contains(strings.Join(keys(whole), "\n"), part) {
			t.Errorf("no %s was compared, only %v", part, keys(whole))
		}
	}
}

// killedAtTrial starts a command and kills it as soon as the journal of the first algorithm in the folder killed has so
// many trials.
func killedAtTrial(t *testing.T, dir string, trials int, args ...string) {
	t.Helper()
	cmd := amoeba(t, dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		paths, _ := filepath.Glob(filepath.Join(dir, "killed", "runs", "00-*", "trials.jsonl"))
		if len(paths) == 1 {
			if text, _ := os.ReadFile(paths[0]); bytes.Count(text, []byte("\n")) >= trials {
				break
			}
		}
	}
	_ = cmd.Process.Kill() // SIGKILL
	if err := cmd.Wait(); err == nil {
		t.Fatalf("%q ended before it was killed", args)
	}
}

var measuredSeconds = regexp.MustCompile(`"(cost|start|end|seconds|val_seconds|total_seconds|crc)": ?[^,}\n]+`)

// untimed is what the folder of a finished comparison holds without measured seconds: its files by name, but for
// pictures and Parquet, and what it prints of them.
func untimed(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for path, text := range tree(t, dir) {
		name, _ := filepath.Rel(dir, path)
		switch base := filepath.Base(path); filepath.Ext(path) {
		case ".png", ".svg", ".parquet":
		case ".json", ".jsonl":
			if base == "seconds.json" {
				continue
			}
			all[name] = measuredSeconds.ReplaceAllString(text, `"$1":0`)
		default:
			all[name] = text
		}
	}
	cmd := amoeba(t, dir, "resume", ".", "--json", "--quiet")
	text, err := cmd.Output()
	var told struct {
		Results []map[string]any
	}
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range told.Results {
		for _, key := range []string{"seconds", "spent", "wall_seconds", "trials_per_second", "ask_tell_seconds"} {
			delete(r, key)
		}
	}
	text, err = json.MarshalIndent(told.Results, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	all["results"] = string(text)
	return all
}

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

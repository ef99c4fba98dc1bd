package oneshot

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// judged are the files of a folder that are damaged, each with what is said of it, and how many are whole.
func judged(dir string, past []evolve.Outcome) (damaged map[string]string, whole int) {
	r := verify.New(dir, "experiment")
	VerifyWeights(r, dir, past)
	damaged = map[string]string{}
	for _, f := range r.Files {
		if f.State == verify.Damaged {
			damaged[f.Path] = f.Note
		}
	}
	return damaged, r.Count(verify.OK)
}

// What a study leaves is whole, every altered byte is found, and so is a file that is of another study or another time.
func TestVerifyWeights(t *testing.T) {
	s, dir := tiny(t), t.TempDir()
	c, _ := begin(t, s, dir, plan(), 0)
	a := newStandalone(s, 1, 1)
	for trial := 1; trial <= 2; trial++ {
		if err := errors.Join(walk(t.Context(), c), c.Save(trial, false, nil)); err != nil {
			t.Fatal(err)
		}
	}
	const arch = "301003"
	if _, err := a.train(t.Context(), dir, arch); err != nil {
		t.Fatal(err)
	}
	past := []evolve.Outcome{{Trial: evolve.Trial{ID: 1, Seed: 7, Proposal: evolve.Proposal{Arch: "000000"}},
		Result: evolve.Result{Found: arch}}}
	if damaged, whole := judged(dir, past); len(damaged) > 0 || whole != 9 {
		t.Fatalf("%d whole files, damaged: %v", whole, damaged)
	}
	score := filepath.Join(filepath.Base(answerDir(dir, arch)), scoreName)
	for _, name := range []string{keptName(1), keptName(2), notes.File, secondsName, score} {
		path := filepath.Join(dir, name)
		text := read(t, path)
		for _, at := range []int{0, len(text) / 2, len(text) - 2} {
			bad := slices.Clone(text)
			bad[at] ^= 2
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if damaged, _ := judged(dir, past); len(damaged) != 1 || damaged[filepath.ToSlash(name)] == "" {
				t.Errorf("%s, byte %d: damaged %v", name, at, damaged)
			}
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := []evolve.Outcome{{Trial: evolve.Trial{ID: 1, Seed: 8, Proposal: evolve.Proposal{Arch: "000000"}}}}
	damaged, _ := judged(dir, other)
	for name, want := range map[string]string{keptName(1): "it is of seed 7, trial 1 has 8", keptName(2): "of seed 7"} {
		if !strings.Contains(damaged[name], want) {
			t.Errorf("%s: %q, want %q", name, damaged[name], want)
		}
	}
	// An answer that no trial is of may be what a policy holds for the likeliest: nothing vouches for it.
	other[0].Seed = 7
	if damaged, whole := judged(dir, other); len(damaged) > 0 || whole != 8 {
		t.Errorf("an answer that was not tried: %d whole files, damaged: %v", whole, damaged)
	}
	if damaged, _ := judged(dir, nil); !strings.Contains(damaged[keptName(2)], "it is of 2 trials, the journal has 0") {
		t.Errorf("a checkpoint far ahead of the journal: %v", damaged)
	}
	for _, name := range []string{notes.File, secondsName} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, "aside")); err != nil {
			t.Fatal(err)
		}
		if damaged, _ := judged(dir, past); damaged[name] != "missing" {
			t.Errorf("without %s: %v", name, damaged)
		}
		if err := os.Rename(filepath.Join(dir, "aside"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(dir, keptName(1)), filepath.Join(dir, keptName(3))); err != nil {
		t.Fatal(err)
	}
	if damaged, _ := judged(dir, past); damaged[keptName(3)] == "" {
		t.Error("a checkpoint with the name of another epoch is whole")
	}
	if damaged, whole := judged(filepath.Join(dir, "gone"), past); len(damaged)+whole > 0 {
		t.Errorf("of a folder that is gone: %v", damaged)
	}
}

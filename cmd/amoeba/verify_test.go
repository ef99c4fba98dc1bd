package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// small are finished folders of every kind that verify knows, by how they were made.
var small = map[string][]string{
	"simulated": {"compare", "--algo", "random", "--algo", "regevo,population=4,sample=2", "--seeds", "3", "--trials", "9", "--record", "all"},
	"trained":   {"search", "--benchmark", "train:digits,epochs=1,F=2,batch=512,images=512", "--algo", "random", "--trials", "3"},
	"training":  {"train", "301003", "-F", "2", "--epochs", "2", "--batch", "512", "--seeds", "2"},
	"table":     {"table", "build", "--cells", "sample=2", "--F", "2", "--epochs", "2", "--batch", "512", "--seeds", "2"},
}

func made(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	var errs bytes.Buffer
	if code := run(append(slices.Clone(small[name]), "--out", dir), nil, &bytes.Buffer{}, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	return dir
}

// damagedIn are the files of a folder that verify says are damaged.
func damagedIn(t *testing.T, dir string) (names []string, r *verify.Report) {
	t.Helper()
	reports, err := verifyBelow(dir)
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for _, f := range reports[0].Files {
		if f.State == verify.Damaged {
			names = append(names, f.Path)
			if f.Note == "" || strings.Contains(f.Note, "\n") {
				t.Errorf("%s: %q", f.Path, f.Note)
			}
		}
	}
	return names, reports[0]
}

// listing is what a folder holds, with the times of the last changes.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkedFiles are those of which something is known.
func checkedFiles(r *verify.Report) (names []string) {
	for _, f := range r.Files {
		if f.State == verify.OK {
			names = append(names, f.Path)
		}
	}
	slices.Sort(names)
	return names
}

// Whatever byte of whatever file changes, verify names the file: every byte of the journals, and of
// longer files the ends and a sample.
func TestVerifyFindsEveryByte(t *testing.T) {
	if raceEnabled && testing.Short() {
		t.Skip("trains and draws, which nothing here does in parallel")
	}
	want := map[string]string{
		"simulated": "experiment.yaml incumbents.parquet manifest.json trials-00-000000.parquet trials-00-000001.parquet trials-00-000002.parquet trials-01-000000.parquet trials-01-000001.parquet trials-01-000002.parquet",
		"trained": "experiment.yaml incumbents.parquet manifest.json runs/00-random-000000/incumbents.parquet runs/00-random-000000/trials.jsonl " +
			"runs/00-random-000000/weights/000001.ckpt runs/00-random-000000/weights/000001.json runs/00-random-000000/weights/000002.ckpt " +
			"runs/00-random-000000/weights/000002.json runs/00-random-000000/weights/000003.ckpt runs/00-random-000000/weights/000003.json",
		"training": "job.json result.json seed-1/best.ckpt seed-1/epochs.jsonl seed-1/last.ckpt seed-2/best.ckpt seed-2/epochs.jsonl seed-2/last.ckpt",
		"table":    "runs.jsonl table.json",
	}
	for name := range small {
		t.Run(name, func(t *testing.T) {
			dir := made(t, name)
			before := listing(t, dir)
			bad, r := damagedIn(t, dir)
			if len(bad) > 0 || r.Unfinished != "" {
				t.Fatalf("as it was written: %v are damaged, unfinished: %q", bad, r.Unfinished)
			}
			files := checkedFiles(r)
			if got := strings.Join(files, " "); got != want[name] {
				t.Fatalf("checked\n%s\nwant\n%s", got, want[name])
			}
			for _, f := range r.Files {
				if f.State == verify.Unchecked && f.Note != "a figure" {
					t.Errorf("%s is not checked: %s", f.Path, f.Note)
				}
			}
			if after := listing(t, dir); !maps.Equal(before, after) {
				t.Errorf("verify changed the folder: %v, then %v", before, after)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for _, file := range files {
				flipEach(t, dir, file, rng)
			}
		})
	}
}

func flipEach(t *testing.T, dir, file string, rng *rand.Rand) {
	path := filepath.Join(dir, filepath.FromSlash(file))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	switch every := strings.HasSuffix(file, "trials.jsonl") && !testing.Short(); {
	case every:
		for i := range text {
			at = append(at, i)
		}
	default:
		at = []int{0, 1, len(text) / 2, len(text) - 2, len(text) - 1}
		for range 25 {
			at = append(at, rng.IntN(len(text)))
		}
	}
	for _, i := range at {
		bad := bytes.Clone(text)
		switch c := text[i]; {
		case c >= '0' && c <= '9': // another digit: what no reader of numbers would notice
			bad[i] = '0' + (c-'0'+1)%10
		default:
			bad[i] ^= 1 << rng.IntN(8)
		}
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		found, _ := damagedIn(t, dir)
		// Of a manifest that is altered all are damaged that it seals.
		if !slices.Contains(found, file) || len(found) > 1 && filepath.Base(file) != "manifest.json" {
			t.Errorf("%s, byte %d from %q to %q: verify finds %q damaged", file, i, text[i], bad[i], found)
		}
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// lone are the files of which nothing tells a deletion from a stop: without one the folder is not
// finished. Without any other it is damaged.
var lone = map[string][]string{
	"simulated": {"incumbents.parquet"},
	"trained":   {"incumbents.parquet"},
	"training":  {"result.json"},
	"table":     {"runs.jsonl"},
}

// What is missing is told as damage, unless the folder may never have had it.
func TestVerifyMissing(t *testing.T) {
	if raceEnabled && testing.Short() {
		t.Skip("trains and draws, which nothing here does in parallel")
	}
	for name := range small {
		dir := made(t, name)
		_, r := damagedIn(t, dir)
		files := checkedFiles(r)
		if name == "training" {
			files = append(files, "seed-1", "seed-2")
		}
		for _, file := range files {
			if strings.Contains(file, "/weights/") {
				continue // of a finished run, for the room that they take
			}
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := os.Rename(path, dir+".aside"); err != nil {
				t.Fatal(err)
			}
			bad, r := damagedIn(t, dir)
			if slices.Contains(lone[name], file) {
				if len(bad) > 0 || r.Unfinished == "" {
					t.Errorf("%s: without %s: damaged %q, unfinished %q", name, file, bad, r.Unfinished)
				}
			} else if !slices.ContainsFunc(bad, func(b string) bool { return b == file || strings.HasPrefix(b, file+"/") }) {
				t.Errorf("%s: without %s: damaged %q", name, file, bad)
			}
			if err := os.Rename(dir+".aside", path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An extension is checked with its experiment, in a folder of experiments too, and the advice names
// the experiment.
func TestVerifyExtensions(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "e")
	for _, out := range []string{dir, filepath.Join(dir, "extended")} {
		var errs bytes.Buffer
		if code := run([]string{"compare", "--benchmark", "bits", "--algo", "random", "--seeds", "1", "--trials", "5", "--out", out}, nil, &bytes.Buffer{}, &errs); code != 0 {
			if out == dir || !strings.Contains(errs.String(), "go on with amoeba resume "+dir+"\n") {
				t.Fatal(errs.String())
			}
		} else if out != dir {
			t.Error("computed in the folder of an extension")
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "extended"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"experiment.yaml", "manifest.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "extended", name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []string{dir, parent} {
		reports, err := verifyBelow(at)
		if err != nil || len(reports) != 2 || reports[1].Dir != filepath.Join(dir, "extended") {
			t.Fatalf("%s: %d reports, %v", at, len(reports), err)
		}
		for _, r := range reports {
			if r.Count(verify.Damaged) > 0 || r.Unfinished != "amoeba resume "+dir+" goes on with it" {
				t.Errorf("%s: %q, %+v", r.Dir, r.Unfinished, r.Files)
			}
		}
	}
	var errs bytes.Buffer
	code := run([]string{"resume", filepath.Join(dir, "extended")}, nil, &bytes.Buffer{}, &errs)
	if want := "is an extension of the experiment in " + dir + ": go on with amoeba resume " + dir + "\n"; code != 1 || !strings.HasSuffix(errs.String(), want) {
		t.Errorf("status %d, %q", code, errs.String())
	}
}

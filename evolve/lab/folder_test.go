package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

func tiny() Spec {
	s := small(1, "incumbents")
	s.Seeds, s.Trials = 3, 40
	return s
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// unfinished is a folder that was stopped, and the whole of what it becomes.
func unfinished(t *testing.T, s Spec) (dir string, want map[string]string) {
	t.Helper()
	whole, want := finished(t, s, 1)
	rows, err := journal.Read[journal.Entry](filepath.Join(whole, IncumbentsFile), open(t, s).id())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "stopped")
	e := open(t, s)
	held := e.noRuns()
	unlock, err := e.open(dir, held)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if err := e.place("", rows, held); err != nil {
		t.Fatal(err)
	}
	held[1] = make([][]journal.Entry, s.Seeds)
	held[2][1] = nil
	if err := e.checkpoint(dir, held.all()); err != nil {
		t.Fatal(err)
	}
	if Finished(dir) {
		t.Fatal("a stopped folder counts as finished")
	}
	return dir, want
}

func TestCheckpointGoesOn(t *testing.T) {
	dir, want := unfinished(t, tiny())
	e, err := OpenExtended(dir, Extension{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "amoeba resume "+dir) {
		t.Errorf("loaded while unfinished: %v", err)
	}
	if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	same(t, "resumed", want, files(t, dir))
}

// Runs of other data or of another version, or of who knows what, do not mix with ours.
func TestOtherDataDoNotMix(t *testing.T) {
	for name, c := range map[string]struct {
		change func(manifest string) string
		says   string
	}{
		"another version": {func(m string) string { return strings.Replace(m, Version, "0.0.9", 1) }, "made by amoeba 0.0.9"},
		"other data":      {func(m string) string { return strings.Replace(m, `"sha256": "`, `"sha256": "aaaa`, 1) }, "SHA-256 aaaa"},
		"other source":    {func(m string) string { return strings.Replace(m, `"source": "`, `"source": "x`, 1) }, `has numbers "xembedded surrogate`},
		"empty manifest":  {func(string) string { return "" }, "missing or damaged"},
		"not a manifest":  {func(string) string { return "{}" }, "missing or damaged"},
	} {
		s := tiny()
		s.Benchmark = Default().Benchmark
		dir, _ := unfinished(t, s)
		path := filepath.Join(dir, ManifestFile)
		put(t, dir, map[string]string{ManifestFile: c.change(files(t, dir)[ManifestFile])})
		before := files(t, dir)
		_, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir})
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--out") {
			t.Errorf("%s: %v, want an error with %q and --out", name, err, c.says)
		}
		same(t, name, before, files(t, dir))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir}); err == nil || !strings.Contains(err.Error(), "missing or damaged") {
			t.Errorf("no manifest: %v", err)
		}
	}
}

func TestAnotherExperimentInTheFolder(t *testing.T) {
	dir, want := finished(t, tiny(), 1)
	other := tiny()
	other.Seed++
	_, err := open(t, other).Run(context.Background(), Options{Procs: 1, Dir: dir})
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--out") {
		t.Errorf("got %v", err)
	}
	same(t, "refused", want, files(t, dir))
	file := filepath.Join(dir, SpecFile)
	if _, err := open(t, other).Run(context.Background(), Options{Procs: 1, Dir: file}); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "--out") {
		t.Errorf("a file as the folder: %v", err)
	}
}

// cut and flip are the two ways to spoil a file.
func cut(s string) string { return s[:len(s)*2/3] }
func flip(s string) string {
	b := []byte(s)
	b[len(b)/2] ^= 4
	return string(b)
}

func TestDamagedFolders(t *testing.T) {
	whole, want := finished(t, tiny(), 1)
	half, _ := unfinished(t, tiny())
	other := tiny()
	other.Algos = []string{"regevo,population=10,sample=3", "random", "eaopt,population=10"}
	_, swapped := finished(t, other, 1)
	fewer := tiny()
	fewer.Seeds = 2
	_, short := finished(t, fewer, 1)
	halfFiles := files(t, half)
	for _, c := range []struct {
		name, file, text string
		from             map[string]string
		says             string
	}{
		{"cut incumbents", IncumbentsFile, cut(want[IncumbentsFile]), want, "move it away and resume"},
		{"altered incumbents", IncumbentsFile, flip(want[IncumbentsFile]), want, "move it away and resume"},
		{"empty incumbents", IncumbentsFile, "", want, "move it away and resume"},
		{"incumbents of others", IncumbentsFile, swapped[IncumbentsFile], want, "of another experiment"},
		{"incumbents of fewer runs", IncumbentsFile, short[IncumbentsFile], want, "of another experiment"},
		{"cut spec", SpecFile, cut(want[SpecFile]), want, ""},
		{"spec cut at a line", SpecFile, strings.SplitAfter(want[SpecFile], "\n")[0], want, "cut or altered"},
		{"altered spec", SpecFile, strings.Replace(want[SpecFile], "seeds: 3", "seeds: 4", 1), want, "cut or altered"},
		{"empty spec", SpecFile, "", want, "empty"},
		{"cut checkpoint", unfinishedFile, cut(halfFiles[unfinishedFile]), halfFiles, "move it away and resume"},
		{"altered checkpoint", unfinishedFile, flip(halfFiles[unfinishedFile]), halfFiles, "move it away and resume"},
	} {
		dir := t.TempDir()
		put(t, dir, c.from)
		put(t, dir, map[string]string{c.file: c.text})
		before := files(t, dir)
		_, err := Load(dir)
		if c.file == unfinishedFile {
			var e *Experiment
			if e, err = OpenExtended(dir, Extension{}); err == nil {
				_, err = e.Run(context.Background(), Options{Procs: 1, Dir: dir})
			}
		}
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, c.file)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want the path and %q", c.name, err, c.says)
		}
		same(t, c.name, before, files(t, dir))
	}
	if _, err := OpenExtended(t.TempDir(), Extension{}); err == nil || !strings.Contains(err.Error(), SpecFile) {
		t.Errorf("an empty folder: %v", err)
	}
	// What the errors advise does help.
	if err := os.Remove(filepath.Join(whole, IncumbentsFile)); err != nil {
		t.Fatal(err)
	}
	e, err := OpenExtended(whole, Extension{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background(), Options{Procs: 1, Dir: whole}); err != nil {
		t.Fatal(err)
	}
	same(t, "made anew", want, files(t, whole))
}

// An altered manifest is told as such by all who read the folder: its results are whole, and no advice loses them.
func TestAlteredManifest(t *testing.T) {
	_, want := finished(t, tiny(), 1)
	for _, c := range []struct{ old, new string }{
		{"  \"schema\": 2,\n", ""},
		{`"seed": "1"`, `"seed": "2"`},
		{`"seed": "1"`, `"seed":  "1"`},
		{`"source": "`, `"source": "not `},
	} {
		dir := t.TempDir()
		put(t, dir, want)
		put(t, dir, map[string]string{ManifestFile: strings.Replace(want[ManifestFile], c.old, c.new, 1)})
		before := files(t, dir)
		if before[ManifestFile] == want[ManifestFile] {
			t.Fatalf("no %s in %s", c.old, want[ManifestFile])
		}
		_, loaded := Load(dir)
		_, soFar := LoadSoFar(dir)
		e := open(t, tiny())
		_, ran := e.Run(context.Background(), Options{Procs: 1, Dir: dir})
		for who, err := range map[string]error{"load": loaded, "so far": soFar, "run": ran} {
			if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, ManifestFile)) &&
				!strings.Contains(err.Error(), "here they would be") || strings.Contains(err.Error(), IncumbentsFile) {
				t.Errorf("%q for %q, %s: %v, want the manifest blamed", c.new, c.old, who, err)
			}
		}
		same(t, c.new, before, files(t, dir))
	}
}

func TestPlaceRefuses(t *testing.T) {
	e := open(t, tiny())
	row := func(algo string, run int32, final bool) journal.Entry {
		return journal.Entry{Algo: algo, Run: run, Final: final}
	}
	r := e.Arms[2].Label
	for name, rows := range map[string][]journal.Entry{
		"unknown algo":        {row("regevo", 0, true)},
		"run beyond":          {row(r, 3, true)},
		"negative run":        {row(r, -1, true)},
		"no end":              {row(r, 0, false)},
		"another run's end":   {row(r, 0, false), row(r, 1, true)},
		"another algo's rows": {row(e.Arms[0].Label, 0, false), row(r, 0, true)},
	} {
		held := runs{make([][]journal.Entry, 3), make([][]journal.Entry, 3), make([][]journal.Entry, 3)}
		if err := e.place("x.parquet", rows, held); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "x.parquet") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A manifest tells what the numbers rest on and nothing of when, where and by how many cores.
func TestManifest(t *testing.T) {
	_, got := finished(t, tiny(), 3)
	golden(t, "manifest.json", []byte(strings.Replace(got[ManifestFile], `"`+Version+`"`, `"VERSION"`, 1)))
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{SpecFile, IncumbentsFile, ManifestFile}) {
		t.Errorf("the folder holds %v", names)
	}
}

// A folder of a version that laid out its files otherwise is refused in one line, by everything that reads it.
func TestOtherSchema(t *testing.T) {
	for _, c := range []struct {
		schema int
		want   string
	}{{1, "an earlier version of amoeba (schema 1, this one reads 2), which this one cannot read; read it with that version, or run it anew: amoeba compare -f "}, {3, "a later version of amoeba (schema 3"}} {
		dir, got := finished(t, tiny(), 1)
		text := strings.Replace(got[ManifestFile], "\"schema\": 2", fmt.Sprintf("\"schema\": %d", c.schema), 1)
		if err := os.WriteFile(filepath.Join(dir, ManifestFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		e := open(t, tiny())
		for name, read := range map[string]func() error{
			"Load":         func() error { _, err := Load(dir); return err },
			"LoadSoFar":    func() error { _, err := LoadSoFar(dir); return err },
			"OpenExtended": func() error { _, err := OpenExtended(dir, Extension{}); return err },
			"Run":          func() error { _, err := e.Run(context.Background(), Options{Procs: 1, Dir: dir}); return err },
		} {
			if err := read(); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), dir+": an experiment of "+c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("schema %d, %s: %v", c.schema, name, err)
			}
		}
		if Finished(dir) {
			t.Errorf("schema %d: taken for finished", c.schema)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files")

// golden compares with testdata; go test -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s: %s", name, d)
	}
}

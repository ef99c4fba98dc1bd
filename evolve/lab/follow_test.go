package lab

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Who follows an experiment sees it before anything of it is saved; a folder that is none, or damaged, stays an error.
func TestFollow(t *testing.T) {
	dir, whole := finished(t, tiny(), 1)
	got, err := Follow(dir)
	if err != nil || got.Set.Unfinished != 0 || len(got.Set.Arms) != len(tiny().Algos) {
		t.Fatalf("a finished one: %+v, %v", got, err)
	}
	begun := t.TempDir()
	put(t, begun, map[string]string{SpecFile: whole[SpecFile], ManifestFile: whole[ManifestFile]})
	e := open(t, tiny())
	var labels []string
	for _, a := range e.Arms {
		labels = append(labels, a.Label)
	}
	o, err := Follow(begun)
	if err != nil {
		t.Fatal(err)
	}
	planned := len(e.Arms) * e.Spec.Seeds
	if s := o.Set; len(s.Arms) != 0 || s.Planned != planned || s.Unfinished != planned || !slices.Equal(s.Waiting, labels) {
		t.Errorf("one that has begun: %+v", s)
	}
	if _, err := LoadSoFar(begun); err == nil {
		t.Error("it is read as one of which something is saved")
	}
	for name, files := range map[string]map[string]string{
		"nothing":     {},
		"no manifest": {SpecFile: whole[SpecFile]},
		"cut":         {SpecFile: whole[SpecFile], ManifestFile: whole[ManifestFile], IncumbentsFile: "PAR1"},
		"cut so far":  {SpecFile: whole[SpecFile], ManifestFile: whole[ManifestFile], soFarFile: "PAR1"},
	} {
		dir := t.TempDir()
		put(t, dir, files)
		if o, err := Follow(dir); err == nil {
			t.Errorf("%s: %+v", name, o.Set)
		}
	}
}

// The stamp of a folder is another one when a result was written, and the same when nothing was, or no result.
func TestStamp(t *testing.T) {
	dir, _ := finished(t, tiny(), 1)
	stamp := func() string {
		t.Helper()
		s, err := Stamp(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	was := stamp()
	run := filepath.Join(dir, runsFolder, "00-random-000000")
	for _, step := range []struct {
		what  string
		do    func() error
		other bool
	}{
		{"nothing", func() error { return nil }, false},
		{"a figure", func() error { return os.WriteFile(filepath.Join(dir, Figures[0]), []byte("x"), 0o644) }, false},
		{"a temporary file", func() error { return os.WriteFile(filepath.Join(dir, ".amoeba-x.1.tmp"), []byte("x"), 0o644) }, false},
		{"a report", func() error { return os.WriteFile(filepath.Join(dir, "report.html"), []byte("x"), 0o644) }, false},
		{"what was found so far", func() error { return os.WriteFile(filepath.Join(dir, soFarFile), []byte("x"), 0o644) }, true},
		{"the same at another time", func() error {
			return os.Chtimes(filepath.Join(dir, soFarFile), time.Time{}, time.Unix(1, 0))
		}, true},
		{"its end", func() error { return os.Remove(filepath.Join(dir, soFarFile)) }, true},
		{"a run", func() error {
			if err := os.MkdirAll(filepath.Join(run, weightsFolder), 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(run, trialsFile), []byte("x"), 0o644)
		}, true},
		{"its weights", func() error { return os.WriteFile(filepath.Join(run, weightsFolder, "1.ckpt"), []byte("x"), 0o644) }, false},
		{"another trial", func() error { return os.WriteFile(filepath.Join(run, trialsFile), []byte("xy"), 0o644) }, true},
		{"an extension", func() error {
			at := extendedDir(dir)
			if err := os.Mkdir(at, 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(at, SpecFile), []byte("x"), 0o644)
		}, true},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		now := stamp()
		if (now != was) != step.other {
			t.Errorf("%s: another stamp %v, want %v", step.what, now != was, step.other)
		}
		was = now
	}
	if _, err := Stamp(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there has a stamp")
	}
}

// Following writes nothing: the folder has the same files, and the run that is under way gives the same bytes.
func TestFollowOnlyReads(t *testing.T) {
	s := small(1, "incumbents")
	_, want := finished(t, s, 1)
	dir := filepath.Join(t.TempDir(), "e")
	if !stopAt(t, open(t, s), dir, 1, 4000) {
		t.Fatal("not stopped")
	}
	before := files(t, dir)
	if _, err := Follow(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := Stamp(dir); err != nil {
		t.Fatal(err)
	}
	same(t, "followed", before, files(t, dir))
	if _, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	same(t, "finished", want, files(t, dir))
}

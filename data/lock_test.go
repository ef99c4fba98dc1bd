package data

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The folders that LockHome makes go again if nothing came into them, and no others.
func TestLockHome(t *testing.T) {
	top := t.TempDir()
	home := filepath.Join(top, "a", "b")
	t.Setenv("AMOEBA_DATA", home)
	lock := func() func() {
		t.Helper()
		unlock, err := LockHome(t.Context(), func(string) { t.Error("waits") })
		if err != nil {
			t.Fatal(err)
		}
		return unlock
	}
	unlock := lock()
	if _, err := os.Stat(home); err != nil {
		t.Error(err)
	}
	unlock()
	if entries, err := os.ReadDir(top); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v are left", entries, err)
	}
	unlock = lock()
	path := filepath.Join(home, "f")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	unlock()
	lock()()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	t.Setenv("AMOEBA_DATA", filepath.Join(path, "x"))
	if _, err := LockHome(t.Context(), nil); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// A file of the home that no import made is left alone, behind a link too, with what to do about it.
func TestImportsReplaceTheirOwn(t *testing.T) {
	home := t.TempDir()
	t.Setenv("AMOEBA_DATA", home)
	mine := filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(mine, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "toy.tbl")
	if err := os.Symlink(mine, path); err != nil {
		t.Skip("no links here:", err)
	}
	f := &Frame{Table: "toy", Rows: 1}
	f.AddFloats("x", []float64{1})
	if _, err := f.Write(); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), path+": exists and is no table that amoeba imported: remove it, or set AMOEBA_DATA to another folder") {
		t.Error(err)
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for range 2 { // over nothing, and over its own
		if _, err := f.Write(); err != nil {
			t.Error(err)
		}
	}
}

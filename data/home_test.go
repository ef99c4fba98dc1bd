package data

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHome(t *testing.T) {
	home := t.TempDir()
	for _, c := range []struct{ amoeba, xdg, want string }{
		{"here", "/xdg", "here"},
		{"", "/xdg", filepath.Join("/xdg", "amoeba")},
		{"", "relative", filepath.Join(home, ".local", "share", "amoeba")},
		{"", "", filepath.Join(home, ".local", "share", "amoeba")},
	} {
		t.Setenv("AMOEBA_DATA", c.amoeba)
		t.Setenv("XDG_DATA_HOME", c.xdg)
		t.Setenv("HOME", home)
		if got, err := Home(); err != nil || got != c.want {
			t.Errorf("AMOEBA_DATA=%q XDG_DATA_HOME=%q: got %q, %v, want %q", c.amoeba, c.xdg, got, err, c.want)
		}
		if got, err := NB201Path(); err != nil || got != filepath.Join(c.want, "nb201.tbl") {
			t.Errorf("path of nb201: got %q, %v", got, err)
		}
	}
}

func TestListVerify(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	path, err := NB201Path()
	if err != nil {
		t.Fatal(err)
	}
	all, err := List()
	if err != nil || len(all) != 1 || all[0].Imported || all[0].Path != path || all[0].Rows != 15625 {
		t.Errorf("with nothing imported: %+v, %v", all, err)
	}
	if got := all[0].Licences(); len(got) != 2 || got[0] != "MIT" || got[1] != "none" {
		t.Errorf("licences %v", got)
	}
	if found, err := Verify(); err != nil || len(found) != 0 {
		t.Errorf("nothing to verify: %+v, %v", found, err)
	}

	table := madeUp(t)
	if err := WriteNB201(path, table); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if all, err = List(); err != nil || !all[0].Imported || all[0].Bytes != info.Size() {
		t.Errorf("imported: %+v, %v", all, err)
	}
	if found, err := Verify(); err != nil || len(found) != 1 || found[0].Err != nil || found[0].Hash != table.Hash {
		t.Errorf("verified: %+v, %v", found, err)
	}

	table.Sets[0].Val12[3] = 101
	if err := WriteNB201(path, table); err != nil {
		t.Fatal(err)
	}
	if found, err := Verify(); err != nil || found[0].Err == nil || found[0].Hash != "" {
		t.Errorf("an impossible value: %+v, %v", found, err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if found, err := Verify(); err != nil || len(found) != 1 || found[0].Err == nil {
		t.Errorf("an empty file: %+v, %v", found, err)
	}
}

func TestWriteFileAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	put := func(text string, fail error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return errors.Join(err, fail)
		}
	}
	assert := func(want string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("the file holds %q, %v, want %q", got, err, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("%v, %v are left in the folder, want the file alone", entries, err)
		}
	}
	if err := WriteFileAtomic(path, put("one", nil)); err != nil {
		t.Fatal(err)
	}
	assert("one")
	if err := WriteFileAtomic(path, put("two", nil)); err != nil {
		t.Fatal(err)
	}
	assert("two")
	boom := errors.New("boom")
	if err := WriteFileAtomic(path, put(strings.Repeat("three", 1<<16), boom)); !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want boom with the path", err)
	}
	assert("two")
	func() {
		defer func() { recover() }()
		WriteFileAtomic(path, func(io.Writer) error { panic("boom") })
	}()
	assert("two")
	if err := WriteFileAtomic(filepath.Join(dir, "none", "f"), put("x", nil)); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	// A folder stands where the file should go: the rename fails.
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFileAtomic(filepath.Join(dir, "d"), put("x", nil)); err == nil {
		t.Error("replaced a folder")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%v are left", entries)
	}
}

package data

import (
	"os"
	"path/filepath"
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
		if got, err := Path("nb201"); err != nil || got != filepath.Join(c.want, "nb201.tbl") {
			t.Errorf("path of nb201: got %q, %v", got, err)
		}
	}
}

func TestStateVerify(t *testing.T) {
	table, err := Lookup("nb201")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AMOEBA_DATA", t.TempDir())
	if s := table.State(); s.Imported || s.Err != nil || s != table.Verify() {
		t.Errorf("with nothing imported: %+v", s)
	}
	if got := table.Licences(); len(got) != 2 || got[0] != "MIT" || got[1] != "none" {
		t.Errorf("licences %v", got)
	}

	made := madeUp(t)
	path := writeTable(t, made)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if s := table.Verify(); s.Err != nil || !s.Imported || s.Bytes != info.Size() || s.Hash != made.Hash || s.Path != path {
		t.Errorf("imported: %+v", s)
	}

	made.Sets[0].Val12[3] = 101
	writeTable(t, made)
	if s := table.Verify(); s.Err == nil || s.Hash != "" {
		t.Errorf("an impossible value: %+v", s)
	}
	path, _ = Path("nb201")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if s := table.Verify(); s.Err == nil || !s.Imported {
		t.Errorf("an empty file: %+v", s)
	}
}

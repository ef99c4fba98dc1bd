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
	all := List()
	if len(all) != 1 || all[0].Err != nil || all[0].Imported || all[0].Path != path || all[0].Rows != 15625 {
		t.Errorf("with nothing imported: %+v", all)
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
	if all = List(); all[0].Err != nil || !all[0].Imported || all[0].Bytes != info.Size() {
		t.Errorf("imported: %+v", all)
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
	if all = List(); all[0].Err == nil {
		t.Errorf("an empty file counts as imported: %+v", all)
	}
}

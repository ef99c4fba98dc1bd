package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestKinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	lines := Lines("journal of epochs", "epoch")
	for _, c := range []struct {
		kind Kind
		text string
		is   bool
	}{
		{Begins("note", "note "), "note of it", true},
		{Begins("note", "note "), "note", false},
		{Begins("note", "note "), "", true}, // nothing is lost
		{Begins("note", "note "), " note ", false},
		{lines, `{"epoch":1}` + "\n" + `{"epoch":2`, true},
		{lines, `{"sum":"0a","epoch":1,"loss":2}` + "\n", true},
		{lines, `{"ep`, true}, // torn
		{lines, `{"epoch":1`, true},
		{lines, "{", true},
		{lines, `{"other":1}`, false},
		{lines, `{"other":1}` + "\n" + `{"epoch":2}` + "\n", false},
		{lines, `"epoch":1`, false},
		{lines, "\n", false},
		{lines, `{"other":"` + strings.Repeat("x", headMost) + `","epoch":1}`, false},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		err := c.kind.Check(path)
		if c.is != (err == nil) || err != nil && (!errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), path+": exists and is no "+c.kind.Name+": want another name: ")) {
			t.Errorf("%.40q for a %s: %v", c.text, c.kind.Name, err)
		}
		was := err
		err = c.kind.Write(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err })
		want := c.text
		if c.is {
			want = "new"
		}
		if text, _ := os.ReadFile(path); string(text) != want || (err == nil) != (was == nil) {
			t.Errorf("%.40q for a %s: %q is there, %v", c.text, c.kind.Name, text, err)
		}
	}
	if err := lines.Check(filepath.Join(path, "x")); err == nil {
		t.Error("a path below a file is fine")
	}
	if err := lines.Check(path + "none"); err != nil {
		t.Errorf("nothing is there: %v", err)
	}
	dir := filepath.Dir(path)
	if err := lines.Check(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), dir+": is a folder, not a file: want another name: ") {
		t.Error(err)
	}
}

// Names of folders may be patterns; those of files are.
func TestFilesOfAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*")
	files := Files{"one": Begins("one", "1"), "seed-*/two": Begins("two", "2")}
	if err := files.Check(dir); err != nil || len(files.Paths(dir)) != 0 {
		t.Errorf("no folder: %v", err)
	}
	put := func(name, text string) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one, two := put("one", "1"), put("seed-7/two", "2")
	put("seed-7/other", "x")
	if got := files.Paths(dir); len(got) != 2 || got[0] != one || got[1] != two {
		t.Errorf("%q, want %q and %q", got, one, two)
	}
	if err := files.Check(dir); err != nil {
		t.Error(err)
	}
	put("seed-7/two", "3")
	if err := files.Check(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), two+": exists and is no two: name another folder with --out: ") {
		t.Error(err)
	}
}

func TestSame(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, err := range []error{os.WriteFile("f", nil, 0o644), os.WriteFile("g", nil, 0o644), os.Mkdir("d", 0o755), os.Symlink("f", "soft"), os.Link("f", "hard"),
		os.Symlink("d", "folder"), os.Symlink("d/none", "dangling"), os.Symlink("round", "round")} {
		if err != nil {
			t.Skip("no links here:", err)
		}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"f", "f", true}, {"f", "./f", true}, {"f", filepath.Join(dir, "f"), true}, {"f", "d/../f", true}, {"f", "soft", true}, {"f", "hard", true}, {"hard", "soft", true},
		{"f", "g", false}, {"f", "none", false}, {"d", "folder", true}, {"d", ".", false},
		{"none", "./none", true}, {"none", "other", false}, {"none", "d/none", false}, {"d/none", "folder/none", true}, {"d/none", "dangling", true}, {"folder/none", "dangling", true},
		{"no/ne", "no/ne", true}, {"no/ne", "./no/ne", true}, {"no/ne", "na/ne", false}, {"d/no/ne", "folder/no/ne", true}, {"round", "round", false},
	} {
		if Same(c.a, c.b) != c.same || Same(c.b, c.a) != c.same {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.same)
		}
	}
}

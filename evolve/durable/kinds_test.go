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

func hello(w io.Writer) error {
	_, err := io.WriteString(w, "hello")
	return err
}

// A link stays one, and what it leads to is written, there or not.
func TestWriteThroughLinks(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real", "deep")
	if err := os.MkdirAll(real, 0o755); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"folder": real, "one": "folder/../f", "two": "one", "a": "b", "b": "a", "lost": filepath.Join("none", "f")}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	for _, was := range []string{"", "old"} { // what two leads to: nothing, and then a file
		f := filepath.Join(dir, "real", "f")
		if was != "" {
			if err := os.WriteFile(f, []byte(was), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteFile(filepath.Join(dir, "two"), hello); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(f); err != nil || string(text) != "hello" {
			t.Errorf("behind the links is %q, %v", text, err)
		}
		for name, to := range links {
			if got, err := os.Readlink(filepath.Join(dir, name)); err != nil || got != to {
				t.Errorf("the link %s leads to %q, %v, want %q", name, got, err, to)
			}
		}
	}
	for _, name := range []string{"a", "lost"} {
		if err := WriteFile(filepath.Join(dir, name), hello); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
			t.Errorf("%s: %v, want an error with the path", name, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(path, hello); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(path, 5); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := ReadFile(path, 4); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), path+": 5 bytes, want a file of at most 4") {
		t.Error(err)
	}
	if _, err := ReadFile(path+"x", 4); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path+"x") {
		t.Error(err)
	}
	refused(t, filepath.Dir(path), "a folder")
}

// refused checks that what is at path is neither read nor replaced.
func refused(t *testing.T, path, is string) {
	t.Helper()
	was, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, 1<<20); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), path+": is "+is+", not a file: ") {
		t.Errorf("read %s: %v", is, err)
	}
	if err := WriteFile(path, hello); !errors.Is(err, evolve.ErrInvalid) || !strings.HasPrefix(err.Error(), path+": is "+is+", not a file: want another name: ") {
		t.Errorf("write %s: %v", is, err)
	}
	if now, err := os.Lstat(path); err != nil || now.Mode() != was.Mode() || !os.SameFile(was, now) {
		t.Errorf("%s was %v and is %v, %v", path, was.Mode(), now, err)
	}
}

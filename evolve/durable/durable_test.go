package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteFile(t *testing.T) {
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
	if err := WriteFile(path, put("one", nil)); err != nil {
		t.Fatal(err)
	}
	assert("one")
	if err := WriteFile(path, put("two", nil)); err != nil {
		t.Fatal(err)
	}
	assert("two")
	boom := errors.New("boom")
	if err := WriteFile(path, put(strings.Repeat("three", 1<<16), boom)); !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want boom with the path", err)
	}
	assert("two")
	func() {
		defer func() { recover() }()
		WriteFile(path, func(io.Writer) error { panic("boom") })
	}()
	assert("two")
	if err := WriteFile(filepath.Join(dir, "none", "f"), put("x", nil)); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	// A folder stands where the file should go: the rename fails.
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "d"), put("x", nil)); err == nil {
		t.Error("replaced a folder")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%v are left", entries)
	}
}

func TestRemoveLeft(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".amoeba-f.123.tmp", ".mine.tmp", "f", ".amoeba-notes", ".amoeba-notes.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveLeft(dir); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if got, want := strings.Join(left, " "), ".amoeba-notes .amoeba-notes.tmp .mine.tmp f"; got != want || err != nil {
		t.Errorf("%s, %v are left, want %s", got, err, want)
	}
}

// What cannot be written is known before it is; what stands there, and the folder, stay as they are.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for range 2 {
		if err := Writable(path); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v are left in the folder", entries, err)
	}
	if err := WriteBytes(path, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); Writable(path) != nil || err != nil || string(text) != "kept" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	for _, bad := range []string{filepath.Join(dir, "none", "f"), filepath.Join(path, "f"), dir} {
		if have, want := Writable(bad), WriteBytes(bad, nil); have == nil || have.Error() != want.Error() {
			t.Errorf("%s: %v, and when it is written %v", bad, have, want)
		}
	}
}

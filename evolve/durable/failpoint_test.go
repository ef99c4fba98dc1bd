package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever step of a writing fails, what stood at the path is untouched, nothing is left beside it and the
// error names the path alone. Only when the folder cannot be synced is the new file there, whole, and the
// error says what may become of it.
func TestEveryStepFails(t *testing.T) {
	boom := errors.New("boom")
	failing := func(t *testing.T, step string) {
		t.Helper()
		was := failpoint
		t.Cleanup(func() { failpoint = was })
		failpoint = func(s string) error {
			if s == step {
				return boom
			}
			return nil
		}
	}
	long := strings.Repeat("new", 1<<16) // several times what is held before it is written
	for _, step := range []string{"fill", "write", "flush", "chmod", "sync", "close", "rename", "sync folder"} {
		for _, was := range []string{"", "old"} {
			for _, now := range []string{"new", long} {
				t.Run(step, func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "f")
					if was != "" {
						if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
							t.Fatal(err)
						}
					}
					failing(t, step)
					err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, now); return err })
					if !errors.Is(err, boom) || !strings.HasPrefix(err.Error(), "write "+path+": ") || strings.Contains(err.Error(), suffix) {
						t.Errorf("%v, want boom with the path alone", err)
					}
					want := was
					if step == "sync folder" {
						want = now
						if err != nil && !strings.Contains(err.Error(), "the folder may forget it in a power failure") {
							t.Error(err)
						}
					}
					files := 0
					if want != "" {
						files = 1
						if text, err := os.ReadFile(path); err != nil || string(text) != want {
							t.Errorf("%d bytes, %v are there, want %d", len(text), err, len(want))
						}
					}
					if entries, err := os.ReadDir(dir); err != nil || len(entries) != files {
						t.Errorf("%v, %v are in the folder, want %d files", entries, err, files)
					}
					// The next time, all is well.
					failpoint = func(string) error { return nil }
					if err := WriteBytes(path, []byte("next")); err != nil {
						t.Error(err)
					}
					if text, err := os.ReadFile(path); err != nil || string(text) != "next" {
						t.Errorf("%q, %v", text, err)
					}
				})
			}
		}
	}
}

// The list of steps above has all that WriteFile goes through.
func TestStepsAreKnown(t *testing.T) {
	was := failpoint
	defer func() { failpoint = was }()
	var steps []string
	failpoint = func(s string) error { steps = append(steps, s); return nil }
	if err := WriteBytes(filepath.Join(t.TempDir(), "f"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(steps, ", "), "fill, flush, write, chmod, sync, close, rename, sync folder"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A folder that cannot be written to, and a name too long for the file system: nothing is made.
func TestNoTemporary(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("n", 300))
	if err := WriteBytes(path, nil); err == nil || !strings.HasPrefix(err.Error(), "write "+path+": ") || strings.Contains(err.Error(), prefix) {
		t.Errorf("%v, want an error with the path alone", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("%v are left", entries)
	}
}

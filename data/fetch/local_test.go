package fetch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestUnwritable(t *testing.T) {
	s := serve(t, good)
	f := pinned(t, s)
	// A file stands where a folder must be.
	if err := os.WriteFile(filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(f.Path))), "a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	assertError(t, f, client(9).Get(t.Context(), f), "not a directory")

	f = pinned(t, s)
	if err := os.MkdirAll(f.Path+".part", 0o755); err != nil {
		t.Fatal(err)
	}
	assertError(t, f, client(9).Get(t.Context(), f), f.Path+".part is in the way")
	s.asked(t)
}

func TestUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root, and Windows, write anywhere")
	}
	s := serve(t, good)
	f := pinned(t, s)
	dir := filepath.Dir(f.Path)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	err := client(9).Get(t.Context(), f)
	assertError(t, f, err, f.Path+".part")
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v does not wrap fs.ErrPermission", err)
	}
	s.asked(t)
}

func TestLocked(t *testing.T) {
	if unlock, err := lock(filepath.Join(t.TempDir(), "f")); err != nil || runtime.GOOS == "windows" {
		t.Skip("files cannot be locked here:", err)
	} else {
		unlock()
	}
	s := serve(t, good)
	f := pinned(t, s)
	leave(t, f, content[:half])
	p, err := takePart(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	err = client(9).Get(t.Context(), f)
	assertError(t, f, err, f.Path+".part: another amoeba is fetching this file")
	if !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("%v does not wrap ErrInvalid", err)
	}
	assertPart(t, f, half)
	s.asked(t)
	p.release()
	assertFetched(t, f, client(0).Get(t.Context(), f))
	s.asked(t, from(half))
}

// However calls for one file interleave, each ends with the file or with the lock, and no
// one writes into a file that already has its name.
func TestTogether(t *testing.T) {
	s := serve(t, good)
	f := pinned(t, s)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if err := client(0).Get(t.Context(), f); err != nil && !strings.Contains(err.Error(), "another amoeba") {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	assertFetched(t, f, client(0).Get(t.Context(), f))
	if runtime.GOOS != "windows" {
		s.asked(t, "")
	}
}

func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no device that is always full:", err)
	}
	defer full.Close()
	p := &part{file: full}
	err = p.write([]byte("x"))
	if err == nil || !strings.Contains(err.Error(), "make room on that disk") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want what to do about it", err)
	}
	if p.n != 0 {
		t.Errorf("counted %d bytes", p.n)
	}
}

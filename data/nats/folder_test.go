package nats

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"go.uber.org/goleak"
)

func TestWalkSamples(t *testing.T) {
	dir := shared.Path(t, "data", "nats-official-samples")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if f.Space != Topology || !slices.Equal(f.Indices, []int{0, 11, 284}) || len(f.Missing) != 15622 || len(f.Extra) != 0 {
		t.Errorf("space %s, files %v, %d missing, extra %v", f.Space.Name, f.Indices, len(f.Missing), f.Extra)
	}
	var walked []int
	if err := f.Walk(func(a *Arch) error { walked = append(walked, a.Index); return nil }); err != nil || !slices.Equal(walked, f.Indices) {
		t.Errorf("walked %v, error %v", walked, err)
	}
}

// sizeFolder has the size architectures 0..n-1, without runs.
func sizeFolder(t *testing.T, n int) string {
	dir := t.TempDir()
	for i := range n {
		writeFile(t, dir, nameOf(i), buildArch(Size, i, fmt.Sprintf("8:8:8:%d:%d", 8*(1+i/8), 8*(1+i%8))))
	}
	return dir
}

func TestWalkOrderAndStop(t *testing.T) {
	defer goleak.VerifyNone(t)
	f, err := Open(sizeFolder(t, 40))
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	if err := f.Walk(func(a *Arch) error {
		if a.Index != next {
			t.Errorf("architecture %d, want %d", a.Index, next)
		}
		next++
		return nil
	}); err != nil || next != 40 {
		t.Errorf("%d walked, error %v", next, err)
	}
	enough := errors.New("enough")
	calls := 0
	if err := f.Walk(func(a *Arch) error {
		if calls++; a.Index == 7 {
			return enough
		}
		return nil
	}); err != enough || calls != 8 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

func TestWalkRefuses(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := sizeFolder(t, 12)
	for name, c := range map[string]struct {
		content any
		msg     string
	}{
		"damaged":       {"", "000005.pickle.pbz2: want a dictionary, got string: invalid"},
		"another space": {buildArch(Topology, 5, "|nor_conv_1x1~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|none~1|avg_pool_3x3~2|"), "000005.pickle.pbz2: of space tss, the folder is of sss: invalid"},
		"another index": {buildArch(Size, 6, "8:8:8:8:56"), "000005.pickle.pbz2: holds architecture 6: invalid"},
	} {
		writeFile(t, dir, nameOf(5), c.content)
		f, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		err = f.Walk(func(*Arch) error { calls++; return nil })
		if calls != 5 || !errors.Is(err, evolve.ErrInvalid) || err.Error() != c.msg {
			t.Errorf("%s: %d calls, got %v, want %s", name, calls, err, c.msg)
		}
	}
}

func TestFolderCompares(t *testing.T) {
	for _, c := range []struct {
		name           string
		change         func([]int) []int
		missing, extra int
		msg            string // of Partial
	}{
		{"whole", func(all []int) []int { return all }, 0, 0, ""},
		{"gap", func(all []int) []int { return slices.Delete(all, 30, 33) }, 3, 0, ""},
		{"end", func(all []int) []int { return all[:15624] }, 1, 0, ""},
		{"one", func(all []int) []int { return all[:1] }, 15624, 0, "dir: 1 of the 15625 files of space tss, want at least 2: invalid"},
		{"beyond", func(all []int) []int { return append(all, 15625, 20000) }, 0, 2, "dir: 2 files are not of space tss, the first is 015625.pickle.pbz2: invalid"},
	} {
		f := &Folder{Dir: "dir", Space: Topology, Indices: c.change(upTo(15625))}
		f.compare()
		err := f.Partial()
		if len(f.Missing) != c.missing || len(f.Extra) != c.extra || len(f.Indices)+len(f.Missing) != 15625 {
			t.Errorf("%s: %d files, missing %d, extra %v", c.name, len(f.Indices), len(f.Missing), f.Extra)
		}
		if (err == nil) != (c.msg == "") || err != nil && err.Error() != c.msg {
			t.Errorf("%s: got %v, want %s", c.name, err, c.msg)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "no file named as 000000.pickle.pbz2") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	dir = sizeFolder(t, 2)
	for _, name := range []string{"meta.pickle.pbz2", "README.md", "1.pickle.pbz2", "000000 (1).pickle.pbz2", "+00001.pickle.pbz2"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Indices, []int{0, 1}) || !slices.Equal(f.Extra, []string{"+00001.pickle.pbz2", "000000 (1).pickle.pbz2", "1.pickle.pbz2"}) {
		t.Errorf("files %v, extra %q", f.Indices, f.Extra)
	}
}

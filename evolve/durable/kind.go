package durable

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A Kind is what a file is by how it begins. Whoever writes files of a kind under a name that a person
// chose replaces only those of that kind: another file was not made by this program.
type Kind struct {
	Name string                 // as in "exists and is no NAME"
	Is   func(head []byte) bool // of the first bytes of a file, at most headMost
	Want string                 // what to do about another file; "" is to want another name
}

// headMost is as much of a file as its kind shows in, in bytes: titles stand before some marks.
const headMost = 4096

// Begins is the kind of files that begin with some bytes.
func Begins(name, with string) Kind {
	return Kind{Name: name, Is: func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }}
}

// Lines is the kind of files of JSON lines, each an object with a key. The beginning of such a line alone,
// the trace of a crash, is one too.
func Lines(name, key string) Kind {
	key = `"` + key + `":`
	return Kind{Name: name, Is: func(head []byte) bool {
		line, _, whole := strings.Cut(string(head), "\n")
		return strings.HasPrefix(line, "{") && strings.Contains(line, key) || !whole && strings.HasPrefix("{"+key, line)
	}}
}

// Check refuses a path at which there is something else, with [evolve.ErrInvalid]. Nothing, an empty file
// and one of the kind are fine; links are followed.
func (k Kind) Check(path string) error { return k.check(path, cmp.Or(k.Want, "want another name")) }

func (k Kind) check(path, want string) error {
	if err := regular(path); err != nil {
		return fmt.Errorf("%w: %s: %w", err, want, evolve.ErrInvalid)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headMost))
	if err != nil {
		return err
	}
	if len(head) > 0 && !k.Is(head) {
		return fmt.Errorf("%s: exists and is no %s: %s: %w", path, k.Name, want, evolve.ErrInvalid)
	}
	return nil
}

// Write is [WriteFile] over nothing, or over a file of the kind.
func (k Kind) Write(path string, write func(io.Writer) error) error {
	if err := k.Check(path); err != nil {
		return err
	}
	return WriteFile(path, write)
}

// WriteBytes is Write of bytes that are there.
func (k Kind) WriteBytes(path string, text []byte) error {
	return k.Write(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// Files are the files that are written into a folder: kinds by names, which may be patterns of
// [path.Match] and have folders before them.
type Files map[string]Kind

// Check refuses a folder in which something else has the name of one of the files. There need not be
// a folder.
func (f Files) Check(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		for _, path := range under(dir, name) {
			if err := f[name].check(path, "name another folder with --out"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Paths are the files that are there.
func (f Files) Paths(dir string) (paths []string) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		paths = append(paths, under(dir, name)...)
	}
	return paths
}

// under are the paths in a folder, whose own name is no pattern, that match one.
func under(dir, pattern string) (paths []string) {
	names, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		panic(err) // patterns are ours
	}
	for _, name := range names {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return paths
}

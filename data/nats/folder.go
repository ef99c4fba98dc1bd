package nats

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Folder is a folder of official files of one space. The official meta.pickle.pbz2 is not
// read: it lists the architectures' strings, which their index says already.
type Folder struct {
	Dir     string
	Space   *Space
	Indices []int    // of the files that are there, ascending
	Missing []int    // indices without a file, ascending
	Extra   []string // files of the same kind that are no architecture of the space
}

// Open lists a folder and reads its first file, which tells the space.
func Open(dir string) (*Folder, error) {
	entries, err := os.ReadDir(dir) // sorted by name, hence by index
	if err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir}
	for _, e := range entries {
		name := e.Name()
		if index, ok := indexOfName(name); ok {
			f.Indices = append(f.Indices, index)
		} else if strings.HasSuffix(name, suffix) && name != "meta"+suffix {
			f.Extra = append(f.Extra, name)
		}
	}
	if len(f.Indices) == 0 {
		return nil, fmt.Errorf("%s: no file named as 000000%s: %w", dir, suffix, evolve.ErrInvalid)
	}
	first, err := ReadFile(f.path(f.Indices[0]))
	if err != nil {
		return nil, err
	}
	f.Space = first.Space
	f.compare()
	return f, nil
}

// compare splits the indices into those of the space, Missing and Extra.
func (f *Folder) compare() {
	inside, next := 0, 0
	for ; inside < len(f.Indices) && f.Indices[inside] < f.Space.Size; inside++ {
		for ; next < f.Indices[inside]; next++ {
			f.Missing = append(f.Missing, next)
		}
		next++
	}
	for ; next < f.Space.Size; next++ {
		f.Missing = append(f.Missing, next)
	}
	for _, index := range f.Indices[inside:] {
		f.Extra = append(f.Extra, nameOf(index))
	}
	f.Indices = f.Indices[:inside]
}

func nameOf(index int) string { return fmt.Sprintf("%06d%s", index, suffix) }

func (f *Folder) path(index int) string { return filepath.Join(f.Dir, nameOf(index)) }

// indexOfName reads the index in the name of an official file, six digits.
func indexOfName(name string) (int, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), ok && err == nil && len(digits) == 6
}

// Partial returns an error, which wraps [evolve.ErrInvalid], if there are fewer than two files,
// which are no pool to choose from, or if one is of no architecture of the space.
func (f *Folder) Partial() error {
	switch {
	case len(f.Indices) < 2:
		return fmt.Errorf("%s: %d of the %d files of space %s, want at least 2: %w",
			f.Dir, len(f.Indices), f.Space.Size, f.Space.Name, evolve.ErrInvalid)
	case len(f.Extra) > 0:
		return fmt.Errorf("%s: %d files are not of space %s, the first is %s: %w",
			f.Dir, len(f.Extra), f.Space.Name, f.Extra[0], evolve.ErrInvalid)
	}
	return nil
}

// Walk calls each with every architecture that is there, in the order of their indices
// and never twice at a time. It stops at the first error. Some files, as many as there
// are processors, are decoded ahead; no more are in memory.
func (f *Folder) Walk(each func(*Arch) error) error {
	type read struct {
		arch *Arch
		err  error
	}
	var running sync.WaitGroup
	defer running.Wait()
	ahead := make([]chan read, min(runtime.GOMAXPROCS(0), len(f.Indices)))
	start := func(i int) {
		c := make(chan read, 1) // so that an early return leaves nothing blocked
		ahead[i%len(ahead)] = c
		running.Go(func() {
			a, err := ReadFile(f.path(f.Indices[i]))
			c <- read{a, err}
		})
	}
	for i := range ahead {
		start(i)
	}
	for i, index := range f.Indices {
		r := <-ahead[i%len(ahead)]
		if r.err == nil && r.arch.Space != f.Space {
			r.err = fmt.Errorf("%s: of space %s, the folder is of %s: %w",
				nameOf(index), r.arch.Space.Name, f.Space.Name, evolve.ErrInvalid)
		}
		if r.err != nil {
			return r.err
		}
		if next := i + len(ahead); next < len(f.Indices) {
			start(next)
		}
		if err := each(r.arch); err != nil {
			return err
		}
	}
	return nil
}

package tabulate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Runs reads the runs of a folder, in the order in which they ended. A last line that a crash
// has torn is left out; any other damage is an error with its place.
func Runs(dir string) ([]Run, error) {
	runs, _, _, err := readRuns(dir)
	return runs, err
}

// readRuns also says how many bytes the whole lines take, and how many follow them.
func readRuns(dir string) (runs []Run, whole int64, torn int, err error) {
	path := filepath.Join(dir, RunsName)
	f, _, err := durable.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, 0, nil
	}
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	if runs, whole, torn, err = parseRuns(f); err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	return runs, whole, torn, nil
}

func parseRuns(from io.Reader) (runs []Run, whole int64, torn int, err error) {
	r := checked.NewReader(from)
	for {
		var x Run
		switch err := r.Next(&x); {
		case err == io.EOF:
			return runs, r.Whole(), r.Torn(), nil
		case errors.Is(err, checked.ErrNone) && len(runs) == 0:
			return nil, 0, 0, fmt.Errorf("%w; %s: %w", err, older, evolve.ErrInvalid)
		case err == nil && (x.Arch == "" || x.Seed < 1):
			return nil, 0, 0, fmt.Errorf("%w: %w", r.At(errors.New("no run: want an arch, and seeds from 1")),
				evolve.ErrInvalid)
		case err != nil:
			return nil, 0, 0, fmt.Errorf("%w; remove the line to train it again: %w", err, evolve.ErrInvalid)
		}
		runs = append(runs, x)
	}
}

// log is the file of runs while a build appends to it. Its caller holds a lock.
type log struct {
	file   *os.File
	synced time.Time
}

// open makes the file of runs, whose whole lines take so many bytes, ready for more: a torn last
// line is cut off.
func open(path string, whole int64) (*log, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(whole); err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &log{file: f, synced: time.Now()}, nil
}

// write appends a run. It is synced every few seconds alone: what a power failure loses is
// trained again.
func (l *log) write(r Run) error {
	if err := checked.Write(l.file, r); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(l.synced) > 5*time.Second {
		l.synced = now
		return l.file.Sync()
	}
	return nil
}

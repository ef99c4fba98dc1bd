package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// Lines of earlier versions began so.
const oldLine = `{"id":`

var errOlder = checked.Fault("written by an earlier version of amoeba, whose journals this one cannot read")

// File is a journal of JSON lines, appended to and synced once a trial: what Record has
// returned for survives the machine.
type File struct {
	f    *os.File
	past []evolve.Outcome
	torn error // why the last line may have no end: nothing may follow it
}

// OpenFile opens or makes the journal at path and reads what it holds. A torn last line, the
// trace of a crash, is cut off; any other damage is an error with the line's number and byte.
func OpenFile(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	past, whole, _, err := read(f)
	if err == nil {
		if err = f.Truncate(whole); err == nil {
			_, err = f.Seek(whole, io.SeekStart)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := durable.SyncDir(filepath.Dir(path)); err != nil {
		f.Close()
		return nil, err
	}
	return &File{f: f, past: past}, nil
}

// ReadFile reads what the journal at path holds, whoever may be writing it.
func ReadFile(path string) ([]evolve.Outcome, error) {
	past, _, err := readFile(path)
	return past, err
}

// ReadWhole is [ReadFile] of the journal of a finished study, which no crash can have torn.
func ReadWhole(path string) ([]evolve.Outcome, error) {
	past, torn, err := readFile(path)
	if err == nil && torn > 0 {
		err = fmt.Errorf("%s: line %d has no end: cut or altered since the study was finished: %w",
			path, len(past)+1, evolve.ErrInvalid)
	}
	return past, err
}

func readFile(path string) (past []evolve.Outcome, torn int, err error) {
	f, _, err := durable.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if past, _, torn, err = read(f); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return past, torn, nil
}

// Past is what the journal held when it was opened, for the pool of a study that goes on from it, [evolve.Local].
func (f *File) Past() []evolve.Outcome { return f.past }

// Record appends an outcome that the journal does not hold.
func (f *File) Record(o *evolve.Outcome) error {
	if f.torn != nil {
		return f.torn
	}
	text, err := encode(o)
	if err != nil {
		return err
	}
	if _, err := f.f.Write(text); err != nil {
		f.torn = err
		return err
	}
	f.torn = f.f.Sync()
	return f.torn
}

// Arrange closes the journal of a finished study and puts its lines in the order of the trials'
// numbers, which is the same whoever ended first.
func (f *File) Arrange() error {
	path := f.f.Name()
	if err := errors.Join(f.torn, f.f.Close()); err != nil {
		return err
	}
	lines, err := linesOf(path)
	if err != nil {
		return err
	}
	byID := func(a, b numbered) int { return cmp.Compare(a.id, b.id) }
	if slices.IsSortedFunc(lines, byID) {
		return nil
	}
	slices.SortFunc(lines, byID)
	return rewrite(path, lines)
}

// Cut drops what the journal holds of all trials whose numbers are above last, for a study whose state is lost from
// there on: afterwards Past has the others alone, and Record may be given these trials anew. The file is replaced as a
// whole, so that a crash leaves the one or the other.
func (f *File) Cut(last int) error {
	later := func(id int) bool { return id > last }
	if !slices.ContainsFunc(f.past, func(o evolve.Outcome) bool { return later(o.ID) }) {
		return nil
	}
	path := f.f.Name()
	if err := errors.Join(f.torn, f.f.Close()); err != nil {
		return err
	}
	lines, err := linesOf(path)
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l numbered) bool { return later(int(l.id)) })
	if err := rewrite(path, lines); err != nil {
		return err
	}
	again, err := OpenFile(path)
	if err != nil {
		return err
	}
	*f = *again
	return nil
}

// numbered is a line with its trial's number.
type numbered struct {
	id   int64
	text []byte
}

// linesOf reads the lines of a whole journal.
func linesOf(path string) (lines []numbered, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	for r := checked.NewReader(in); ; {
		l := unread()
		err := r.Next(&l)
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, numbered{l.ID, bytes.Clone(r.Text())})
	}
}

// rewrite replaces a journal by lines, durably.
func rewrite(path string, lines []numbered) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		for _, l := range lines {
			if _, err := w.Write(l.text); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// read returns the outcomes of whole lines, the number of bytes these take, and how many follow
// them: a line that a crash has torn.
func read(from io.Reader) (past []evolve.Outcome, whole int64, torn int, err error) {
	r := checked.NewReader(from)
	seen := map[int]bool{}
	for {
		l := unread()
		err := r.Next(&l)
		if err == io.EOF {
			return past, r.Whole(), r.Torn(), nil
		}
		if err != nil && len(past) == 0 {
			if bytes.HasPrefix(r.Text(), []byte(oldLine)) && !errors.Is(err, checked.ErrAltered) {
				err = r.At(errOlder)
			}
			if errors.Is(err, errOlder) || errors.Is(err, checked.ErrNone) {
				return nil, 0, 0, fmt.Errorf("%w; go on with that version: %w", err, evolve.ErrInvalid)
			}
		}
		var o evolve.Outcome
		if err == nil {
			if o, err = l.outcome(); err == nil && seen[o.ID] {
				err = fmt.Errorf("trial %d a second time", o.ID)
			}
			if err != nil {
				err = r.At(err)
			}
		}
		if err != nil {
			return nil, 0, 0, fmt.Errorf("%w; remove the line and all after it to go on from there: %w",
				err, evolve.ErrInvalid)
		}
		seen[o.ID] = true
		past = append(past, o)
	}
}

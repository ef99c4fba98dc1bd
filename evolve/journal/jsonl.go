// Package journal keeps what a study did: JSON lines for trials that cost real time,
// Parquet for simulated ones. docs/journal.md is the schema.
package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// line is an outcome on disk: one JSON object a line. Seeds are text, as 64 bits do not
// fit a JSON number; a failure is text, as infinity is not JSON.
type line struct {
	ID      int         `json:"id"`
	Arch    evolve.Arch `json:"arch"`
	Epochs  int         `json:"epochs,omitempty"`
	From    int         `json:"from,omitempty"`
	Trained int         `json:"trained,omitempty"`
	Parents []int       `json:"parents,omitempty"`
	Tag     int         `json:"tag,omitempty"`
	Known   bool        `json:"known,omitempty"`
	Seed    uint64      `json:"seed,string"`
	Loss    *float64    `json:"loss,omitempty"`
	Others  []float64   `json:"others,omitempty"`
	Cost    float64     `json:"cost"`
	Start   float64     `json:"start"`
	End     float64     `json:"end"`
	Err     string      `json:"err,omitempty"`
}

// File is a journal of JSON lines, appended to and synced once a trial: what Record has
// returned for survives the machine.
type File struct {
	f    *os.File
	past []evolve.Outcome
	next int // how many of past the running study has told again
	buf  bytes.Buffer
	torn error // why the last line may have no end: nothing may follow it
}

// OpenFile opens or makes the journal at path and reads what it holds. A torn last line, the
// trace of a crash, is cut off; any other damage is an error with the line's number.
func OpenFile(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	past, whole, err := read(f)
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
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	past, _, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return past, nil
}

// Past is what the journal held when it was opened, for evolve.Replay and evolve.Local.
func (f *File) Past() []evolve.Outcome { return f.past }

// Record appends an outcome, or, while a resumed study goes through what is recorded, checks
// that it is the same trial.
func (f *File) Record(o *evolve.Outcome) error {
	if f.next < len(f.past) {
		// The architecture too: trials answered free of cost never reach evolve.Replay.
		if was := &f.past[f.next]; was.ID != o.ID || was.Arch != o.Arch {
			return fmt.Errorf("outcome %d is of trial %d, %s; the journal has trial %d, %s: %w", f.next+1, o.ID, o.Arch, was.ID, was.Arch, evolve.ErrDiverged)
		}
		f.next++
		return nil
	}
	return f.Append(o)
}

// Append adds an outcome that the journal does not hold, for pools that tell of what is new
// alone, in the order in which trials end.
func (f *File) Append(o *evolve.Outcome) error {
	if f.torn != nil {
		return f.torn
	}
	f.buf.Reset()
	if err := encode(&f.buf, o); err != nil {
		return err
	}
	if _, err := f.f.Write(f.buf.Bytes()); err != nil {
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
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	type numbered struct {
		id   int
		text []byte
	}
	var lines []numbered
	for l := range bytes.Lines(text) {
		o, err := decode(l)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", path, err, evolve.ErrInvalid)
		}
		lines = append(lines, numbered{o.ID, l})
	}
	byID := func(a, b numbered) int { return cmp.Compare(a.id, b.id) }
	if slices.IsSortedFunc(lines, byID) {
		return nil
	}
	slices.SortFunc(lines, byID)
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

func encode(w io.Writer, o *evolve.Outcome) error {
	l := line{ID: o.ID, Arch: o.Arch, Epochs: o.Epochs, From: o.From, Trained: o.Trained, Tag: o.Tag, Known: o.Known != nil, Seed: o.Seed,
		Others: o.Others, Cost: o.Cost, Start: o.Start, End: o.End}
	for n := 2; n > 0 && l.Parents == nil; n-- {
		if o.Parents[n-1] != 0 {
			l.Parents = o.Parents[:n]
		}
	}
	if o.Err != nil {
		l.Err = cmp.Or(o.Err.Error(), "failed") // a line without a loss must say why
	} else {
		l.Loss = &o.Loss
	}
	return json.NewEncoder(w).Encode(l)
}

// read returns the outcomes of whole lines and the number of bytes these take.
func read(r io.Reader) (past []evolve.Outcome, whole int64, err error) {
	br := bufio.NewReader(r)
	seen := map[int]bool{}
	for n := 1; ; n++ {
		text, err := br.ReadBytes('\n')
		if err == io.EOF {
			return past, whole, nil // with text: a line without its end, torn
		}
		if err != nil {
			return nil, 0, err
		}
		o, err := decode(text)
		if err == nil && seen[o.ID] {
			err = fmt.Errorf("trial %d a second time", o.ID)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("line %d (byte %d): %w; remove the line and all after it to go on from there: %w", n, whole, err, evolve.ErrInvalid)
		}
		seen[o.ID] = true
		past = append(past, o)
		whole += int64(len(text))
	}
}

func decode(text []byte) (evolve.Outcome, error) {
	var l line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return evolve.Outcome{}, fmt.Errorf("not a trial: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return evolve.Outcome{}, errors.New("more than one value")
	}
	o := evolve.Outcome{
		Trial:  evolve.Trial{ID: l.ID, Proposal: evolve.Proposal{Arch: l.Arch, Epochs: l.Epochs, From: l.From, Trained: l.Trained, Tag: l.Tag}, Seed: l.Seed},
		Result: evolve.Result{Others: l.Others, Cost: l.Cost}, Start: l.Start, End: l.End,
	}
	switch {
	case l.ID < 1 || l.Arch == "":
		return o, errors.New("no trial number or no architecture")
	case (l.Loss == nil) == (l.Err == ""):
		return o, errors.New("want a loss or an err, one of them")
	case len(l.Parents) > 2:
		return o, errors.New("more than two parents")
	case l.Err != "":
		o.Err, o.Loss = failure(l.Err), math.Inf(1)
	default:
		o.Loss = *l.Loss
	}
	copy(o.Parents[:], l.Parents)
	return o, nil
}

// failure is a recorded failure: its text as written, and still an ErrFailed.
type failure string

func (f failure) Error() string        { return string(f) }
func (f failure) Is(target error) bool { return target == evolve.ErrFailed }

package byhand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// File is the journal in the folder of a study: a line that says what is searched and how, and then one for each
// question and each result, in the order in which they came. The result of an open trial is missing.
const File = durable.AskedFile

// kind is what a journal is by how it begins.
var kind = durable.Lines("journal of amoeba ask", "study")

// Spec says what a study searches and how.
type Spec struct {
	Space  string `json:"space"`            // a spec of a space
	Digest string `json:"digest,omitempty"` // of a space by a file: SHA-256 of what it means
	Algo   string `json:"algo"`             // of a searcher
	Seed   uint64 `json:"seed,string"`      // text in JSON, whose numbers do not hold 64 bits
}

// event is a line of the journal, which has one of the keys.
type event struct {
	Study *Spec  `json:"study,omitempty"`
	Ask   *asked `json:"ask,omitempty"`
	Tell  *told  `json:"tell,omitempty"`
}

// asked is a proposal.
type asked struct {
	Trial int         `json:"trial"` // counts from 1
	Arch  evolve.Arch `json:"arch"`
	Known bool        `json:"known,omitempty"` // answered from the searcher's memory: nobody is to evaluate it
}

// told is a result: a loss, or why there is none.
type told struct {
	Trial int      `json:"trial"`
	Loss  *float64 `json:"loss,omitempty"`
	Cost  float64  `json:"cost"` // seconds
	Error string   `json:"error,omitempty"`
}

// journal is an open journal.
type journal struct {
	path   string
	spec   Spec
	events []event  // behind the first line
	file   *os.File // nil of a journal that create has not written yet
	unlock func()
}

// open locks a folder, waits where another process has it, and reads the journal. The error is fs.ErrNotExist where
// there is none.
func open(ctx context.Context, dir string) (*journal, error) {
	if err := durable.Only(dir, File); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, File)); err != nil {
		return nil, err
	}
	unlock, err := durable.LockWait(ctx, dir, func() {})
	if err != nil {
		return nil, err
	}
	j := &journal{path: filepath.Join(dir, File), unlock: unlock}
	if err := kind.Check(j.path); err != nil {
		unlock()
		return nil, err
	}
	if j.file, err = os.OpenFile(j.path, os.O_RDWR, 0); err != nil {
		unlock()
		return nil, err
	}
	whole, err := j.read(j.file)
	if err == nil {
		if err = j.file.Truncate(whole); err == nil { // what a crash has torn
			_, err = j.file.Seek(whole, io.SeekStart)
		}
	}
	if err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// create writes a journal that is in no file yet, into a folder that it makes where there is none. It makes none where
// another process did.
func (j *journal) create(ctx context.Context, dir string) (made bool, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, fmt.Errorf("folder %s: %w", dir, err)
	}
	unlock, err := durable.LockWait(ctx, dir, func() {})
	if err != nil {
		return false, err
	}
	defer unlock()
	if _, err := os.Stat(j.path); err == nil {
		return false, nil
	}
	var text []byte
	for _, e := range append([]event{{Study: &j.spec}}, j.events...) {
		line, err := checked.Line(e)
		if err != nil {
			return false, err
		}
		text = append(text, line...)
	}
	return true, durable.WriteBytes(j.path, text)
}

// close closes and unlocks.
func (j *journal) close() {
	j.file.Close() // what was appended is synced
	j.unlock()
}

// read reads the lines, and returns how many bytes the whole ones take. Each is of a trial that it may be of.
func (j *journal) read(from io.Reader) (whole int64, err error) {
	r := checked.NewReader(from)
	var s state
	for n := 0; ; n++ {
		var e event
		err := r.Next(&e)
		if err == io.EOF && n > 0 {
			return r.Whole(), nil
		}
		if err == io.EOF {
			err = r.At(errors.New("it has no first line"))
		}
		if err == nil && n == 0 {
			if e.Study == nil || e.Ask != nil || e.Tell != nil {
				err = r.At(errors.New("want what the study is of"))
			} else {
				j.spec = *e.Study
				continue
			}
		}
		if err == nil {
			if err = s.add(e); err != nil {
				err = r.At(err)
			}
		}
		if err != nil {
			return 0, fmt.Errorf("%s: %w; remove the line and all after it to go on from there: %w",
				j.path, err, evolve.ErrInvalid)
		}
		j.events = append(j.events, e)
	}
}

// append adds an event, which survives the machine when it returns, unless the journal is in no file yet.
func (j *journal) append(e event) error {
	if j.file == nil {
		j.events = append(j.events, e)
		return nil
	}
	line, err := checked.Line(e)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(line); err != nil {
		return err
	}
	j.events = append(j.events, e)
	return j.file.Sync()
}

// missing says whether an error is that of a folder without a journal.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// Checker checks the folders of studies by hand.
var Checker = verify.Checker{
	Is:    func(names []string) bool { return slices.Contains(names, File) },
	Check: func(dir string) ([]*verify.Report, error) { return verify.One(check(dir)) },
}

// check reads a journal, which it neither locks nor mends.
func check(dir string) (*verify.Report, error) {
	r := verify.New(dir, "asked")
	path := filepath.Join(dir, File)
	f, _, err := durable.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	j := &journal{path: path}
	_, err = j.read(f)
	r.Check(path, number.Count(len(j.events), "line")+" behind the first", err)
	r.Unfinished = "amoeba ask goes on with it"
	return r, r.Rest()
}

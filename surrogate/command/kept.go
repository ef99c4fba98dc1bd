package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/program"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// answered is what is kept of a trial that a program was asked for.
type answered struct {
	Arch   string    `json:"arch"`
	Seed   uint64    `json:"seed,string"`
	Epochs int       `json:"epochs"`
	Done   bool      `json:"done"` // it has answered; else it was stopped
	Loss   float64   `json:"loss"`
	Test   float64   `json:"test"`
	Others []float64 `json:"others"` // as losses
	Priced bool      `json:"priced"` // the cost is the program's own
	Cost   float64   `json:"cost"`   // seconds
	Spent  float64   `json:"spent"`  // measured, of all attempts
}

// answers keep what programs leave, by trial.
type answers interface {
	// answer is what is kept of a trial, nil where nothing is.
	answer(trial int) (*answered, error)
	put(trial int, a *answered) error
	// open makes the folder of a trial that goes on from another, or from none if that is 0, and says so in variables
	// of the environment. end is called when the program has ended.
	open(trial, from int) (env []string, end func(), err error)
	// log keeps the end of what the program wrote to standard error.
	log(trial int, errs *program.Tail) error
}

// memory keeps answers for as long as the process lives.
type memory struct {
	mu   sync.Mutex
	kept map[int]answered
}

func (m *memory) answer(trial int) (*answered, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.kept[trial]; ok {
		return &a, nil
	}
	return nil, nil
}

func (m *memory) put(trial int, a *answered) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[int]answered{}
	}
	m.kept[trial] = *a
	return nil
}

func (m *memory) open(_, from int) (env []string, end func(), err error) {
	if from != 0 {
		return nil, nil, fmt.Errorf("no trial goes on from trial %d, whose folder is not kept: want a folder of the "+
			"experiment: %w", from, evolve.ErrUnsupported)
	}
	dir, err := os.MkdirTemp("", "amoeba-trial-")
	if err != nil {
		return nil, nil, err
	}
	return []string{trialVariable + "=" + dir, fromVariable + "="}, func() { _ = os.RemoveAll(dir) }, nil
}

func (m *memory) log(int, *program.Tail) error { return nil }

// folder keeps what programs leave as files, by the absolute path of a folder.
type folder string

// The endings of a trial's files. Its folder has none.
const (
	resultEnding = ".result"
	stderrEnding = ".stderr"
)

func (f folder) path(trial int, ending string) string {
	return filepath.Join(string(f), fmt.Sprintf("%06d%s", trial, ending))
}

func (f folder) answer(trial int) (*answered, error) {
	path := f.path(trial, resultEnding)
	text, err := durable.ReadFile(path, checked.MaxLine)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a := new(answered)
	if err == nil {
		if err = checked.ParseLine(text, a); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	return a, err
}

func (f folder) put(trial int, a *answered) error {
	return durable.WriteFile(f.path(trial, resultEnding), func(w io.Writer) error { return checked.Write(w, a) })
}

func (f folder) open(trial, from int) (env []string, end func(), err error) {
	dir, of := f.path(trial, ""), ""
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	if from != 0 {
		of = f.path(from, "")
		if _, err := os.Stat(of); err != nil {
			return nil, nil, fmt.Errorf("trial %d goes on from trial %d: %w", trial, from, err)
		}
	}
	return []string{trialVariable + "=" + dir, fromVariable + "=" + of}, func() {}, nil
}

func (f folder) log(trial int, errs *program.Tail) error {
	path := f.path(trial, stderrEnding)
	text, before := errs.Text()
	if len(text) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // that of an attempt before
			return err
		}
		return nil
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		if before > 0 {
			if _, err := fmt.Fprintf(w, "… %d bytes before are left out\n", before); err != nil {
				return err
			}
		}
		_, err := w.Write(text)
		return err
	})
}

// VerifyAnswers checks what the benchmark command kept of the trials of a study in a folder against what its journal
// says of them.
func VerifyAnswers(r *verify.Report, dir string, past []evolve.Outcome) {
	verify.Trials(dir, past, func(path, ending string, id int, o *evolve.Outcome) {
		switch ending {
		case resultEnding:
			a, err := folder(dir).answer(id)
			if err == nil && o != nil && o.Err == nil && (!a.Done || a.Loss != o.Loss || a.Seed != o.Seed) {
				err = fmt.Errorf("it tells of loss %g and seed %d, the journal of %g and %d: %w",
					a.Loss, a.Seed, o.Loss, o.Seed, evolve.ErrInvalid)
			}
			r.Check(path, "", err)
		case stderrEnding, "": // the trial's folder
			theirs(r, path)
		}
	})
}

// theirs says of a file, or of those in a folder, that a program wrote them.
func theirs(r *verify.Report, path string) {
	_ = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			r.Unchecked(path, "your program's")
		}
		return nil // what cannot be read, the report tells of at its end
	})
}

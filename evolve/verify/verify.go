package verify

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// States of a file.
const (
	OK        = "ok"
	Damaged   = "damaged"   // or missing
	Unchecked = "unchecked" // nothing says what it should hold
)

// File is what is said of one file.
type File struct {
	Path  string `json:"path"` // below the folder, with slashes
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
}

// Report is what is said of a folder.
type Report struct {
	Dir        string `json:"dir"`
	Kind       string `json:"kind"`                 // experiment, training, table or asked
	Unfinished string `json:"unfinished,omitempty"` // what is still to be done; "" for nothing
	Files      []File `json:"files"`

	told map[string]bool
}

// New begins the report of a folder.
func New(dir, kind string) *Report {
	return &Report{Dir: dir, Kind: kind, Files: []File{}, told: map[string]bool{}}
}

// OK says that a file is as it was written. A note may say what it holds, or be "".
func (r *Report) OK(path, note string) { r.add(path, OK, note) }

// Unchecked says why nothing can be said of a file.
func (r *Report) Unchecked(path, why string) { r.add(path, Unchecked, why) }

// Elsewhere says that another report tells of a file, or of a folder with all that is in it.
func (r *Report) Elsewhere(path string) { r.told[r.below(path)] = true }

// Damaged says what is wrong with a file, or that it is missing.
func (r *Report) Damaged(path string, err error) {
	text := words.Line(err)
	if errors.Is(err, fs.ErrNotExist) {
		text = "missing"
	}
	r.add(path, Damaged, strings.TrimPrefix(text, path+": "))
}

// Check says what err says of a file: nil that it is as it was written.
func (r *Report) Check(path, note string, err error) {
	if err != nil {
		r.Damaged(path, err)
		return
	}
	r.OK(path, note)
}

// Include says of the files of a folder in this one what the report of that folder says.
func (r *Report) Include(below *Report) {
	for _, f := range below.Files {
		r.add(filepath.Join(below.Dir, filepath.FromSlash(f.Path)), f.State, f.Note)
	}
}

func (r *Report) add(path, state, note string) {
	path = r.below(path)
	r.told[path] = true
	r.Files = append(r.Files, File{path, state, note})
}

// below is a path from the folder on, with slashes.
func (r *Report) below(path string) string {
	if name, err := filepath.Rel(r.Dir, path); err == nil {
		path = name
	}
	return filepath.ToSlash(path)
}

// Rest tells of every file of the folder of which nothing was said.
func (r *Report) Rest() error {
	return filepath.WalkDir(r.Dir, func(path string, d fs.DirEntry, err error) error {
		switch told := r.told[r.below(path)]; {
		case err != nil:
			return err
		case told && d.IsDir():
			return fs.SkipDir
		case told || d.IsDir():
			return nil
		}
		switch ext := filepath.Ext(path); {
		case durable.IsLeft(d.Name()):
			r.Unchecked(path, "half a file: a killed process left it, or one writes it now")
		case ext == ".png" || ext == ".svg":
			r.Unchecked(path, "a figure")
		default:
			r.Unchecked(path, "no file of this "+r.Kind)
		}
		return nil
	})
}

// Count is how many files have a state.
func (r *Report) Count(state string) (n int) {
	for _, f := range r.Files {
		if f.State == state {
			n++
		}
	}
	return n
}

// kinds are the kinds of folders in words.
var kinds = map[string]string{"experiment": "an experiment", "training": "a training", "table": "a build of a table",
	"asked": "a study of amoeba ask"}

// WriteText prints the report, a line a file.
func (r *Report) WriteText(w io.Writer) error {
	state := "finished"
	if r.Unfinished != "" {
		state = "not finished, " + r.Unfinished
	}
	fmt.Fprintf(w, "%s: %s, %s\n", r.Dir, kinds[r.Kind], state)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Files {
		line := f.State + "\t" + f.Path
		if f.Note != "" {
			line += "\t" + words.Line(errors.New(f.Note))
		}
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d ok, %d damaged, %d unchecked\n", r.Count(OK), r.Count(Damaged), r.Count(Unchecked))
	return err
}

package program

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Command is a program that was found, with its arguments.
type Command struct {
	path string
	args []string // the name as it was written first
}

// Find takes a command line apart as [words.Split] does and looks for its program: in the folders of PATH or, where
// the name has a slash, at that path. The error wraps [evolve.ErrInvalid].
func Find(line string) (*Command, error) {
	args, err := words.Split(line)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", line, err)
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("a command line of blanks, want PROGRAM ARGS: %w", evolve.ErrInvalid)
	}
	path, err := exec.LookPath(args[0])
	var of *exec.Error
	var at *fs.PathError // whose path is the name again
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%q: no program of this name is in the folders of PATH: %w", args[0], evolve.ErrInvalid)
	case errors.Is(err, exec.ErrDot):
		return nil, fmt.Errorf("%q is a program of this folder: want ./%s: %w", args[0], args[0], evolve.ErrInvalid)
	case errors.As(err, &at):
		return nil, fmt.Errorf("%q: cannot be run: %w: %w", args[0], at.Err, evolve.ErrInvalid)
	case errors.As(err, &of):
		return nil, fmt.Errorf("%q: cannot be run: %w: %w", args[0], of.Err, evolve.ErrInvalid)
	case err != nil:
		return nil, fmt.Errorf("%q: %w: %w", args[0], err, evolve.ErrInvalid)
	}
	if err := interpreted(path); err != nil {
		return nil, fmt.Errorf("%q: %w: %w", args[0], err, evolve.ErrInvalid)
	}
	return &Command{path, args}, nil
}

// headMost is how much of a script the kernel looks at for its first line (Linux, BINPRM_BUF_SIZE).
const headMost = 256

// interpreted refuses a script whose first line names a program that is not there. The end of a line as Windows writes
// it is part of that name to the kernel.
func interpreted(path string) error {
	if is, err := os.Stat(path); err != nil || !is.Mode().IsRegular() {
		return nil // whoever starts it says more
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // it may be run and not be read
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headMost))
	if err != nil {
		return nil
	}
	line, script := strings.CutPrefix(string(head), "#!")
	if !script {
		return nil
	}
	line, _, _ = strings.Cut(line, "\n")
	named := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(named) == 0 {
		return fmt.Errorf("its first line, #!, names no program")
	}
	if _, err := os.Stat(named[0]); err != nil {
		return fmt.Errorf("its first line, #!, names %q, which is not there", named[0])
	}
	return nil
}

// Name is the program as the command line has it.
func (c *Command) Name() string { return c.args[0] }

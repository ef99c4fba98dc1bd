package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

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
	return &Command{path, args}, nil
}

// Name is the program as the command line has it.
func (c *Command) Name() string { return c.args[0] }

package data

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// LockHome takes the data home for this process, for as long as it imports or fetches, and removes what
// killed imports left there. A folder that is missing is made, and taken away again by unlock if
// nothing came into it. While another process has it, LockHome waits until ctx ends, whose error it then
// returns; waits is called once. Whoever only reads tables takes no lock: files change whole.
func LockHome(ctx context.Context, waits func(home string)) (unlock func(), err error) {
	home, err := Home()
	if err != nil {
		return nil, err
	}
	for {
		made, err := makeAll(home)
		if err != nil {
			return nil, err
		}
		free, err := durable.LockWait(ctx, home, func() { waits(home) })
		if errors.Is(err, fs.ErrNotExist) { // whoever made it has taken it away
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, dir := range []string{home, filepath.Join(home, "images")} {
			if err := durable.RemoveLeft(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				free()
				return nil, err
			}
		}
		return func() {
			for _, dir := range made {
				_ = os.Remove(dir) // takes nothing that has something in it
			}
			free()
		}, nil
	}
}

// makeAll makes a folder and those above it and returns those that it made, the deepest first.
func makeAll(dir string) (made []string, err error) {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	for _, at := range slices.Backward(made) {
		if err := os.Mkdir(at, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return made, nil
}

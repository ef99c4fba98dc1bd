package main

import (
	"fmt"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// soFar reads an experiment as far as it is; one without a finished trial is an error.
func soFar(dir string) (*lab.Outcome, error) {
	o, err := lab.LoadSoFar(dir)
	if err == nil && o.Set.Unfinished > 0 && len(o.Set.Arms) == 0 {
		why := ""
		if o.About.Shared {
			why = ": a method that scores architectures trains the shared weights within its first one"
		}
		return nil, fmt.Errorf("%s holds no finished trial yet%s: %w", dir, why, evolve.ErrInvalid)
	}
	return o, err
}

// loadOutcomes reads experiments, each with read; each set has the name of its folder.
func loadOutcomes(dirs []string, read func(dir string) (*lab.Outcome, error)) (all []*lab.Outcome, err error) {
	seen := map[string]bool{}
	for _, dir := range dirs {
		path, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		if seen[path] {
			return nil, fmt.Errorf("%s is named twice: %w", dir, evolve.ErrInvalid)
		}
		seen[path] = true
		o, err := read(dir)
		if err != nil {
			return nil, err
		}
		o.Set.Name = dir
		all = append(all, o)
	}
	return all, nil
}

// loadSets is loadOutcomes with the named algorithms alone, or all where none is named.
func loadSets(dirs, algos []string, read func(dir string) (*lab.Outcome, error)) (sets []*trace.Set, err error) {
	all, err := loadOutcomes(dirs, read)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		sets = append(sets, o.Set)
	}
	if len(algos) == 0 {
		return sets, nil
	}
	return trace.Only(sets, algos)
}

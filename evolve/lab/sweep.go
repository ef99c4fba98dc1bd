package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/grid"
)

// LeftOut is a setting of a sweep that is not run, and why: the searcher refuses this combination of values, or it is
// degenerate (see [evolve.Entry]).
type LeftOut struct {
	Algo string
	Why  error
}

// Swept is what a sweep's folder keeps beside its experiment, which is of the settings alone.
type Swept struct {
	Sweep  string `json:"sweep"`  // the algorithm with the values of its options, see [grid.Parse]
	Metric string `json:"metric"` // by which the settings are compared
}

func (s *Swept) text() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain texts always marshal
	}
	return append(text, '\n')
}

// SweptIn tells which sweep the experiment in a folder is, and the settings that the sweep leaves out. Swept is nil of
// an experiment that is no sweep, has been extended by other algorithms, or whose benchmark cannot be opened.
func SweptIn(dir string, of Spec) (swept *Swept, left []LeftOut) {
	text, err := readSmall(filepath.Join(dir, SweepFile))
	if err != nil || json.Unmarshal(text, &swept) != nil || swept == nil {
		return nil, nil
	}
	settings := of.Algos
	of.Algos = []string{swept.Sweep}
	e, left, err := OpenSweep(of)
	if err != nil || !slices.Equal(e.Spec.Algos, settings) {
		return nil, nil
	}
	return swept, left
}

// OpenSweep opens the experiment whose algorithms are the settings of a sweep. The one algorithm of the spec is read by
// [grid.Parse]. Combinations that make no search are left out; a value that no combination could have, and a grid all
// of whose settings are left out, are errors.
func OpenSweep(s Spec) (*Experiment, []LeftOut, error) {
	if len(s.Algos) != 1 {
		return nil, nil, &KeyError{"algos", "", fmt.Errorf("%d algorithms: a sweep is of one, whose options have "+
			"several values: %w", len(s.Algos), evolve.ErrInvalid)}
	}
	e, err := openBare(s)
	if err != nil {
		return nil, nil, err
	}
	text := s.Algos[0]
	refuse := func(err error) (*Experiment, []LeftOut, error) { return nil, nil, &KeyError{"algos", text, err} }
	g, err := grid.Parse(text)
	if err != nil {
		return refuse(err)
	}
	var left []LeftOut
	s.Algos = nil
	for _, at := range grid.Places(g.Axes) {
		algo := g.Spec(at)
		why, err := e.unfit(algo)
		if err != nil {
			return refuse(err)
		}
		if why != nil {
			left = append(left, LeftOut{algo, why})
			continue
		}
		s.Algos = append(s.Algos, algo)
	}
	if s.Algos == nil {
		return refuse(fmt.Errorf("no setting of the sweep makes a search: %w", left[0].Why))
	}
	e.Spec.Algos, e.Swept = s.Algos, &Swept{Sweep: text}
	return e, left, e.openArms(s)
}

// unfit says why a setting is left out, nil where it is not. The error is of one that is wrong by itself.
func (e *Experiment) unfit(algo string) (why, err error) {
	spec, err := evolve.ParseSpec(algo)
	if err != nil {
		return nil, err
	}
	entry, opts, err := evolve.Searchers.Resolve(spec)
	if err != nil {
		return nil, err
	}
	if why := entry.Unfit(opts); why != nil {
		return why, nil
	}
	_, err = e.With(algo)
	if errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrUnsupported) {
		return err, nil
	}
	return nil, err
}

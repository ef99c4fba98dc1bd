package papers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Measurements are what an experiment of a paper can compute in place of a comparison of searchers, one a file. Their
// specs are written as those of searchers, `measurement: "predictors,training=100"`. A package that papers may not
// import registers its own.
var Measurements = evolve.NewRegistry[Measurement]("measurement")

// Measurement computes named samples.
type Measurement interface {
	// Measure gives the same samples for the same repeats and seed on any number of cores. It stops soon after ctx
	// does, with its error. The error of a table that is not imported, as benchmarks give it, is passed on: its
	// experiment is then skipped.
	Measure(ctx context.Context, a Asked) (*Measured, error)
}

// Asked is how a measurement is run.
type Asked struct {
	Repeats int    // values of each sample, where a measurement repeats something
	Seed    uint64 // of evolve.Stream
	Procs   int    // real cores; at least 1
	Quick   bool   // in seconds and too short to judge: smaller sizes than a paper's, where sizes are its own
	// Progress is told how much is done, in any unit; it may be called from several goroutines.
	Progress func(done, of int)

	kept *parts // repetitions that are done
}

// Measured is what a measurement found.
type Measured struct {
	Samples []Sample
	Sources []string // what the numbers rest on, a line each
	Notes   []string // what a reader must know of them, such as what is missing
}

// Sample is one quantity of a measurement: rows and claims name it as they name an algorithm.
type Sample struct {
	Label  string
	Unit   string    // such as "s"; "" for none
	Falls  bool      // lower is better
	Values []float64 // one a repeat, or whatever else they are independent over; NaN where there is none
}

// samplesFile holds what a measurement found, in the folder of its experiment.
const samplesFile = "samples.json"

var samplesKind = durable.Begins("samples of a measurement", "{\n  \"measurement\": ")

// kept is samplesFile: what was asked for, and what was found.
type kept struct {
	Measurement string       `json:"measurement"` // its identity
	Repeats     int          `json:"repeats"`
	Seed        uint64       `json:"seed"`
	Quick       bool         `json:"quick"`
	Samples     []keptSample `json:"samples"`
	Sources     []string     `json:"sources"`
	Notes       []string     `json:"notes"`
}

type keptSample struct {
	Label  string            `json:"label"`
	Unit   string            `json:"unit"`
	Falls  bool              `json:"falls"`
	Values []number.Nullable `json:"values"`
}

// openMeasurement opens the measurement of an experiment and gives its identity.
func (x *Experiment) openMeasurement() (m Measurement, identity string, err error) {
	spec, err := evolve.ParseSpec(x.Measurement)
	if err != nil {
		return nil, "", err
	}
	m, o, err := Measurements.Open(spec)
	if err != nil {
		return nil, "", err
	}
	return m, o.Identity().String(), nil
}

// measure runs the measurement of an experiment, or reads what its folder holds of it. dir "" keeps nothing.
func (x *Experiment) measure(ctx context.Context, a Asked, dir string) (*Measured, error) {
	m, identity, err := x.openMeasurement()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, samplesFile)
	want := kept{Measurement: identity, Repeats: a.Repeats, Seed: a.Seed, Quick: a.Quick}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("folder %s: %w; name another with --out", dir, err)
		}
		unlock, err := durable.Lock(dir)
		if err != nil {
			return nil, err
		}
		defer unlock()
		switch found, err := want.read(path); {
		case err == nil:
			return found, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	parts := filepath.Join(dir, partsFile)
	if dir != "" {
		if a.kept, err = openParts(parts, partsHead{identity, a.Repeats, a.Seed, a.Quick}); err != nil {
			return nil, err
		}
	}
	found, err := m.Measure(ctx, a)
	if closed := a.kept.close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	if err := found.check(); err != nil {
		return nil, err
	}
	if dir != "" {
		if err = want.write(path, found); err == nil {
			err = os.Remove(parts)
		}
	}
	return found, err
}

// check refuses samples that rows could not tell apart. A value that is not finite becomes NaN, as it is kept.
func (m *Measured) check() error {
	seen := map[string]bool{}
	for _, s := range m.Samples {
		for i, x := range s.Values {
			if math.IsInf(x, 0) {
				s.Values[i] = math.NaN()
			}
		}
		if s.Label == "" || seen[s.Label] {
			return fmt.Errorf("internal error: two samples are named %q, or one has no name", s.Label)
		}
		seen[s.Label] = true
	}
	return nil
}

// read reads what a file holds if it is of what is asked for. Without a file the error is an fs.ErrNotExist.
func (k kept) read(path string) (*Measured, error) {
	text, err := durable.ReadFile(path, 1<<28) // some millions of values
	if err != nil {
		return nil, err
	}
	var was kept
	if err := checked.ParseFile(text, &was); err != nil {
		return nil, fmt.Errorf("%s: %s; remove it, and it is measured again: %w", path, words.Line(err),
			evolve.ErrInvalid)
	}
	if was.Measurement != k.Measurement || was.Repeats != k.Repeats || was.Seed != k.Seed || was.Quick != k.Quick {
		return nil, otherMeasurement(path, was.Measurement, was.Repeats, was.Seed)
	}
	m := &Measured{Sources: was.Sources, Notes: was.Notes}
	for _, s := range was.Samples {
		values := make([]float64, len(s.Values))
		for i, x := range s.Values {
			values[i] = float64(x)
		}
		m.Samples = append(m.Samples, Sample{Label: s.Label, Unit: s.Unit, Falls: s.Falls, Values: values})
	}
	return m, nil
}

// otherMeasurement is the error of a file of another measurement than the one that is asked for.
func otherMeasurement(path, measurement string, repeats int, seed uint64) error {
	return fmt.Errorf("%s holds another measurement: %s, %s, seed %d; name another folder with --out, "+
		"or delete this one: %w", path, measurement, number.Count(repeats, "repeat"), seed, evolve.ErrInvalid)
}

// write keeps what was found.
func (k kept) write(path string, m *Measured) error {
	k.Sources, k.Notes = m.Sources, m.Notes
	for _, s := range m.Samples {
		values := make([]number.Nullable, len(s.Values))
		for i, x := range s.Values {
			values[i] = number.Nullable(x)
		}
		k.Samples = append(k.Samples, keptSample{Label: s.Label, Unit: s.Unit, Falls: s.Falls, Values: values})
	}
	text, err := checked.File(k)
	if err != nil {
		return err
	}
	return samplesKind.WriteBytes(path, text)
}

package card

import (
	"cmp"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// Card is the datasheet of an imported table.
type Card struct {
	Table     string `json:"table"`
	Holds     string `json:"holds"`
	Rows      int    `json:"rows"`                // of the file
	Measured  string `json:"measured,omitempty"`  // which numbers are measurements
	Estimated string `json:"estimated,omitempty"` // which are computed
	Modelled  string `json:"modelled,omitempty"`  // which are drawn from a model
	// What a search can minimise, as the option objectives names it.
	Objectives []string      `json:"objectives"`
	Licences   []string      `json:"licences"`
	Sources    []data.Source `json:"sources"` // files that this import was made of
	Hash       string        `json:"sha256"`  // of the imported file
	Sets       []Set         `json:"sets"`
}

// Set is one data set of a table. Values are in the unit that they are printed in, such as
// per cent; a value that is not known is null or left out.
type Set struct {
	Set           string        `json:"set,omitempty"`
	Benchmark     string        `json:"benchmark,omitempty"` // that --benchmark opens; "" where a table is none
	Title         string        `json:"title,omitempty"`
	Source        string        `json:"source,omitempty"`        // what the benchmark says of its numbers
	Architectures int           `json:"architectures,omitempty"` // with results of their own
	Distinct      int           `json:"distinct,omitempty"`      // networks among them, by the space's Canon
	Genomes       int           `json:"genomes,omitempty"`       // of the space that searches see
	Metrics       []Metric      `json:"metrics,omitempty"`
	Noise         []Noise       `json:"noise"` // empty when the table says nothing of it
	Correlations  []Correlation `json:"correlations"`
	Columns       []Column      `json:"columns,omitempty"`
	FDC           *FDC          `json:"fitness_distance,omitempty"`
	Walk          *Walk         `json:"random_walk,omitempty"`
	Seconds       []Seconds     `json:"seconds,omitempty"` // empty when no seconds were recorded
}

// New describes an imported table: each of its data sets, or the named one. A table that
// is not imported is the error of data.Open.
func New(name, set string) (*Card, error) {
	t, err := data.Lookup(name)
	if err != nil {
		return nil, err
	}
	f, err := data.Open(name)
	if err != nil {
		return nil, err
	}
	c := &Card{Table: t.Name, Holds: t.Holds, Rows: f.Rows, Measured: t.Measured, Estimated: t.Estimated,
		Modelled: t.Modelled, Objectives: slices.Clone(t.Objectives),
		Licences: (data.Table{Sources: f.Sources}).Licences(), Sources: f.Sources, Hash: f.Hash}
	specs := benchmarks(t, f)
	sets := slices.Clone(t.Sets)
	if specs != nil {
		sets = nil
		for _, s := range specs {
			sets = append(sets, s.Variant)
		}
	}
	if len(sets) == 0 {
		sets = []string{""}
	}
	// A table with one data set is accepted under that set's name even if its benchmark has no variants.
	one := len(sets) == 1 && slices.Equal(t.Sets, []string{set})
	if set != "" && !one && !slices.Contains(sets, set) {
		if len(sets) == 1 {
			sets = t.Sets
		}
		return nil, evolve.Unknown("data set of "+name, set, sets)
	}
	for i, s := range sets {
		if set != "" && s != set && !one {
			continue
		}
		var part Set
		if specs != nil {
			part, err = ofBenchmark(t, f, specs[i])
		} else {
			part, err = ofColumns(f, s, len(sets) > 1)
		}
		if err != nil {
			return nil, err
		}
		c.Sets = append(c.Sets, part)
	}
	return c, nil
}

// benchmarkNames are the benchmarks of tables that are not named as they are.
var benchmarkNames = map[string]string{"nats-sss": "size"}

// benchmarks are the specs of the benchmarks that a table answers for, one a data set: that of its name, or
// NAME:VARIANT of a table NAME-VARIANT. nil for a table that is none.
func benchmarks(t data.Table, f *data.Frame) (specs []evolve.Spec) {
	for _, e := range evolve.Benchmarks.Entries() {
		variants := e.Variants
		if e.Name != cmp.Or(benchmarkNames[t.Name], t.Name) {
			variant, ok := strings.CutPrefix(t.Name, e.Name+"-")
			if !ok || !slices.Contains(variants, variant) {
				continue
			}
			variants = []string{variant}
		} else if known := slices.DeleteFunc(slices.Clone(variants),
			func(v string) bool { return !slices.Contains(t.Sets, v) }); len(known) > 0 {
			variants = known
		}
		if len(variants) == 0 {
			variants = []string{""}
		}
		for _, v := range variants {
			s := evolve.Spec{Name: e.Name, Variant: v}
			if f.Has("val_108_0") { // the authors' own runs of nb101, better than its model
				s.Set = []evolve.Setting{{Key: "val", Value: "official"}}
			}
			specs = append(specs, s)
		}
	}
	return specs
}

// ofBenchmark describes a data set by the benchmark that answers from it.
func ofBenchmark(t data.Table, f *data.Frame, spec evolve.Spec) (Set, error) {
	b, _, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return Set{}, err
	}
	described, ok := b.(interface {
		Landscape(*data.Frame) (*surrogate.Landscape, error)
	})
	if !ok {
		return ofColumns(f, spec.Variant, false)
	}
	of, err := described.Landscape(f)
	if err != nil {
		return Set{}, err
	}
	set, err := (&landscape{of, len(t.Fidelities) > 0}).card()
	set.Set, set.Benchmark = spec.Variant, spec.String()
	return set, err
}

// landscape is a landscape as a datasheet prints it.
type landscape struct {
	*surrogate.Landscape
	numbered bool // the source numbers the fidelities
}

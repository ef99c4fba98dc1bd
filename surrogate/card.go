package surrogate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Card is the datasheet of an imported table.
type Card struct {
	Table     string        `json:"table"`
	Holds     string        `json:"holds"`
	Rows      int           `json:"rows"`                // of the file
	Measured  string        `json:"measured,omitempty"`  // which numbers are measurements
	Estimated string        `json:"estimated,omitempty"` // which are computed
	Modelled  string        `json:"modelled,omitempty"`  // which are drawn from a model
	Licences  []string      `json:"licences"`
	Sources   []data.Source `json:"sources"` // files that this import was made of
	Hash      string        `json:"sha256"`  // of the imported file
	Sets      []CardSet     `json:"sets"`
}

// CardSet is one data set of a table. Values are in the unit that they are printed in, such as
// per cent; what is not known is null or left out.
type CardSet struct {
	Set           string            `json:"set,omitempty"`
	Benchmark     string            `json:"benchmark,omitempty"` // that --benchmark opens; "" where a table is none
	Title         string            `json:"title,omitempty"`
	Source        string            `json:"source,omitempty"`        // what the benchmark says of its numbers
	Architectures int               `json:"architectures,omitempty"` // with results of their own
	Distinct      int               `json:"distinct,omitempty"`      // networks among them, by the space's Canon
	Genomes       int               `json:"genomes,omitempty"`       // of the space that searches see
	Metrics       []CardMetric      `json:"metrics,omitempty"`
	Noise         []CardNoise       `json:"noise"` // empty when the table says nothing of it
	Correlations  []CardCorrelation `json:"correlations"`
	Columns       []CardColumn      `json:"columns,omitempty"`
	FDC           *CardFDC          `json:"fitness_distance,omitempty"`
	Walk          *CardWalk         `json:"random_walk,omitempty"`
	Seconds       []CardSeconds     `json:"seconds,omitempty"` // empty when no seconds were recorded
}

// Number is a float64 that JSON has as null where it is NaN or infinite, and to eight
// significant digits: what sums of many terms have in common on all processors.
type Number float64

// MarshalJSON writes the number.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 8, 64), nil
}

// NewCard describes an imported table: each of its data sets, or the named one. A table that
// is not imported is the error of data.Open.
func NewCard(name, set string) (*Card, error) {
	t, err := data.Lookup(name)
	if err != nil {
		return nil, err
	}
	f, err := data.Open(name)
	if err != nil {
		return nil, err
	}
	c := &Card{Table: t.Name, Holds: t.Holds, Rows: f.Rows, Measured: t.Measured, Estimated: t.Estimated, Modelled: t.Modelled,
		Licences: (data.Table{Sources: f.Sources}).Licences(), Sources: f.Sources, Hash: f.Hash}
	specs := cardSpecs(t, f)
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
	// The only data set of a table need not be a variant of its benchmark.
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
		var part CardSet
		if specs != nil {
			part, err = benchmarkCard(t, f, specs[i])
		} else {
			part, err = columnsCard(f, s, len(sets) > 1)
		}
		if err != nil {
			return nil, err
		}
		c.Sets = append(c.Sets, part)
	}
	return c, nil
}

// cardNames are the benchmarks of tables that are not named as they are.
var cardNames = map[string]string{"nats-sss": "size"}

// cardSpecs are the benchmarks that a table answers for, one a data set: that of its name, or
// NAME:VARIANT of a table NAME-VARIANT. nil for a table that is none.
func cardSpecs(t data.Table, f *data.Frame) (specs []evolve.Spec) {
	for _, e := range evolve.Benchmarks.Entries() {
		variants := e.Variants
		if e.Name != cmp.Or(cardNames[t.Name], t.Name) {
			variant, ok := strings.CutPrefix(t.Name, e.Name+"-")
			if !ok || !slices.Contains(variants, variant) {
				continue
			}
			variants = []string{variant}
		} else if known := slices.DeleteFunc(slices.Clone(variants), func(v string) bool { return !slices.Contains(t.Sets, v) }); len(known) > 0 {
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

// benchmarkCard describes a data set by the benchmark that answers from it.
func benchmarkCard(t data.Table, f *data.Frame, spec evolve.Spec) (CardSet, error) {
	b, _, err := evolve.Benchmarks.Open(spec)
	if err != nil {
		return CardSet{}, err
	}
	carded, ok := b.(interface {
		landscape(*data.Frame) (*landscape, error)
	})
	if !ok {
		return columnsCard(f, spec.Variant, false)
	}
	l, err := carded.landscape(f)
	if err != nil {
		return CardSet{}, err
	}
	l.whole, l.pool = space.Base(b.Problem().Space)
	l.numbered = len(t.Fidelities) > 0
	set, err := l.card()
	set.Set, set.Benchmark = spec.Variant, spec.String()
	return set, err
}

package surrogate

import (
	"encoding/json"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Querier is a benchmark that tells what it knows of an architecture.
type Querier interface {
	Query(evolve.Arch) ([]Fact, error)
}

// Fact is one number of an architecture.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	How   string  `json:"how"` // measured, estimated, computed, predicted
}

// MarshalJSON has null for a value that JSON has not, such as a score of −Inf.
func (f Fact) MarshalJSON() ([]byte, error) {
	v := struct {
		Name  string   `json:"name"`
		Value *float64 `json:"value"`
		Unit  string   `json:"unit,omitempty"`
		How   string   `json:"how"`
	}{f.Name, &f.Value, f.Unit, f.How}
	if math.IsInf(f.Value, 0) || math.IsNaN(f.Value) {
		v.Value = nil
	}
	return json.Marshal(v)
}

// fact is a column that a query tells.
type fact struct {
	name, unit string
	column     func() ([]float64, error) // a surrogate predicts it when it is asked for
	how        func(row int) string
	kind       factKind
}

// factKind is what a fact is of.
type factKind int

const (
	plain  factKind = iota
	result          // of training: a permutation moves it
	proxy           // known without training: searches may rank by it
)

// kept is a column that is there.
func kept(xs []float64) func() ([]float64, error) {
	return func() ([]float64, error) { return xs, nil }
}

// always is the same origin for every row.
func always(how string) func(int) string { return func(int) string { return how } }

package evolve

import (
	"encoding/json"
	"math"
)

// Querier is a benchmark that says what it knows of an architecture, without training it.
type Querier interface {
	Query(Arch) ([]Fact, error)
}

// Fact is one number of an architecture. One that can be an objective bears the objective's name and unit.
type Fact struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	How   string  `json:"how"` // measured, estimated, counted, computed, predicted
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

// Wrapper is a benchmark around another. What the wrapper cannot do itself, the benchmark within it may.
type Wrapper interface {
	Benchmark
	Unwrap() Benchmark
}

// OfTraining is the benchmark, or the nearest within it, that scores what training comes to: not one around it of which
// another objective comes first.
func OfTraining(b Benchmark) Benchmark {
	for !b.Problem().Objectives[0].Trained() {
		w, ok := b.(Wrapper)
		if !ok {
			break
		}
		b = w.Unwrap()
	}
	return b
}

// As finds an ability of a benchmark: its own, or that of the nearest benchmark within it.
func As[T any](b Benchmark) (T, bool) {
	for {
		if t, ok := b.(T); ok {
			return t, true
		}
		w, ok := b.(Wrapper)
		if !ok {
			var none T
			return none, false
		}
		b = w.Unwrap()
	}
}

package surrogate

import "github.com/amoeba-nas/amoeba/evolve"

// factOf is a fact with all that is said of it.
func factOf(name string, x float64, unit, how string) evolve.Fact {
	return evolve.Fact{Name: name, Value: x, Unit: unit, How: how}
}

// fact is a column that a query lists.
type fact struct {
	name, unit string
	column     func() ([]float64, error) // a surrogate predicts it when it is asked for
	how        func(row int) string
	kind       factKind
}

// factKind is what a fact is of.
type factKind int

const (
	plain     factKind = iota
	result             // of training: a permutation moves it
	proxy              // known without training: searches may rank by it
	elsewhere          // of another table, which has a datasheet of its own
)

// kept is a column that is there.
func kept(xs []float64) func() ([]float64, error) {
	return func() ([]float64, error) { return xs, nil }
}

// always is the same origin for every row.
func always(how string) func(int) string { return func(int) string { return how } }

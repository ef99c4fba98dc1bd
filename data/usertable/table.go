package usertable

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Table is what a file says, checked.
type Table struct {
	Archs                   []evolve.Arch // a genome of each, as it is first written
	Epochs                  []int         // fidelities, rising; [0] where the file has none
	Repeats                 int           // most rows of one architecture at one fidelity
	Rows                    int           // that count
	Failed                  int           // rows of runs that failed
	PercentVal, PercentTest bool          // were read as per cent
	Extra                   []string      // further columns, in the order of the file
	Notes                   []string      // what a person should know of how the file was read, a line each
	Hash                    string        // hexadecimal SHA-256 of the file's bytes

	source  source
	columns map[string]*column // val, test, cost and the further ones
	// Rows are by fidelity, architecture and seed. Those of one fidelity and architecture are a
	// group; few of all pairs need be there.
	place  []int32 // of each row in the file
	start  []int32 // first row of each group, and the end of the last
	arch   []int32 // of each group, rising within a fidelity
	groups []int   // first group of each fidelity, and the end of the last
}

// Val returns the validation losses of an architecture's runs, by rising seed; NaN for one that
// failed, empty where there are none. Fidelity and arch are indexes into Epochs and Archs. The
// slice is the table's own.
func (t *Table) Val(fidelity, arch int) []float64 { return t.of("val", fidelity, arch) }

// Test returns the test losses, in the order of Val; NaN for an empty cell and a failed run, nil
// without a column test.
func (t *Table) Test(fidelity, arch int) []float64 { return t.of("test", fidelity, arch) }

// Cost returns the seconds, in the order of Val; NaN for an empty cell, nil without a
// column cost.
func (t *Table) Cost(fidelity, arch int) []float64 { return t.of("cost", fidelity, arch) }

// Further returns the values of one of Extra as Val does those of val; NaN for an empty cell.
func (t *Table) Further(name string) func(fidelity, arch int) []float64 {
	return func(fidelity, arch int) []float64 { return t.of(name, fidelity, arch) }
}

// Has says whether the table has a column: val, test, cost or a further one.
func (t *Table) Has(column string) bool { return t.columns[column] != nil }

func (t *Table) of(column string, fidelity, arch int) []float64 {
	c := t.columns[column]
	if c == nil {
		return nil
	}
	from, to := t.rows(fidelity, arch)
	return c.values[from:to:to]
}

// rows are the rows of a fidelity and an architecture; none where to is from.
func (t *Table) rows(fidelity, arch int) (from, to int32) {
	first := t.groups[fidelity]
	i, ok := slices.BinarySearch(t.arch[first:t.groups[fidelity+1]], int32(arch))
	if !ok {
		return 0, 0
	}
	return t.start[first+i], t.start[first+i+1]
}

// Recorded are the architectures that have a row of a fidelity, failed or not, rising.
func (t *Table) Recorded(fidelity int) []int {
	var all []int
	for _, a := range t.arch[t.groups[fidelity]:t.groups[fidelity+1]] {
		all = append(all, int(a))
	}
	return all
}

// Complete is nil when a column has a value wherever a benchmark of these architectures takes
// one at a fidelity: cost in every row, test and further ones in every row of a run that did
// not fail. Else the error names the first row of the file that lacks it. A column that is not
// there is complete.
func (t *Table) Complete(column string, fidelity int, archs []int) error {
	c := t.columns[column]
	if c == nil {
		return nil
	}
	first, val := int32(math.MaxInt32), t.columns["val"].values
	for _, a := range archs {
		from, to := t.rows(fidelity, a)
		for i := from; i < to; i++ {
			if math.IsNaN(c.values[i]) && (c.role == roleCost || !math.IsNaN(val[i])) {
				first = min(first, t.place[i])
			}
		}
	}
	if first == math.MaxInt32 {
		return nil
	}
	which := "every row"
	if len(t.Epochs) > 1 {
		which += fmt.Sprintf(" of fidelity %d", t.Epochs[fidelity])
	}
	if c.role != roleCost {
		which += " that has val"
	}
	if c.role != further {
		which += "; or leave the column out"
	}
	return t.source.in(first, c.name, errors.New("empty, want a number in "+which))
}

// Mean is the mean of the values that are there; NaN for none.
func Mean(xs []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range xs {
		if !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	return sum / float64(n)
}

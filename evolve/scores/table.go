// Package scores is a table of scores, a row a data set or a run and a column a method: read from CSV, and its methods
// compared.
package scores

// Table holds the scores of methods on data sets.
type Table struct {
	Methods []string
	Rows    []string // data sets in the order of their first appearance, or runs, each of which is a row of its own
	// By row, then method, the scores of its runs. Methods may have different numbers of them, and the k-th runs of two
	// methods have nothing to do with each other. NaN is a run without a result.
	Scores [][][]float64
}

// Several says whether some method has several runs on a row: the rows are data sets then. Else each is a data set or
// a run, which nobody but the reader knows.
func (t *Table) Several() bool {
	for _, row := range t.Scores {
		for _, runs := range row {
			if len(runs) > 1 {
				return true
			}
		}
	}
	return false
}

// uneven says whether some method has more runs on one row than on another.
func (t *Table) uneven() bool {
	for _, row := range t.Scores {
		for i, runs := range row {
			if len(runs) != len(t.Scores[0][i]) {
				return true
			}
		}
	}
	return false
}

// Values is how many scores the table holds.
func (t *Table) Values() (n int) {
	for _, row := range t.Scores {
		for _, runs := range row {
			n += len(runs)
		}
	}
	return n
}

package report

import (
	"fmt"
	"io"
	"strings"
)

// A Table is what amoeba stats prints of one question: [Scores] or [Times].
type Table interface {
	// WriteText prints the table with its tests, methods being the columns of the table or, turned, the rows.
	WriteText(w io.Writer, turned bool) error
	// records are the table at full precision, the first of them the names of its columns.
	records() [][]string
	// tabular is the table for readers, methods being the columns or, turned, the rows.
	tabular(turned bool) tabular
	// caption says what its cells are and, where the table stands alone, what is better and what its sums are.
	caption(turned, alone bool) string
	asked() string // what is compared, in words
}

// WriteCSV writes tables of one kind one below the other, with their columns' names once.
func WriteCSV(w io.Writer, all []Table) error {
	var records [][]string
	for i, t := range all {
		of := t.records()
		if i > 0 {
			of = of[1:]
		}
		records = append(records, of...)
	}
	return writeCSV(w, records)
}

// WriteLaTeX writes tables of the same methods as one for LaTeX (booktabs). Of several tables, what each compares is
// told by the names of its rows, and what is of all rows is left out.
func WriteLaTeX(w io.Writer, all []Table, turned bool) error {
	g, what := all[0].tabular(false), all[0].asked()
	if len(all) > 1 {
		g, what = tabular{head: g.head}, "Results of the runs"
		for _, t := range all {
			of := t.tabular(false)
			g.rows = append(g.rows, named(of.rows, t.asked(), len(of.rows) == 1)...)
		}
	}
	if turned {
		g = g.turned("method")
	}
	return g.writeLaTeX(w, strings.ToUpper(what[:1])+what[1:]+all[0].caption(turned, len(all) == 1), "stats")
}

// named are rows whose names say what is compared, and nothing else where alone is set.
func named(rows []tabularRow, what string, alone bool) (all []tabularRow) {
	for _, r := range rows {
		if r.name = fmt.Sprintf("%s, %s", r.name, what); alone {
			r.name = what
		}
		all = append(all, r)
	}
	return all
}

// orientation is what a method stands across: a row, or a column of a turned table.
func orientation(turned bool) string {
	if turned {
		return "column"
	}
	return "row"
}

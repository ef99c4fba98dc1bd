package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// A tabular is a table of results as text and as LaTeX print it: a name before each row, and cells that may be the best
// of their row or not told apart from it.
type tabular struct {
	head []string // of the names and of each column
	rows []tabularRow
	sums []tabularRow // below a rule: what is of all rows
}

type tabularRow struct {
	name  string
	cells []tabularCell
}

// tabularCell is a value with its doubt, each as it is printed; doubt is "" where there is none.
type tabularCell struct {
	value, doubt string
	best, tied   bool
}

// Marks of the cells in text.
const (
	bestMark = "•"
	tiedMark = "~"
)

// turned has the columns for rows. What is of all rows becomes columns, too.
func (g tabular) turned(corner string) tabular {
	t := tabular{head: []string{corner}}
	all := append(append([]tabularRow(nil), g.rows...), g.sums...)
	for _, r := range all {
		t.head = append(t.head, r.name)
	}
	for i, name := range g.head[1:] {
		row := tabularRow{name: name}
		for _, r := range all {
			row.cells = append(row.cells, r.cells[i])
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// writeText prints the table with its columns lined up.
func (g tabular) writeText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(g.head, "\t"))
	for _, rows := range [][]tabularRow{g.rows, g.sums} {
		for _, r := range rows {
			fmt.Fprint(t, words.Plain(r.name))
			for _, c := range r.cells {
				fmt.Fprint(t, "\t", c.text())
			}
			fmt.Fprintln(t)
		}
	}
	return t.Flush()
}

func (c tabularCell) text() string {
	text := c.value
	if c.doubt != "" {
		text += " " + c.doubt
	}
	switch {
	case c.best:
		text += " " + bestMark
	case c.tied:
		text += " " + tiedMark
	}
	return text
}

// places are how many digits behind the point show numbers as large as this to two digits of the least of these widths;
// where none is more than what rounding leaves, 4 or six digits in all.
func places(value float64, widths ...float64) int {
	least := math.Inf(1)
	for _, w := range widths {
		if w > 1e-9*math.Abs(value) {
			least = min(least, w)
		}
	}
	if math.IsInf(least, 1) {
		if value == 0 {
			return 4
		}
		return max(0, min(4, 5-int(math.Floor(math.Log10(math.Abs(value))))))
	}
	return max(0, min(9, 1-int(math.Floor(math.Log10(least)))))
}

// meanCell is a mean with half the width of its interval.
func meanCell(mean, half float64, digits int) tabularCell {
	c := tabularCell{value: number.Fixed(mean, digits)}
	if number.Known(half) {
		c.doubt = "± " + number.Fixed(half, digits)
	}
	return c
}

// intervalCell is a value with the ends of its interval.
func intervalCell(value, low, high float64, digits int) tabularCell {
	c := tabularCell{value: number.Fixed(value, digits)}
	if !math.IsNaN(low) && !math.IsNaN(high) {
		c.doubt = fmt.Sprintf("[%s, %s]", number.Fixed(low, digits), number.Fixed(high, digits))
	}
	return c
}

// writeCSV writes records, the first of which names the columns.
func writeCSV(w io.Writer, records [][]string) error {
	c := csv.NewWriter(w)
	if err := c.WriteAll(records); err != nil {
		return err
	}
	return c.Error()
}

// full is a number as a field of CSV, and an empty field where it is not known or never comes.
func full[T ~float64](x T) string {
	if !number.Known(float64(x)) {
		return ""
	}
	return census.Number(float64(x))
}

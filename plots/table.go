package plots

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve/durable"
)

// A Table holds the numbers that a figure draws: a header, and rows as long as it.
type Table struct {
	Header []string
	Rows   [][]string
}

// Add adds a row of texts, whole numbers and float64s; these are written with all their digits, a NaN as an empty
// field.
func (t *Table) Add(fields ...any) {
	row := make([]string, len(fields))
	for i, f := range fields {
		switch x := f.(type) {
		case string:
			row[i] = x
		case int:
			row[i] = strconv.Itoa(x)
		case int64:
			row[i] = strconv.FormatInt(x, 10)
		case float64:
			if !math.IsNaN(x) {
				row[i] = strconv.FormatFloat(x, 'g', -1, 64)
			}
		default:
			panic("plots: a field that is no text and no number")
		}
	}
	t.Rows = append(t.Rows, row)
}

// kindColumn heads the first column of a figure's file of numbers, which names the kind of figure.
const kindColumn = "figure"

// WriteCSV writes the table as a file of a figure of a kind: the header and the rows (RFC 4180), with the kind in a
// first column.
func (t Table) WriteCSV(w io.Writer, kind string) error {
	c := csv.NewWriter(w)
	rows := [][]string{append([]string{kindColumn}, t.Header...)}
	for _, row := range t.Rows {
		rows = append(rows, append([]string{kind}, row...))
	}
	return c.WriteAll(rows)
}

// DataKind is the kind of files that [Table.WriteCSV] writes. Another CSV file is somebody's work.
var DataKind = durable.Kind{Name: "CSV of a figure of amoeba", Is: isData}

// isData knows a file by its first column, which names a kind of figure.
func isData(head []byte) bool {
	header, rest, _ := bytes.Cut(head, []byte("\n"))
	kind, _, more := bytes.Cut(rest, []byte(","))
	return bytes.HasPrefix(header, []byte(kindColumn+",")) &&
		(len(rest) == 0 || more && slices.Contains(Figures.Names(), string(kind)))
}

// WriteData writes the numbers of a figure of a kind as CSV.
func WriteData(d Drawing, path, kind string) error {
	return DataKind.Write(path, func(w io.Writer) error { return d.Data().WriteCSV(w, kind) })
}

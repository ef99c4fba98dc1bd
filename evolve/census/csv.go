package census

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Columns are the facts of several architectures, a column each in the order in which they appeared first. Where the
// origin of a fact differs among the architectures, a further column says it.
type Columns struct {
	names []string // of facts
	of    map[string]*column
}

type column struct {
	unit, how string
	mixed     bool // the origin differs
}

// Add makes columns for the facts of an architecture.
func (c *Columns) Add(facts []evolve.Fact) {
	if c.of == nil {
		c.of = map[string]*column{}
	}
	for i := range facts {
		f := &facts[i]
		how := origin(f.How)
		switch col := c.of[f.Name]; {
		case col == nil:
			c.names, c.of[f.Name] = append(c.names, f.Name), &column{f.Unit, how, false}
		case col.how != how:
			col.mixed = true
		}
	}
}

// Header returns the heads of the columns: a fact with its unit and its origin, such as "params (counted)", or
// "epoch_s (s)" and "epoch_s origin" where the origin differs.
func (c *Columns) Header() (header []string) {
	for _, name := range c.names {
		col := c.of[name]
		var within []string
		if col.unit != "" && col.unit != evolve.UnitCount {
			within = append(within, col.unit)
		}
		if !col.mixed {
			within = append(within, col.how)
		}
		if header = append(header, words.InUnit(name, strings.Join(within, ", "))); col.mixed {
			header = append(header, name+" origin")
		}
	}
	return header
}

// Row returns the fields of an architecture under [Columns.Header]; a fact that is not known is an empty field.
func (c *Columns) Row(facts []evolve.Fact) (row []string) {
	for _, name := range c.names {
		at := slices.IndexFunc(facts, func(f evolve.Fact) bool { return f.Name == name })
		value, how := "", ""
		if at >= 0 {
			value, how = Number(facts[at].Value), origin(facts[at].How)
		}
		if row = append(row, value); c.of[name].mixed {
			row = append(row, how)
		}
	}
	return row
}

// Number is a number as a field of CSV: with all its digits, without an exponent where it has fewer than 16 digits
// before the point; NaN is an empty field.
func Number(x float64) string {
	switch size := math.Abs(x); {
	case math.IsNaN(x):
		return ""
	case x == 0 || size >= 1e-5 && size < 1e15:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// Head returns the heads of the columns before those of the facts. unit is the unit of results, "" for none.
func Head(unit string) []string {
	return []string{"genome", "notation", "key", words.InUnit(ByVal, unit), words.InUnit(ByTest, unit)}
}

// Fields returns the fields of an architecture under [Head].
func (c *Census) Fields(e *Entry) []string {
	return []string{string(e.Arch), c.Notation(e.Arch), c.Key(e.Arch), Number(e.Val), Number(e.Test)}
}

// WriteCSV writes every architecture of several data sets of one benchmark as CSV (RFC 4180), a row each: its genome,
// notation and key, its results after the full schedule, and its facts. Several data sets stand below each other, and a
// first column names them. It asks for the facts of each architecture once and keeps their numbers until the columns
// are known: about 12 bytes for each number.
func WriteCSV(ctx context.Context, w io.Writer, sets []*Census) (rows int, err error) {
	if len(sets) == 0 {
		return 0, fmt.Errorf("no data set to write: %w", evolve.ErrInvalid)
	}
	var columns Columns
	kept := make([]numbers, len(sets))
	for k, c := range sets {
		if kept[k], err = c.numbers(ctx, &columns); err != nil {
			return 0, err
		}
	}
	out := csv.NewWriter(w)
	if err := out.Write(headOf(sets, &columns)); err != nil {
		return 0, err
	}
	for k, c := range sets {
		for i := range c.Size() {
			if i%1024 == 0 && ctx.Err() != nil {
				return rows, ctx.Err()
			}
			e, _, err := c.Entry(i)
			if err != nil {
				return rows, err
			}
			row := append(c.Fields(&e), columns.Row(kept[k].facts(i))...)
			if len(sets) > 1 {
				row = append([]string{c.Spec.Variant}, row...)
			}
			if err := out.Write(row); err != nil {
				return rows, err
			}
			rows++
		}
	}
	out.Flush()
	return rows, out.Error()
}

// headOf is the header of several data sets. Where they are not of one metric the results have no unit in it.
func headOf(sets []*Census, columns *Columns) (head []string) {
	unit := sets[0].bench.About().Metric.Unit()
	for _, c := range sets {
		if c.bench.About().Metric.Unit() != unit {
			unit = ""
		}
	}
	if len(sets) > 1 {
		head = []string{"dataset"}
	}
	return append(append(head, Head(unit)...), columns.Header()...)
}

// numbers are the facts of all architectures of a data set, end to end.
type numbers struct {
	values []float64
	names  []uint32 // which name, unit and origin each has
	ends   []int    // of the facts of each architecture
	known  []evolve.Fact
}

// numbers asks for the facts of every architecture and adds them to the columns.
func (c *Census) numbers(ctx context.Context, columns *Columns) (n numbers, err error) {
	places := map[evolve.Fact]uint32{}
	for i := range c.Size() {
		if i%1024 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		facts, err := c.Facts(c.space.At(i))
		if err != nil {
			return n, err
		}
		columns.Add(facts)
		for _, f := range facts {
			n.values = append(n.values, f.Value)
			f.Value, f.How = 0, origin(f.How)
			at, ok := places[f]
			if !ok {
				at = uint32(len(n.known))
				places[f], n.known = at, append(n.known, f)
			}
			n.names = append(n.names, at)
		}
		n.ends = append(n.ends, len(n.values))
	}
	return n, nil
}

// facts are those of the architecture of a number.
func (n *numbers) facts(i int) (facts []evolve.Fact) {
	from := 0
	if i > 0 {
		from = n.ends[i-1]
	}
	for k := from; k < n.ends[i]; k++ {
		f := n.known[n.names[k]]
		f.Value = n.values[k]
		facts = append(facts, f)
	}
	return facts
}

// origin is how a fact is known. What follows a semicolon is of one architecture alone, as its key is.
func origin(how string) string {
	how, _, _ = strings.Cut(how, "; ")
	return how
}

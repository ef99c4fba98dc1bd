package usertable

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

var bits4 = Options{Space: space.Bits{Length: 4}}

// read reads bytes as a file of a name.
func read(name, content string, o Options) (*Table, error) {
	return readFrom(name, strings.NewReader(content), int64(len(content)), o, defaultLimits)
}

func mustRead(t testing.TB, name, content string, o Options) *Table {
	t.Helper()
	table, err := read(name, content, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// wantError asks for one message, which ends in what it wraps.
func wantError(t testing.TB, err error, wraps error, format string, v ...any) {
	t.Helper()
	want := fmt.Sprintf(format, v...) + ": " + wraps.Error()
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// said is all that a table says but for its file: its hash and the places in it.
type said struct {
	Archs, Epochs, Extra, Notes any
	Repeats, Rows, Failed       int
	PercentVal, PercentTest     bool
	Val, Test, Cost             [][][]float64
	Further                     map[string][][]float64 // at the last fidelity
	Complete                    map[string]bool        // at the last fidelity, cost at all
}

func allOf(t *Table) said {
	s := said{Archs: t.Archs, Epochs: t.Epochs, Extra: t.Extra, Notes: t.Notes, Repeats: t.Repeats, Rows: t.Rows, Failed: t.Failed,
		PercentVal: t.PercentVal, PercentTest: t.PercentTest, Complete: map[string]bool{}, Further: map[string][][]float64{}}
	last := len(t.Epochs) - 1
	for f := range t.Epochs {
		var val, test, cost [][]float64
		for a := range t.Archs {
			val, test, cost = append(val, t.Val(f, a)), append(test, t.Test(f, a)), append(cost, t.Cost(f, a))
		}
		s.Val, s.Test, s.Cost = append(s.Val, val), append(s.Test, test), append(s.Cost, cost)
		if t.Has("cost") {
			s.Complete["cost"] = s.Complete["cost"] || f == 0
			s.Complete["cost"] = s.Complete["cost"] && t.Complete("cost", f, t.Recorded(f)) == nil
		}
	}
	for _, name := range append([]string{"test"}, t.Extra...) {
		if t.Has(name) {
			s.Complete[name] = t.Complete(name, last, t.Recorded(last)) == nil
		}
	}
	for _, name := range t.Extra {
		for a := range t.Archs {
			s.Further[name] = append(s.Further[name], t.Further(name)(last, a))
		}
	}
	return s
}

func same(t testing.TB, want, got *Table) {
	t.Helper()
	if d := cmp.Diff(allOf(want), allOf(got), cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
}

// field is a column of a Parquet file; nil cells are null.
type field struct {
	name  string
	node  parquet.Node
	cells []any
}

type packing struct {
	codec   compress.Codec
	encode  func(parquet.Node) encoding.Encoding // nil result: the library's choice
	options []parquet.WriterOption
}

func parquetOf(t testing.TB, p packing, fields ...field) string {
	t.Helper()
	// The schema of the library has its columns in the order of their names.
	fields = slices.SortedFunc(slices.Values(fields), func(a, b field) int { return strings.Compare(a.name, b.name) })
	group := parquet.Group{}
	for _, f := range fields {
		node := f.node
		if p.codec != nil {
			node = parquet.Compressed(node, p.codec)
		}
		if p.encode != nil && node.Leaf() {
			if e := p.encode(node); e != nil {
				node = parquet.Encoded(node, e)
			}
		}
		if slices.Contains(f.cells, nil) {
			node = parquet.Optional(node)
		}
		group[f.name] = node
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, append(p.options, parquet.NewSchema("table", group))...)
	for i := range fields[0].cells {
		var row parquet.Row
		for c, f := range fields {
			level := 0
			if group[f.name].Optional() && f.cells[i] != nil {
				level = 1
			}
			row = append(row, parquet.ValueOf(f.cells[i]).Level(0, level, c))
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// csvOf writes the same in CSV.
func csvOf(fields ...field) string {
	fields = slices.SortedFunc(slices.Values(fields), func(a, b field) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	for c, f := range fields {
		b.WriteString([]string{",", ""}[btoi(c == 0)] + f.name)
	}
	for i := range fields[0].cells {
		b.WriteByte('\n')
		for c, f := range fields {
			b.WriteString([]string{",", ""}[btoi(c == 0)])
			if f.cells[i] != nil {
				fmt.Fprint(&b, f.cells[i])
			}
		}
	}
	return b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

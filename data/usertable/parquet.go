package usertable

import (
	"errors"
	"io"
	"math"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/data/parquet"
)

// readParquet reads a file of plain columns, a group of rows at a time.
func (b *builder) readParquet(src io.ReaderAt, size int64) error {
	b.rowed = true
	most := min(b.limits.bytes, b.limits.small+maxPacked*size)
	f, err := parquet.Open(src, size, most)
	if err != nil {
		return b.fail("damaged Parquet: %w", err)
	}
	defer f.Close()
	if err := b.parquetHeader(f.Columns); err != nil {
		return err
	}
	total := int64(0)
	for g := range f.Groups() {
		rows, err := f.Rows(g)
		if err != nil {
			return b.fail("damaged Parquet: %w", err)
		}
		if total += rows; total < 0 || total > int64(b.limits.rows) {
			return b.fail("more than %d rows", b.limits.rows)
		}
		if err := b.roomFor(total); err != nil {
			return err
		}
		columns := make([]parquet.Vector, len(f.Columns))
		for i := range columns {
			if b.columns[i].role == ignored {
				continue
			}
			columns[i], err = f.Read(g, i)
			if errors.Is(err, parquet.ErrTooMuch) {
				return b.fail("more than %d bytes of data in a file of %d", most, size)
			}
			if err != nil {
				return b.fail("group %d, column %q: %w", g+1, f.Columns[i].Name, err)
			}
		}
		if err := b.parquetRows(columns, int(rows)); err != nil {
			return err
		}
	}
	return nil
}

// parquetRows takes the rows of a group.
func (b *builder) parquetRows(columns []parquet.Vector, rows int) error {
	cells := make([]value, len(columns))
	for k := range rows {
		bytes := 0
		for i := range columns {
			// A column of text may have become an ignored one since it was read.
			if b.columns[i].role != ignored {
				cells[i] = cellOf(columns[i].At(k))
				bytes += len(cells[i].text)
			}
		}
		if bytes > b.limits.record {
			return b.at(int32(len(b.place)+1), "more than %d bytes in one row", b.limits.record)
		}
		if err := b.row(int32(len(b.place)+1), cells); err != nil {
			return err
		}
	}
	return nil
}

// cellOf is a cell of Parquet. NaN is what tables in Python have for an empty one.
func cellOf(v parquet.Value) value {
	switch {
	case v.Kind == parquet.Text:
		return textOf(v.Text)
	case v.Kind == parquet.Whole:
		return value{kind: whole, whole: v.Whole}
	case v.Kind == parquet.Float && !math.IsNaN(v.Float):
		return value{kind: float, float: v.Float}
	}
	return value{}
}

// roomFor refuses more numbers than are kept before the columns of so many rows are decoded: a
// few bytes can say a number millions of times. Columns of text that will be ignored do not count.
func (b *builder) roomFor(rows int64) error {
	n := int64(0)
	for i := range b.columns {
		if b.columns[i].numeric() && !b.columns[i].texts {
			n++
		}
	}
	if n*rows > int64(b.limits.numbers) {
		return b.fail("%d rows with more than %d numbers in the %d columns that have them; leave out those that "+
			"are not needed", rows, b.limits.numbers, n)
	}
	return nil
}

// parquetHeader takes the names of the columns and what cannot be read.
func (b *builder) parquetHeader(columns []parquet.Column) error {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
		if !utf8.ValidString(names[i]) {
			return b.fail("the name of column %d is invalid UTF-8", i+1)
		}
	}
	if err := b.header(names); err != nil {
		return err
	}
	for i := range columns {
		c, other := &b.columns[i], columns[i].Other
		c.texts = columns[i].Text
		switch {
		case other == "" || c.role == ignored:
		case c.role == further:
			b.note("column %q is ignored: it holds %s", c.name, other)
			c.role = ignored
		default:
			return b.fail("column %q holds %s, want plain numbers or text", c.name, other)
		}
	}
	return nil
}

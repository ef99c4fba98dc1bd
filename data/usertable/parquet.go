package usertable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// The readers of parquet-go trust what a file says of itself: a flipped bit makes them take
// all memory, or loop. So only its description of the format is used here; pages of plain
// columns are read by us, every length compared with the bytes that are there.

// maxFooter is the longest footer that is read, in bytes. One of 100 columns in 100 groups
// of rows has about 2 MB.
const maxFooter = 8 << 20

// readParquet reads a file of plain columns, a group of rows at a time.
func (b *builder) readParquet(src io.ReaderAt, size int64) (err error) {
	b.rowed = true
	// The decoder of the footer is not ours.
	defer func() {
		if p := recover(); p != nil {
			err = b.fail("damaged Parquet: %v", p)
		}
	}()
	meta, err := readFooter(src, size)
	if err != nil {
		return b.fail("damaged Parquet: %w", err)
	}
	leaves, slots, err := topLevel(meta.Schema)
	if err != nil {
		return b.fail("damaged Parquet: %w", err)
	}
	if err := b.leafHeader(leaves); err != nil {
		return err
	}
	most := min(b.limits.bytes, b.limits.small+maxPacked*size)
	p := &pages{src: src, end: size, left: size, room: most, cells: most}
	defer p.close()
	row := int64(0)
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		if len(group.Columns) != slots || group.NumRows < 0 {
			return b.fail("damaged Parquet: group %d has %d columns and %d rows, the file has %d columns", g+1, len(group.Columns), group.NumRows, slots)
		}
		if row += group.NumRows; row < 0 || row > int64(b.limits.rows) {
			return b.fail("more than %d rows", b.limits.rows)
		}
		if err := b.roomFor(row); err != nil {
			return err
		}
		columns := make([]vector, len(leaves))
		for i := range leaves {
			if b.columns[i].role == ignored {
				continue
			}
			columns[i], err = p.chunk(&leaves[i], &group.Columns[leaves[i].slot], int(group.NumRows))
			if errors.Is(err, errTooMuch) {
				return b.fail("more than %d bytes of data in a file of %d", most, size)
			}
			if err != nil {
				return b.fail("group %d, column %q: %w", g+1, leaves[i].name, err)
			}
		}
		cells := make([]value, len(leaves))
		for k := range int(group.NumRows) {
			bytes := 0
			for i := range columns {
				// A column of text may have become an ignored one since it was read.
				if b.columns[i].role != ignored {
					cells[i] = columns[i].at(k)
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
	}
	return nil
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
		return b.fail("%d rows with more than %d numbers in the %d columns that have them; leave out those that are not needed", rows, b.limits.numbers, n)
	}
	return nil
}

// leafHeader takes the names of the columns and what cannot be read.
func (b *builder) leafHeader(leaves []leaf) error {
	names := make([]string, len(leaves))
	for i := range leaves {
		names[i] = leaves[i].name
		if !utf8.ValidString(names[i]) {
			return b.fail("the name of column %d is invalid UTF-8", i+1)
		}
	}
	if err := b.header(names); err != nil {
		return err
	}
	for i := range leaves {
		c, l := &b.columns[i], &leaves[i]
		c.texts = l.kind == format.ByteArray
		switch {
		case l.other == "" || c.role == ignored:
		case c.role == further:
			b.note("column %q is ignored: it holds %s", c.name, l.other)
			c.role = ignored
		default:
			return b.fail("column %q holds %s, want plain numbers or text", c.name, l.other)
		}
	}
	return nil
}

// readFooter reads what a file says of itself: at its end, before its length in four bytes
// and the magic.
func readFooter(src io.ReaderAt, size int64) (*format.FileMetaData, error) {
	const tail = 8
	var end [tail]byte
	if size < int64(len(magicParquet))+tail {
		return nil, fmt.Errorf("%d bytes", size)
	}
	if _, err := src.ReadAt(end[:], size-tail); err != nil && err != io.EOF {
		return nil, err
	}
	if string(end[4:]) != magicParquet {
		return nil, fmt.Errorf("it ends in %q, want %q: was it cut short?", end[4:], magicParquet)
	}
	n := int64(binary.LittleEndian.Uint32(end[:4]))
	if n > size-tail-int64(len(magicParquet)) || n > maxFooter {
		return nil, fmt.Errorf("a footer of %d bytes, in a file of %d; at most %d are read", n, size, maxFooter)
	}
	footer := make([]byte, n)
	if _, err := src.ReadAt(footer, size-tail-n); err != nil {
		return nil, err
	}
	meta := new(format.FileMetaData)
	if _, err := decodeThrift(footer, meta); err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	return meta, nil
}

// leaf is a column at the top of the schema.
type leaf struct {
	name     string
	slot     int // in a group of rows, which counts the columns inside nested ones
	kind     format.Type
	optional bool // cells can be null
	unsigned bool
	other    string // what it holds when that is neither numbers nor text
}

// topLevel lists the columns at the top of the schema and counts all that hold values.
func topLevel(schema []format.SchemaElement) (leaves []leaf, slots int, err error) {
	if len(schema) == 0 {
		return nil, 0, errors.New("no schema")
	}
	// The schema is a tree in depth-first order; open counts what is still to come.
	for i, open := 1, int64(0); i < len(schema); i++ {
		e := &schema[i]
		children := int64(e.NumChildren.V)
		if children < 0 {
			return nil, 0, fmt.Errorf("schema: %q has %d children", e.Name, children)
		}
		if open == 0 {
			l := leafOf(e)
			l.slot = slots
			leaves = append(leaves, l)
		} else {
			open--
		}
		if open += children; children == 0 {
			slots++
		}
	}
	if int64(len(leaves)) != int64(schema[0].NumChildren.V) {
		return nil, 0, fmt.Errorf("schema: %d columns, it says %d", len(leaves), schema[0].NumChildren.V)
	}
	return leaves, slots, nil
}

func leafOf(e *format.SchemaElement) leaf {
	l := leaf{name: e.Name, kind: e.Type.V, optional: e.RepetitionType.V == format.Optional}
	switch t := e.LogicalType.Value.(type) {
	case nil:
		// What writers said before there were logical types.
		switch c := e.ConvertedType; {
		case !c.Valid || c.V == deprecated.UTF8 || c.V == deprecated.Enum || c.V == deprecated.Json || c.V >= deprecated.Int8 && c.V <= deprecated.Int64:
		case c.V >= deprecated.Uint8 && c.V <= deprecated.Uint64:
			l.unsigned = true
		default:
			l.other = "dates, times, decimals or other annotated values"
		}
	case *format.IntType:
		l.unsigned = !t.IsSigned
	case *format.StringType, *format.EnumType, *format.JsonType, *format.NullType:
	default:
		l.other = t.String() + " values"
	}
	switch {
	case e.NumChildren.V > 0:
		l.other = "nested columns"
	case e.RepetitionType.V == format.Repeated:
		l.other = "lists"
	case l.other != "":
	case l.kind != format.Int32 && l.kind != format.Int64 && l.kind != format.Float && l.kind != format.Double && l.kind != format.ByteArray:
		l.other = l.kind.String() + " values"
	}
	return l
}

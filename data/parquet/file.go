package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// Magic is what a file begins and ends with.
const Magic = "PAR1"

// maxFooter is the longest footer that is read, in bytes. One of 100 columns in 100 groups
// of rows has about 2 MB.
const maxFooter = 8 << 20

// ErrTooMuch is the error of a file that unpacks to more than it may.
var ErrTooMuch = errors.New("too much data")

// File is a file whose footer was read.
type File struct {
	Columns []Column // at the top of the schema
	meta    *format.FileMetaData
	slots   int // columns of a group of rows, those inside nested ones included
	pages   pages
}

// Column is a column at the top of the schema.
type Column struct {
	Name  string
	Text  bool   // its values are text, else numbers
	Other string // what it holds when that is neither numbers nor text; it cannot be read
	leaf  leaf
}

// Open reads the footer of a file of so many bytes, whose pages may unpack to most bytes, and their
// values decode to as many. The caller closes what it returns.
func Open(src io.ReaderAt, size, most int64) (f *File, err error) {
	defer recovered(&err)
	f = &File{pages: pages{src: src, end: size, left: size, room: most, cells: most}}
	if f.meta, err = readFooter(src, size); err != nil {
		return nil, err
	}
	leaves, slots, err := topLevel(f.meta.Schema)
	if err != nil {
		return nil, err
	}
	f.slots = slots
	for _, l := range leaves {
		f.Columns = append(f.Columns, Column{Name: l.name, Text: l.kind == format.ByteArray, Other: l.other, leaf: l})
	}
	return f, nil
}

// recovered makes an error of a panic: the decoder of footers and page headers is not ours.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%v", p)
	}
}

// Close lets go of what unpacking needed.
func (f *File) Close() { f.pages.close() }

// Groups is the number of groups of rows.
func (f *File) Groups() int { return len(f.meta.RowGroups) }

// Rows is the number of rows of a group.
func (f *File) Rows(group int) (int64, error) {
	g := &f.meta.RowGroups[group]
	if len(g.Columns) != f.slots || g.NumRows < 0 {
		return 0, fmt.Errorf("group %d has %d columns and %d rows, the file has %d columns",
			group+1, len(g.Columns), g.NumRows, f.slots)
	}
	return g.NumRows, nil
}

// Read reads a column of a group of rows. A group and a column may be read once.
func (f *File) Read(group, column int) (v Vector, err error) {
	defer recovered(&err)
	rows, err := f.Rows(group)
	if err != nil {
		return v, err
	}
	l := &f.Columns[column].leaf
	return f.pages.chunk(l, &f.meta.RowGroups[group].Columns[l.slot], int(rows))
}

// readFooter reads what a file says of itself: at its end, before its length in four bytes
// and the magic.
func readFooter(src io.ReaderAt, size int64) (*format.FileMetaData, error) {
	const tail = 8
	var end [tail]byte
	if size < int64(len(Magic))+tail {
		return nil, fmt.Errorf("%d bytes", size)
	}
	if _, err := src.ReadAt(end[:], size-tail); err != nil && err != io.EOF {
		return nil, err
	}
	if string(end[4:]) != Magic {
		return nil, fmt.Errorf("it ends in %q, want %q: was it cut short?", end[4:], Magic)
	}
	n := int64(binary.LittleEndian.Uint32(end[:4]))
	if n > size-tail-int64(len(Magic)) || n > maxFooter {
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

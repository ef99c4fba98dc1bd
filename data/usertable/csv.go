package usertable

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/data/parquet"
)

// readCSV reads the header and the rows.
func (b *builder) readCSV(r io.Reader) error {
	from := &limited{r: r, all: b.limits.bytes}
	from.next(min(b.limits.record, maxHeader))
	in := bufio.NewReaderSize(from, 1<<16)
	head, err := in.Peek(len(parquet.Magic))
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", b.file, err)
	}
	switch {
	case string(head) == parquet.Magic:
		return b.fail("Parquet in gzip: unpack it first")
	case strings.HasPrefix(string(head), magicBOM):
		if _, err := in.Discard(len(magicBOM)); err != nil {
			return fmt.Errorf("%s: %w", b.file, err)
		}
	}
	c := csv.NewReader(in)
	c.ReuseRecord, c.Comma = true, b.separator(in)
	from.comma = byte(c.Comma)
	names, err := c.Read()
	if err == io.EOF {
		return b.fail("empty, want a header such as arch,val")
	}
	if errors.Is(err, errTooLong) {
		return b.fail("line 1: more than %d bytes in the header", min(b.limits.record, maxHeader))
	}
	if err != nil {
		return b.unread(names, err, 1)
	}
	header := make([]string, len(names))
	for i, name := range names {
		if !utf8.ValidString(name) {
			return b.fail("line 1: the name of column %d is invalid UTF-8", i+1)
		}
		header[i] = strings.TrimSpace(strings.Clone(name))
	}
	if err := b.header(header); err != nil {
		return err
	}
	cells := make([]value, len(header))
	last := 1
	for {
		from.next(b.limits.record)
		fields, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return b.unread(fields, err, last+1)
		}
		last, _ = c.FieldPos(0)
		for i, s := range fields {
			cells[i] = textOf(s)
		}
		if err := b.row(int32(last), cells); err != nil {
			return err
		}
	}
}

// unread says why a record that begins at a line, or after it, is none.
func (b *builder) unread(fields []string, err error, line int) error {
	var at *csv.ParseError
	switch {
	case errors.Is(err, errTooMuch):
		return b.fail("more than %d bytes of data", b.limits.bytes)
	case errors.Is(err, errTooLong):
		return b.at(int32(line), "more than %d bytes in one row; is a quote not closed?", b.limits.record)
	case errors.Is(err, errFields):
		return b.at(int32(line), "more than %d fields in one row", maxFields)
	case !errors.As(err, &at):
		return fmt.Errorf("%s: %w", b.file, err)
	case errors.Is(err, csv.ErrFieldCount):
		return b.at(int32(at.StartLine), "%d fields, the header has %d", len(fields), len(b.columns))
	case errors.Is(err, csv.ErrBareQuote):
		return b.at(int32(at.Line), "character %d: a quote inside a field that does not begin with one", at.Column)
	}
	return b.at(int32(at.StartLine),
		"a quoted field that is not closed, or goes on after its quote; a quote inside one is written twice")
}

var (
	errTooMuch = errors.New("too much data")
	errTooLong = errors.New("record too long")
	errFields  = errors.New("too many fields")
)

// maxHeader is the longest header in bytes: of 10,000 columns with 100 each.
const maxHeader = 1 << 20

// maxFields is the most separators in a record, those in quotes among them. The reader of CSV
// keeps 24 bytes for each before it is known how many the header has.
const maxFields = 1 << 20

// limited ends with an error once it has read more than all bytes, or more than record, or than
// fields separators, since the last call of next. The reader behind it reads ahead, so all are
// upheld to within its buffer.
type limited struct {
	r              io.Reader
	all            int64
	record, fields int
	comma          byte
}

func (l *limited) next(record int) { l.record, l.fields = record, maxFields }

func (l *limited) Read(p []byte) (int, error) {
	switch {
	case l.all < 0:
		return 0, errTooMuch
	case l.record < 0:
		return 0, errTooLong
	case l.fields < 0:
		return 0, errFields
	}
	n, err := l.r.Read(p)
	l.all -= int64(n)
	l.record -= n
	l.fields -= bytes.Count(p[:n], []byte{l.comma})
	return n, err
}

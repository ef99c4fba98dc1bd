package tfrecord

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/amoeba-nas/amoeba/evolve"
)

const (
	head = 12 // bytes before the data
	tail = 4  // bytes after it
)

// MaxRecord is the longest record, in bytes, that [Read] takes where its caller names no limit.
const MaxRecord = 1 << 20

// readSize keeps the calls of the underlying Read few when records are short.
const readSize = 1 << 16

// Record is one record of a file.
type Record struct {
	Number int   // from 1
	Offset int64 // of its length field, in bytes from the start
	Data   []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C that a file stores. The format rotates it and adds a constant, as
// a CRC of data that holds its own CRC would say little.
func masked(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// Read returns the records of a file in order. Data is valid until the next record.
//
// A record longer than max bytes is refused; max <= 0 stands for [MaxRecord]. Memory is
// one buffer a little longer than max, whatever lengths the file declares. The first
// error ends the sequence: damage wraps evolve.ErrInvalid, a file that ends inside a
// record io.ErrUnexpectedEOF too, and a failure of r is passed on. The format cannot tell
// a file that was cut between two records from a whole one.
func Read(r io.Reader, max int) iter.Seq2[Record, error] {
	if max <= 0 {
		max = MaxRecord
	}
	return func(yield func(Record, error) bool) {
		buf := bufio.NewReaderSize(r, readSize)
		if max+tail > readSize {
			buf = bufio.NewReaderSize(r, max+tail)
		}
		at := Record{Number: 1}
		for {
			data, err := next(buf, max)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Record{}, fmt.Errorf("record %d at byte %d: %w", at.Number, at.Offset, err))
				return
			}
			at.Data = data
			if !yield(at, nil) {
				return
			}
			buf.Discard(len(data) + tail) // Peek had them
			at.Number++
			at.Offset += int64(head + len(data) + tail)
		}
	}
}

// next checks the record that buf stands at and leaves buf at its data. io.EOF, not
// wrapped, says that the file ends before the record.
func next(buf *bufio.Reader, max int) ([]byte, error) {
	b, err := buf.Peek(head)
	if err == io.EOF && len(b) == 0 {
		return nil, io.EOF
	}
	if err != nil {
		return nil, short(err, len(b), head, "length field")
	}
	if got, want := binary.LittleEndian.Uint32(b[8:]), masked(b[:8]); got != want {
		return nil, fmt.Errorf("the checksum of its length is %#08x, its bytes give %#08x: this is no TFRecord file, "+
			"or it is damaged here: %w", got, want, evolve.ErrInvalid)
	}
	declared := binary.LittleEndian.Uint64(b)
	if declared > uint64(max) {
		return nil, fmt.Errorf("a record of %d bytes, want at most %d: %w", declared, max, evolve.ErrInvalid)
	}
	n := int(declared)
	buf.Discard(head) // Peek had them
	b, err = buf.Peek(n + tail)
	if err != nil {
		return nil, short(err, len(b), n+tail, "data and checksum")
	}
	if got, want := binary.LittleEndian.Uint32(b[n:]), masked(b[:n]); got != want {
		return nil, fmt.Errorf("the checksum of its %d bytes is %#08x, they give %#08x: the file is damaged here: %w",
			n, got, want, evolve.ErrInvalid)
	}
	return b[:n:n], nil
}

// short says why only got of want bytes of a part were read.
func short(err error, got, want int, part string) error {
	if err == io.EOF {
		return fmt.Errorf("the file ends after %d of the %d bytes of its %s: it is cut short: %w: %w",
			got, want, part, io.ErrUnexpectedEOF, evolve.ErrInvalid)
	}
	return err
}

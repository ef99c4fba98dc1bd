package parquet

import (
	"encoding/binary"
	"errors"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

// Parquet's footer and page headers are Thrift structs in its compact protocol. The decoder
// that we use makes lists as long as they say they are, and follows structs as deep as they
// go, so damaged bytes could take all memory. We walk them first.

// A footer has a struct for each column of each group of rows and a few more. So many are
// a table of ten columns in groups of 1,000 rows, and take 200 MB.
const thriftStructs = 1 << 18

// thriftDepth is far below where structs of Parquet end.
const thriftDepth = 16

var errThrift = errors.New("a structure that is cut short or none of Parquet's")

// decodeThrift decodes the struct at the front of b and returns how long it is.
func decodeThrift(b []byte, to any) (int, error) {
	w := walker{b: b}
	if !w.fields(0) {
		return 0, errThrift
	}
	n := len(b) - len(w.b)
	var compact thrift.CompactProtocol
	return n, thrift.NewDecoder(compact.NewReaderFromBytes(b[:n])).Decode(to)
}

// walker passes over values. Its methods say whether they were whole.
type walker struct {
	b       []byte
	structs int
}

func (w *walker) skip(n uint64) bool {
	if n > uint64(len(w.b)) {
		return false
	}
	w.b = w.b[n:]
	return true
}

func (w *walker) uvarint() (uint64, bool) {
	x, n := binary.Uvarint(w.b)
	return x, n > 0 && w.skip(uint64(n))
}

func (w *walker) byte() (byte, bool) {
	if len(w.b) == 0 {
		return 0, false
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c, true
}

// fields walks a struct: a byte for each field, its high half the distance from the field
// before (0: the number follows), its low half the type; then the value; a zero ends it.
func (w *walker) fields(depth int) bool {
	if w.structs++; w.structs > thriftStructs {
		return false
	}
	for {
		head, ok := w.byte()
		if !ok || head == 0 {
			return ok
		}
		if head>>4 == 0 {
			if _, ok := w.uvarint(); !ok {
				return false
			}
		}
		if k := head & 15; k == 1 || k == 2 {
			continue // a truth value, which the type says
		} else if !w.value(k, depth) {
			return false
		}
	}
}

func (w *walker) value(kind byte, depth int) bool {
	if depth > thriftDepth {
		return false
	}
	switch kind {
	case 1, 2, 3: // in a list truth values are bytes
		return w.skip(1)
	case 4, 5, 6:
		_, ok := w.uvarint()
		return ok
	case 7:
		return w.skip(8)
	case 8:
		n, ok := w.uvarint()
		return ok && w.skip(n)
	case 9, 10:
		head, ok := w.byte()
		n := uint64(head >> 4)
		if n == 15 && ok {
			n, ok = w.uvarint()
		}
		// Every item has at least a byte.
		if !ok || n > uint64(len(w.b)) {
			return false
		}
		for range n {
			if !w.value(head&15, depth+1) {
				return false
			}
		}
		return true
	case 12:
		return w.fields(depth + 1)
	}
	return false // a map; Parquet has none
}

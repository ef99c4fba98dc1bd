package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// The encodings of Parquet's specification (apache/parquet-format, Encodings.md), all but
// those of truth values.

// decode reads n values, n > 0. Text may take room bytes; the bytes used are subtracted from it.
func (v *Vector) decode(l *leaf, enc format.Encoding, b []byte, n int, room *int64) error {
	isText := l.kind == format.ByteArray
	isInt := l.kind == format.Int32 || l.kind == format.Int64
	switch {
	case enc == format.Plain:
		return v.plain(l, b, n)
	case enc == format.ByteStreamSplit && !isText:
		return v.split(l, b, n)
	case enc == format.DeltaBinaryPacked && isInt:
		ints, _, err := deltas(b, n)
		for i, x := range ints {
			if l.kind == format.Int32 {
				ints[i] = narrow(l, uint32(x))
			}
		}
		v.ints = ints
		return err
	case enc == format.DeltaLengthByteArray && isText:
		texts, err := lengthTexts(b, n)
		v.texts = texts
		return err
	case enc == format.DeltaByteArray && isText:
		texts, err := prefixTexts(b, n, room)
		v.texts = texts
		return err
	}
	return fmt.Errorf("encoding %v of %v values is not read; write the file with plain or dictionary encoding",
		enc, l.kind)
}

// narrow is the number in 32 bits.
func narrow(l *leaf, x uint32) int64 {
	if l.unsigned {
		return int64(x)
	}
	return int64(int32(x))
}

// fixed appends a value of 4 or 8 bytes.
func (v *Vector) fixed(l *leaf, b []byte) {
	switch l.kind {
	case format.Int32:
		v.ints = append(v.ints, narrow(l, binary.LittleEndian.Uint32(b)))
	case format.Int64:
		v.ints = append(v.ints, int64(binary.LittleEndian.Uint64(b)))
	case format.Float:
		v.floats = append(v.floats, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	default:
		v.floats = append(v.floats, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
}

// width is the size of a number in bytes.
func width(l *leaf) int {
	if l.kind == format.Int32 || l.kind == format.Float {
		return 4
	}
	return 8
}

// plain reads n values one after the other; text has its length in four bytes before it.
func (v *Vector) plain(l *leaf, b []byte, n int) error {
	if l.kind != format.ByteArray {
		w := width(l)
		if n < 0 || n > len(b)/w {
			return errShort
		}
		for i := range n {
			v.fixed(l, b[i*w:])
		}
		return nil
	}
	if n < 0 || n > len(b)/4 {
		return errShort
	}
	all := string(b) // once, and not once a value
	v.texts = make([]string, n)
	for i, at := 0, 0; i < n; i++ {
		if len(b)-at < 4 {
			return errShort
		}
		size := int64(binary.LittleEndian.Uint32(b[at:]))
		if at += 4; size > int64(len(b)-at) {
			return errShort
		}
		v.texts[i] = all[at : at+int(size)]
		at += int(size)
	}
	return nil
}

// split reads n numbers whose first bytes all come first, then the second ones.
func (v *Vector) split(l *leaf, b []byte, n int) error {
	w := width(l)
	if len(b)/w != n || len(b)%w != 0 {
		return errShort
	}
	var x [8]byte
	for i := range n {
		for j := range w {
			x[j] = b[j*n+i]
		}
		v.fixed(l, x[:])
	}
	return nil
}

// indexes reads n indexes into a dictionary.
func indexes(b []byte, n int, dictionary *Vector) ([]uint32, error) {
	switch {
	case dictionary == nil:
		return nil, errors.New("it needs a dictionary, and there is none")
	case len(b) == 0:
		return nil, errShort
	case b[0] > 32:
		return nil, fmt.Errorf("indexes of %d bits", b[0])
	}
	index, err := hybrid(b[1:], int(b[0]), n)
	if err != nil {
		return nil, err
	}
	size := uint32(dictionary.len())
	for _, i := range index {
		if i >= size {
			return nil, fmt.Errorf("index %d of a dictionary of %d values", i, size)
		}
	}
	return index, nil
}

// hybrid reads n numbers of width bits, 0..32, in runs: those of one number repeated and
// those of numbers packed in groups of eight.
func hybrid(b []byte, width, n int) ([]uint32, error) {
	var xs []uint32
	for len(xs) < n {
		head, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errShort
		}
		b = b[k:]
		left := uint64(n - len(xs))
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(b) < size {
				return nil, errShort
			}
			var word [4]byte
			copy(word[:], b[:size])
			b = b[size:]
			x := binary.LittleEndian.Uint32(word[:])
			if uint64(x)>>width != 0 {
				return nil, fmt.Errorf("%d in %d bits", x, width)
			}
			for range min(head>>1, left) {
				xs = append(xs, x)
			}
			continue
		}
		groups := head >> 1
		if width > 0 && groups > uint64(len(b)/width) {
			return nil, errShort
		}
		// Compared in groups, since eight times as many may be too many for 64 bits.
		count := left
		if groups < (left+7)/8 {
			count = groups * 8
		}
		packed := bits{b: b}
		for range count {
			xs = append(xs, uint32(packed.next(width)))
		}
		b = b[int(groups)*width:]
	}
	return xs, nil
}

// bits reads packed numbers, the lowest bits first.
type bits struct {
	b  []byte
	at int // bit
}

// next reads a number of up to 64 bits, which must be there.
func (p *bits) next(width int) uint64 {
	x := uint64(0)
	for have := 0; have < width; {
		free := 8 - p.at%8
		take := min(free, width-have)
		x |= uint64(p.b[p.at/8]) >> (8 - free) & (1<<take - 1) << have
		have += take
		p.at += take
	}
	return x
}

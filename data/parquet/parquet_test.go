package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	library "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// twoRows is a file of two rows of a text and a number.
func twoRows(t *testing.T) string {
	t.Helper()
	type row struct {
		Arch string  `parquet:"arch"`
		Val  float64 `parquet:"val"`
	}
	var b bytes.Buffer
	if err := library.Write(&b, []row{{"0000", 1}, {"0001", .5}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file is read as it was written, and a value of more than a file may unpack to is refused.
func TestRead(t *testing.T) {
	text := twoRows(t)
	f, err := Open(strings.NewReader(text), int64(len(text)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(f.Columns) != 2 || f.Columns[0].Name != "arch" || !f.Columns[0].Text || f.Columns[1].Text || f.Groups() != 1 {
		t.Fatalf("%+v, %d groups", f.Columns, f.Groups())
	}
	for i, want := range [][]Value{{{Kind: Text, Text: "0000"}, {Kind: Text, Text: "0001"}}, {{Kind: Float, Float: 1}, {Kind: Float, Float: .5}}} {
		v, err := f.Read(0, i)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			if got := v.At(k); got != want[k] {
				t.Errorf("column %d, row %d: %+v, want %+v", i, k, got, want[k])
			}
		}
	}
	small, err := Open(strings.NewReader(text), int64(len(text)), 8)
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	if _, err := small.Read(0, 0); !errors.Is(err, ErrTooMuch) {
		t.Errorf("got %v, want %v", err, ErrTooMuch)
	}
}

func TestChunkErrors(t *testing.T) {
	text := twoRows(t)
	meta, err := readFooter(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	val := leaf{kind: format.Double}
	for _, c := range []struct {
		name   string
		change func(*format.ColumnChunk)
		rows   int
		want   string
	}{
		{"encrypted", func(c *format.ColumnChunk) { c.CryptoMetadata.Value = &format.EncryptionWithFooterKey{} }, 2, "encrypted"},
		{"elsewhere", func(c *format.ColumnChunk) { c.FilePath = "b" }, 2, `kept in another file, "b"`},
		{"other type", func(c *format.ColumnChunk) { c.MetaData.Type = format.Int32 }, 2, "INT32 values, the schema says DOUBLE"},
		{"beyond the end", func(c *format.ColumnChunk) { c.MetaData.DataPageOffset = math.MaxInt64 }, 2, "bytes at 9223372036854775807, in a file of"},
		{"too long", func(c *format.ColumnChunk) { c.MetaData.TotalCompressedSize = math.MaxInt64 }, 2, "9223372036854775807 bytes at"},
		{"negative", func(c *format.ColumnChunk) { c.MetaData.TotalCompressedSize = -1 }, 2, "-1 bytes at"},
		{"too few pages", nil, 3, "2 values, the group has 3 rows"},
		{"too many values", nil, 1, "page 1: 2 values, 1 rows are left"},
		{"no header", func(c *format.ColumnChunk) { c.MetaData.DataPageOffset = 0 }, 2, "page 1: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			chunk := meta.RowGroups[0].Columns[1]
			if c.change != nil {
				c.change(&chunk)
			}
			p := &pages{src: strings.NewReader(text), end: int64(len(text)), left: int64(len(text)), room: 1 << 20, cells: 1 << 20}
			if _, err := p.chunk(&val, &chunk, c.rows); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	p := &pages{src: strings.NewReader(text), end: int64(len(text)), left: 10, room: 1 << 20, cells: 1 << 20}
	if _, err := p.chunk(&val, &meta.RowGroups[0].Columns[1], 2); err == nil || err.Error() != "columns that overlap" {
		t.Errorf("got %v", err)
	}
}

// Lengths that no bytes stand behind are refused before memory is made for them.
func TestParquetHostileLengths(t *testing.T) {
	framed := func(footer ...byte) string {
		tail := binary.LittleEndian.AppendUint32(nil, uint32(len(footer)))
		return "PAR1" + string(footer) + string(tail) + "PAR1"
	}
	// Field 2, a list of 2³¹−1 structs; field 6, a text of as many bytes.
	list := []byte{0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0}
	text := []byte{0x68, 0xff, 0xff, 0xff, 0xff, 0x07, 0}
	deep := []byte(strings.Repeat("\x1c", 1<<20))
	many := append([]byte{0x29, 0xfc, 0x80, 0x80, 0x20}, make([]byte, 1<<19)...)
	for _, b := range [][]byte{list, text, deep, many} {
		text := framed(b...)
		if _, err := Open(strings.NewReader(text), int64(len(text)), 1<<20); !errors.Is(err, errThrift) || !strings.HasPrefix(err.Error(), "footer: ") {
			t.Errorf("got %v, want footer: %v", err, errThrift)
		}
	}
	for text, want := range map[string]string{
		"PAR1\xff\xff\xff\x7fPAR1": fmt.Sprintf("a footer of 2147483647 bytes, in a file of 12; at most %d are read", maxFooter),
		"PAR1\x00\x00\x00\x00PAR2": `it ends in "PAR2", want "PAR1": was it cut short?`,
		"PAR1PAR1":                 "8 bytes",
	} {
		if _, err := Open(strings.NewReader(text), int64(len(text)), 1<<20); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	// A run of 2³¹−1 numbers, of which two are wanted.
	if xs, err := hybrid([]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 1}, 1, 2); err != nil || !slices.Equal(xs, []uint32{1, 1}) {
		t.Errorf("%v, %v", xs, err)
	}
	// The example of the specification: 0..7 in three bits.
	if xs, err := hybrid([]byte{3, 0b10001000, 0b11000110, 0b11111010}, 3, 8); err != nil || !slices.Equal(xs, []uint32{0, 1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("%v, %v", xs, err)
	}
	if xs, err := hybrid([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 0, 3); err != nil || len(xs) != 3 {
		t.Errorf("%v, %v", xs, err)
	}
	for _, c := range []struct {
		b        []byte
		width, n int
	}{
		{nil, 1, 1}, {[]byte{4}, 1, 1}, {[]byte{4, 2}, 1, 1}, {[]byte{5, 1}, 1, 9}, {[]byte{0, 1}, 1, 1},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 9}, 1, 99},
	} {
		if xs, err := hybrid(c.b, c.width, c.n); err == nil {
			t.Errorf("%v: read as %v", c.b, xs)
		}
	}
	// The example of the specification: 1..5, differences of 1.
	if xs, rest, err := deltas([]byte{128, 1, 4, 5, 2, 2, 0, 0, 0, 0, 42}, 5); err != nil || !slices.Equal(xs, []int64{1, 2, 3, 4, 5}) || len(rest) != 1 {
		t.Errorf("%v, %v, %v", xs, rest, err)
	}
	for _, b := range [][]byte{
		{}, {128, 1, 4, 5}, {128, 1, 0, 5, 2}, {128, 1, 3, 5, 2}, {0, 1, 5, 2}, {128, 1, 4, 6, 2, 2, 0, 0, 0, 0},
		{128, 1, 4, 5, 2, 2, 65, 0, 0, 0}, {128, 1, 4, 5, 2, 2, 8, 0, 0, 0, 1}, {128, 1, 4, 5, 2, 2, 0, 0}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 5, 2},
	} {
		if xs, _, err := deltas(b, 5); err == nil {
			t.Errorf("%v: read as %v", b, xs)
		}
	}
	room := int64(4)
	same := []byte{128, 1, 4, 2, 0, 10, 3, 0, 0, 0, 5} // 0 and 5
	if texts, err := prefixTexts(append(same[:6:6], 0, 0, 0, 0), 2, &room); err == nil {
		t.Errorf("read %q", texts)
	}
	l := leaf{kind: format.ByteArray}
	v := Vector{}
	if err := v.plain(&l, []byte("\x02\x00\x00\x00ab\xff\xff\xff\xff"), 2); err == nil {
		t.Errorf("read %q", v.texts)
	}
}

// FuzzPage is what a fuzz of whole files cannot pass the checksums to reach.
func FuzzPage(f *testing.F) {
	for enc := range byte(10) {
		f.Add([]byte("\x02\x00\x00\x00\x03\x01\x80\x01\x04\x02\x02\x00\x00\x00\x00\x00"), enc, byte(format.ByteArray), byte(format.Uncompressed), true, uint16(2))
		f.Add([]byte("\x80\x01\x04\x05\x02\x02\x00\x00\x00\x00"), enc, byte(format.Int64), byte(format.Snappy), false, uint16(5))
	}
	f.Fuzz(func(t *testing.T, b []byte, enc, kind, codec byte, optional bool, n uint16) {
		l := &leaf{kind: format.Type(kind), optional: optional}
		if kind == byte(format.Boolean) || kind == byte(format.Int96) || kind > byte(format.ByteArray) {
			return
		}
		p := &pages{room: 1 << 20, cells: 1 << 20}
		defer p.close()
		dictionary := Vector{texts: []string{"a", "b"}, ints: []int64{1, 2}, floats: []float64{1, 2}}
		rows := int(n) % 1000
		for _, h := range []format.PageHeader{
			{Type: format.DataPage, UncompressedPageSize: int32(n)},
			{Type: format.DataPageV2, UncompressedPageSize: int32(n)},
			{Type: format.DictionaryPage, UncompressedPageSize: int32(n)},
		} {
			h.DataPageHeader.Valid, h.DataPageHeaderV2.Valid, h.DictionaryPageHeader.Valid = true, true, true
			h.DataPageHeader.V = format.DataPageHeader{NumValues: int32(rows), Encoding: format.Encoding(enc), DefinitionLevelEncoding: format.RLE}
			h.DataPageHeaderV2.V = format.DataPageHeaderV2{NumValues: int32(rows), Encoding: format.Encoding(enc), DefinitionLevelsByteLength: int32(min(len(b), 3))}
			h.DictionaryPageHeader.V.NumValues = int32(rows)
			if len(b) < int(n) && codec == byte(format.Uncompressed) {
				h.UncompressedPageSize = int32(len(b))
			}
			v := newVector(l)
			d, err := p.page(l, format.CompressionCodec(codec), &h, b, &v, &dictionary, rows)
			if err != nil {
				continue
			}
			newDictionary := 0
			if d != &dictionary {
				newDictionary = d.len()
			}
			if got := max(v.len(), newDictionary); got != rows || optional && d == &dictionary && len(v.null) != rows {
				t.Fatalf("%v: %d values of %d, %d of them known to be null or not", h.Type, got, rows, len(v.null))
			}
		}
	})
}

package usertable

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/amoeba-nas/amoeba/evolve"
)

// zstdOf is a frame of some bytes and then n zeros, which take four bytes in 128 KiB.
func zstdOf(b []byte, n int) []byte {
	out := binary.LittleEndian.AppendUint64([]byte("\x28\xb5\x2f\xfd\xe0"), uint64(len(b)+n))
	block := func(kind, size, last int, body ...byte) {
		head := uint32(size<<3 | kind<<1 | last)
		out = append(append(out, byte(head), byte(head>>8), byte(head>>16)), body...)
	}
	block(0, len(b), min(1, max(0, 1-n)), b...)
	for ; n > 0; n -= 128 << 10 {
		size := min(n, 128<<10)
		block(1, size, btoi(n == size), '0')
	}
	return out
}

type hostilePage struct {
	header format.PageHeader
	body   []byte // before its compression
	zeros  int    // that follow the body
	says   int    // its size is this; 0 = what it is
}

// dictionaryPage has n values.
func dictionaryPage(n int, body []byte, zeros int) hostilePage {
	p := hostilePage{header: format.PageHeader{Type: format.DictionaryPage}, body: body, zeros: zeros}
	p.header.DictionaryPageHeader.Valid = true
	p.header.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain}
	return p
}

// firstPage says the first value of a dictionary n times.
func firstPage(n int) hostilePage {
	p := hostilePage{header: format.PageHeader{Type: format.DataPage}, body: append(binary.AppendUvarint([]byte{1}, uint64(n)<<1), 0)}
	p.header.DataPageHeader.Valid = true
	p.header.DataPageHeader.V = format.DataPageHeader{NumValues: int32(n), Encoding: format.RLEDictionary, DefinitionLevelEncoding: format.RLE}
	return p
}

type hostileColumn struct {
	name  string
	kind  format.Type
	pages []hostilePage
}

// same is a column that says a value n times.
func (c hostileColumn) same(n int, value []byte, zeros int) hostileColumn {
	if c.kind == format.ByteArray {
		value = append(binary.LittleEndian.AppendUint32(nil, uint32(len(value)+zeros)), value...)
	}
	c.pages = []hostilePage{dictionaryPage(1, value, zeros), firstPage(n)}
	return c
}

func hostileFile(t *testing.T, rows int, columns ...hostileColumn) string {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file := bytes.NewBufferString("PAR1")
	meta := format.FileMetaData{Version: 1, NumRows: int64(rows), Schema: []format.SchemaElement{{Name: "table"}}}
	meta.Schema[0].NumChildren.V, meta.Schema[0].NumChildren.Valid = int32(len(columns)), true
	group := format.RowGroup{NumRows: int64(rows)}
	for _, c := range columns {
		e := format.SchemaElement{Name: c.name}
		e.Type.V, e.Type.Valid = c.kind, true
		e.RepetitionType.V, e.RepetitionType.Valid = format.Required, true
		meta.Schema = append(meta.Schema, e)
		start := file.Len()
		for _, p := range c.pages {
			body := zstdOf(p.body, p.zeros)
			p.header.UncompressedPageSize, p.header.CompressedPageSize = int32(cmp.Or(p.says, len(p.body)+p.zeros)), int32(len(body))
			file.Write(marshal(&p.header))
			file.Write(body)
		}
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{Type: c.kind, PathInSchema: []string{c.name}, Codec: format.Zstd,
			NumValues: int64(rows), DataPageOffset: int64(start), TotalCompressedSize: int64(file.Len() - start)}})
	}
	meta.RowGroups = []format.RowGroup{group}
	footer := marshal(&meta)
	file.Write(footer)
	file.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	file.WriteString("PAR1")
	return file.String()
}

// A small file takes little memory and time, whatever it unpacks to.
func TestHostileSize(t *testing.T) {
	arch, val := hostileColumn{name: "arch", kind: format.ByteArray}, hostileColumn{name: "val", kind: format.Double}
	half := binary.LittleEndian.AppendUint64(nil, 0x3fe0000000000000)
	text := func(name string) hostileColumn { return hostileColumn{name: name, kind: format.ByteArray} }
	number := func(name string) hostileColumn { return hostileColumn{name: name, kind: format.Double} }
	cells := []byte("0000")
	lie := dictionaryPage(1, binary.LittleEndian.AppendUint32(nil, 500<<20), 500<<20)
	lie.says = 1 << 20
	many := func(n, rows int) []hostileColumn {
		all := []hostileColumn{arch.same(rows, cells, 0), val.same(rows, half, 0)}
		for i := range n {
			all = append(all, number(fmt.Sprint("x", i)).same(rows, half, 0))
		}
		return all
	}
	for _, c := range []struct {
		name, text, want string
	}{
		// What this is for: a value of 500 MiB in 17 KB, a million times.
		{"huge value", hostileFile(t, 1_000_000, arch.same(1_000_000, nil, 500<<20), val.same(1_000_000, half, 0)), "bytes of data in a file of"},
		{"huge value once", hostileFile(t, 1, arch.same(1, nil, 40<<20), val.same(1, half, 0)), "row 1: more than 16777216 bytes in one row"},
		{"two texts in a row", hostileFile(t, 1, arch.same(1, cells, 0), val.same(1, half, 0), text("b").same(1, nil, 9<<20), text("c").same(1, nil, 9<<20)), "row 1: more than 16777216 bytes in one row"},
		{"large value again and again", hostileFile(t, 5_000_000, arch.same(5_000_000, nil, 1<<20), val.same(5_000_000, half, 0)), "bytes of data in a file of"},
		{"many columns", hostileFile(t, 4_000_000, many(100, 4_000_000)...), "4000000 rows with more than 134217728 numbers in the 101 columns"},
		{"some columns", hostileFile(t, 4_000_000, many(20, 4_000_000)...), "bytes of data in a file of"},
		{"columns of text", hostileFile(t, 4_000_000, arch.same(4_000_000, cells, 0), val.same(4_000_000, half, 0), text("a").same(4_000_000, nil, 0), text("b").same(4_000_000, nil, 0)), "bytes of data in a file of"},
		{"dictionary of nothing", hostileFile(t, 1, hostileColumn{"arch", format.ByteArray, []hostilePage{dictionaryPage(15<<20, nil, 60<<20), firstPage(1)}}, val.same(1, half, 0)), "bytes of data in a file of"},
		{"dictionaries again and again", hostileFile(t, 1, hostileColumn{"arch", format.ByteArray, append(dictionaries(40), firstPage(1))}, val.same(1, half, 0)), "bytes of data in a file of"},
		{"zeros for texts", hostileFile(t, 1, hostileColumn{"arch", format.ByteArray, []hostilePage{dictionaryPage(-1, nil, 60<<20), firstPage(1)}}, val.same(1, half, 0)), "page 1: it is cut short"},
		{"frame that is more than its page", hostileFile(t, 1, hostileColumn{"arch", format.ByteArray, []hostilePage{lie, firstPage(1)}}, val.same(1, half, 0)), "page 1: ZSTD: it does not unpack to the size that it says"},
		{"columns of CSV", zipped(t, "arch,val"+strings.Repeat(",", 15<<20)), "line 1: more than 1048576 bytes in the header"},
		{"fields of CSV", zipped(t, "arch,val\n0000,.5"+strings.Repeat(",", 15<<20)), "t:2: more than 1048576 fields in one row"},
		{"value of CSV", zipped(t, "arch,val\n"+strings.Repeat("0", 17<<20)), "t:2: more than 16777216 bytes in one row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.text) > 18_000 {
				t.Fatalf("%d bytes", len(c.text))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := read("t", c.text, bits4)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), ": "+evolve.ErrInvalid.Error()) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %s", err, c.want)
			}
			// All that is ever allocated, of which much is free again: pages, their texts, cells.
			if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 256 {
				t.Errorf("%d MiB", got)
			}
			if took > 5*time.Second {
				t.Errorf("%v", took)
			}
		})
	}
}

// dictionaries are n of four million bytes each.
func dictionaries(n int) (all []hostilePage) {
	for range n {
		all = append(all, dictionaryPage(1, binary.LittleEndian.AppendUint32(nil, 4<<20), 4<<20))
	}
	return all
}

package usertable

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// fuzzLimits keep an input's memory small; what stands beyond them has tests of its own.
var fuzzLimits = limits{rows: 1000, bytes: 1 << 20, small: 1 << 18, record: 1 << 18, numbers: 10_000}

// wellFormed checks what a table promises, or that an error names the file.
func wellFormed(t *testing.T, name, content string, o Options) {
	t.Helper()
	got, err := readFrom(name, strings.NewReader(content), int64(len(content)), o, fuzzLimits)
	if err != nil {
		if !strings.HasPrefix(err.Error(), name) {
			t.Fatalf("the error names no file: %v", err)
		}
		return
	}
	rows, most, failed := 0, 0, 0
	for f := range got.Epochs {
		if f > 0 && got.Epochs[f] <= got.Epochs[f-1] {
			t.Fatalf("fidelities %v", got.Epochs)
		}
		recorded := got.Recorded(f)
		for a := range got.Archs {
			val := got.Val(f, a)
			if len(val) > 0 != slices.Contains(recorded, a) {
				t.Fatalf("%s has %d rows of fidelity %d, recorded are %v", got.Archs[a], len(val), got.Epochs[f], recorded)
			}
			for i, x := range val {
				if math.IsNaN(x) {
					failed++
				} else if !(x >= 0 && x <= 1) {
					t.Fatalf("loss %v", x)
				}
				if c := got.Cost(f, a); c != nil && !(c[i] >= 0) && (!math.IsNaN(c[i]) || got.Complete("cost", f, recorded) == nil) {
					t.Fatalf("cost %v", c[i])
				}
			}
			rows, most = rows+len(val), max(most, len(val))
		}
	}
	seen := map[evolve.Arch]bool{}
	for _, arch := range got.Archs {
		same, err := identity(o.Space, arch)
		if err != nil || seen[same] {
			t.Fatalf("%s is there twice, or %v", arch, err)
		}
		seen[same] = true
	}
	if rows != got.Rows || most != got.Repeats || failed != got.Failed || len(got.Hash) != 64 {
		t.Fatalf("%d rows of %d, %d repeats, not %d, %d failed, not %d, hash %s", rows, got.Rows, most, got.Repeats, failed, got.Failed, got.Hash)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(cells))
	f.Add([]byte("\ufeffarch,val,fidelity,seed\r\n\"0\",.5,3,0\r\n0,50,12.0,1\r\n"))
	f.Add([]byte("val,cost,arch,x\n1,2,421211,\n0,,|none~0|+||+||,nan\n"))
	f.Add([]byte("arch,val,test,cost,fidelity\n000000,inf,inf,0,12\n111111,.5,.5,1,200\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,nan,,0,12\n"))
	f.Add([]byte("arch;val;x\n000000;50;1,5\n111111;60;\n"))
	f.Add([]byte("val\tarch\n.5\t000000\n"))
	f.Add([]byte(zipped(f, "arch,val\n000000,1\n")))
	f.Fuzz(func(t *testing.T, b []byte) { wellFormed(t, "t.csv", string(b), Options{Space: space.NB201{}}) })
}

func FuzzParquet(f *testing.F) {
	f.Add([]byte(parquetOf(f, packing{}, runs(2)...)))
	f.Add([]byte(parquetOf(f, packing{codec: &parquet.Snappy, options: []parquet.WriterOption{parquet.DataPageVersion(1)}}, runs(2)...)))
	f.Add([]byte(parquetOf(f, packing{codec: &parquet.Zstd}, archs("000000", "000001"), doubles("val", .5, .25))))
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, b []byte) { wellFormed(t, "t.parquet", string(b), Options{Space: space.NB201{}}) })
}

// FuzzPage is what FuzzParquet cannot pass the checksums to reach.
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
		dictionary := vector{texts: []string{"a", "b"}, ints: []int64{1, 2}, floats: []float64{1, 2}}
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
			if got := max(v.len(), btoi(d != &dictionary)*d.len()); got != rows || optional && d == &dictionary && len(v.null) != rows {
				t.Fatalf("%v: %d values of %d, %d of them known to be null or not", h.Type, got, rows, len(v.null))
			}
		}
	})
}

package usertable

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// runs is a table of n architectures with two fidelities and two repeats, and gaps.
func runs(n int) []field {
	var arch, val, test, cost, fidelity, seed, size, note []any
	for i := range 4 * n {
		cell := space.NB201{}.At(i / 4 * 7)
		arch = append(arch, space.NB201{}.Format(cell))
		val = append(val, float64(i%97)+1.25)
		cost = append(cost, float64(i)*1.5+1)
		fidelity = append(fidelity, int32([]int{12, 200}[i%2]))
		seed = append(seed, int64(i/2%2)<<40)
		size = append(size, int64(i/4*1000-5000))
		test = append(test, nil)
		note = append(note, nil)
		if i%3 > 0 {
			test[i], note[i] = float64(i%50), fmt.Sprint("x", i%5)
		}
	}
	double := parquet.Leaf(parquet.DoubleType)
	return []field{
		{"arch", parquet.String(), arch}, {"val", double, val}, {"test", double, test}, {"cost", double, cost},
		{"fidelity", parquet.Int(32), fidelity}, {"seed", parquet.Int(64), seed}, {"size", parquet.Int(64), size}, {"note", parquet.String(), note},
	}
}

func kindIs(n parquet.Node, e encoding.Encoding, kinds ...parquet.Kind) encoding.Encoding {
	if slices.Contains(kinds, n.Type().Kind()) {
		return e
	}
	return &parquet.Plain
}

// However a file is written, it says the same as CSV.
func TestParquetLikeCSV(t *testing.T) {
	codecs := map[string]compress.Codec{"": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "zstd": &parquet.Zstd}
	encodings := map[string]func(parquet.Node) encoding.Encoding{
		"default": nil,
		"plain":   func(parquet.Node) encoding.Encoding { return &parquet.Plain },
		"dictionary": func(parquet.Node) encoding.Encoding {
			return &parquet.RLEDictionary
		},
		"delta": func(n parquet.Node) encoding.Encoding {
			return kindIs(n, &parquet.DeltaBinaryPacked, parquet.Int32, parquet.Int64)
		},
		"delta length": func(n parquet.Node) encoding.Encoding {
			return kindIs(n, &parquet.DeltaLengthByteArray, parquet.ByteArray)
		},
		"delta text": func(n parquet.Node) encoding.Encoding {
			return kindIs(n, &parquet.DeltaByteArray, parquet.ByteArray)
		},
		"split": func(n parquet.Node) encoding.Encoding {
			return kindIs(n, &parquet.ByteStreamSplit, parquet.Double, parquet.Float)
		},
	}
	for _, n := range []int{1, 100} {
		fields := runs(n)
		want := mustRead(t, "t.csv", csvOf(fields...), Options{Space: space.NB201{}})
		for codec := range codecs {
			for enc := range encodings {
				for version := 1; version <= 2; version++ {
					name := fmt.Sprintf("%d %s %s v%d", n, enc, codec, version)
					p := packing{codecs[codec], encodings[enc], []parquet.WriterOption{parquet.DataPageVersion(version), parquet.PageBufferSize(300), parquet.MaxRowsPerRowGroup(150)}}
					got, err := read("t.parquet", parquetOf(t, p, fields...), Options{Space: space.NB201{}})
					if err != nil {
						t.Errorf("%s: %v", name, err)
						continue
					}
					t.Run(name, func(t *testing.T) { same(t, want, got) })
				}
			}
		}
	}
}

func archs(texts ...any) field { return field{"arch", parquet.String(), texts} }

func doubles(name string, xs ...any) field {
	return field{name, parquet.Leaf(parquet.DoubleType), xs}
}

// typed is a row of the types that other tools write, and of some that are passed over.
type typed struct {
	Aaa struct { // nested columns before the others move those in the file
		X int32   `parquet:"x"`
		Y []int32 `parquet:"y"`
	} `parquet:"aaa"`
	Arch     string  `parquet:"arch,enum"`
	Val      float32 `parquet:"val"`
	Test     int32   `parquet:"test"`
	Cost     float64 `parquet:"cost"`
	Fidelity float64 `parquet:"fidelity"`
	Seed     uint32  `parquet:"seed"`
	Big      uint64  `parquet:"big"`
	Small    int8    `parquet:"small"`
	Digits   string  `parquet:"digits"`
	Day      int32   `parquet:"day,date"`
	Price    int32   `parquet:"price,decimal(2:9)"`
	Yes      bool    `parquet:"yes"`
	List     []int64 `parquet:"list"`
	Blank    *int64  `parquet:"blank,optional"`
	Half     *int64  `parquet:"half,optional"`
}

func TestParquetTypes(t *testing.T) {
	var b bytes.Buffer
	seven := int64(7)
	rows := []typed{
		{Arch: "0000", Val: .5, Test: 0, Cost: math.NaN(), Fidelity: 12, Seed: 1<<32 - 1, Big: 1 << 63, Small: -3, Digits: "7", List: []int64{1, 2}, Half: &seven},
		{Arch: "0001", Val: .25, Test: 1, Cost: 3, Fidelity: 12, Seed: 1, Big: 1, Small: 4, Digits: "-8.5"},
	}
	rows[0].Aaa.Y = []int32{1, 2, 3}
	if err := parquet.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	got := mustRead(t, "t.parquet", b.String(), bits4)
	nan := math.NaN()
	want := said{
		Archs: []evolve.Arch{"0000", "0001"}, Epochs: []int{12}, Repeats: 1, Rows: 2,
		Val: [][][]float64{{{.5}, {.75}}}, Test: [][][]float64{{{1}, {0}}}, Cost: [][][]float64{{{nan}, {3}}},
		Extra:   []string{"big", "small", "digits", "half"},
		Further: map[string][][]float64{"big": {{1 << 63}, {1}}, "small": {{-3}, {4}}, "digits": {{7}, {-8.5}}, "half": {{7}, {nan}}},
		Notes: []string{
			`column "aaa" is ignored: it holds nested columns`,
			`column "day" is ignored: it holds DATE values`,
			`column "price" is ignored: it holds DECIMAL(9,2) values`,
			`column "yes" is ignored: it holds BOOLEAN values`,
			`column "list" is ignored: it holds lists`,
			`column "blank" is ignored: all its cells are empty`,
			"val and test are read as fractions, because none is above 1",
		},
		Complete: map[string]bool{"test": true, "cost": false, "big": true, "small": true, "digits": true, "half": false},
	}
	if d := cmp.Diff(want, allOf(got), cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	wantError(t, got.Complete("cost", 0, []int{0, 1}), evolve.ErrInvalid, `t.parquet: row 1, column "cost": empty, want a number in every row; or leave the column out`)
}

func TestParquetErrors(t *testing.T) {
	two := archs("0000", "0001")
	for _, c := range []struct {
		name   string
		fields []field
		want   string
	}{
		{"text for val", []field{two, {"val", parquet.String(), []any{".5", "abc"}}}, `t.parquet: row 2, column "val": "abc" is no number`},
		{"Inf", []field{two, doubles("val", 1., .5), doubles("size", math.Inf(1), .5)}, `t.parquet: row 1, column "size": +Inf is no finite number; where there is none, leave the cell empty`},
		{"wrong arch", []field{archs("0000", "002"), doubles("val", 1., 1.)}, `t.parquet: row 2, column "arch": bits: "002": want 4 bits (the option length), this has 3 characters`},
		{"arch of numbers", []field{{"arch", parquet.Int(32), []any{int32(1111), int32(1)}}, doubles("val", 1., 1.)}, `t.parquet: row 1, column "arch": 1111 is a number, want text`},
		{"arch of fractions", []field{doubles("arch", .5), doubles("val", 1.)}, `t.parquet: row 1, column "arch": 0.5 is a number, want text`},
		{"not UTF-8", []field{archs("\xff\xff\xff\xff"), doubles("val", 1.)}, `t.parquet: row 1, column "arch": invalid UTF-8`},
		{"half an epoch", []field{two, doubles("val", 1., 1.), doubles("fidelity", 12., 12.5)}, `t.parquet: row 2, column "fidelity": 12.5, want a whole number from 1 to 2147483647`},
		{"negative cost", []field{two, doubles("val", 1., 1.), doubles("cost", 12., -.5)}, `t.parquet: row 2, column "cost": -0.5 seconds, want more than 0`},
		{"seed too large", []field{two, doubles("val", 1., 1.), {"seed", parquet.Uint(64), []any{uint64(1 << 63), uint64(1)}}}, `t.parquet: row 1, column "seed": 9.223372036854776e+18, want a whole number from 0 to 9223372036854775807`},
		{"row twice", []field{archs("0001", "0000", "0000"), doubles("val", 1., 1., 0.)}, `t.parquet: row 3: the same architecture as in row 2, "0000" in canonical form, with other numbers; repeats need a column "seed"`},
		{"above 100", []field{two, doubles("val", 2., 101.)}, `t.parquet: row 2, column "val": 101 is no per cent 0..100, which is how the column is read because of row 1`},
		{"dates", []field{two, {"val", parquet.Date(), []any{int32(1), int32(1)}}}, `t.parquet: column "val" holds DATE values, want plain numbers or text`},
		{"truth values", []field{two, {"val", parquet.Leaf(parquet.BooleanType), []any{true, false}}}, `t.parquet: column "val" holds BOOLEAN values, want plain numbers or text`},
		{"no rows", []field{archs(), doubles("val")}, `t.parquet: no rows`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read("t.parquet", parquetOf(t, packing{}, c.fields...), bits4)
			wantError(t, err, evolve.ErrInvalid, "%s", c.want)
		})
	}
	_, err := read("t.parquet", parquetOf(t, packing{}, two, doubles("accuracy", 1., 1.)), bits4)
	wantError(t, err, evolve.ErrUnknown, `t.parquet: missing column "val": did you mean it by "accuracy"? columns=val:accuracy reads it so (there: accuracy, arch)`)
	_, err = read("t.parquet", parquetOf(t, packing{codec: &parquet.Lz4Raw}, two, doubles("val", 1., 1.)), bits4)
	wantError(t, err, evolve.ErrInvalid, `t.parquet: group 1, column "arch": page 1: compressed with LZ4_RAW; write the file with zstd, snappy, gzip or no compression`)
}

func TestParquetLimits(t *testing.T) {
	text := parquetOf(t, packing{codec: &parquet.Zstd, encode: func(parquet.Node) encoding.Encoding { return &parquet.Plain }},
		runs(1000)...)
	for _, c := range []struct {
		lim  limits
		want string
	}{
		{limits{3999, 1 << 30, 0, 1 << 20, 1 << 20}, "t.parquet: more than 3999 rows"},
		{limits{4000, 200_000, 0, 1 << 20, 1 << 20}, fmt.Sprintf("t.parquet: more than 200000 bytes of data in a file of %d", len(text))},
		{limits{4000, 1 << 30, 0, 1 << 20, 15_999}, "t.parquet: 4000 rows with more than 15999 numbers in the 4 columns that have them; leave out those that are not needed"},
		{limits{4000, 1 << 30, 0, 80, 16_000}, "t.parquet: row 1: more than 80 bytes in one row"},
		{limits{4000, 1 << 30, 0, 1 << 20, 16_000}, ""},
	} {
		_, err := readFrom("t.parquet", strings.NewReader(text), int64(len(text)), Options{Space: space.NB201{}}, c.lim)
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantError(t, err, evolve.ErrInvalid, "%s", c.want)
	}
}

// Cut anywhere, a file is refused.
func TestParquetTruncated(t *testing.T) {
	text := parquetOf(t, packing{}, archs("0000", "0001"), doubles("val", 1., .5))
	for n := 4; n < len(text); n++ {
		if _, err := read("t.parquet", text[:n], bits4); err == nil || !strings.HasPrefix(err.Error(), "t.parquet: damaged Parquet: ") {
			t.Fatalf("%d of %d bytes: %v", n, len(text), err)
		}
	}
	_, err := read("t.parquet", text[:len(text)-1], bits4)
	wantError(t, err, evolve.ErrInvalid, `t.parquet: damaged Parquet: it ends in %q, want "PAR1": was it cut short?`, text[len(text)-5:len(text)-1])
}

// A flipped bit takes neither all memory nor the program.
func TestParquetBitFlips(t *testing.T) {
	fields := runs(3)
	for _, p := range []packing{{}, {codec: &parquet.Zstd}, {codec: &parquet.Snappy, options: []parquet.WriterOption{parquet.DataPageVersion(1)}}} {
		text := []byte(parquetOf(t, p, fields...))
		step := 3 // each bit of a byte is flipped in some byte near it
		if testing.Short() {
			step = 37
		}
		for bit := 0; bit < 8*len(text); bit += step {
			text[bit/8] ^= 1 << (bit % 8)
			if _, err := read("t.parquet", string(text), Options{Space: space.NB201{}}); err != nil && !strings.HasPrefix(err.Error(), "t.parquet: ") {
				t.Fatalf("bit %d: %v", bit, err)
			}
			text[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestParquetChecksum(t *testing.T) {
	text := parquetOf(t, packing{}, archs("0000", "0001"), doubles("val", 1., .5))
	// The last byte of the last chunk, of val, is one of its values'.
	f, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	meta := f.Metadata()
	at := meta.RowGroups[0].Columns[1].MetaData.DataPageOffset + meta.RowGroups[0].Columns[1].MetaData.TotalCompressedSize - 1
	_, err = read("t.parquet", text[:at]+"x"+text[at+1:], bits4)
	wantError(t, err, evolve.ErrInvalid, `t.parquet: group 1, column "val": page 1: its bytes do not have their checksum`)
}

// A damaged footer is told with the file.
func TestParquetFooter(t *testing.T) {
	_, err := read("t.parquet", "PAR1\xff\xff\xff\x7fPAR1", bits4)
	wantError(t, err, evolve.ErrInvalid, "t.parquet: damaged Parquet: a footer of 2147483647 bytes, in a file of 12; at most %d are read", 8<<20)
}

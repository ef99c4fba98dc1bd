package usertable

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Repeats out of order, two notations of one cell, a gap in test, further columns.
const cells = `seed,arch,fidelity,val,test,cost,params_m,comment
2,|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|,200,90,88,400.5,0.5,slow
0,|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|,200,91,,401.5,0.75,
0,421211,12,70,69.5,20,,
0,000000,12,10,10,1,0.25,
1,000000,12,12,10,1.5,,
0,000000,200,10,10,30,0.125,
`

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.csv")
	if err := os.WriteFile(path, []byte(cells), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path, Options{Space: space.NB201{}})
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	want := said{
		Archs: []evolve.Arch{"421211", "000000"}, Epochs: []int{12, 200}, Repeats: 2, Rows: 6, PercentVal: true, PercentTest: true,
		Val:  [][][]float64{{{1 - .7}, {1 - .1, 1 - .12}}, {{1 - .91, 1 - .9}, {1 - .1}}},
		Test: [][][]float64{{{1 - .695}, {.9, .9}}, {{nan, 1 - .88}, {.9}}},
		Cost: [][][]float64{{{20}, {1, 1.5}}, {{401.5, 400.5}, {30}}},
		// At 12 epochs a cell is empty, which nobody asks for.
		Extra: []string{"params_m"}, Further: map[string][][]float64{"params_m": {{.75, .5}, {.125}}},
		Notes:    []string{`column "comment" is ignored: "slow" is no number`, "a row is its string: isomorphic cells are told apart", "val and test are read as per cent, because some are above 1"},
		Complete: map[string]bool{"test": false, "cost": true, "params_m": true},
	}
	if d := cmp.Diff(want, allOf(got), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-15)); d != "" {
		t.Error(d)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(cells))); got.Hash != sum {
		t.Errorf("hash %s, want %s", got.Hash, sum)
	}
	wantError(t, got.Complete("test", 1, []int{0, 1}), evolve.ErrInvalid, `%s:3: column "test": empty, want a number in every row of fidelity 200 that has val; or leave the column out`, path)
	for _, c := range []struct {
		column   string
		fidelity int
		archs    []int
	}{{"test", 1, []int{1}}, {"test", 0, []int{0, 1}}, {"cost", 1, []int{0, 1}}, {"tset", 1, []int{0}}} {
		if err := got.Complete(c.column, c.fidelity, c.archs); err != nil {
			t.Error(err)
		}
	}

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(cells))
	z.Close()
	for name, text := range map[string]string{
		"gzip":               packed.String(),
		"BOM":                "\ufeff" + cells,
		"CRLF":               strings.ReplaceAll(cells, "\n", "\r\n"),
		"blanks":             strings.ReplaceAll(cells, ",", " , "),
		"blank lines":        strings.ReplaceAll(cells, "\n", "\n\n"),
		"no newline":         strings.TrimSuffix(cells, "\n"),
		"quoted":             `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(cells, "\n"), ",", `","`), "\n", "\"\n\"") + `"`,
		"floats for numbers": strings.ReplaceAll(cells, ",200,", ",200.0,"),
	} {
		t.Run(name, func(t *testing.T) { same(t, got, mustRead(t, name, text, Options{Space: space.NB201{}})) })
	}
}

func TestNoFidelity(t *testing.T) {
	got := mustRead(t, "t.csv", "arch,val\n0011,.25\n0000,1\n", bits4)
	want := said{Archs: []evolve.Arch{"0011", "0000"}, Epochs: []int{0}, Repeats: 1, Rows: 2,
		Val: [][][]float64{{{.75}, {0}}}, Test: [][][]float64{{nil, nil}}, Cost: [][][]float64{{nil, nil}}, Extra: []string(nil), Further: map[string][][]float64{},
		Notes: []string{"val is read as fractions, because none is above 1"}, Complete: map[string]bool{}}
	if d := cmp.Diff(want, allOf(got)); d != "" {
		t.Error(d)
	}
}

func TestErrors(t *testing.T) {
	const h = "arch,val,test,cost,fidelity,seed,size\n"
	const ok = "0000,.5,.5,1,3,0,7\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "t.csv: empty, want a header such as arch,val"},
		{"header alone", h, "t.csv: no rows"},
		{"text for val", h + ok + "0001,abc,,,3,0,\n", `t.csv:3: column "val": "abc" is no number`},
		{"after blank lines and a break in a field", "arch,val,c\n\n0000,1,\"a\nb\"\n0001,abc,\n", `t.csv:5: column "val": "abc" is no number`},
		{"no arch", h + ",1,,,3,0,\n", `t.csv:2: column "arch": empty, want an architecture`},
		{"wrong arch", h + "00002,1,,,3,0,\n", `t.csv:2: column "arch": bits: "00002": want 4 bits (the option length), this has 5 characters`},
		{"no number", h + "0000,none,.5,,3,0,\n", `t.csv:2: column "val": "none" is no number`},
		{"too large", h + "0000,1e999,1,,3,0,\n", `t.csv:2: column "val": "1e999" is too large a number`},
		{"infinite test", h + "0000,1,inf,,3,0,\n", `t.csv:2: column "test": "inf" is no finite number; leave the column out, or val of this run empty if it failed`},
		{"infinite cost", h + "0000,,inf,Inf,3,0,\n", `t.csv:2: column "cost": "Inf" is no finite number`},
		{"infinite further column", h + ok + "0001,1,,,3,0,-inf\n", `t.csv:3: column "size": "-inf" is no finite number; where there is none, leave the cell empty`},
		{"further column too large", h + ok + "0001,1,,,3,0,1e999\n", `t.csv:3: column "size": "1e999" is too large a number; where there is none, leave the cell empty`},
		{"negative cost of a failed run", h + "0000,,,-1,3,0,\n", `t.csv:2: column "cost": "-1" seconds, want at least 0`},
		{"hexadecimal", h + "0000,0x1p-2,1,,3,0,\n", `t.csv:2: column "val": "0x1p-2" is no number`},
		{"underscore", h + "0000,0_1,1,,3,0,\n", `t.csv:2: column "val": "0_1" is no number`},
		{"decimal comma", h + "0000,\"0,5\",1,,3,0,\n", `t.csv:2: column "val": "0,5" is no number; decimals want a point, as in 0.5`},
		{"negative cost", h + "0000,1,,-1,3,0,\n", `t.csv:2: column "cost": "-1" seconds, want more than 0`},
		{"fidelity 0", h + "0000,1,,,0,0,\n", `t.csv:2: column "fidelity": "0", want a whole number from 1 to 2147483647`},
		{"half an epoch", h + "0000,1,,,1.5,0,\n", `t.csv:2: column "fidelity": "1.5", want a whole number from 1 to 2147483647`},
		{"no fidelity", h + "0000,1,,,,0,\n", `t.csv:2: column "fidelity": empty, want a whole number from 1 to 2147483647`},
		{"fidelity too large", h + "0000,1,,,2147483648,0,\n", `t.csv:2: column "fidelity": "2147483648", want a whole number from 1 to 2147483647`},
		{"negative seed", h + "0000,1,,,3,-1,\n", `t.csv:2: column "seed": "-1", want a whole number from 0 to 9223372036854775807`},
		{"seed no number", h + "0000,1,,,3,x,\n", `t.csv:2: column "seed": "x", want a whole number from 0 to 9223372036854775807`},
		{"seed that a float cannot hold", h + "0000,1,,,3,1e17,\n", `t.csv:2: column "seed": "1e17", want a whole number from 0 to 9223372036854775807`},
		{"above 100", h + "0000,93,,,3,0,\n0001,101,,,3,0,\n", `t.csv:3: column "val": 101 is no per cent 0..100, which is how the column is read because of line 2`},
		{"negative", h + "0000,.5,-.25,,3,0,\n", `t.csv:2: column "test": -0.25 is no fraction 0..1`},
		{"few fields", h + "0000,1\n", "t.csv:2: 2 fields, the header has 7"},
		{"many fields", h + ok + "0001,1,,,3,0,1,2\n", "t.csv:3: 8 fields, the header has 7"},
		{"bare quote", h + "0000,a\"b,,,3,0,1\n", "t.csv:2: character 7: a quote inside a field that does not begin with one"},
		{"open quote", h + ok + "\"0001,1,,,3,0,1\n" + ok + ok, "t.csv:3: a quoted field that is not closed, or goes on after its quote; a quote inside one is written twice"},
		{"not UTF-8", h + "0000,\xff,,,3,0,1\n", `t.csv:2: column "val": invalid UTF-8`},
		{"text not UTF-8", "arch,val,c\n0000,1,M\xfcller\n", `t.csv:2: column "c": invalid UTF-8`},
		{"name not UTF-8", "arch,val,\xff\n", "t.csv: line 1: the name of column 3 is invalid UTF-8"},
		{"column twice", "arch,val,seed, val\n", `t.csv:1: column "val" is there twice, as columns 2 and 4`},
		{"decimal comma after semicolons", "arch;val\n0000;91,5\n", `t.csv:2: column "val": "91,5" is no number; decimals want a point, as in 91.5`},
		{"thousands", "arch;val;cost\n0000;91;1,234.5\n", `t.csv:2: column "cost": "1,234.5" is no number`},
		{"many columns", "arch,val" + strings.Repeat(",", 9999) + "\n", "t.csv:1: 10001 columns, at most 10000 are read"},
		{"row twice", h + ok + "0001,.5,,,3,0,\n" + "0000,.5,.5,1,3,0,8\n", `t.csv:4: the same architecture as in line 2, "0000" in canonical form, at fidelity 3, with other numbers for the same seed 0; repeats need seeds of their own`},
		{"first of two pairs", "arch,val,seed\n1111,1,2\n0000,1,2\n0000,0,2\n1111,0,2\n", `t.csv:4: the same architecture as in line 3, "0000" in canonical form, with other numbers for the same seed 2; repeats need seeds of their own`},
		{"no seeds", "arch,val\n0000,1\n0000,0\n", `t.csv:3: the same architecture as in line 2, "0000" in canonical form, with other numbers; repeats need a column "seed"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read("t.csv", c.text, bits4)
			wantError(t, err, evolve.ErrInvalid, "%s", c.want)
		})
	}
}

func TestLongCell(t *testing.T) {
	_, err := read("t.csv", "arch,val\n0000,"+strings.Repeat("x", 100)+"\n", bits4)
	wantError(t, err, evolve.ErrInvalid, `t.csv:2: column "val": %q… (100 bytes) is no number`, strings.Repeat("x", 60))
}

func TestHeader(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"arch,accuracy", `t.csv:1: missing column "val": did you mean it by "accuracy"? columns=val:accuracy reads it so (there: arch, accuracy)`},
		{"arch,vall", `t.csv:1: missing column "val": did you mean it by "vall"? columns=val:vall reads it so (there: arch, vall)`},
		{"arch,Val", `t.csv:1: missing column "val": did you mean it by "Val"? columns=val:Val reads it so (there: arch, Val)`},
		{"rch,val", `t.csv:1: missing column "arch": did you mean it by "rch"? columns=arch:rch reads it so (there: rch, val)`},
		{"arxh,val", `t.csv:1: missing column "arch": did you mean it by "arxh"? columns=arch:arxh reads it so (there: arxh, val)`},
		{"a,b", `t.csv:1: missing column "arch"; columns=arch:NAME reads another as it (there: a, b)`},
	} {
		_, err := read("t.csv", c.header+"\n", bits4)
		wantError(t, err, evolve.ErrUnknown, "%s", c.want)
	}
	got := mustRead(t, "t.csv", "arch,val,,epochs,tests,blank,flops\n0000,.5,0,9,.5,,1\n", bits4)
	want := []string{
		"column 3 has no name and is ignored",
		`column "epochs" counts as a further one; did you mean "fidelity"? columns=fidelity:epochs reads it so`,
		`column "tests" counts as a further one; did you mean "test"? columns=test:tests reads it so`,
		`column "blank" is ignored: all its cells are empty`,
		"val is read as fractions, because none is above 1",
	}
	if d := cmp.Diff(want, got.Notes); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"epochs", "tests", "flops"}, got.Extra); d != "" {
		t.Error(d)
	}
}

// Infinite text in a column of text is text.
func TestTextColumn(t *testing.T) {
	got := mustRead(t, "t.csv", "arch,val,c\n0000,.5,1\n0001,.5,inf\n0011,.5,much\n", bits4)
	if len(got.Extra) != 0 || got.Notes[0] != `column "c" is ignored: "much" is no number` {
		t.Errorf("%v, %v", got.Extra, got.Notes)
	}
}

func TestMetrics(t *testing.T) {
	const two = "arch,val,test\n0000,%v,\n0001,%v,1\n"
	for _, c := range []struct {
		metric  evolve.Metric
		percent string
		a, b    float64
		la, lb  float64
		per     bool
		want    string // error
	}{
		{metric: "", percent: "auto", a: 1, b: .25, la: 0, lb: .75},
		{metric: evolve.PlainLoss, percent: "val", want: "t.csv: percent=val: loss is never per cent: unsupported"},
		{metric: "", percent: "", a: 1, b: 25, la: .99, lb: .75, per: true},
		{metric: evolve.AUC, percent: "yes", a: 1, b: .5, la: .99, lb: .995, per: true},
		{metric: evolve.MIoU, percent: "no", a: 0, b: 1, la: 1, lb: 0},
		{metric: evolve.SSIM, percent: "no", a: -1, b: 1, la: 2, lb: 0},
		{metric: evolve.PlainLoss, percent: "auto", a: -3, b: 400, la: -3, lb: 400},
		{metric: evolve.Perplexity, percent: "auto", a: 1, b: math.E, la: 0, lb: 1},
		{metric: "", percent: "no", a: 1, b: 25, want: `t.csv:3: column "val": 25 is no fraction 0..1, which percent=no says it is: invalid`},
		{metric: "", percent: "yes", a: 1, b: -2, want: `t.csv:3: column "val": -2 is no per cent 0..100, which percent=yes says it is: invalid`},
		{metric: evolve.SSIM, percent: "auto", a: 1, b: 25, want: `t.csv:3: column "val": 25 is no structural similarity -1..1: invalid`},
		{metric: evolve.Perplexity, percent: "auto", a: 1, b: .5, want: `t.csv:3: column "val": 0.5 is no perplexity, which is 1 or more: invalid`},
		{metric: evolve.PlainLoss, percent: "yes", want: "t.csv: percent=yes: loss is never per cent: unsupported"},
		{metric: "", percent: "maybe", want: `value of percent "maybe" (known: auto, yes, no, val, test): unknown`},
	} {
		t.Run(fmt.Sprintf("%s, %s, %v", c.metric.Name(), c.percent, c.b), func(t *testing.T) {
			got, err := read("t.csv", fmt.Sprintf(two, c.a, c.b), Options{Space: space.Bits{Length: 4}, Percent: c.percent, Metric: c.metric})
			if c.want != "" {
				if err == nil || err.Error() != c.want {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if a, b := got.Val(0, 0)[0], got.Val(0, 1)[0]; a != c.la || b != c.lb || got.PercentVal != c.per {
				t.Errorf("losses %v, %v, per cent %v; want %v, %v, %v", a, b, got.PercentVal, c.la, c.lb, c.per)
			}
			// What is printed is what was read.
			if c.per == (c.metric.Unit() == "%") && math.Abs(c.metric.Value(got.Val(0, 1)[0])-c.b) > 1e-12 {
				t.Errorf("printed as %v, read as %v", c.metric.Value(got.Val(0, 1)[0]), c.b)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	const text = "arch,val,a,b\n0000,1,1,2\n0001,1,1,2\n0011,1,1,2\n"
	long := "arch,val,c\n0000,1,\"" + strings.Repeat("x\n", 1<<18)
	for _, c := range []struct {
		text string
		lim  limits
		want string
	}{
		{text, limits{2, 1 << 20, 0, 1 << 20, 100}, "t.csv:4: more than 2 rows"},
		{text, limits{3, 1 << 20, 0, 1 << 20, 8}, "t.csv:4: more than 8 numbers in the 3 columns that have them; leave out those that are not needed"},
		{text, limits{3, 20, 0, 1 << 20, 9}, fmt.Sprintf("t.csv: %d bytes, at most 20 are read", len(text))},
		{long, limits{3, 1 << 20, 0, 1 << 17, 9}, "t.csv:2: more than 131072 bytes in one row; is a quote not closed?"},
		{zipped(t, text+strings.Repeat("\n", 1<<20)), limits{3, 1 << 19, 0, 1 << 30, 9}, "t.csv: more than 524288 bytes of data"},
	} {
		_, err := readFrom("t.csv", strings.NewReader(c.text), int64(len(c.text)), bits4, c.lim)
		wantError(t, err, evolve.ErrInvalid, "%s", c.want)
	}
	if _, err := readFrom("t.csv", strings.NewReader(text), int64(len(text)), bits4, limits{3, int64(len(text)), 0, 1 << 20, 9}); err != nil {
		t.Error(err)
	}
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := Read(dir, bits4)
	wantError(t, err, evolve.ErrInvalid, "%s: is a folder, not a file", dir)
	if _, err := Read(filepath.Join(dir, "none.csv"), bits4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no such file", err)
	}
	whole := zipped(t, cells)
	for _, c := range []struct{ name, text, want string }{
		{"t.gz", whole[:len(whole)/2], "t.gz: damaged gzip: unexpected EOF"},
		{"t.gz", whole[:5], "t.gz: damaged gzip: unexpected EOF"},
		{"t.gz", whole[:len(whole)-5] + "abcde", "t.gz: damaged gzip: gzip: invalid checksum"},
		{"t.csv.gz", cells, `t.csv.gz: no gzip file: its first bytes are "se", want "\x1f\x8b"`},
		{"t.parquet", cells, `t.parquet: no Parquet file: its first bytes are "seed", want "PAR1"`},
		{"t.parquet.gz", zipped(t, "PAR1....PAR1"), "t.parquet.gz: Parquet in gzip: unpack it first"},
	} {
		_, err := read(c.name, c.text, Options{Space: space.NB201{}})
		wantError(t, err, evolve.ErrInvalid, "%s", c.want)
	}
}

// A quoted genome may hold commas and line breaks.
type quoted struct{ space.Bits }

func (quoted) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }
func (quoted) Parse(text string) (evolve.Arch, error)   { return evolve.Arch(text), nil }

func TestQuoted(t *testing.T) {
	got := mustRead(t, "t.csv", "val,arch\n.5,\"{\"\"ops\"\": [\"\"in\"\",\n\"\"out\"\"]}\"\n", Options{Space: quoted{}})
	if want := evolve.Arch("{\"ops\": [\"in\",\n\"out\"]}"); got.Archs[0] != want {
		t.Errorf("read %q, want %q", got.Archs[0], want)
	}
}

// The last row is read whatever its length is to the reader's buffers, with and without an end.
func TestLastRowOfEveryLength(t *testing.T) {
	const head, row = "arch,val,comment\n000000,1,\n", "421211,2,"
	for _, whole := range []int{1 << 12, 1 << 16, 1 << 17} {
		for d := -2; d <= 2; d++ {
			for _, before := range []int{0, len(head)} { // of the row alone, and of all that is read
				for _, end := range []string{"", "\n", "\r\n"} {
					text := head + row + strings.Repeat("x", whole+d-before-len(row)) + end
					got, err := readFrom("t.csv", strings.NewReader(text), int64(len(text)), Options{Space: space.NB201{}}, defaultLimits)
					if err != nil || got.Rows != 2 || len(got.Archs) != 2 || got.Archs[1] != "421211" {
						t.Fatalf("a file of %d bytes, its end %q: %+v, %v", len(text), end, got, err)
					}
				}
			}
		}
	}
}

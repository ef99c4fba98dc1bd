package data

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// zipped is a text as a gzip file.
func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.NoCompression) // a fuzzer makes many
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// openPacked opens a gzip file of the shared folder.
func openPacked(t *testing.T, name string) io.Reader {
	t.Helper()
	path := filepath.Join(sharedDir, filepath.FromSlash(name))
	shared.Need(t, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// readCSV reads a gzip CSV file of the shared folder, its header apart.
func readCSV(t *testing.T, name string) (header []string, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(openPacked(t, name)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func parseNumber(t *testing.T, text string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func floatsOf(t testing.TB, f *Frame, name string) []float64 {
	t.Helper()
	xs, err := f.Floats(name)
	if err != nil {
		t.Fatal(err)
	}
	return xs
}

func archsOf(t *testing.T, f *Frame) []string {
	t.Helper()
	archs, err := f.Text("arch")
	if err != nil {
		t.Fatal(err)
	}
	return archs
}

func TestGunzip(t *testing.T) {
	whole := zipped(t, "abc")
	if b, err := gunzip(whole); err != nil || string(b) != "abc" {
		t.Errorf("got %q, %v", b, err)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "no gzip": []byte("abc"), "cut": whole[:len(whole)-9],
		"checksum": append(bytes.Clone(whole[:len(whole)-8]), 0, 0, 0, 0, 3, 0, 0, 0),
	} {
		if _, err := gunzip(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := gunzip(zipped(t, strings.Repeat("\x00", unpackedMax+1))); err == nil || !strings.Contains(err.Error(), "unpacks to more than 33554432 bytes") {
		t.Errorf("a long text: %v", err)
	}
}

func TestEachLine(t *testing.T) {
	var got []string
	err := eachLine([]byte("a,b,c\nx,1,-inf\n\"y,z\",2e3,0\n"), "a,b,c", 1, func(texts []string, numbers []float64) error {
		got = append(got, texts[0], strconv.FormatFloat(numbers[0], 'g', -1, 64), strconv.FormatFloat(numbers[1], 'g', -1, 64))
		return nil
	})
	if want := "x 1 -Inf y,z 2000 0"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	for _, c := range []struct{ in, msg string }{
		{"", "the first line is [], want a,b,c"},
		{"a,b\n", `the first line is ["a" "b"], want a,b,c`},
		{"a,b,c\nx,1,2\nx,1\n", "line 3: wrong number of fields"},
		{"a,b,c\nx,1,\n", `line 2: column c: "" is no number`},
		{"a,b,c\nx,NaN,2\n", `line 2: column b: "NaN" is no number`},
		{"a,b,c\n\nx,1,1e999\n", `line 3: column c: "1e999" is no number`},
		{"a,b,c\nx\"y,1,2\n", "line 2, column 2: bare"},
		{"a,b,c\n\"x,1,2\n", "extraneous or missing"},
		{"a,b,c\nno,1,2\n", "line 2: told"},
	} {
		err := eachLine([]byte(c.in), "a,b,c", 1, func(texts []string, _ []float64) error {
			if texts[0] == "no" {
				return errors.New("told")
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%q: got %v, want %q", c.in, err, c.msg)
		}
	}
}

func TestCheckRows(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name   string
		archs  []string
		x      []float64
		span   span
		column string
		msg    string
	}{
		{"right", []string{"1111111", "1111112"}, []float64{0, 100}, between(0, 100, "x"), "x", ""},
		{"missing allowed", []string{"1111111", "1111112"}, []float64{1, nan}, positive("x").orNone(), "x", ""},
		{"rows", []string{"1111111"}, []float64{1}, positive("x"), "x", "t: 1 rows, want 2"},
		{"twice", []string{"1111111", "1111111"}, []float64{1, 1}, positive("x"), "x", "t: row 1: 1111111 is in row 0 too"},
		{"arch", []string{"1111111", "1111115"}, []float64{1, 1}, positive("x"), "x", "t: row 1: channel: "},
		{"missing", []string{"1111111", "1111112"}, []float64{1, nan}, positive("x"), "x", "t: row 1, 1111112: x is NaN, want a positive number"},
		{"infinite", []string{"1111111", "1111112"}, []float64{inf, 1}, positive("x").orNone(), "x", "t: row 0, 1111111: x is +Inf, want a positive number"},
		{"zero", []string{"1111111", "1111112"}, []float64{0, 1}, positive("x"), "x", "x is 0, want a positive number"},
		{"range", []string{"1111111", "1111112"}, []float64{1, 100.5}, between(0, 100, "x"), "x", "x is 100.5, want 0..100"},
		{"no column", []string{"1111111", "1111112"}, []float64{1, 1}, positive("y"), "x", "no column y"},
	} {
		f := &Frame{Table: "t", Rows: len(c.archs)}
		f.AddText("arch", c.archs)
		f.AddFloats(c.column, c.x)
		err := checkRows(f, 2, space.Channel{}, c.span)
		if (err == nil) != (c.msg == "") || err != nil && (!strings.Contains(err.Error(), c.msg) || !errors.Is(err, evolve.ErrInvalid)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.msg)
		}
	}
	if err := checkRows(&Frame{Table: "t", Rows: 2}, 2, space.Channel{}); err == nil {
		t.Error("a frame without architectures: no error")
	}
}

// The parsers of gzip CSV files, past the packing, where a fuzzer does not get by itself.
func FuzzCSVTables(f *testing.F) {
	f.Add([]byte("arch,test_acc_s0,test_acc_s1,test_acc_s2,mean,std,params,flops\n1111111,1,2,3,2,1,10,20\n"))
	f.Add([]byte("hash,valid_perf,test_perf,latency,params\n12,0.5,0.5,1,2\n1111,0.5,0.5,1,2\n"))
	f.Add([]byte("task,arch,val_metric,flops_m,params_m\nnormal,012301,0.5,1,2\nnormal,111130,0.5,1,2\n"))
	f.Add([]byte("idx,arch,val_acc,flops_m,params_m,zc_synflow,zc_nwot,zc_jacov,zc_grad_norm,zc_l2_norm\n0,\"[[(1, 0)]]\",1,2,3,4,5,6,7,8\n"))
	f.Add([]byte("index," + strings.Join(nb201Scores, ",") + "\n7,-inf,2,3,4,5,6,7,8,9,10,11\n"))
	f.Add([]byte("index," + strings.Join(NB201Devices, ",") + "\n7\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		packed := zipped(t, string(in))
		lines := bytes.Count(in, []byte("\n")) + 1
		for _, parse := range []func([]byte) (*sheet, error){
			parseChannel, parseDARTS,
			func(b []byte) (*sheet, error) { return parseGraph(b, space.NewGraph(false)) },
			func(b []byte) (*sheet, error) { return parseGraph(b, space.NewGraph(true)) },
			func(b []byte) (*sheet, error) { return parseTNB101(b, space.TNB101FromNASLib) },
			func(b []byte) (*sheet, error) { return parseTNB101(b, space.TNB101MacroFromNASLib) },
		} {
			s, err := parse(packed)
			if err != nil {
				continue
			}
			if len(s.archs) > lines {
				t.Errorf("%d architectures of %d lines", len(s.archs), lines)
			}
			s.frame() // panics where a column is not of the rows' length
		}
		parseIndexed(packed, NB201Devices)
		parseIndexed(packed, nb201Scores)
	})
}

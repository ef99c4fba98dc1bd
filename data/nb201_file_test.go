package data

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// madeUp is a table that keeps every rule but was not published by anybody.
func madeUp(t testing.TB) *NB201 {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	table := newNB201()
	table.Sources = NB201Sources
	table.EpochFit = Fit{Fitted: 800, HeldOut: 200, R2: 0.5, MeanRelativeError: 0.25}
	for k := range table.Sets {
		s := &table.Sets[k]
		for _, c := range s.places()[:6] {
			for i := range *c.data {
				if !math.IsNaN((*c.data)[i]) { // a value that the table does not have
					(*c.data)[i] = 1 + 99*r.Float64()
				}
			}
		}
		for i := range NB201Measured {
			s.Test200One[i] = 1 + 99*r.Float64()
		}
		for i := range space.NB201Size {
			params, _ := NB201Complexity(space.NB201{}.At(i), k)
			s.Params[i] = float64(params) / 1e6
			s.EpochSeconds[i] = 1 + r.Float64()
			s.TestSeconds[i] = 1 + r.Float64()
		}
	}
	for i := range NB201Measured {
		table.Measured[i] = true
	}
	f, err := table.frame()
	if err == nil {
		_, err = f.seal()
	}
	if err != nil {
		t.Fatal(err)
	}
	table.Hash = f.Hash
	return table
}

// writeTable writes a table into a home of the test's own.
func writeTable(t testing.TB, table *NB201) string {
	t.Helper()
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "new"))
	f, err := table.frame()
	if err != nil {
		t.Fatal(err)
	}
	path, err := f.Write()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteOpen(t *testing.T) {
	want := madeUp(t)
	writeTable(t, want)
	got, err := OpenNB201()
	if err != nil {
		t.Fatal(err)
	}
	// The hash is of all numbers, to the bit.
	again, err := got.frame()
	if err == nil {
		_, err = again.seal()
	}
	if err != nil || got.Hash != want.Hash || again.Hash != want.Hash || len(again.Hash) != 64 {
		t.Errorf("hash %q, of what was read %q, want %q, %v", got.Hash, again.Hash, want.Hash, err)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(NB201{}, "Sets")); d != "" {
		t.Error(d)
	}
	if s, err := got.Set("cifar100"); err != nil || s != &got.Sets[1] {
		t.Errorf("Set(cifar100): %v", err)
	}
	if _, err := got.Set("cifar1000"); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "cifar100"?`) {
		t.Errorf("Set(cifar1000): %v", err)
	}
}

// reseal gives altered bytes a right length and checksum.
func reseal(b []byte) []byte {
	b = append([]byte(nil), b...)
	binary.LittleEndian.PutUint64(b[16:], uint64(len(b)))
	sum := sha256.Sum256(b[:len(b)-sha256.Size])
	copy(b[len(b)-sha256.Size:], sum[:])
	return b
}

func TestOpenRefuses(t *testing.T) {
	whole, err := os.ReadFile(writeTable(t, madeUp(t)))
	if err != nil {
		t.Fatal(err)
	}
	small := func(table string) []byte {
		f := &Frame{Table: table, Rows: 1, Notes: []byte("{}")}
		f.AddFloats("x", []float64{1})
		b, err := f.seal()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	flip := func(at int) []byte {
		b := append([]byte(nil), whole...)
		b[at] ^= 0x10
		return b
	}
	for _, c := range []struct {
		name string
		file []byte
		msg  string
	}{
		{"empty", nil, "0 bytes that are no amoeba table"},
		{"text", []byte(strings.Repeat("text ", 100)), "500 bytes that are no amoeba table"},
		{"version", flip(8), "version 18 of the format, this program reads 2"},
		{"cut", whole[:1_000_000], "1000000 bytes, it was written with "},
		{"one byte more", append(append([]byte(nil), whole...), 0), "bytes, it was written with "},
		{"header byte", flip(100), "do not have the checksum"},
		{"number", flip(len(whole) - 1000), "do not have the checksum"},
		{"trailer", flip(len(whole) - 1), "do not have the checksum"},
		{"header length", reseal(func() []byte { b := flip(12); binary.LittleEndian.PutUint32(b[12:], 1<<31); return b }()), "a header of 2147483648 bytes in "},
		{"header JSON", reseal(flip(24)), "header: "},
		{"column missing", reseal(whole[:len(whole)-8*space.NB201Size]), "bytes for 15625 rows of "},
		{"other table", small("other"), `the table "other", want "nb201"`},
		{"other columns", small("nb201"), "1 rows do not make the table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("AMOEBA_DATA", t.TempDir())
			path, err := Path("nb201")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.file, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err = OpenNB201()
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("got %v, want one that is invalid", err)
			}
			for _, want := range []string{"nb201", c.msg, "run amoeba data fetch nb201 again"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	_, err = OpenNB201()
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nb201 (4.0 MB, licence of the sources: MIT, none) is not imported: run amoeba data fetch nb201") {
		t.Errorf("missing: got %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*NB201)
		msg   string
	}{
		{"right", func(*NB201) {}, ""},
		{"missing accuracy", func(n *NB201) { n.Sets[2].Val12[7] = 0 }, "cell 7, 014133, has imagenet16_val_12 0, want a positive number"},
		{"one seed", func(n *NB201) { n.Sets[1].Test200One[1000] = 50 }, "cell 1000, 132013, has cifar100_test_200_one 50, want none"},
		{"no seed", func(n *NB201) { n.Sets[1].Test200One[999] = math.NaN() }, "cell 999, "},
		{"infinite seconds", func(n *NB201) { n.Sets[1].TestSeconds[3] = math.Inf(1) }, "cifar100_test_s +Inf, want a positive number"},
		{"accuracy", func(n *NB201) { n.Sets[0].Test200[0] = 100.5 }, "cifar10_test_200 100.5, want at most 100 per cent"},
		{"params", func(n *NB201) { n.Sets[0].Params[0] = 1 }, "cifar10_params_m 1, want 0.129306 as counted"},
		{"flops", func(n *NB201) { n.Sets[2].FLOPs[0] = 1 }, "imagenet16_flops_m 1, want 3.91948 as counted"},
		{"measured", func(n *NB201) { n.Measured[1000] = true }, "cell 1000 has measured true"},
	} {
		n := madeUp(t)
		c.alter(n)
		if err := n.check(); (err == nil) != (c.msg == "") || err != nil && !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.msg)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	frame := &Frame{Table: "t", Rows: 2, Sources: NB201Sources[:1]}
	frame.AddFloats("x", []float64{1, 2})
	frame.AddFloat32s("y", []float32{3, 4})
	frame.AddUint32s("z", []uint32{5, 6})
	frame.AddText("a", []string{"seven", ""})
	b, err := frame.seal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:60])
	f.Fuzz(func(t *testing.T, in []byte) {
		parseFrame(in)
		if len(in) < framePrefix+sha256.Size {
			return
		}
		// Past the checksum, where a fuzzer does not get by itself.
		got, err := parseFrame(reseal(in))
		if err != nil {
			return
		}
		if n := 4 * got.Rows * len(got.cols); n > len(in) {
			t.Errorf("%d bytes of columns from %d", n, len(in))
		}
		for _, name := range got.Columns() {
			got.Floats(name)
			got.Text(name)
		}
	})
}

package journal

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

var rowEqual = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

func incumbents(n int) (rows []Entry) {
	for i := range n {
		rows = append(rows, Entry{Algo: []string{"regevo,kill=worst", "random", "é"}[i%3], Run: int32(i / 7), Trial: int64(i) << 33, Seconds: float64(i) * 1.5,
			Arch: strings.Repeat("01234", i%4), Loss: 1 / float64(i), ValError: math.NaN(), TestError: -1e-300, Others: [][]float64{nil, {1, -2}, {math.NaN()}}[i%3], Spent: float64(i), SpentEpochs: int64(i), Epochs: int32(i), Label: "é", Best: i%2 == 0, Final: i%5 == 0})
	}
	return rows
}

func parquetFile(t testing.TB, rows []Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "of", rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readBytes(t testing.TB, path string, text []byte) ([]Entry, error) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return Read[Entry](path, "of")
}

// Lost workers have a column where there are some: all other files are as they were before there was one.
func TestLostWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	for _, lost := range []int32{0, 3} {
		want := incumbents(40)
		want[30].Lost = lost
		var b bytes.Buffer
		if err := WriteEntries(&b, "of", want); err != nil {
			t.Fatal(err)
		}
		if same := bytes.Equal(b.Bytes(), parquetFile(t, want)); same != (lost == 0) || bytes.Contains(b.Bytes(), []byte("workers_lost")) == same {
			t.Errorf("%d workers lost: the bytes of a file without the column: %t", lost, same)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := ReadEntries(path, "of")
		if d := cmp.Diff(want, got, rowEqual); err != nil || d != "" {
			t.Errorf("%v: %s", err, d)
		}
		if _, err := ReadEntries(path, "another"); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("of another experiment: %v", err)
		}
	}
}

func TestParquetRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	for _, n := range []int{0, 1, 255, 256, 257, 5000} {
		want := incumbents(n)
		text := parquetFile(t, want)
		if !bytes.Equal(text, parquetFile(t, want)) {
			t.Errorf("%d rows: two writings differ", n)
		}
		got, err := readBytes(t, path, text)
		if err != nil {
			t.Fatalf("%d rows: %v", n, err)
		}
		if d := cmp.Diff(want, got, rowEqual); d != "" {
			t.Errorf("%d rows: %s", n, d)
		}
	}
}

func TestParquetRoundTripAny(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	row := rapid.Custom(func(t *rapid.T) Entry {
		return Entry{Algo: rapid.String().Draw(t, "algo"), Run: rapid.Int32().Draw(t, "run"), Trial: rapid.Int64().Draw(t, "trial"), Seconds: rapid.Float64().Draw(t, "s"),
			Arch: rapid.String().Draw(t, "arch"), Loss: rapid.Float64().Draw(t, "loss"), ValError: rapid.Float64().Draw(t, "val"), Others: rapid.SliceOf(rapid.Float64()).Draw(t, "others"), Final: rapid.Bool().Draw(t, "final")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(row, 0, 20).Draw(rt, "rows")
		got, err := readBytes(t, path, parquetFile(t, want))
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(want, got, rowEqual); d != "" {
			rt.Fatal(d)
		}
	})
}

// A file that was cut is refused with its path and what to do.
func TestParquetTruncated(t *testing.T) {
	text := parquetFile(t, incumbents(300))
	path := filepath.Join(t.TempDir(), "rows.parquet")
	step := 1
	if testing.Short() {
		step = 37
	}
	for n := 0; n < len(text); n += step {
		_, err := readBytes(t, path, text[:n])
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move it away") {
			t.Fatalf("%d of %d bytes: got %v", n, len(text), err)
		}
	}
	if _, err := Read[Entry](filepath.Dir(path), "of"); err == nil {
		t.Error("a folder was read")
	}
	if _, err := Read[Entry](path+"x", "of"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// A flipped bit is an error or changes no row: never a panic, other rows or another number
// of them.
func TestParquetBitFlips(t *testing.T) {
	want := incumbents(40)
	text := parquetFile(t, want)
	step := 1
	if testing.Short() {
		step = 13
	}
	silent := 0
	for bit := 0; bit < 8*len(text); bit += step {
		text[bit/8] ^= 1 << (bit % 8)
		if got, err := parse[Entry](text, "of"); err == nil && !cmp.Equal(want, got, rowEqual) {
			silent++
			if silent <= 5 {
				t.Errorf("bit %d of byte %d of %d: %d rows read without an error, and not the ones written", bit%8, bit/8, len(text), len(got))
			}
		}
		text[bit/8] ^= 1 << (bit % 8)
	}
	if silent > 0 {
		t.Errorf("%d flips change rows without an error", silent)
	}
}

func FuzzReadParquet(f *testing.F) {
	f.Add(parquetFile(f, incumbents(0)))
	f.Add(parquetFile(f, incumbents(5)))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := parse[Entry](text, "of")
		if err != nil {
			return
		}
		// Only what was written gets past the seal.
		if again := parquetFile(t, rows); !bytes.Equal(again, text) {
			t.Fatalf("%d bytes were read as %d rows, which take %d", len(text), len(rows), len(again))
		}
	})
}

// Another table's rows are not taken for incumbents.
func TestOtherColumns(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, "of", []Trial{{Algo: "random"}}); err != nil {
		t.Fatal(err)
	}
	if rows, err := parse[Entry](b.Bytes(), "of"); err == nil || !strings.Contains(err.Error(), "other columns") {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestTrialWriter(t *testing.T) {
	const n = 3000 // more than its buffer
	var b bytes.Buffer
	w := NewTrialWriter(&b, "of", "regevo,sample=3", "RE")
	var want []Trial
	others := []float64{0, -1}
	for i := range n {
		w.Run(i / 1000)
		o := evolve.Outcome{Trial: evolve.Trial{ID: i%1000 + 1, Proposal: evolve.Proposal{Arch: "301003", Epochs: 12, From: 7, Trained: 4, Parents: [2]int{i, 2}, Tag: -3}, Seed: 1<<64 - 1},
			Result: evolve.Result{Loss: float64(i), Others: others, Cost: 2}, Start: 1, End: 3}
		others[0] = float64(i) // the outcome's own, which the next one overwrites
		if i%10 == 0 {
			o.Err, o.Loss, o.Others = evolve.ErrFailed, math.Inf(1), nil
		}
		if err := w.Record(&o); err != nil {
			t.Fatal(err)
		}
		row := Trial{Algo: "regevo,sample=3", Label: "RE", Run: int32(i / 1000), ID: int64(i%1000 + 1), Arch: "301003", Epochs: 12, From: 7, Trained: 4, Parent1: int64(i), Parent2: 2,
			Tag: -3, Seed: 1<<64 - 1, Loss: Loss(o.Loss), Cost: 2, Start: 1, End: 3}
		if i%10 == 0 {
			row.Error = "failed"
		} else {
			row.Others = []float64{float64(i), -1}
		}
		want = append(want, row)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trials.parquet")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Read[Trial](path, "of")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, rowEqual); d != "" {
		t.Error(d)
	}
}

// A disk that is full is told, by Record or by Close at the latest.
func TestTrialWriterError(t *testing.T) {
	w := NewTrialWriter(full{}, "of", "random", "random")
	var err error
	for i := 0; i < 2000 && err == nil; i++ {
		err = w.Record(&evolve.Outcome{Trial: evolve.Trial{ID: i + 1, Proposal: evolve.Proposal{Arch: "x"}}})
	}
	if err == nil {
		err = w.Close()
	}
	if !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func BenchmarkTrialWriter(b *testing.B) {
	w := NewTrialWriter(io.Discard, "of", "regevo", "regevo")
	archs := [64]evolve.Arch{}
	for i := range archs {
		archs[i] = evolve.Arch(strings.Repeat("0", i%6) + "31")
	}
	var o evolve.Outcome
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o.ID, o.Arch, o.Loss, o.Cost, o.End = i%300+1, archs[i*7%64], 1/float64(i+1), float64(i%97), float64(i)
		if err := w.Record(&o); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// Of two NaN, rows of trials say what entries say: they are equal.
func TestTrialSame(t *testing.T) {
	a := Trial{ID: 1, Arch: "a", Loss: 0.5, Others: []float64{math.NaN(), 2}}
	for _, c := range []struct {
		others []float64
		same   bool
	}{
		{[]float64{math.NaN(), 2}, true},
		{[]float64{1, 2}, false},
		{[]float64{math.NaN(), 3}, false},
		{[]float64{math.NaN()}, false},
	} {
		b := a
		b.Others = c.others
		if a.Same(&b) != c.same || b.Same(&a) != c.same {
			t.Errorf("%v and %v: want same %t", a.Others, b.Others, c.same)
		}
	}
}

package surrogate

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
)

// The cells of the pool are those of the published file, with its validation accuracies at four
// schedules; the seconds of the shorter are in proportion.
func TestNB101MeasuredIsThePublishedTable(t *testing.T) {
	needNB101(t)
	s := readSheet(t, "nasbench101", "nb101_fidelity_20001.csv.gz")
	row := map[string]int{}
	for i := range s.rows {
		row[s.text(i, "hash")] = i
	}
	b := ofRows(t, "nb101,val=measured")
	if b.space.Size() != len(s.rows) || len(s.rows) != data.NB101Measured {
		t.Fatalf("%d cells, want %d", b.space.Size(), len(s.rows))
	}
	full := openNB101Text(t, "nb101")
	e := b.space.(evolve.Enumerable)
	for i := range e.Size() {
		a := e.At(i)
		k, ok := row[space.NB101{}.Hash(a)]
		if !ok {
			t.Fatalf("%s is not in the file", a)
		}
		seconds := s.float(k, "train_time_108_s")
		for _, epochs := range data.NB101Epochs {
			tr := of(a)
			tr.Epochs, tr.Seed, tr.Trained = epochs, uint64(i), 4 // neither a seed nor what was trained before counts
			r := asks(t, b, tr)
			near(t, "accuracy", 1-r.Loss, s.float(k, fmt.Sprintf("val_%d", epochs)), 5.1e-9) // eight digits
			near(t, "seconds", r.Cost, seconds*float64(epochs)/108, 1e-6*seconds)
		}
		got := scored(t, b, a)
		near(t, "val", 1-got.Val, s.float(k, "val_108"), 5.1e-9)
		if got.Test != scored(t, full, a).Test {
			t.Fatalf("%s: test %v, the table has %v", a, got.Test, scored(t, full, a).Test)
		}
		if t.Failed() {
			break
		}
	}
}

func TestNB101Measured(t *testing.T) {
	needNB101(t)
	b := ofRows(t, "nb101,val=measured")
	if d := cmp.Diff([]evolve.Fidelity{{Epochs: 4}, {Epochs: 12}, {Epochs: 36}, {Epochs: 108}}, b.Problem().Fidelities); d != "" {
		t.Error(d)
	}
	for _, part := range []string{"val=measured", "only the 20001 cells", "moves=nearest"} {
		if !strings.Contains(b.About().Source, part) {
			t.Errorf("%s: want %q", b.About().Source, part)
		}
	}
	short := ofRows(t, "nb101,val=measured,epochs=12,moves=refuse")
	if f := short.Problem().Fidelities; len(f) != 2 || short.About().Epochs != 12 || !slices.Equal(short.score, b.score) {
		t.Errorf("%+v, %+v", f, short.About())
	}
	if _, ok := short.Problem().Space.(evolve.Mutator); ok {
		t.Error("moves=refuse moves")
	}
	a := b.space.(evolve.Enumerable).At(77)
	f := facts(t, b, a)
	for _, name := range []string{"val_4", "val_12", "val_36", "val_108", "test_108", "seconds_108", "params", "flops"} {
		if x, ok := f[name]; !ok || x.How == "" || !(x.Value > 0) {
			t.Errorf("%s: %+v", name, x)
		}
	}
	for k, p := range b.Problem().Proxies {
		params, macs := space.NB101Complexity(a)
		if x, err := p.Score(a); err != nil || x != float64([2]int{params, macs + 10}[k]) || p.Name != [2]string{"params", "flops"}[k] {
			t.Errorf("%s is %g, %v", p.Name, x, err)
		}
	}
	// Whether recorded or not is a matter of the cell, in whatever genome a person writes it.
	if _, err := b.space.(evolve.Notation).Parse(string(a)); err != nil {
		t.Error(err)
	}
	_, err := tryOpen("nb101,val=official")
	oneLine(t, err, evolve.ErrUnsupported, "val=official needs the authors' file", "amoeba data import nb101 --from")
	const n = 100
	val, test := bestOf(b, n)
	vals, tests := simulate(t, b, "random", n, 1000)
	agree(t, "measured val", vals, val)
	agree(t, "measured test", tests, test)
}

// officialVal is a made-up accuracy that float32 holds, of run k of cell i.
func officialVal(i, k, epochs int) float64 { return float64(i%512+64*k+epochs) / 1024 }

func officialSeconds(i, k, epochs int) float64 { return float64(epochs*(8+i%16) + k) }

// officialHome has the test see a table as the import of the authors' file makes it, which is
// made once, of the given schedules.
func officialHome(t *testing.T, schedules ...int) {
	t.Helper()
	if testing.Short() {
		t.Skip("makes a table of 423,624 rows")
	}
	dir := filepath.Join(benchtest.Home(), fmt.Sprint("official", len(schedules)))
	t.Setenv("AMOEBA_DATA", dir)
	if _, err := os.Stat(filepath.Join(dir, "nb101.tbl")); err == nil {
		return
	}
	f := &data.Frame{Table: "nb101", Rows: space.NB101Size}
	column := func(of func(int) float64) []float32 {
		xs := make([]float32, f.Rows)
		for i := range xs {
			xs[i] = float32(of(i))
		}
		return xs
	}
	mean := func(of func(i, k, epochs int) float64) []float64 {
		xs := make([]float64, f.Rows)
		for i := range xs {
			xs[i] = (of(i, 0, 108) + of(i, 1, 108) + of(i, 2, 108)) / 3
		}
		return xs
	}
	for _, e := range schedules {
		for k := range 3 {
			f.AddFloat32s(fmt.Sprintf("val_%d_%d", e, k), column(func(i int) float64 { return officialVal(i, k, e) }))
			f.AddFloat32s(fmt.Sprintf("seconds_%d_%d", e, k), column(func(i int) float64 { return officialSeconds(i, k, e) }))
		}
	}
	f.AddFloats("test_108", mean(func(i, k, e int) float64 { return officialVal(i+i/512%2, k, e) }))
	f.AddFloats("seconds_108", mean(officialSeconds))
	if _, err := f.Write(); err != nil {
		t.Fatal(err)
	}
}

// A query draws one of a cell's runs and pays that run's seconds, in full at every schedule; a
// report is of the means at 108 epochs.
func TestNB101Official(t *testing.T) {
	officialHome(t, data.NB101Epochs[:]...)
	draw, mean := ofRows(t, "nb101,val=official"), ofRows(t, "nb101,val=official,noise=mean")
	if d := cmp.Diff([]evolve.Fidelity{{Epochs: 4}, {Epochs: 12}, {Epochs: 36}, {Epochs: 108}}, draw.Problem().Fidelities); d != "" {
		t.Error(d)
	}
	thirds := []uint64{0, math.MaxUint64/3 + 1, math.MaxUint64}
	for i := 0; i < space.NB101Size; i += 1009 {
		a := space.NB101{}.At(i)
		for _, epochs := range data.NB101Epochs {
			val, seconds := 0.0, 0.0
			for k, seed := range thirds {
				tr := of(a)
				tr.Epochs, tr.Seed, tr.Trained = epochs, seed, 4
				if r := asks(t, draw, tr); r.Loss != 1-officialVal(i, k, epochs) || r.Cost != officialSeconds(i, k, epochs) {
					t.Fatalf("run %d of %s at %d epochs: %+v, want %g for %g s", k, a, epochs, r, 1-officialVal(i, k, epochs), officialSeconds(i, k, epochs))
				}
				val, seconds = val+officialVal(i, k, epochs)/3, seconds+officialSeconds(i, k, epochs)/3
				r := asks(t, mean, tr)
				if k == 2 {
					near(t, "mean loss", r.Loss, 1-val, 1e-12)
					near(t, "mean seconds", r.Cost, seconds, 1e-9)
				}
			}
			if epochs == 108 {
				s := scored(t, draw, a)
				near(t, "val", s.Val, 1-val, 1e-12)
				j := i + i/512%2
				near(t, "test", s.Test, 1-(officialVal(j, 0, 108)+officialVal(j, 1, 108)+officialVal(j, 2, 108))/3, 1e-12)
			}
		}
	}
	f := facts(t, draw, space.NB101{}.At(1009))
	near(t, "val_36 as told", f["val_36"].Value, 100*(officialVal(1009, 0, 36)+officialVal(1009, 1, 36)+officialVal(1009, 2, 36))/3, 1e-9)
	if f["seconds_4"].How != "measured" || f["params"].How != "counted" {
		t.Errorf("%+v", f)
	}
	if a, b := draw.About().Source, mean.About().Source; !strings.Contains(a, "one of three runs") || !strings.Contains(b, "means of three runs") {
		t.Errorf("%s; %s", a, b)
	}
	short := ofRows(t, "nb101,val=official,epochs=12")
	if f := short.Problem().Fidelities; len(f) != 2 || short.About().Epochs != 12 || !slices.Equal(short.score, draw.score) {
		t.Errorf("%+v", f)
	}

	// The negative control moves the runs of a cell together, and leaves what they cost.
	moved := ofRows(t, "nb101,val=official,permute=3")
	for i := 0; i < space.NB101Size; i += 9973 {
		j := moved.show(i)
		for k, seed := range thirds {
			tr := of(space.NB101{}.At(i))
			tr.Epochs, tr.Seed = 12, seed
			if r := asks(t, moved, tr); r.Loss != 1-officialVal(j, k, 12) || r.Cost != officialSeconds(i, k, 12) {
				t.Fatalf("cell %d shows cell %d: %+v", i, j, r)
			}
		}
	}
	_, err := tryOpen("nb101,val=measured")
	oneLine(t, err, evolve.ErrUnsupported, "want val=official")
}

// The smaller official file has 108 epochs alone, and says so when it is asked for less; the
// model of validation is then of all its cells.
func TestNB101OfficialOnly108(t *testing.T) {
	officialHome(t, 108)
	b := ofRows(t, "nb101,val=official")
	if f := b.Problem().Fidelities; len(f) != 1 || f[0] != (evolve.Fidelity{Epochs: 108}) {
		t.Errorf("%+v", f)
	}
	for _, epochs := range []string{"4", "12", "36"} {
		_, err := tryOpen("nb101,val=official,epochs=" + epochs)
		oneLine(t, err, evolve.ErrUnsupported, "epochs="+epochs, "import nasbench_full.tfrecord")
	}
	modelled := openNB101Text(t, "nb101")
	if a := modelled.About(); !strings.Contains(a.Source, "noise of 423624 measured runs") || !strings.Contains(a.Source, "seconds measured;") {
		t.Errorf("%+v", a)
	}
}

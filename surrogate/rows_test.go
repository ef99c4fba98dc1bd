package surrogate

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// sheet is a published CSV file, read without the program's own importers.
type sheet struct {
	t    testing.TB
	at   map[string]int
	rows [][]string
}

func readSheet(t testing.TB, path ...string) sheet {
	t.Helper()
	file := shared.Path(t, append([]string{"data"}, path...)...)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := sheet{t, map[string]int{}, all[1:]}
	for i, name := range all[0] {
		s.at[name] = i
	}
	return s
}

func (s sheet) text(row int, column string) string { return s.rows[row][s.at[column]] }

func (s sheet) float(row int, column string) float64 {
	s.t.Helper()
	x, err := strconv.ParseFloat(s.text(row, column), 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return x
}

// ofRows is the benchmark behind an opened one.
func ofRows(t testing.TB, text string) *lookup {
	t.Helper()
	b, err := tryOpen(text)
	if err != nil {
		t.Fatal(err)
	}
	switch b := unwrapped(b).(type) {
	case *rows:
		return &b.lookup
	case *NB201:
		return &b.lookup
	case *NATS:
		return &b.lookup
	}
	return unwrapped(b).(*lookup)
}

// unwrapped is the benchmark within all others.
func unwrapped(b evolve.Benchmark) evolve.Benchmark {
	for {
		w, ok := b.(evolve.Wrapper)
		if !ok {
			return b
		}
		b = w.Unwrap()
	}
}

// facts are what a query tells of an architecture, by name.
func facts(t testing.TB, b evolve.Benchmark, a evolve.Arch) map[string]evolve.Fact {
	t.Helper()
	q, _ := evolve.As[evolve.Querier](b)
	all, err := q.Query(a)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]evolve.Fact{}
	for _, f := range all {
		by[f.Name] = f
	}
	if len(by) != len(all) {
		t.Errorf("facts of one name in %+v", all)
	}
	return by
}

// writeRows has the test see a table of its own.
func writeRows(t testing.TB, archs []evolve.Arch, columns map[string][]float64) {
	t.Helper()
	t.Setenv("AMOEBA_DATA", t.TempDir())
	f := &data.Frame{Table: "macro", Rows: len(archs)}
	texts := make([]string, len(archs))
	for i, a := range archs {
		texts[i] = string(a)
	}
	f.AddText("arch", texts)
	for name, xs := range columns {
		f.AddFloats(name, xs)
	}
	if _, err := f.Write(); err != nil {
		t.Fatal(err)
	}
}

// openMade opens that table.
func openMade(t testing.TB, s evolve.Space, moves string, keep func(*data.Frame) ([]bool, error)) (*rows, error) {
	t.Helper()
	return openRows("macro", s, "onehot", optionsOf(t, []evolve.Param{movesParam}, evolve.Setting{Key: "moves", Value: moves}), keep)
}

// numbers are 0 to n-1.
func numbers(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i)
	}
	return xs
}

// macroArchs are all genomes in an order of chance.
func macroArchs() []evolve.Arch {
	archs := make([]evolve.Arch, space.Macro{}.Size())
	for i, k := range evolve.Stream(9, "rows").Perm(len(archs)) {
		archs[i] = space.Macro{}.At(k)
	}
	return archs
}

// The table of a whole space is put in the space's order.
func TestRowsOfAWholeSpace(t *testing.T) {
	archs := macroArchs()
	writeRows(t, archs, map[string][]float64{"x": numbers(len(archs))})
	b, err := openMade(t, space.Macro{}, space.PoolNearest, nil)
	if err != nil {
		t.Fatal(err)
	}
	xs, err := b.column("x")
	if err != nil || b.space != Indexed(space.Macro{}) || b.about.Source != "" || len(b.about.Hash) != 64 {
		t.Fatalf("%v, %+v, %v", b.space, b.about, err)
	}
	for row, a := range archs {
		if xs[b.space.Index(a)] != float64(row) {
			t.Fatalf("%s has row %g, want %d", a, xs[b.space.Index(a)], row)
		}
	}
}

// One recorded genome of each network makes a whole space, and answers for all of its network.
func TestRowsOfNetworks(t *testing.T) {
	var archs []evolve.Arch
	row := map[evolve.Arch]int{}
	for _, a := range macroArchs() {
		c, err := space.Macro{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := row[c]; !ok {
			row[c] = len(archs)
			archs = append(archs, a) // not the first genome of its network, but any
		}
	}
	if len(archs) != 3969 {
		t.Fatalf("%d networks", len(archs))
	}
	writeRows(t, archs, map[string][]float64{"x": numbers(len(archs))})
	b, err := openMade(t, space.Macro{}, space.PoolNearest, nil)
	if err != nil {
		t.Fatal(err)
	}
	xs, err := b.column("x")
	if err != nil || len(xs) != 6561 {
		t.Fatalf("%d values, %v", len(xs), err)
	}
	for i, x := range xs {
		c, err := space.Macro{}.Canon(space.Macro{}.At(i))
		if err != nil || x != float64(row[c]) {
			t.Fatalf("%s shows row %g, its network is row %d", space.Macro{}.At(i), x, row[c])
		}
	}

	// With one network less the rest is a pool, in which equal networks are rows of their own.
	writeRows(t, append(slices.Clone(archs[1:]), archs[1]), map[string][]float64{"x": numbers(len(archs))})
	_, err = openMade(t, space.Macro{}, space.PoolNearest, nil)
	oneLine(t, err, evolve.ErrInvalid, "table macro", "is there twice")
	writeRows(t, archs[1:], map[string][]float64{"x": numbers(len(archs) - 1)})
	b, err = openMade(t, space.Macro{}, space.PoolNearest, nil)
	if err != nil || b.space.Size() != 3968 || !strings.Contains(b.about.Source, "pool: only the 3968 recorded") {
		t.Errorf("%v, %v", b, err)
	}
}

// Where a genome was recorded itself, no other of its network answers for it.
func TestRowsPreferTheGenome(t *testing.T) {
	archs := macroArchs()
	b := &lookup{}
	order, err := b.over(space.Macro{}, archs, "onehot", evolve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range order {
		if archs[row] != (space.Macro{}).At(i) {
			t.Fatalf("%s shows %s", space.Macro{}.At(i), archs[row])
		}
	}
}

func TestRowsOfAPool(t *testing.T) {
	archs := macroArchs()[:100]
	x := numbers(100)
	writeRows(t, archs, map[string][]float64{"x": x, "gaps": append(slices.Repeat([]float64{math.NaN()}, 40), x[40:]...)})
	for _, moves := range []string{space.PoolNearest, space.PoolRefuse} {
		for _, c := range []struct {
			what  string
			keep  func(*data.Frame) ([]bool, error)
			first int
		}{
			{"all", nil, 0},
			{"all, as is said", func(*data.Frame) ([]bool, error) { return nil, nil }, 0},
			{"some", func(f *data.Frame) ([]bool, error) { return notNaN(f, "gaps") }, 40},
		} {
			b, err := openMade(t, space.Macro{}, moves, c.keep)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := b.space.(evolve.Mutator); ok != (moves == space.PoolNearest) || b.space.Size() != 100-c.first {
				t.Errorf("%s, moves=%s: mutations %t, %d architectures", c.what, moves, ok, b.space.Size())
			}
			xs, err := b.column("x")
			if err != nil || !slices.Equal(xs, x[c.first:]) {
				t.Errorf("%s: %v, %v", c.what, xs, err)
			}
			for i, a := range archs[c.first:] {
				if b.space.Index(a) != i {
					t.Fatalf("%s: %s is row %d, want %d", c.what, a, b.space.Index(a), i)
				}
			}
		}
	}
	_, err := openMade(t, space.Macro{}, space.PoolNearest, func(f *data.Frame) ([]bool, error) { return notNaN(f, "no") })
	oneLine(t, err, evolve.ErrInvalid, "no column no")
	_, err = openMade(t, space.Macro{}, space.PoolNearest, func(f *data.Frame) ([]bool, error) { return make([]bool, f.Rows), nil })
	oneLine(t, err, evolve.ErrInvalid, "table macro", "at least 2")
}

// What is chosen of a table that has the whole space and more is put in the space's order too.
func TestRowsOfAChosenWhole(t *testing.T) {
	archs := macroArchs()
	twice := append(slices.Clone(archs), archs...)
	valid := numbers(len(twice))
	for i := range archs {
		valid[i] = math.NaN() // the second of each counts
	}
	writeRows(t, twice, map[string][]float64{"x": valid})
	b, err := openMade(t, space.Macro{}, space.PoolNearest, func(f *data.Frame) ([]bool, error) { return notNaN(f, "x") })
	if err != nil {
		t.Fatal(err)
	}
	xs, err := b.column("x")
	if err != nil {
		t.Fatal(err)
	}
	for row, a := range archs {
		if got := xs[b.space.Index(a)]; got != float64(row+len(archs)) {
			t.Fatalf("%s has %g, want %d", a, got, row+len(archs))
		}
	}
}

func TestRowsRefuse(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	_, err := openMade(t, space.Macro{}, space.PoolNearest, nil)
	oneLine(t, err, fs.ErrNotExist, "macro", "amoeba data")
	f := &data.Frame{Table: "macro", Rows: 2}
	f.AddFloats("x", numbers(2))
	if _, err := f.Write(); err != nil {
		t.Fatal(err)
	}
	_, err = openMade(t, space.Macro{}, space.PoolNearest, nil)
	oneLine(t, err, evolve.ErrInvalid, "no column arch")
	writeRows(t, []evolve.Arch{"00000000", "00000003"}, nil)
	_, err = openMade(t, space.Macro{}, space.PoolNearest, nil)
	oneLine(t, err, evolve.ErrInvalid, "table macro", "row 1", "character 8")
	_, err = openMade(t, space.DARTS{}, space.PoolNearest, nil)
	oneLine(t, err, evolve.ErrInvalid, "table macro", "recorded architecture 0")
}

// Objectives are columns of the table in the objective's unit, looked up of every architecture; more is better of a
// throughput, which is kept as its negative.
func TestRowsObjectives(t *testing.T) {
	archs := macroArchs()[:10]
	gaps, millionth := numbers(10), make([]float64, 10)
	for i := range millionth {
		millionth[i] = float64(i) + .2500001
	}
	gaps[3] = math.NaN()
	writeRows(t, archs, map[string][]float64{"latency": numbers(10), "images_s": numbers(10), "gaps": gaps, "params_m": millionth})
	opened := func(text string) (*rows, error) {
		b, err := openMade(t, space.Macro{}, space.PoolNearest, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.offerColumn("latency:oven", "latency", "measured", seconds)
		b.offerColumn("throughput:oven", "images_s", "measured", same)
		b.offerColumn("latency:toaster", "gaps", "measured", same)
		b.offerColumn("params", "params_m", "counted", millions)
		b.offerColumn("flops", "lost", "counted", same)
		return b, b.aim(optionsOf(t, []evolve.Param{wrap.ObjectivesParam(evolve.ErrorObjective)}, evolve.Setting{Key: "objectives", Value: text}))
	}
	b, err := opened("throughput:oven+error+params+latency:oven")
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, o := range b.others {
		got = append(got, o.Name, o.Unit, o.Exact, o.column[9], o.Value(o.column[9]), o.Ideal)
	}
	if d := cmp.Diff([]any{"throughput:oven", "/s", true, -9., 9., -9., "params", "count", true, 9250000., 9250000., 250000., "latency:oven", "ms", true, 9000., 9000., 0.}, got); d != "" {
		t.Error(d)
	}
	if xs, err := b.column("images_s"); err != nil || xs[9] != 9 {
		t.Errorf("the table's own column is %v, %v", xs, err)
	}
	if !strings.HasSuffix(b.about.Source, "; throughput:oven measured; params counted; latency:oven measured") {
		t.Errorf("%q", b.about.Source)
	}
	for text, want := range map[string][]string{
		"error+latency:toaster": {"unsupported", "latency:toaster", "architecture 3"},
		"error+latency:ovem":    {"unknown", `did you mean "latency:oven"?`, "known: error, latency:oven, throughput:oven, latency:toaster, params, flops"},
		"error+flops":           {"invalid", "no column lost"},
		"error+params+error":    {"invalid", "error is there twice"},
		"loss":                  {"unknown", "is called error"},
		"":                      {"unknown", `objective ""`},
	} {
		_, err := opened(text)
		oneLine(t, err, nil, want...)
	}
}

func TestRowsSay(t *testing.T) {
	b := new(lookup)
	for _, text := range []string{"pool", "measured"} {
		b.addSource(text)
	}
	if b.about.Source != "measured; pool" {
		t.Errorf("%q", b.about.Source)
	}
}

// Random search through the whole loop is what the order statistics of each table say, of
// whole spaces as of pools.
func TestRowsRandomIsExact(t *testing.T) {
	const n, runs = 100, 1000
	names := []string{"macro", "channel:resnet", "channel:mobilenet", "graph:cora", "graph:proteins", "nlp", "nlp,epochs=3", "accel", "darts", "tnb101-micro:room_layout", "tnb101-macro:normal", "macro,permute=3"}
	tables := []string{"macro", "channel", "graph", "graph-proteins", "nlp", "accel", "darts", "tnb101-micro", "tnb101-macro"}
	for _, set := range data.GraphSets {
		names = append(names, "graph:"+set)
	}
	for _, task := range tnb101Tasks {
		names = append(names, "tnb101-micro:"+task.name, "tnb101-macro:"+task.name)
	}

	needImported(t, tables...)
	slices.Sort(names)
	for _, text := range slices.Compact(names) {
		b := ofRows(t, text)
		val, test := bestOf(b, n)
		vals, tests := simulate(t, b, "random", n, runs)
		agree(t, text+" val", vals, val)
		agree(t, text+" test", tests, test)
	}
}

// No searcher reads what it is not to see: its problem has the benchmark's space and names
// alone.
func TestRowsProblems(t *testing.T) {
	needImported(t, "macro", "channel", "graph-proteins", "nlp", "darts", "tnb101-micro")
	resumed := make([]evolve.Fidelity, 50)
	for i := range resumed {
		resumed[i] = evolve.Fidelity{Epochs: i + 1, Resumes: true}
	}
	for text, want := range map[string]struct {
		size       int
		fidelities []evolve.Fidelity
		proxies    []string
	}{
		"macro":                     {6561, []evolve.Fidelity{{Epochs: 50}}, []string{"params", "flops"}},
		"channel":                   {16384, []evolve.Fidelity{{Epochs: 1}}, []string{"params", "flops"}},
		"graph:proteins":            {5616, []evolve.Fidelity{{Epochs: 1}}, []string{"params"}},
		"nlp":                       {263, resumed, []string{"params"}},
		"darts":                     {725, []evolve.Fidelity{{Epochs: 100}}, []string{"flops", "params", "zc_synflow", "zc_nwot", "zc_jacov", "zc_grad_norm", "zc_l2_norm"}},
		"tnb101-micro:class_object": {711, []evolve.Fidelity{{Epochs: 1}}, []string{"flops", "params"}},
	} {
		b := ofRows(t, text)
		p := b.Problem()
		var names []string
		for _, x := range p.Proxies {
			names = append(names, x.Name)
		}
		if b.space.Size() != want.size || !slices.Equal(names, want.proxies) || len(p.Objectives) != 1 {
			t.Errorf("%s: %d architectures, proxies %q, objectives %q", text, b.space.Size(), names, evolve.ObjectiveNames(p.Objectives))
		}
		if d := cmp.Diff(want.fidelities, p.Fidelities); d != "" {
			t.Errorf("%s: %s", text, d)
		}
		var r evolve.Result
		tr := of(p.Space.Sample(evolve.Stream(1, "")))
		tr.Epochs = 51 + 50
		oneLine(t, b.Evaluate(context.Background(), &tr, &r), evolve.ErrUnsupported, b.about.Title, fmt.Sprint(tr.Epochs))
	}
}

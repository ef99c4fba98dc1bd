package surrogate

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/front"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// thirdQuartiles are those of a benchmark's reported objectives over its space: of all architectures, or of a
// few drawn of a space that is larger or that nobody can list: NAS-Bench-101's surrogate takes minutes for all.
func thirdQuartiles(t *testing.T, b evolve.Benchmark) []float64 {
	t.Helper()
	p := b.Problem()
	columns := make([][]float64, len(p.Objectives))
	look := func(a evolve.Arch) {
		tr := of(a)
		var r evolve.Result
		if b.Evaluate(context.Background(), &tr, &r) != nil {
			return
		}
		s, err := b.Score(&tr)
		if err != nil {
			t.Fatal(err)
		}
		for k, x := range append([]float64{s.Val}, r.Others...) {
			columns[k] = append(columns[k], x)
		}
	}
	r := evolve.Stream(0, "references")
	switch e, ok := p.Space.(evolve.Enumerable); {
	case !ok:
		for range 1000 {
			look(p.Space.Sample(r))
		}
	case e.Size() > 1<<17:
		for range 3000 {
			look(e.At(r.IntN(e.Size())))
		}
	default:
		for i := range e.Size() {
			look(e.At(i))
		}
	}
	quartiles := make([]float64, len(columns))
	for k, xs := range columns {
		slices.Sort(xs)
		quartiles[k] = stats.Quantile(xs, .75)
	}
	return quartiles
}

// Every number of the table is what its rule says, where the benchmark opens here.
func TestReferencesAreQuartiles(t *testing.T) {
	opened := 0
	for name, c := range corners {
		names := slices.Sorted(maps.Keys(c))
		slices.SortStableFunc(names, func(a, b string) int { return trainedFirst(a) - trainedFirst(b) })
		b, err := tryOpen(name + ",objectives=" + strings.Join(names, "+"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, evolve.ErrUnsupported) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		opened++
		for k, q := range thirdQuartiles(t, b) {
			o := b.Problem().Objectives[k]
			low, high := evolve.RoundReference(q), evolve.RoundReference(q)
			if name == "nb101" { // of a sample, which may lie on the other side of a round number
				low, high = evolve.RoundReference(.97*q), evolve.RoundReference(1.03*q)
			}
			if o.Value(o.Reference) != c[o.Name] || o.Reference < low || o.Reference > high {
				t.Errorf("%s: the reference of %s is %g, and the third quartile %g", name, o.Name, o.Reference, q)
			}
		}
	}
	if opened < 6 { // what the program itself holds
		t.Errorf("references of %d benchmarks were computed again, want 6 at least", opened)
	}
}

func trainedFirst(name string) int {
	if evolve.NewObjective(name).Trained() {
		return 0
	}
	return 1
}

// The published devices have latencies whose third quartile is their reference.
func TestReferencesOfDevices(t *testing.T) {
	needImported(t, "nb201", "nb201-hw")
	names := []string{"error"}
	for name := range nb201Corner {
		names = append(names, name)
	}
	b, err := tryOpen("nb201,source=table,objectives=" + strings.Join(names, "+"))
	if err != nil {
		t.Fatal(err)
	}
	for k, q := range thirdQuartiles(t, b) {
		if o := b.Problem().Objectives[k]; o.Reference != evolve.RoundReference(q) {
			t.Errorf("the reference of %s is %g, and the third quartile %g", o.Name, o.Reference, q)
		}
	}
	if len(names) != 28 {
		t.Errorf("%d devices and batches", len(names)-1)
	}
}

// The exact fronts of NAS-Bench-201, which the hypervolumes of searches are shares of.
func TestExactFronts(t *testing.T) {
	needImported(t, "nb201", "nb201-hw")
	for _, c := range []struct {
		objectives string
		points     int
		volume     float64
	}{
		{"error+latency:raspi4", 48, 3.59258}, {"error+params", 10, math.NaN()},
	} {
		b, err := tryOpen("nb201:cifar10,source=table,objectives=" + c.objectives)
		if err != nil {
			t.Fatal(err)
		}
		points, ok := front.Exact(b)
		if !ok || len(points) != c.points {
			t.Errorf("%s: %d points, %t, want %d", c.objectives, len(points), ok, c.points)
		}
		o := b.Problem().Objectives
		var values [][]float64
		for _, p := range points {
			values = append(values, p.Values)
		}
		got := stats.Hypervolume(values, []float64{o[0].Reference, o[1].Reference})
		if math.Abs(got-c.volume) > 5e-6 {
			t.Errorf("%s: hypervolume %.6f from %g and %g, want %g", c.objectives, got, o[0].Reference, o[1].Reference, c.volume)
		}
		t.Logf("%s %.6g", c.objectives, got)
	}
}

func TestReferenceOption(t *testing.T) {
	b, err := tryOpen("nb201,source=surrogate,objectives=params+error,reference=1e+6+0.5")
	if err != nil {
		t.Fatal(err)
	}
	if o := b.Problem().Objectives; o[0].Reference != 1e6 || o[1].Reference != .5 {
		t.Errorf("%+v", o)
	}
	for text, want := range map[string]string{
		"objectives=error+params,reference=0.2":       "1 numbers, want one of each of the 2 objectives error+params",
		"objectives=error+params,reference=0.2+3+4":   "3 numbers",
		"objectives=error+params,reference=0.2+":      `"" of params: want a finite number`,
		"objectives=error+params,reference=a+1e6":     `"a" of error: want a finite number`,
		"objectives=error+params,reference=nan+1e6":   `"nan" of error: want a finite number`,
		"objectives=error+params,reference=0.2+1e999": `"1e999" of params: want a finite number`,
		"objectives=error+params,reference=20+1e6":    "20 of error: want a fraction, above 0 and at most 1",
		"objectives=error+params,reference=0.2+1e300": "1e300 of params: want a number of at most 1e+15",
		"objectives=error+params,reference=0+1e6":     "0 of error is no worse than its best, 0",
		"objectives=error+params,reference=0.2+73306": "73306 of params is no worse than its best, 73,306",
	} {
		_, err := tryOpen("nb201,source=surrogate," + text)
		oneLine(t, err, evolve.ErrInvalid, want)
	}
	_, err = tryOpen("nb201,source=surrogate,reference=0.2")
	oneLine(t, err, evolve.ErrUnsupported, "has no effect here, it is of several objectives")
}

// A user's table has no reference point unless its user gives one, and one of a throughput is given as it is printed.
func TestReferenceOfAUsersTable(t *testing.T) {
	path := userFile(t, "arch,val,throughput:mine\n000000,10,100\n111111,20,50\n333333,30,20\n")
	for text, want := range map[string][2]float64{"": {math.NaN(), math.NaN()}, ",reference=0.8+10": {.8, -10}} {
		b, err := tryOpen("table:" + path + ",objectives=error+throughput:mine" + text)
		if err != nil {
			t.Fatal(err)
		}
		for k, o := range b.Problem().Objectives {
			if o.Reference != want[k] && !(math.IsNaN(want[k]) && math.IsNaN(o.Reference)) {
				t.Errorf("%q: %s has reference %g, want %g", text, o.Name, o.Reference, want[k])
			}
		}
	}
	_, err := tryOpen("table:" + path + ",objectives=error+throughput:mine,reference=0.8+100")
	oneLine(t, err, evolve.ErrInvalid, "100 of throughput:mine is no worse than its best, 100 /s")
}

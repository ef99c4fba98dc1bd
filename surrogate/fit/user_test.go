package fit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

const learned = 1000

// learnable is a table of 1,000 cells of nb201 whose numbers follow from the networks. of gives
// the fields behind arch from the numbers of 3×3 and 1×1 convolutions on the ways through the
// network, at most seven together.
func learnable(t testing.TB, header string, of func(three, one float64, i int) string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("arch," + header + "\n")
	for i := range learned {
		a := space.NB201{}.At(i)
		ways := space.NB201Unique(a)
		fmt.Fprintf(&b, "%s,%s\n", a, of(float64(strings.Count(ways, space.NB201Ops[3])), float64(strings.Count(ways, space.NB201Ops[2])), i))
	}
	return userFile(t, b.String())
}

// convsPerCent is one such table, with its columns test and cost, in per cent.
func convsPerCent(t testing.TB) string {
	return learnable(t, "val,test,cost", func(three, one float64, i int) string {
		return fmt.Sprintf("%g,%g,%g", 50+6*three+2*one+float64(i%10)/10, 45+6*three+2*one, plainCost(space.NB201{}.At(i)))
	})
}

// plainCost is also of edges whose result nobody uses.
func plainCost(a evolve.Arch) float64 {
	return 10 + 3*float64(strings.Count(string(a), "3")) + float64(strings.Count(string(a), "2"))
}

var userOptions = Options{Train: .8, Seed: 1, Procs: 2}

// fitUser fits a table and opens what comes out.
func fitUser(t testing.TB, path string, settings ...evolve.Setting) (evolve.Benchmark, Report, string) {
	t.Helper()
	text, rep, err := File(context.Background(), path, settings, userOptions)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "own.model")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := tryOpen("fitted:" + file)
	if err != nil {
		t.Fatal(err)
	}
	return b, rep, file
}

func TestFitFileRoundTrip(t *testing.T) {
	path := convsPerCent(t)
	b, rep, file := fitUser(t, path)
	a := b.About()
	if a.Kind != "surrogate" || a.Title != "own.csv" || a.Dataset != file || a.Epochs != 1 || a.Metric.Name() != "accuracy" || !strings.Contains(a.Source, "PREDICTED") || !strings.Contains(a.Source, "fitted on 800 of 1000 architectures of own.csv") {
		t.Errorf("%+v", a)
	}
	table := benchtest.Must(t, "table:"+path)
	pool := table.Problem().Space.(evolve.Enumerable)
	val, test, cost, n := 0.0, 0.0, 0.0, pool.Size()
	for i := range n {
		arch := pool.At(i)
		got, want := asks(t, b, of(arch)), asks(t, table, of(arch))
		s, truth := scored(t, b, arch), scored(t, table, arch)
		if s.Val != got.Loss {
			t.Fatalf("%s: a search sees %g, reported is %g", arch, got.Loss, s.Val)
		}
		val += math.Abs(got.Loss-want.Loss) / float64(n)
		test += math.Abs(s.Test-truth.Test) / float64(n)
		cost += math.Abs(got.Cost-want.Cost) / float64(n)
	}
	// Noise of val apart, the numbers follow from the cell: half a point, half a second.
	if val > .01 || test > .005 || cost > .5 {
		t.Errorf("mean errors %g, %g and %g s", val, test, cost)
	}
	// The best is of the whole space, not of the table alone.
	bestVal, bestTest := math.Inf(1), math.Inf(1)
	for i := range space.NB201Size {
		s := scored(t, b, space.NB201{}.At(i))
		bestVal, bestTest = min(bestVal, s.Val), min(bestTest, s.Test)
	}
	if a.BestVal != bestVal || a.BestTest != bestTest {
		t.Errorf("the best are %g and %g, said are %g and %g", bestVal, bestTest, a.BestVal, a.BestTest)
	}
	f := facts(t, b, "333333")
	if f["val"].Unit != "%" || f["test"].How != "predicted" || f["cost"].Unit != "s" || f["val"].Value != 100*(1-scored(t, b, "333333").Val) {
		t.Errorf("%+v", f)
	}
	if len(rep.Targets) != 3 || rep.Bytes == 0 {
		t.Fatalf("%+v", rep)
	}
	for _, q := range rep.Targets {
		if q.N != 200 || q.R2 < .8 || q.Tau < .7 {
			t.Errorf("%s held out: %+v", q.Name, q.Quality)
		}
	}
	var page strings.Builder
	if err := rep.WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"# The surrogate of own.csv", "fitted on 800 of 1,000 architectures, seed 1", "| val | ", "| cost | ", "not measurable", table.About().Hash, "val and test are read as per cent, because some are above 1"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("%s\nwant %q", page.String(), part)
		}
	}
}

// A file may be called what it likes.
func TestFitFileNames(t *testing.T) {
	text, err := os.ReadFile(convsPerCent(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "100% %d%s.csv")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	b, _, _ := fitUser(t, path)
	if a := b.About(); !strings.Contains(a.Source, "fitted on 800 of 1000 architectures of 100% %d%s.csv") || a.Title != "100% %d%s.csv" {
		t.Errorf("%+v", a)
	}
}

func TestFitFileIsDeterministic(t *testing.T) {
	path := convsPerCent(t)
	fit := func(o Options) []byte {
		text, _, err := File(context.Background(), path, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	o := userOptions
	one := fit(o)
	if o.Procs = 1; !bytes.Equal(one, fit(o)) {
		t.Error("one core and two fit different bytes")
	}
	if o.Seed = 2; bytes.Equal(one, fit(o)) {
		t.Error("two seeds fit the same bytes")
	}
	o.Permute = true
	_, rep, err := File(context.Background(), path, nil, o)
	if err != nil || rep.Targets[0].R2 > .3 {
		t.Errorf("shuffled labels: %+v, %v", rep.Targets, err)
	}
}

// Of every metric the surrogate says what the table does, as it is printed.
func TestFitFileMetrics(t *testing.T) {
	for metric, value := range map[string]func(three, one float64, i int) float64{
		"accuracy":   func(three, one float64, i int) float64 { return .4 + .08*three + .02*one + .001*float64(i%7) },
		"ROC-AUC":    func(three, one float64, i int) float64 { return 40 + 8*three + 2*one },
		"SSIM":       func(three, one float64, i int) float64 { return -.4 + .2*three + .02*one },
		"perplexity": func(three, one float64, i int) float64 { return 150 - 15*three - 3*one },
		"loss":       func(three, one float64, i int) float64 { return 2000 - 350*three - 3*one },
	} {
		t.Run(metric, func(t *testing.T) {
			path := learnable(t, "val", func(three, one float64, i int) string { return fmt.Sprint(value(three, one, i)) })
			b, rep, _ := fitUser(t, path, evolve.Setting{Key: "metric", Value: metric})
			m := b.About().Metric
			table := benchtest.Must(t, "table:"+path+",metric="+metric)
			sum, spread := 0.0, 0.0
			for i := range learned {
				a := space.NB201{}.At(i)
				got, want := m.Value(asks(t, b, of(a)).Loss), m.Value(asks(t, table, of(a)).Loss)
				sum += math.Abs(got - want)
				spread = max(spread, math.Abs(want-m.Value(table.About().BestVal)))
			}
			if m.Name() != metric || sum/learned > spread/50 {
				t.Errorf("%s is off by %g in the mean, of %g", m.Name(), sum/learned, spread)
			}
			if s := scored(t, b, "333333"); s.Val != s.Test || asks(t, b, of("333333")).Cost != 1 {
				t.Errorf("without test and cost: %+v", s)
			}
			for _, part := range []string{"reported test is the validation", "each query costs 1"} {
				if !strings.Contains(b.About().Source, part) {
					t.Errorf("%s: want %q", b.About().Source, part)
				}
			}
			if q := rep.Targets[0]; q.Tau < .75 || b.About().BestVal != b.About().BestTest {
				t.Errorf("%+v, best %g and %g", q, b.About().BestVal, b.About().BestTest)
			}
			var page strings.Builder
			if err := rep.WriteMarkdown(&page); err != nil || strings.Contains(page.String(), "%!") {
				t.Errorf("%s, %v", page.String(), err)
			}
		})
	}
}

// Repeats are averaged, of several schedules the longest is learnt, and one repeat is the
// ceiling.
func TestFitFileOfRepeats(t *testing.T) {
	var text strings.Builder
	text.WriteString("arch,fidelity,seed,val\n")
	for i := range 600 {
		a := string(space.NB201{}.At(i))
		three := float64(strings.Count(a, "3"))
		for seed := range 3 {
			fmt.Fprintf(&text, "%s,9,%d,%g\n%s,3,%d,1\n", a, seed, 50+5*three+float64((i*7+seed*5)%11)/10, a, seed)
		}
	}
	b, rep, _ := fitUser(t, userFile(t, text.String()))
	if b.About().Epochs != 9 {
		t.Errorf("%+v", b.About())
	}
	if q := rep.Targets[0].OneSeed; q == nil || q.N != 600 || q.Tau < .7 || q.Tau > .999 {
		t.Errorf("ceiling %+v", q)
	}
	tr := of("333333")
	tr.Epochs = 3
	var r evolve.Result
	oneLine(t, b.Evaluate(context.Background(), &tr, &r), evolve.ErrUnsupported, "3 epochs", "predicts 9")
}

// Columns that tell nothing apart, or little beside what they are, are learnt as they are.
func TestFitFileOfDullColumns(t *testing.T) {
	for name, c := range map[string]struct {
		cost func(i int) float64
		off  float64
	}{
		"constant":        {func(int) float64 { return 3600 }, 1e-3},
		"almost constant": {func(i int) float64 { return 1e6 + float64(i%3)/100 }, .1},
		"two values":      {func(i int) float64 { return float64(1 + i%2) }, 1.5},
		"small":           {func(i int) float64 { return .5 - float64(i%2)/1000 }, 1.5e-3},
		"tiny":            {func(i int) float64 { return 1e-9 * float64(1+i%2) }, 1.5e-9},
	} {
		t.Run(name, func(t *testing.T) {
			path := learnable(t, "val,cost", func(three, _ float64, i int) string {
				return fmt.Sprintf("%g,%g", min(50+6*three, 56), c.cost(i)) // most have the highest
			})
			b, rep, _ := fitUser(t, path)
			for i := range learned {
				near(t, "cost", asks(t, b, of(space.NB201{}.At(i))).Cost, c.cost(i), c.off)
			}
			var page strings.Builder
			if err := rep.WriteMarkdown(&page); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFitFileRefuses(t *testing.T) {
	path := convsPerCent(t)
	for name, c := range map[string]struct {
		path     string
		settings []evolve.Setting
		options  Options
		is       error
		parts    []string
	}{
		"train 0":        {path, nil, Options{Seed: 1}, evolve.ErrInvalid, []string{"train 0"}},
		"few held out":   {path, nil, Options{Train: .95}, evolve.ErrInvalid, []string{"train 0.95", "950 architectures", "50 held out"}},
		"few rows":       {userFile(t, "arch,val\n000000,10\n111111,20\n222222,30\n"), nil, userOptions, evolve.ErrInvalid, []string{"at least 100"}},
		"space":          {path, []evolve.Setting{{Key: "space", Value: "macro"}}, userOptions, evolve.ErrInvalid, []string{path + ":2"}},
		"unknown space":  {path, []evolve.Setting{{Key: "space", Value: "nb2001"}}, userOptions, evolve.ErrUnknown, []string{`did you mean "nb201"?`}},
		"unknown metric": {path, []evolve.Setting{{Key: "metric", Value: "acuracy"}}, userOptions, evolve.ErrUnknown, []string{`did you mean "accuracy"?`}},
		"gap in test": {learnable(t, "val,test", func(three, _ float64, i int) string {
			return fmt.Sprint(50+three, ",", map[bool]string{true: "", false: "5"}[i == 7])
		}), nil, userOptions, evolve.ErrInvalid, []string{":9: ", "test", "empty"}},
		"gap in cost": {learnable(t, "val,cost", func(three, _ float64, i int) string {
			return fmt.Sprint(50+three, ",", map[bool]string{true: "", false: "5"}[i == 7])
		}), nil, userOptions, evolve.ErrInvalid, []string{":9: ", "cost", "empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := File(context.Background(), c.path, c.settings, c.options)
			oneLine(t, err, c.is, c.parts...)
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := File(ctx, path, nil, userOptions)
	oneLine(t, err, context.Canceled)
}

// The settings follow the rows, and no target is finer than the trees can hold.
// What the trees learn from can be chosen, and is what the file says.
func TestFitFileEncoding(t *testing.T) {
	path := convsPerCent(t)
	for _, c := range []struct{ encoding, learnt string }{
		{"", "structure"}, {"graf", "graf"}, {"onehot+graf", "onehot+graf"}, {"auto", "onehot+structure"},
	} {
		o := userOptions
		o.Encoding = c.encoding
		text, r, err := File(context.Background(), path, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := model.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Model("val").Encoding; got != c.learnt {
			t.Errorf("%q learns from %s, want %s", c.encoding, got, c.learnt)
		}
		if tau := r.Targets[0].Tau; tau < .85 {
			t.Errorf("%q: Kendall's τ of what was held out is %.3f, want at least 0.85", c.encoding, tau)
		}
	}
	for _, c := range []struct {
		encoding string
		want     error
	}{{"wings", evolve.ErrUnknown}, {"graf+", evolve.ErrUnknown}} {
		o := userOptions
		o.Encoding = c.encoding
		if _, _, err := File(context.Background(), path, nil, o); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.encoding, err, c.want)
		}
	}
}

func TestUserParams(t *testing.T) {
	for _, y := range [][]float64{{0, 100}, {3600, 3600}, {1e12, 1e12 + 1}, {-5, -5}, {0, 0}, {1e-12, 2e-12}, {-1e9, 1e9}} {
		all := append(append([]float64{}, y...), y...)
		x := [][]uint8{{0, 1, 0, 1}}
		p := userParams(all)
		p.Rounds, p.MinChild = 3, 1
		if _, err := model.Fit(x, all, p); err != nil {
			t.Errorf("%v: %v", y, err)
		}
	}
	if few, many := userParams(rising(9999)), userParams(rising(10_000)); few.Leaves >= many.Leaves {
		t.Errorf("few rows %+v, many %+v", few, many)
	}
}

// A surrogate learns from who has a run of the schedule that did not fail.
func TestFitFileOfHyperband(t *testing.T) {
	var text strings.Builder
	text.WriteString("arch,fidelity,val,cost\n")
	for i := range 900 {
		a := string(space.NB201{}.At(i))
		three := float64(strings.Count(a, "3"))
		fmt.Fprintf(&text, "%s,3,%g,1\n", a, 20+5*three)
		switch {
		case i%3 == 0:
			fmt.Fprintf(&text, "%s,9,%g,5\n", a, 50+5*three)
		case i%3 == 1:
			fmt.Fprintf(&text, "%s,9,,2\n", a)
		}
	}
	path := userFile(t, text.String())
	options := Options{Train: .6, Seed: 1, Procs: 2}
	for epochs, want := range map[string]struct {
		rows, epochs int
	}{"0": {300, 9}, "9": {300, 9}, "3": {900, 3}} {
		file, rep, err := File(context.Background(), path, []evolve.Setting{{Key: "epochs", Value: epochs}}, options)
		if err != nil {
			t.Fatal(err)
		}
		b := openModel(t, file)
		var page strings.Builder
		if err := rep.WriteMarkdown(&page); err != nil {
			t.Fatal(err)
		}
		remark := fmt.Sprintf("Of 900 architectures of the file %d have a run of %d epochs that did not fail.", want.rows, want.epochs)
		if b.About().Epochs != want.epochs || !strings.Contains(b.About().Source, fmt.Sprintf("of %d architectures", want.rows)) || strings.Contains(page.String(), remark) != (want.rows < 900) {
			t.Errorf("epochs=%s: %+v\n%s", epochs, b.About(), page.String())
		}
	}
	_, _, err := File(context.Background(), path, []evolve.Setting{{Key: "epochs", Value: "5"}}, options)
	oneLine(t, err, evolve.ErrUnsupported, "epochs=5: the file has 3, 9")
}

// openModel opens the benchmark of a model file.
func openModel(t testing.TB, text []byte) evolve.Benchmark {
	t.Helper()
	file := filepath.Join(t.TempDir(), "own.model")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return benchtest.Must(t, "fitted:"+file)
}

// rising are numbers from 0.
func rising(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i)
	}
	return xs
}

// facts are what a benchmark knows of an architecture, by name.
func facts(t testing.TB, b evolve.Benchmark, a evolve.Arch) map[string]evolve.Fact {
	t.Helper()
	all, err := b.(evolve.Querier).Query(a)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]evolve.Fact{}
	for _, f := range all {
		by[f.Name] = f
	}
	return by
}

package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// setsOf makes what the golden figure of a kind is drawn of, where two algorithms with four runs will not do; optionsOf
// are the options of such a kind. A kind's own test names them.
var (
	setsOf    = map[string]func() *trace.Set{"pareto": twoObjectives}
	optionsOf = map[string]func() Options{}
	groupsOf  = map[string]func() []*trace.Set{} // what kinds are drawn of that compare experiments with each other
)

// Whatever kinds of figures there are, each is drawn of one experiment and of several, in every format, the same every
// time, with its own title or another, and as its golden file shows.
func TestFigures(t *testing.T) {
	for _, e := range Figures.Entries() {
		t.Run(e.Name, func(t *testing.T) {
			if e.Doc == "" || strings.HasSuffix(e.Doc, ".") {
				t.Errorf("doc %q: want a phrase", e.Doc)
			}
			o, sets := figureOf(e.Name)
			titled := o
			titled.Title = "Another <title>"
			for name, sets := range sets {
				if o.Benchmark == nil && name != "one" && Lacking(evolve.Spec{Name: e.Name}, sets...) != "" {
					continue
				}
				d, err := drawing(e.Name, o, sets...)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				again, err := drawing(e.Name, o, sets...)
				if err != nil {
					t.Fatal(err)
				}
				for _, format := range []string{"svg", "png", "pdf"} {
					if !bytes.Equal(written(t, d, format), written(t, again, format)) {
						t.Errorf("%s: two %s files differ", name, format)
					}
				}
				if d := cmp.Diff(d.Data(), again.Data()); d != "" {
					t.Errorf("%s: two tables of numbers differ: %s", name, d)
				}
				if name == "one" {
					golden(t, "figure-"+e.Name+".svg", written(t, d, "svg"))
				}
				if d, err = drawing(e.Name, titled, sets...); err != nil {
					t.Fatal(err)
				}
				if data := d.Data(); len(data.Header) < 2 || len(data.Rows) == 0 ||
					slices.ContainsFunc(data.Rows, func(row []string) bool { return len(row) != len(data.Header) }) {
					t.Errorf("%s: %d numbers under %q", name, len(data.Rows), data.Header)
				}
				text := written(t, d, "svg")
				if !bytes.Contains(text, []byte("Another &lt;title&gt;")) {
					t.Errorf("%s: not under the title that was given", name)
				}
				for dec := xml.NewDecoder(bytes.NewReader(text)); ; {
					if _, err := dec.Token(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
				}
			}
		})
	}
}

// figureOf are the experiments that a kind of figure is tried with, those of "one" for its golden file, and its options.
func figureOf(kind string) (o Options, sets map[string][]*trace.Set) {
	made := twoArms
	if own := setsOf[kind]; own != nil {
		made = own
	}
	if own := optionsOf[kind]; own != nil {
		o = own()
	}
	switch own := groupsOf[kind]; {
	case own != nil:
		return o, map[string][]*trace.Set{"one": own()}
	case o.Benchmark != nil:
		return o, map[string][]*trace.Set{"one": nil}
	}
	first, odd, single := made(), made(), made()
	first.Name, odd.Name, odd.Arms[0].Label, single.Arms = "a", "b&b", `<i>"RE" & co`, single.Arms[1:]
	if slices.Contains(overBlocks, kind) { // each benchmark has each algorithm once
		first.Arms[0].Label, odd.Spec.Benchmark = odd.Arms[0].Label, "elsewhere"
	}
	return o, map[string][]*trace.Set{"one": {made()}, "two": {first, odd}, "one run": {single}}
}

// golden compares what was written with a file of testdata, or rewrites the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites):\n%s", path, diff)
	}
}

func written(t testing.TB, d Drawing, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b, format); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// What cannot be drawn is answered with one line that says why.
func TestFiguresRefuse(t *testing.T) {
	ends, nothing, loss, crowd := other("ends", .1, .1), other("empty", .1, .1), other("lm", .1, .1), twoArms()
	ends.Spec.Record = "none"
	for i := range nothing.Arms {
		nothing.Arms[i].Runs = []trace.Run{{Final: journal.Entry{ValError: math.NaN(), TestError: math.NaN()}}}
	}
	loss.About.Metric = evolve.PlainLoss
	for len(crowd.Arms) <= MaxSeries {
		crowd.Arms = append(crowd.Arms, crowd.Arms...)
	}
	short := twoArms()
	short.Name, short.Arms = "short", short.Arms[1:]
	short.Arms[0].Runs = []trace.Run{run(50, step(1, .5, .6))}
	shared := twoArms()
	shared.Name, shared.About.Shared = "shared", true
	shared.Arms[0].Runs[0].Steps[0].ValError = math.NaN()
	one := []*trace.Set{twoArms()}
	for _, c := range []struct {
		kind string
		sets []*trace.Set
		is   error
		want string
	}{
		{"trajektories", one, evolve.ErrUnknown, `figure "trajektories": did you mean "trajectories"?`},
		{"trajectories,mtric=val", one, evolve.ErrUnknown, `option of figure trajectories "mtric": did you mean "metric"?`},
		{"trajectories,metric=vla", one, evolve.ErrUnknown, `metric "vla": did you mean "val"?`},
		{"trajectories,metric=val+", one, evolve.ErrUnknown, `metric "" (known: val, test, regret, test-regret)`},
		{"trajectories,x=second", one, evolve.ErrUnknown, `axis "second": did you mean "seconds"?`},
		{"trajectories,log-x=maybe", one, evolve.ErrUnknown, `option log-x "maybe"`},
		{"trajectories,log-y=yes,metric=val", one, evolve.ErrInvalid, "log-y is for regrets, and metric val names none"},
		{"trajectories", nil, evolve.ErrInvalid, "no experiment"},
		{"trajectories", []*trace.Set{ends}, evolve.ErrInvalid, "ends was recorded with record=none and holds no trajectories"},
		{"trajectories", []*trace.Set{shared}, evolve.ErrInvalid, "shared knows the results of its runs' answers alone"},
		{"ranks", []*trace.Set{shared}, evolve.ErrInvalid, "shared knows the results of its runs' answers alone"},
		{"ecdf,within=1", []*trace.Set{ends}, evolve.ErrInvalid, "ends was recorded with record=none and holds no trajectories"},
		{"ecdf", []*trace.Set{nothing}, evolve.ErrInvalid, "nothing was evaluated within the bounds of empty"},
		{"ecdf", []*trace.Set{twoArms(), loss}, evolve.ErrInvalid, "lm is measured in loss and the experiment in accuracy, which have no axis in common"},
		{"ecdf", []*trace.Set{crowd}, evolve.ErrInvalid, "16 algorithms are more than the 8 that a reader can tell apart"},
		{"ecdf,within=near", one, evolve.ErrInvalid, "within=near: want numbers joined by +, the range is none, or 0 to 1e+15"},
		{"ecdf,within=-1", one, evolve.ErrInvalid, "within=-1: want numbers joined by +, the range is none, or 0 to 1e+15"},
		{"ecdf,reach=NaN", one, evolve.ErrInvalid, "reach=NaN: want numbers joined by +, the range is none, or -1e+15 to 1e+15"},
		{"ecdf,within=1,reach=2", one, evolve.ErrInvalid, "want one of them"},
		{"ecdf,within=1,at=2", one, evolve.ErrInvalid, "want one of them"},
		{"ecdf,within=1,metric=val", one, evolve.ErrInvalid, "within is for regrets and reach for results, and val is the other"},
		{"ecdf,reach=1,metric=test-regret", one, evolve.ErrInvalid, "test-regret is the other"},
		{"ecdf,metric=val+test+val", one, evolve.ErrInvalid, "metric val is named twice"},
		{"trajectories,metric=val+val", one, evolve.ErrInvalid, "metric val is named twice"},
		{"ecdf,at=0", one, evolve.ErrInvalid, "at=0: by then no run had found anything, the first did at trials=1"},
		{"ecdf,at=1e9", one, evolve.ErrInvalid, "at=1e+09: all runs of the experiment had ended by then, the last at trials=240"},
		{"box,at=80", []*trace.Set{twoArms(), short}, evolve.ErrInvalid,
			"at=80: all runs of short had ended by then, the last at trials=50"},
		{"ecdf,at=2401,x=seconds", one, evolve.ErrInvalid, "all runs of the experiment had ended by then, the last at seconds=2400"},
		{"ecdf,x=seconds", one, evolve.ErrUnsupported, "x=seconds has no effect here, it is of within, reach and at"},
	} {
		_, err := drawing(c.kind, Options{}, c.sets...)
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s: got %v, want one line with %q", c.kind, err, c.want)
		}
	}
	if why := Lacking(evolve.Spec{Name: "trajectories"}, twoArms()); why != "" {
		t.Errorf("nothing is lacking: %q", why)
	}
	if why := Lacking(evolve.Spec{Name: "trajectories"}, ends); !strings.Contains(why, "record=none") {
		t.Errorf("%q", why)
	}
}

// fourRuns is an experiment of one algorithm: three runs come to regrets 0, 1 and 5 % points at trials 8, 4 and 2, and
// one finds nothing.
func fourRuns() *trace.Set {
	s := twoArms()
	s.Spec.Trials = 10
	s.Arms = []trace.Arm{{Label: "a", Runs: []trace.Run{
		run(10, step(1, .5, .5), step(8, .1, .1)),
		run(10, step(1, .5, .5), step(4, .11, .1)),
		run(10, step(2, .15, .2)),
		{Final: journal.Entry{Trial: 10, ValError: math.NaN(), TestError: math.NaN()}},
	}}}
	return s
}

func TestECDF(t *testing.T) {
	for _, c := range []struct {
		kind, xLabel, yLabel string
		xs                   []float64 // shares just after these
		want                 []float64
	}{
		// Values are sums and differences of decimal fractions: what lies at a border is asked for a little beyond.
		{"ecdf", "validation regret (% points)", "share of the runs at or below", []float64{0.001, .9, 1.1, 4.9, 5.1}, []float64{.25, .25, .5, .5, .75}},
		{"ecdf,metric=val", "validation accuracy of the incumbent (%)", "share of the runs at or above", []float64{84.9, 85.1, 88.9, 89.1, 90.1}, []float64{.75, .5, .5, .25, 0}},
		{"ecdf,within=none,reach=none,at=none", "validation regret (% points)", "share of the runs at or below",
			[]float64{.9}, []float64{.25}},
		{"ecdf,reach=-5", "trials", "share with validation accuracy ≥ -5 %", []float64{10}, []float64{.75}},
		{"ecdf,at=3", "validation regret (% points)", "share of the runs at or below", []float64{4.9, 5.1, 39, 40.1}, []float64{0, .25, .25, .75}},
		{"ecdf,at=40,x=seconds", "validation regret (% points)", "share of the runs at or below", []float64{1.1, 5.1, 40.1}, []float64{.25, .5, .75}},
		{"ecdf,within=1.001", "trials", "share with validation regret ≤ 1.001 % points", []float64{3.9, 4.1, 7.9, 8.1, 10}, []float64{0, .25, .25, .5, .5}},
		{"ecdf,within=50,x=seconds", "simulated seconds", "share with validation regret ≤ 50 % points", []float64{10, 19, 20, 100}, []float64{.5, .5, .75, .75}},
		{"ecdf,reach=85,metric=val", "trials", "share with validation accuracy ≥ 85 %", []float64{1.9, 2.1, 4.1, 8.1}, []float64{0, .25, .5, .75}},
		{"ecdf,reach=99", "trials", "share with validation accuracy ≥ 99 %", []float64{1, 10}, []float64{0, 0}},
	} {
		p := chart(t, c.kind, fourRuns()).Panels[0]
		if p.XLabel != c.xLabel || p.YLabel != c.yLabel || p.Limits != [2]float64{0, 1} {
			t.Errorf("%s: %q, %q, %v", c.kind, p.XLabel, p.YLabel, p.Limits)
		}
		var got []float64
		for _, x := range c.xs {
			y := math.NaN()
			for i, at := range p.Series[0].X {
				if at <= x {
					y = p.Series[0].Mid[i]
				}
			}
			got = append(got, y)
		}
		if d := cmp.Diff(c.want, got, approx); d != "" {
			t.Errorf("%s at %v (-want +got):\n%s\n%+v", c.kind, c.xs, d, p.Series[0])
		}
	}
	// Whoever is nearest to the best at all has its own end on a course.
	late := other("late", .1, .1)
	for i := range late.Arms[0].Runs {
		late.Arms[0].Runs[i].Final.Trial = 1000
	}
	p := chart(t, "ecdf,within=20.1", late).Panels[0]
	if a, b := p.Series[0].X, p.Series[1].X; a[len(a)-1] != 1000 || b[len(b)-1] != 240 {
		t.Errorf("curves to %g and %g trials, want 1000 and 240", a[len(a)-1], b[len(b)-1])
	}
	// A logarithmic axis begins at the least regret that it has a place for, with the share of those below.
	s := chart(t, "ecdf,log-x=yes", fourRuns()).Panels[0].Series[0]
	if math.Abs(s.X[0]-1) > 1e-9 || s.Mid[0] != .25 {
		t.Errorf("begins at %g with %g", s.X[0], s.Mid[0])
	}
}

// Runs that are still to begin are no misses, and a curve of an unfinished experiment ends where half of its runs end.
func TestECDFUnfinished(t *testing.T) {
	s := fourRuns()
	s.Arms = append(s.Arms, trace.Arm{Label: "b", Runs: []trace.Run{run(4, step(1, .1, .1)), {}, {}, {}}})
	s.Arms[0].Runs[0], s.Arms[0].Runs[3] = run(6, step(1, .5, .5), step(5, .1, .1)), trace.Run{}
	s.Unfinished, s.Planned = 6, 8
	for _, c := range []struct {
		kind string
		ends [2]float64 // of the curves
		tops [2]float64
	}{
		{"ecdf", [2]float64{}, [2]float64{1, 1}},
		{"ecdf,at=4", [2]float64{}, [2]float64{1, 1}},
		{"ecdf,within=0.01", [2]float64{10, 4}, [2]float64{1. / 3, 1}},
	} {
		f := chart(t, c.kind, s)
		if want := "Shares of 1 to 3 runs of each algorithm"; !strings.Contains(f.Note, want) {
			t.Errorf("%s: %q, want %q", c.kind, f.Note, want)
		}
		for i, a := range f.Panels[0].Series {
			if top := slices.Max(a.Mid); math.Abs(top-c.tops[i]) > 1e-9 {
				t.Errorf("%s of %s: up to %g, want %g", c.kind, a.Name, top, c.tops[i])
			}
			if end := a.X[len(a.X)-1]; c.ends[i] != 0 && end != c.ends[i] {
				t.Errorf("%s of %s: ends at %g, want %g", c.kind, a.Name, end, c.ends[i])
			}
		}
	}
	// The run of 10 trials alone goes beyond the median, 7.
	s.Arms[0].Runs[1], s.Arms[0].Runs[2] = run(7, step(1, .5, .5)), run(10, step(1, .5, .5), step(9, .1, .1))
	a := chart(t, "ecdf,within=0.01", s).Panels[0].Series[0]
	if x, y := a.X[len(a.X)-1], a.Mid[len(a.Mid)-1]; x != 7 || math.Abs(y-1./3) > 1e-9 {
		t.Errorf("ends at %g with %g, want 7 with a third", x, y)
	}
}

// Experiments beside each other are told apart by as much of their paths as it takes.
func TestCalled(t *testing.T) {
	for _, c := range []struct{ paths, want string }{
		{"p/x q/y", "x y"}, {"p/x q/x", "p/x q/x"}, {"a/p/x/ b/p/x c", "a/p/x b/p/x c"}, {"x q/x", "x q/x"},
		{"/r/x /s/x", "r/x s/x"}, {"/x x", "/x x"}, {"../x x", "../x x"},
	} {
		var sets []*trace.Set
		for _, path := range strings.Fields(c.paths) {
			sets = append(sets, other(path, .1, .1))
		}
		var got []string
		for _, s := range sets {
			got = append(got, called(sets, s))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %s", c.paths, got, c.want)
		}
	}
}

// The captions of results say after how many trials they were reached.
func TestCaptionBounds(t *testing.T) {
	full := twoArms()
	full.Spec.Full, full.Spec.TotalEpochs = 2.5, 30
	free := twoArms()
	free.Spec.Trials = 0
	for want, s := range map[string]*trace.Set{
		"1 to 3 runs of each algorithm, of at most 240 trials, 2":       twoArms(),
		"of at most 240 trials and 2.5 full trainings and 30 epochs, 2": full,
		"1 to 3 runs of each algorithm, 2 simulated workers":            free,
	} {
		if got := captionOf([]*trace.Set{s}, "A dot is a run"); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

package plots

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() { setsOf["heat"] = sweepOf }

// sweepOf is a sweep of two parameters, of which one combination was not run and one found nothing in one of two runs.
func sweepOf() *trace.Set {
	s := twoArms()
	s.Arms = nil
	add := func(p, k string, errs ...float64) {
		a := trace.Arm{Algo: fmt.Sprintf("made,p=%s,k=%s", p, k), Label: p + k, Params: map[string]any{"k": k, "p": p}}
		for _, e := range errs {
			r := run(240, step(1, e, e))
			if math.IsNaN(e) {
				r = trace.Run{}
				r.Final.ValError, r.Final.TestError = e, e
			}
			a.Runs = append(a.Runs, r)
		}
		s.Arms = append(s.Arms, a)
	}
	add("10", "old", .3, .1, .2, .25)
	add("10", "worst", .5, .6, .7, .55)
	add("9", "worst", .05, .06, .05, .04)
	add("25", "old", .1, .1, .1, .1)
	add("25", "worst", .1, math.NaN())
	return s
}

// What is drawn, counted by hand: accuracies are 100·(1 − error) %, intervals Student's with 3 degrees of freedom,
// 3.182446 · s/√4; the p-values are exact ones of four against four, of which 8!/(4! 4!) = 70 orders are equally likely,
// times the 6 pairs that have a test at first, the best being wholly apart from all.
func TestHeatData(t *testing.T) {
	d, err := drawing("heat", Options{}, sweepOf())
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, row := range d.Data().Rows {
		for _, i := range []int{10, 11, 12} {
			if x, err := strconv.ParseFloat(row[i], 64); err == nil {
				row[i] = strconv.FormatFloat(x, 'f', 4, 64)
			}
		}
		got = append(got, row[2:])
	}
	ci := func(sd float64) string { return strconv.FormatFloat(3.182446305*sd/2, 'f', 4, 64) }
	want := [][]string{
		{"p", "9", "k", "old", "made,p=9,k=old", "test", "%", "0", "", "", "", "not run"},
		{"p", "9", "k", "worst", "made,p=9,k=worst", "test", "%", "4", "95.0000", ci(100 * math.Sqrt(2e-4/3)), "", "best"},
		// deviations of 21.25: 8.75, 11.25, 1.25, 3.75
		{"p", "10", "k", "old", "made,p=10,k=old", "test", "%", "4", "78.7500", ci(math.Sqrt(218.75 / 3)), "0.1714", "not told from the best"},
		// deviations of 58.75: 8.75, 1.25, 11.25, 3.75
		{"p", "10", "k", "worst", "made,p=10,k=worst", "test", "%", "4", "41.2500", ci(math.Sqrt(218.75 / 3)), "0.1714", "not told from the best"},
		{"p", "25", "k", "old", "made,p=25,k=old", "test", "%", "4", "90.0000", "0.0000", "0.1714", "not told from the best"},
		{"p", "25", "k", "worst", "made,p=25,k=worst", "test", "%", "2", "", "", "", "no mean"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The parameters change places, and one that stands alone has a row of its own.
	d, err = drawing("heat,x=p,metric=test-regret", Options{}, sweepOf())
	if err != nil {
		t.Fatal(err)
	}
	if r := d.(HeatMap).rows[0]; r.x.Name != "p" || r.y.Name != "k" || !r.falls || r.low != 0 {
		t.Errorf("x %s, y %s, from %v", r.x.Name, r.y.Name, r.low)
	}
	if text := d.(HeatMap).Note; !strings.Contains(text, "No mean: more than one run in ten has no result. Hatched: not run; made,p=9,k=old is not in the experiment.") {
		t.Error(text)
	}
	single := sweepOf()
	single.Arms = []trace.Arm{single.Arms[0], single.Arms[3]}
	d, err = drawing("heat", Options{}, single)
	if err != nil {
		t.Fatal(err)
	}
	if r := d.(HeatMap).rows[0]; len(r.panels) != 1 || r.x.Name != "p" || r.y.Name != "" || len(r.panels[0].cells) != 1 {
		t.Errorf("%+v", r)
	}
}

// Text on every shade has a contrast of at least 4.5:1, and in grey a better cell is never paler.
func TestHeatShade(t *testing.T) {
	last := 1.0
	for i := range 101 {
		ground, text := heatShade(float64(i) / 100)
		light := luminance(ground)
		if light > last {
			t.Errorf("%d: paler than the one before", i)
		}
		last = light
		contrast := (light + .05) / .05
		if text == white {
			contrast = 1.05 / (light + .05)
		}
		if contrast < 4.5 {
			t.Errorf("%d: contrast %.2f", i, contrast)
		}
	}
}

func TestHeatRefuses(t *testing.T) {
	four := sweepOf()
	for i := range four.Arms {
		for k, name := range []string{"a", "b"} {
			four.Arms[i].Params[name] = fmt.Sprint(i % (2 + k))
		}
	}
	for _, c := range []struct {
		kind string
		of   *trace.Set
		is   error
		want string
	}{
		{"heat", twoArms(), evolve.ErrInvalid, "the experiment: regevo and random are two searchers, and a grid is of the settings of one"},
		{"heat,x=q", sweepOf(), evolve.ErrUnknown, `parameter of the sweep "q": did you mean "p"? (known: p, k)`},
		{"heat,x=p,y=p", sweepOf(), evolve.ErrInvalid, "x and y are both p: want two parameters"},
		{"heat,metric=tset", sweepOf(), evolve.ErrUnknown, `metric "tset": did you mean "test"?`},
		{"heat", four, evolve.ErrInvalid, "4 parameters differ, p, k, a, b, and the figure shows at most 3"},
	} {
		_, err := drawing(c.kind, Options{}, c.of)
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v, want %q", c.kind, err, c.want)
		}
	}
}

package plots

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The numbers are what the runs found, one without a result included: see fourRuns.
func TestBox(t *testing.T) {
	for _, c := range []struct {
		kind, label string
		want        []string
	}{
		{"box", "validation regret (% points)", []string{"0", "1", "5", ""}},
		{"box,metric=test", "test accuracy of the incumbent (%)", []string{"90", "90", "80", ""}},
		{"box,at=3,metric=val", "validation accuracy of the incumbent (%)", []string{"50", "50", "85", ""}},
		{"box,at=40,x=seconds,metric=val,shape=violin", "validation accuracy of the incumbent (%)", []string{"50", "89", "85", ""}},
	} {
		d, err := drawing(c.kind, Options{}, fourRuns())
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range d.Data().Rows {
			want := []string{"", c.label, "a", string(rune('0' + i)), c.want[i]}
			if row[4] != "" { // of decimal fractions
				row[4] = short(math.Round(parsed(t, row[4])*1e6) / 1e6)
			}
			if d := cmp.Diff(want, row); d != "" {
				t.Errorf("%s: %s", c.kind, d)
			}
		}
		if text := string(written(t, d, "svg")); !strings.Contains(text, "a (3 of 4)") {
			t.Errorf("%s: the missing run is not told", c.kind)
		}
	}
	for kind, want := range map[string]string{
		"box,at=0": "figure box: at=0: by then no run had found anything", "box,log-y=yes,metric=val": "log-y is for regrets",
		"box,x=seconds": "no effect here, it is of at", "box,shape=bx": `option shape "bx": did you mean "box"`,
	} {
		if _, err := drawing(kind, Options{}, fourRuns()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", kind, err, want)
		}
	}
}

// The quartiles of 1 to 9 and 30 are 3.25 and 7.75: what is above 14.5 or below −3.5 is beyond the whiskers.
func TestWhiskers(t *testing.T) {
	for _, c := range []struct {
		xs        []float64
		low, high float64
	}{
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 30}, 1, 9},
		{[]float64{-30, 1, 1, 1, 1}, 1, 1},
		{[]float64{4}, 4, 4},
	} {
		if low, high := whiskers(c.xs); low != c.low || high != c.high {
			t.Errorf("%v: %g to %g, want %g to %g", c.xs, low, high, c.low, c.high)
		}
	}
}

// Equal values, equal values beside a single other one, and none at all.
func TestBoxesEdge(t *testing.T) {
	rows := []BoxRow{{Name: "equal", Values: []float64{2, 2, 2}}, {Name: "one", Values: []float64{3}},
		{Name: "none", Values: []float64{math.NaN()}}}
	for _, violins := range []bool{false, true} {
		for _, log := range []bool{false, true} {
			b := Boxes{Violins: violins, Panels: []BoxPanel{{Log: log, Rows: rows}}}
			if text := string(written(t, b, "svg")); !strings.Contains(text, "none (0 of 1)") || strings.Contains(text, "NaN") {
				t.Errorf("violins %t, log %t: %.300s", violins, log, text)
			}
			b.Panels[0].Rows = rows[2:]
			if err := b.Write(nil, "svg"); err == nil {
				t.Error("a panel of nothing is drawn")
			}
		}
	}
}

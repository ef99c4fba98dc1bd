package page

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// The curves are those of the runs by hand: at trial 1 the errors are 0.30 and 0.20, at 2 0.30 and 0.16, at 3 0.10 and
// 0.16, at 4 0.10 and 0.06; accuracies are 100 less these in per cent, and between two numbers the quartiles are at a
// quarter and three quarters.
func TestCurvesByHand(t *testing.T) {
	c := curvesOf(byHand().Set, budgetPoints)
	var axes, measures []string
	for _, x := range c.Axes {
		axes = append(axes, x.Name)
	}
	for _, m := range c.Measures {
		measures = append(measures, m.Name)
	}
	// Epochs are 12 a trial, seconds 10, and of one worker those spent are the clock's.
	if want := []string{"trials"}; !slices.Equal(axes, want) {
		t.Errorf("axes %q, want %q", axes, want)
	}
	if want := []string{"val", "test", "regret", "test-regret"}; !slices.Equal(measures, want) {
		t.Errorf("measures %q, want %q", measures, want)
	}
	if r := c.Measures[3]; r.Base == nil || *r.Base != 1 || r.Best == nil || *r.Best != 94 {
		t.Errorf("test-regret is counted from %v, best %v, want test and 94", r.Base, r.Best)
	}
	b := c.Bands[0][0][0]
	for trial, want := range map[float64][3]float64{ // first quartile, median and third quartile
		1: {72.5, 75, 77.5}, 2: {73.5, 77, 80.5}, 3: {85.5, 87, 88.5}, 4: {91, 92, 93},
	} {
		k := -1
		for i, x := range b.X {
			if float64(x) <= trial {
				k = i
			}
		}
		got := [3]float64{float64(b.Q1[k]), float64(b.Median[k]), float64(b.Q3[k])}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("after trial %g: %v, want %v", trial, got, want)
				break
			}
		}
	}
	if n := len(c.Bands[0][0][1].X); n != 2 { // nothing changes between its first trial and its last
		t.Errorf("a curve that is level has %d points, want its ends", n)
	}
}

func TestDataGolden(t *testing.T) {
	data, err := Data([]*lab.Outcome{byHand()})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, data, "", " "); err != nil {
		t.Fatal(err)
	}
	golden(t, "curves.json", text.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Error(d)
	}
}

package plots

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// demsar are the areas under the curve of table 6 of Demšar (JMLR 7, 2006): 14 data sets; C4.5, with m, with cf, with both.
var demsar = [][]float64{
	{.763, .768, .771, .798}, {.599, .591, .590, .569}, {.954, .971, .968, .967}, {.628, .661, .654, .657},
	{.882, .888, .886, .898}, {.936, .931, .916, .931}, {.661, .668, .609, .685}, {.583, .583, .563, .625},
	{.775, .838, .866, .875}, {1, 1, 1, 1}, {.940, .962, .965, .962}, {.619, .666, .614, .669},
	{.972, .981, .9751, .975}, {.957, .978, .946, .970},
}

// The diagram of Demšar's table tells the mean ranks and the critical difference that he prints: 3.143, 2.000, 2.893,
// 1.964, and 1.25, which joins all four (section 3.2.2 and figure 1a).
func TestRankDiagram(t *testing.T) {
	d := RankDiagram{Methods: []string{"C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"}, Ranking: stats.Friedman(demsar)}
	want := [][]string{{"C4.5+m+cf", "1.964", "14", "1.25", "1"}, {"C4.5+m", "2.000", "14", "1.25", "1"},
		{"C4.5+cf", "2.893", "14", "1.25", "1"}, {"C4.5", "3.143", "14", "1.25", "1"}}
	got := d.Data().Rows
	for _, row := range got {
		rank, err := strconv.ParseFloat(row[1], 64)
		difference, bad := strconv.ParseFloat(row[3], 64)
		if err != nil || bad != nil {
			t.Fatal(err, bad)
		}
		row[1], row[3] = fmt.Sprintf("%.3f", rank), fmt.Sprintf("%.2f", difference)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// The groups of rivals and their ranks at a budget, counted as in TestRanks.
func TestCD(t *testing.T) {
	for _, c := range []struct {
		kind string
		want [][]string
	}{
		{"cd", [][]string{{"late", "1.3333333333333333"}, {"fast", "2.3333333333333335"}, {"random", "2.3333333333333335"}}},
		{"cd,at=4", [][]string{{"fast", "1.3333333333333333"}, {"late", "1.6666666666666667"}, {"random", "3"}}},
	} {
		d, err := drawing(c.kind, Options{}, rivals())
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, row := range d.Data().Rows {
			got = append(got, row[:2])
			if row[2] != "3" || row[4] != "1" { // the critical difference is 1.91
				t.Errorf("%s: %q", c.kind, row)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.kind, d)
		}
	}
	for kind, want := range map[string]string{
		"cd,at=9":      "at=9: half of the runs of an algorithm have ended by then, at trials=8",
		"cd,at=0.5":    "at=0.5: nothing had been found by then",
		"cd,x=seconds": "x=seconds has no effect here, it is of at", "cd,metric=val+test": "want one",
	} {
		if _, err := drawing(kind, Options{}, rivals()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", kind, err, want)
		}
	}
	if err := (RankDiagram{Methods: []string{"a", "b"}, Ranking: stats.Ranking{Ranks: []float64{1, 2}, CD: math.NaN()}}).Write(nil, "svg"); err == nil {
		t.Error("a diagram without a critical difference")
	}
}

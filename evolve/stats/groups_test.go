package stats

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Demšar, JMLR 7, 2006, figure 1a: with ranks 3.143, 2.000, 2.893, 1.964 and a critical difference of 1.25 all four are
// joined; with 1.0, as in a table of more rows, the two ends are not.
func TestGroups(t *testing.T) {
	demsar := []float64{3.143, 2.000, 2.893, 1.964}
	for _, c := range []struct {
		ranks []float64
		cd    float64
		want  [][]int
	}{
		{demsar, 1.25, [][]int{{3, 1, 2, 0}}},
		{demsar, 1.0, [][]int{{3, 1, 2}, {2, 0}}},
		{demsar, .1, [][]int{{3, 1}}},
		{[]float64{1, 2, 3, 4}, 1.5, [][]int{{0, 1}, {1, 2}, {2, 3}}},
		{[]float64{1, 2, 3}, 1, nil}, // as far apart as the difference: told apart
		{[]float64{2, 2}, .5, [][]int{{0, 1}}},
		{demsar, math.NaN(), nil},
		{[]float64{math.NaN(), math.NaN()}, 1, nil},
	} {
		if d := cmp.Diff(c.want, Groups(c.ranks, c.cd)); d != "" {
			t.Errorf("%v within %g: %s", c.ranks, c.cd, d)
		}
	}
}

package stats

import (
	"math"
	"testing"
)

func TestIGDPlus(t *testing.T) {
	front := [][]float64{{0, 1}, {1, 0}}
	for _, c := range []struct {
		points [][]float64
		want   float64
	}{
		{front, 0},
		{[][]float64{{0, 0}}, 0}, // better than all of the front is not behind it
		{[][]float64{{3, 5}}, (5 + math.Hypot(2, 5)) / 2}, // (3, 4) behind the first, (2, 5) behind the second
		{[][]float64{{0, 1}}, .5},                         // the second is missed by 1, in one coordinate
		{[][]float64{{0, 1}, {1, .5}}, .25},
		{[][]float64{{1, .5}, {0, 1}}, .25},
		{nil, math.NaN()},
	} {
		if got := IGDPlus(c.points, front); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v: %g, want %g", c.points, got, c.want)
		}
	}
	if got := IGDPlus(front, nil); !math.IsNaN(got) {
		t.Errorf("of no front: %g", got)
	}
}

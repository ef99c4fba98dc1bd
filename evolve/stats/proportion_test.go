package stats

import (
	"math"
	"testing"
)

// The values are those of scipy 1.17.1: binomtest(k, n).proportion_ci(method="exact").
func TestProportionAgainstScipy(t *testing.T) {
	for _, w := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 8, 0, 0.369416647553},
		{3, 7, 0.0989882784424, 0.81594843236},
		{8, 8, 0.630583352447, 1},
		{13, 20, 0.407811465467, 0.846090795215},
		{20, 20, 0.831566529017, 1},
		{37, 40, 0.796135251267, 0.984257820149},
		{50, 100, 0.398321129503, 0.601678870497},
		{61, 100, 0.507314479632, 0.705989585147},
		{450, 1000, 0.41885170968, 0.481443466623},
	} {
		low, high := Proportion(w.k, w.n)
		for _, x := range [][2]float64{{low, w.low}, {high, w.high}} {
			if !(math.Abs(x[0]-x[1]) <= 1e-9) {
				t.Errorf("%d of %d: interval %.12g to %.12g, scipy has %.12g to %.12g", w.k, w.n, low, high, w.low,
					w.high)
			}
		}
	}
}

// By hand: nothing is known of no coins.
func TestProportionByHand(t *testing.T) {
	if low, high := Proportion(0, 0); low != 0 || high != 1 {
		t.Errorf("of no coins: %v to %v", low, high)
	}
	// No success among n: the upper end is where (1 − p)^n is 2.5 %.
	if low, high := Proportion(0, 8); low != 0 || math.Abs(high-(1-math.Pow(.025, 1./8))) > 1e-12 {
		t.Errorf("0 of 8: %v to %v", low, high)
	}
}

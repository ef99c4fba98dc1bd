package stats

import (
	"math"
	"testing"
)

func TestSpearman(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"rising", []float64{1, 2, 3, 4}, []float64{1, 10, 100, 1000}, 1},
		{"falling", []float64{1, 2, 3}, []float64{3, 2, -9}, -1},
		// Without ties it is 1 − 6Σd²/n(n²−1): d = 0, 1, −1, 0, 0.
		{"one exchange of five", []float64{1, 2, 3, 4, 5}, []float64{1, 3, 2, 4, 5}, 0.9},
		// Ranks 1.5 1.5 3 4 and 1 2 3.5 3.5: covariance 4, variances 4.5 and 4.5.
		{"ties", []float64{0, 0, 1, 2}, []float64{5, 6, 7, 7}, 4 / 4.5},
		{"infinite is a rank", []float64{math.Inf(-1), 0, 1}, []float64{1, 2, 3}, 1},
		{"constant", []float64{1, 1, 1}, []float64{1, 2, 3}, math.NaN()},
		{"empty", nil, nil, math.NaN()},
	} {
		got := Spearman(c.a, c.b)
		if math.IsNaN(got) != math.IsNaN(c.want) || math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPearson(t *testing.T) {
	// Deviations −1 0 1 and −4/3 −1/3 5/3: 3 / √(2 · 42/9).
	if got, want := Pearson([]float64{1, 2, 3}, []float64{1, 2, 4}), 3/math.Sqrt(2*42./9); math.Abs(got-want) > 1e-15 {
		t.Errorf("%v, want %v", got, want)
	}
}

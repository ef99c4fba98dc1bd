package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

// By hand: the pairs of {1,2,3,4} and {1,3,2,4} are five concordant, one discordant. With
// {1,2,2,3} and {1,2,3,3}, four are concordant and one is tied on each side.
func TestMetricsByHand(t *testing.T) {
	truth := []float64{1, 2, 3, 4}
	near(t, "R2", R2([]float64{1, 3, 2, 4}, truth), 1-2.0/5)
	near(t, "R2 of the mean", R2([]float64{2.5, 2.5, 2.5, 2.5}, truth), 0)
	near(t, "R2 of a constant", R2(truth, []float64{1, 1, 1, 1}), math.NaN())
	near(t, "MAE", MAE([]float64{1, 3, 2, 4}, truth), 0.5)
	near(t, "tau", KendallTauB([]float64{1, 3, 2, 4}, truth), 4.0/6)
	near(t, "tau with ties", KendallTauB([]float64{1, 2, 2, 3}, []float64{1, 2, 3, 3}), 4.0/5)
	near(t, "tau reversed", KendallTauB([]float64{4, 3, 2, 1}, truth), -1)
	near(t, "tau of a constant", KendallTauB([]float64{1, 1, 1, 1}, truth), math.NaN())
}

func TestEvaluate(t *testing.T) {
	got := Evaluate([]float64{1, 2, 4, 3}, []float64{1, 2, 3, 4})
	want := Quality{R2: 1 - 2.0/5, Tau: 4.0 / 6, TauTopHalf: -1, MAE: 0.5, N: 4}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// tauByPairs is the definition, in O(n²).
func tauByPairs(a, b []float64) float64 {
	var score, na, nb float64
	sign := func(d float64) float64 { return math.Copysign(1, d) * math.Min(1, math.Abs(d)) }
	for i := range a {
		for j := range i {
			x, y := sign(a[i]-a[j]), sign(b[i]-b[j])
			score += x * y
			na += x * x
			nb += y * y
		}
	}
	return score / math.Sqrt(na*nb)
}

func TestKendallTauBProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Map(rapid.IntRange(-5, 5), func(i int) float64 { return float64(i) })
		n := rapid.IntRange(0, 40).Draw(t, "n")
		a := rapid.SliceOfN(value, n, n).Draw(t, "a")
		b := rapid.SliceOfN(value, n, n).Draw(t, "b")
		got, want := KendallTauB(a, b), tauByPairs(a, b)
		if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v, by pairs %v", got, want)
		}
	})
}

func BenchmarkKendallTauB(b *testing.B) {
	x, y := make([]float64, 3125), make([]float64, 3125)
	for i := range x {
		x[i], y[i] = math.Sin(float64(i)), math.Sin(float64(i)+0.1)
	}
	b.Run("n=3125", func(b *testing.B) {
		for b.Loop() {
			KendallTauB(x, y)
		}
	})
}

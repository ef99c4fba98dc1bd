package stats

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var (
	nan   = math.NaN()
	close = cmp.Options{cmpopts.EquateApprox(0, 1e-6), cmpopts.EquateNaNs()}
)

func TestMode(t *testing.T) {
	for _, c := range []struct {
		sorted []float32
		want   float32
	}{{[]float32{7}, 7}, {[]float32{1, 2, 2, 3}, 2}, {[]float32{-1, -1, 0, 4, 4}, -1}, {[]float32{0, 1, 1, 2, 2, 2}, 2}} {
		if got := Mode(c.sorted); got != c.want {
			t.Errorf("the most frequent of %v is %v, want %v", c.sorted, got, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want Sample
	}{
		{nil, Sample{0, nan, nan, nan, nan, nan, nan}},
		{[]float64{7}, Sample{1, 7, nan, nan, 7, 7, 7}},
		{[]float64{4, 4}, Sample{2, 4, 0, 0, 4, 4, 4}},
		// t(0.975, 3) = 3.182446, s = √(5/3); quartiles as R's Quantile(1:4), type 7.
		{[]float64{3, 1, 4, 2}, Sample{4, 2.5, 1.2909944, 2.0542603, 1.75, 2.5, 3.25}},
		// R: Quantile(c(1,2,4,8,16), c(.25,.5,.75)); t(0.975, 4) = 2.776445.
		{[]float64{16, 8, 4, 2, 1}, Sample{5, 6.2, 6.0991803, 7.5731326, 2, 4, 8}},
	} {
		before := slices.Clone(c.xs)
		if d := cmp.Diff(c.want, Describe(c.xs), close); d != "" {
			t.Errorf("%v: %s", c.xs, d)
		}
		if !slices.Equal(before, c.xs) {
			t.Errorf("%v was reordered", before)
		}
	}
}

func TestQuantileType7(t *testing.T) {
	xs := []float64{10, 20, 30, 40}
	for p, want := range map[float64]float64{0: 10, .1: 13, .25: 17.5, .5: 25, .9: 37, 1: 40} {
		if got := Quantile(xs, p); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %g: got %g, want %g", p, got, want)
		}
	}
	if got := Quantile([]float64{math.Inf(-1), math.Inf(-1)}, .5); got != math.Inf(-1) {
		t.Errorf("of equal infinities: got %g", got)
	}
}

func TestMannWhitney(t *testing.T) {
	for _, c := range []struct {
		name   string
		a, b   []float64
		p, a12 float64
	}{
		{"3 below 3: 2 of the 20 orders", []float64{1, 2, 3}, []float64{4, 5, 6}, .1, 0},
		{"4 above 4: 2 of the 70 orders", []float64{5, 6, 7, 8}, []float64{1, 2, 3, 4}, 2. / 70, 1},
		// One of the three ways to deal 0, 0 and 1 out gives b the 1; U is not symmetric.
		{"ties", []float64{0, 0}, []float64{1}, 2. / 3, 0},
		{"ties, exchanged", []float64{1}, []float64{0, 0}, 2. / 3, 1},
		{"one pair", []float64{1}, []float64{2}, 1, 0},
		{"all equal", []float64{3, 3, 3}, []float64{3, 3}, 1, .5},
		{"none", nil, []float64{1}, nan, nan},
		{"a run that found nothing", []float64{nan, 1}, []float64{1, 2}, nan, nan},
		{"4 and 3, U = 1: twice 2 of the 35 orders", []float64{1, 2, 3, 5}, []float64{4, 6, 7}, 4. / 35, 1. / 12},
	} {
		x := MannWhitney(c.a, c.b)
		if d := cmp.Diff([]float64{c.p, c.a12}, []float64{x.P, x.A12}, close); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	same := make([]float64, 40) // beyond the exact regime
	if x := MannWhitney(same, same); x.P != 1 || x.A12 != .5 || x.Notes != nil {
		t.Errorf("40 equal values each: %+v", x)
	}
}

// few values make ties.
func samples(t *rapid.T, label string, most int) []float64 {
	return rapid.Map(rapid.SliceOfN(rapid.IntRange(0, 6), 1, most), func(is []int) (xs []float64) {
		for _, i := range is {
			xs = append(xs, float64(i))
		}
		return xs
	}).Draw(t, label)
}

// pairs is U: pairs with a above b and half of those equal.
func pairs(a, b []float64) (u float64) {
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				u++
			case x == y:
				u += .5
			}
		}
	}
	return u
}

func TestA12(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples(t, "a", 40), samples(t, "b", 40)
		ab, ba := MannWhitney(a, b), MannWhitney(b, a)
		if want := pairs(a, b) / float64(len(a)*len(b)); math.Abs(ab.A12-want) > 1e-12 {
			t.Fatalf("A12 %g, by counting %g", ab.A12, want)
		}
		if !(ab.P >= 0 && ab.P <= 1) {
			t.Fatalf("p %g", ab.P)
		}
		if math.Abs(ab.P-ba.P) > 1e-9 || math.Abs(ab.A12+ba.A12-1) > 1e-12 {
			t.Fatalf("exchanged: %+v and %+v", ab, ba)
		}
	})
}

// The exact p-value is twice the smaller tail of U over all ways to deal the values out.
func TestMannWhitneyExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples(t, "a", 5), samples(t, "b", 5)
		all := slices.Concat(a, b)
		u := pairs(a, b)
		var low, high, total float64
		for set := range 1 << len(all) {
			var x, y []float64
			for i, v := range all {
				if set>>i&1 == 1 {
					x = append(x, v)
				} else {
					y = append(y, v)
				}
			}
			if len(x) != len(a) {
				continue
			}
			total++
			if v := pairs(x, y); v <= u {
				low++
			}
			if v := pairs(x, y); v >= u {
				high++
			}
		}
		want := min(1, 2*min(low, high)/total)
		if p := MannWhitney(a, b).P; math.Abs(p-want) > 1e-9 {
			t.Fatalf("%v, %v: p %g, by permutation %g", a, b, p, want)
		}
	})
}

// Where the exact test hands over to the normal approximation, the two agree.
func TestMannWhitneySwitch(t *testing.T) {
	shifted := func(n int, by float64) (a, b []float64) {
		for i := range n {
			a = append(a, float64(i))
			b = append(b, float64(i)+by)
		}
		return a, b
	}
	for _, by := range []float64{.5, 2.5, 4.5, 6.5, 8.5} { // no ties: i+.5 is no whole number
		a, b := shifted(exactSamples, by)
		p := MannWhitney(a, b).P
		m := float64(exactSamples)
		z := (math.Abs(pairs(a, b)-m*m/2) - .5) / math.Sqrt(m*m*(2*m+1)/12)
		if approx := math.Erfc(z / math.Sqrt2); math.Abs(p-approx) > .004 {
			t.Errorf("shift %g: exact p %g, approximate %g", by, p, approx)
		}
	}
	// Far out the tail keeps its precision instead of becoming 0.
	a, b := shifted(500, 1000)
	if p := MannWhitney(a, b).P; !(p > 0 && p < 1e-100) {
		t.Errorf("500 below 500: p %g", p)
	}
}

// The worked example of Holm's method: 4 hypotheses at 0.01, 0.04, 0.03 and 0.005.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ ps, want []float64 }{
		{[]float64{.01, .04, .03, .005}, []float64{.03, .06, .06, .02}},
		{[]float64{.9, .8}, []float64{1, 1}},
		{[]float64{nan, .02, nan, .03}, []float64{nan, .04, nan, .04}},
		{[]float64{.5}, []float64{.5}},
		{nil, nil},
	} {
		if d := cmp.Diff(c.want, Holm(c.ps), close); d != "" {
			t.Errorf("%v: %s", c.ps, d)
		}
	}
}

func TestCompare(t *testing.T) {
	got := Compare([]string{"a", "b", "c"}, [][]float64{{1, 2, 3}, {4, 5, 6}, {1, 2, 3}})
	few := []string{"3 runs each: cannot reach p < 0.05"}
	want := []Pair{{"a", "b", Test{.1, 0, few}, .3}, {"a", "c", Test{1, .5, few}, 1}, {"b", "c", Test{.1, 1, few}, .3}}
	if d := cmp.Diff(want, got, close); d != "" {
		t.Error(d)
	}
	if got := Compare([]string{"a"}, [][]float64{{1}}); got != nil {
		t.Errorf("one sample: %v", got)
	}
}

// A result says when so few runs can decide nothing: alone, after the correction, or at all.
func TestNotes(t *testing.T) {
	rising := func(n int) (xs []float64) {
		for i := range n {
			xs = append(xs, float64(i))
		}
		return xs
	}
	for _, c := range []struct {
		name  string
		sizes []int
		want  string // notes of the first pair
	}{
		{"3 against 3 reach 2/20", []int{3, 3}, "3 runs each: cannot reach p < 0.05"},
		{"3 against 4 reach 2/35", []int{3, 4}, "3 and 4 runs: cannot reach p < 0.05"},
		{"4 against 4 reach 2/70", []int{4, 4}, ""},
		{"one run decides nothing against 38", []int{1, 38}, "1 and 38 runs: cannot reach p < 0.05"},
		{"nor against 39: 2/40 is not below", []int{1, 39}, "1 and 39 runs: cannot reach p < 0.05"},
		{"but against 40", []int{1, 40}, ""},
		{"2/70 of three comparisons", []int{4, 4, 4}, "too few runs for 3 comparisons: none can reach p < 0.05 after Holm's correction"},
		{"2/252 of three comparisons", []int{5, 5, 5}, ""},
		{"of ten comparisons", []int{5, 5, 5, 5, 5}, "too few runs for 10 comparisons: none can reach p < 0.05 after Holm's correction"},
		{"one long pair can decide", []int{5, 5, 5, 30, 30}, ""},
		{"nothing found", []int{0, 4}, "a run has no result, so there is no test"},
		{"500 runs", []int{500, 500, 500, 500}, ""},
	} {
		var names []string
		var samples [][]float64
		for _, n := range c.sizes {
			names, samples = append(names, "x"), append(samples, rising(n))
		}
		if got := strings.Join(Compare(names, samples)[0].Notes, "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The bound is the p-value of samples that lie wholly apart.
func TestLeastP(t *testing.T) {
	for m := 1; m <= 8; m++ {
		for n := 1; n <= 8; n++ {
			var a, b []float64
			for i := range m {
				a = append(a, float64(i))
			}
			for i := range n {
				b = append(b, float64(m+i))
			}
			if got, want := leastP(m, n), MannWhitney(a, b).P; math.Abs(got-want) > 1e-12 {
				t.Errorf("%d and %d runs: %g, the test says %g", m, n, got, want)
			}
		}
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct {
		name     string
		m1, s1   float64
		n1       int
		m2, s2   float64
		n2       int
		diff, ci float64
	}{
		// Welch by hand: variances 1/10 + 4/20 = 0.3, ν = 0.09/(0.01/9 + 0.04/19) = 27.98,
		// t(0.975, 27.98) = 2.04850; half the width is 2.04850·√0.3.
		{"unequal", 10, 1, 10, 8, 2, 20, 2, 2.048500 * math.Sqrt(.3)},
		{"reference of unknown spread", 10, 3, 9, 8, 0, 0, 2, nan},
		{"reference of one run", 10, 3, 9, 8, 5, 1, 2, nan},
		{"no spread", 10, 0, 9, 8, 0, 9, 2, 0},
		{"one run of ours", 10, nan, 1, 8, 1, 500, 2, nan},
	} {
		diff, ci := Difference(c.m1, c.s1, c.n1, c.m2, c.s2, c.n2)
		if diff != c.diff || math.Abs(ci-c.ci) > 2e-5 || math.IsNaN(ci) != math.IsNaN(c.ci) {
			t.Errorf("%s: got %g ± %.7g, want %g ± %.7g", c.name, diff, ci, c.diff, c.ci)
		}
	}
}

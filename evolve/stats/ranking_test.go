package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWilcoxon(t *testing.T) {
	for _, c := range []struct {
		name  string
		a, b  []float64
		want  Signed
		notes string
	}{
		{"all six fall: 2 of 64 signs", []float64{1, 2, 3, 4, 5, 6}, []float64{2, 4, 6, 8, 10, 12},
			Signed{P: 2. / 64, W: 0, N: 6, Exact: true}, ""},
		{"five can say nothing", []float64{2, 4, 6, 8, 10}, []float64{1, 2, 3, 4, 5},
			Signed{P: 2. / 32, W: 15, N: 5, Exact: true}, "5 pairs that differ: cannot reach p < 0.05"},
		{"an equal pair is left out", []float64{7, 1}, []float64{7, 2},
			Signed{P: 1, W: 0, N: 1, Zeros: 1, Exact: true},
			"1 of 2 pairs are equal and left out; 1 pair that differs: cannot reach p < 0.05"},
		{"all equal", []float64{1, 2}, []float64{1, 2}, Signed{P: 1, Zeros: 2, Exact: true}, "2 of 2 pairs are equal and left out"},
		// As decimals both differences are 0.005; as floats they are not, and would be ranked 1 and 2.
		{"equal decimals", []float64{.768, .656}, []float64{.763, .661}, Signed{P: 1, W: 1.5, N: 2, Exact: true},
			"equal differences share their ranks; 2 pairs that differ: cannot reach p < 0.05"},
		{"differences without bound", []float64{math.MaxFloat64}, []float64{-math.MaxFloat64}, Signed{P: 1, W: 1, N: 1, Exact: true},
			"1 pair that differs: cannot reach p < 0.05"},
		{"missing", []float64{nan}, []float64{1}, Signed{P: nan, W: nan}, "a value is missing, so there is no test"},
		{"none", nil, nil, Signed{P: nan, W: nan}, "a value is missing, so there is no test"},
	} {
		got := Wilcoxon(c.a, c.b)
		if notes := strings.Join(got.Notes, "; "); notes != c.notes {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.notes)
		}
		got.Notes = nil
		if d := cmp.Diff(c.want, got, close); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// The p-value is that of all ways to sign the ranks, however they are tied, and does not depend on who is first.
func TestWilcoxonByCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "pairs")
		few := rapid.Map(rapid.IntRange(0, 5), func(i int) float64 { return float64(i) })
		a, b := rapid.SliceOfN(few, n, n).Draw(t, "a"), rapid.SliceOfN(few, n, n).Draw(t, "b")
		var size []float64
		for i := range a {
			if a[i] != b[i] {
				size = append(size, math.Abs(a[i]-b[i]))
			}
		}
		got := Wilcoxon(a, b)
		r, low, high := Ranks(size), 0., 0.
		for signs := range 1 << len(size) {
			w := 0.
			for i := range r {
				w += r[i] * float64(signs>>i&1)
			}
			if w <= got.W {
				low++
			}
			if w >= got.W {
				high++
			}
		}
		want := min(1, 2*min(low, high)/float64(int(1)<<len(size)))
		if math.Abs(got.P-want) > 1e-12 {
			t.Fatalf("%v, %v: p %g, by counting %g", a, b, got.P, want)
		}
		if back := Wilcoxon(b, a); math.Abs(back.P-got.P) > 1e-12 {
			t.Fatalf("exchanged: p %g, and %g", back.P, got.P)
		}
	})
}

// Where the exact test hands over to the normal approximation, the two agree.
func TestWilcoxonSwitch(t *testing.T) {
	for _, shift := range []int{3, 8, 15, 20} {
		var a, b []float64
		for i := range exactPairs {
			a = append(a, float64(i+1))
			if b = append(b, 0); i < shift { // so many of the lower ranks fall, and the rest alternates
				a[i] = -a[i]
			} else if i%2 == 0 {
				a[i] = -a[i]
			}
		}
		exact := Wilcoxon(a, b)
		n := float64(exactPairs)
		z := (math.Abs(exact.W-n*(n+1)/4) - .5) / math.Sqrt(n*(n+1)*(2*n+1)/24)
		if approx := math.Erfc(z / math.Sqrt2); math.Abs(exact.P-approx) > .004 {
			t.Errorf("%d: exact p %g, approximate %g", shift, exact.P, approx)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 1. / 20},
		{[]float64{4, 5, 6}, []float64{1, 2, 3}, 1},
		{[]float64{3, 3}, []float64{3, 3}, 1},
		{nil, []float64{3}, nan},
		{[]float64{nan}, []float64{3}, nan},
	} {
		if got := Below(c.a, c.b); math.Abs(got-c.want) > 1e-12 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("%v below %v: p %g, want %g", c.a, c.b, got, c.want)
		}
	}
}

// An interval has a width, whatever the samples are, and says where it is not an ordinary one.
func TestEffectsWithoutVariance(t *testing.T) {
	for _, c := range []struct {
		name      string
		a, b      []float64
		low, high float64
		oneSided  bool
		notes     string
	}{
		// .05^(1/3): with any smaller chance three pairs fall one way less often than once in twenty.
		{"above", []float64{4, 5, 6, 7}, []float64{1, 2, 3}, .368403149864, 1, true, "the samples do not overlap: the interval is one-sided"},
		{"below", []float64{1, 2, 3}, []float64{4, 5, 6}, 0, 1 - .368403149864, true, "the samples do not overlap: the interval is one-sided"},
		{"all equal", []float64{2, 2}, []float64{2, 2}, .111803398875, 1 - .111803398875, false, "all values are equal: the interval is that of the chance that two are"},
		{"one value", []float64{2}, []float64{1, 3}, nan, nan, false, "1 and 2 runs: no interval"},
		{"none", nil, []float64{1, 3}, nan, nan, false, "a run has no result, so there is no test"},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		for how, e := range map[string]Effect{"DeLong": A12(c.a, c.b), "bootstrap": BootstrapA12(c.a, c.b, 100, rng)} {
			if d := cmp.Diff([]float64{c.low, c.high}, []float64{e.Low, e.High}, close); d != "" || e.OneSided != c.oneSided ||
				strings.Join(e.Notes, "; ") != c.notes {
				t.Errorf("%s, %s: %+v", c.name, how, e)
			}
		}
	}
	// Resamplings that are all alike have no interval, rather than one without width.
	a, b := []float64{1, 1, 1, 1, 1, 1, 1, 1}, []float64{0, 0, 0, 0, 0, 0, 0, 2}
	if e := BootstrapA12(a, b, 1, rand.New(rand.NewPCG(1, 2))); !math.IsNaN(e.Low) || len(e.Notes) != 1 {
		t.Errorf("one resampling: %+v", e)
	}
}

func TestEffectIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples(t, "a", 30), samples(t, "b", 30)
		e, back := A12(a, b), A12(b, a)
		if len(a) < 2 || len(b) < 2 {
			return
		}
		if !(0 <= e.Low && e.Low <= e.A12 && e.A12 <= e.High && e.High <= 1 && e.Low < e.High) {
			t.Fatalf("%+v", e)
		}
		if math.Abs(e.Low+back.High-1) > 1e-9 || math.Abs(e.High+back.Low-1) > 1e-9 {
			t.Fatalf("exchanged: %+v and %+v", e, back)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		r := BootstrapA12(a, b, 200, rand.New(rand.NewPCG(seed, 0)))
		if again := BootstrapA12(a, b, 200, rand.New(rand.NewPCG(seed, 0))); cmp.Diff(r, again, close) != "" {
			t.Fatalf("the same stream: %+v and %+v", r, again)
		}
		if r.A12 != e.A12 || !(r.Low < r.High) && !math.IsNaN(r.Low) {
			t.Fatalf("bootstrap %+v, DeLong %+v", r, e)
		}
	})
}

// Both intervals hold the true chance about as often as they say. Of normal samples whose means are δ apart it is
// Φ(δ/√2).
func TestEffectCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 1))
	for _, delta := range []float64{0, 1, 2} {
		truth := normal(delta / math.Sqrt2)
		const times = 2000
		var deLong, bootstrap float64
		for range times {
			a, b := make([]float64, 30), make([]float64, 40)
			for i := range a {
				a[i] = rng.NormFloat64() + delta
			}
			for i := range b {
				b[i] = rng.NormFloat64()
			}
			if e := A12(a, b); e.Low <= truth && truth <= e.High {
				deLong++
			}
			if e := BootstrapA12(a, b, 100, rng); e.Low <= truth && truth <= e.High {
				bootstrap++
			}
		}
		// The bootstrap's quantiles of 100 resamplings of few values are known to be a little narrow.
		if c := deLong / times; c < .935 || c > .97 {
			t.Errorf("δ = %g: DeLong's interval covers %.3f", delta, c)
		}
		if c := bootstrap / times; c < .90 || c > .97 {
			t.Errorf("δ = %g: the bootstrap's covers %.3f", delta, c)
		}
	}
}

func TestFriedman(t *testing.T) {
	none := ChiF{nan, nan, nan, nan}
	few := "3 rows and 3 methods are few for the approximations of chi-square and F"
	for _, c := range []struct {
		name  string
		rows  [][]float64
		ranks []float64
		plain ChiF
		chi2  float64 // tie-corrected
		notes string
	}{
		{"alike on every row", [][]float64{{3, 2, 1}, {30, 20, 10}, {9, 8, 7}}, []float64{1, 2, 3},
			ChiF{6, math.Exp(-3), math.Inf(1), math.NaN()}, 6, "every row orders the methods alike: F has no bound and gives no p-value; " + few},
		{"nothing differs", [][]float64{{1, 1, 1}, {2, 2, 2}, {3, 3, 3}}, []float64{2, 2, 2}, ChiF{0, 1, 0, 1}, nan,
			"the methods are equal on every row: nothing is left to correct for ties; " + few},
		{"a row", [][]float64{{1, 2, 2}}, []float64{3, 1.5, 1.5}, none, nan, "1 row and 3 methods: a test needs two of each"},
		{"missing", [][]float64{{1, nan}, {1, 2}}, []float64{nan, nan}, none, nan, "a value is missing, so there is no ranking"},
		{"nothing", nil, []float64{}, none, nan, "0 rows and 0 methods: a test needs two of each"},
	} {
		r := Friedman(c.rows)
		if d := cmp.Diff(c.ranks, r.Ranks, close); d != "" {
			t.Errorf("%s: ranks %s", c.name, d)
		}
		if d := cmp.Diff(c.plain, r.Plain, close); d != "" {
			t.Errorf("%s: plain %s", c.name, d)
		}
		if d := cmp.Diff(c.chi2, r.Corrected.Chi2, close); d != "" {
			t.Errorf("%s: corrected %s", c.name, d)
		}
		if notes := strings.Join(r.Notes, "; "); notes != c.notes {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.notes)
		}
	}
}

// The average ranks sum to those of one row, and Friedman's statistic of two methods is that of the sign test.
func TestFriedmanSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(2, 12).Draw(t, "rows"), rapid.IntRange(2, 6).Draw(t, "methods")
		var rows [][]float64
		up := 0.
		for range n {
			row := make([]float64, k)
			for j := range row {
				row[j] = float64(rapid.IntRange(0, 4).Draw(t, "value"))
			}
			switch {
			case row[0] > row[1]:
				up++
			case row[0] < row[1]:
				up--
			}
			rows = append(rows, row)
		}
		r := Friedman(rows)
		if sum := Mean(r.Ranks) * float64(k); math.Abs(sum-float64(k*(k+1))/2) > 1e-9 {
			t.Fatalf("ranks sum to %g", sum)
		}
		if want := up * up / float64(n); k == 2 && math.Abs(r.Plain.Chi2-want) > 1e-9 {
			t.Fatalf("chi-square %g, by signs %g", r.Plain.Chi2, want)
		}
		if r.Corrected.Chi2 < r.Plain.Chi2-1e-12 {
			t.Fatalf("corrected %g below plain %g", r.Corrected.Chi2, r.Plain.Chi2)
		}
	})
}

// The values of q that Demšar prints (table 5a), which are those of the range over √2, some cut and some rounded.
func TestNemenyi(t *testing.T) {
	for k, want := range map[int]float64{2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 7: 2.949, 8: 3.031, 9: 3.102, 10: 3.164} {
		if got := RangeQuantile(.95, k) / math.Sqrt2; math.Abs(got-want) > 1e-3 {
			t.Errorf("q of %d methods: %.4f, in print %.3f", k, got, want)
		}
		if cd := NemenyiCD(14, k); math.Abs(NemenyiP(cd, 14, k)-Alpha) > 1e-9 || math.Abs(NemenyiP(-cd, 14, k)-Alpha) > 1e-9 {
			t.Errorf("%d methods: p of the critical difference is %g", k, NemenyiP(cd, 14, k))
		}
	}
	if RangeTail(0, 3) != 1 || RangeTail(101, 3) != 0 || !math.IsNaN(RangeTail(1, 1)) || !math.IsNaN(RangeTail(nan, 3)) ||
		!math.IsNaN(RangeQuantile(1, 3)) || !math.IsNaN(RangeQuantile(.5, 1)) {
		t.Error("the ends of the range")
	}
}

func TestContrasts(t *testing.T) {
	var rows [][]float64
	for i := range 8 {
		x := float64(i)
		rows = append(rows, []float64{x + 20, x, x + .5*math.Pow(-1, x)})
	}
	var asked []string
	stream := func(a, b string) *rand.Rand {
		asked = append(asked, a+"-"+b)
		return rand.New(rand.NewPCG(1, uint64(len(asked))))
	}
	got := Contrasts([]string{"a", "b", "c"}, rows, 50, stream)
	if d := cmp.Diff([]string{"a-b", "a-c", "b-c"}, asked); d != "" || len(got) != 3 {
		t.Fatalf("streams: %s, %d pairs", d, len(got))
	}
	ab := got[0]
	if ab.A != "a" || ab.B != "b" || ab.Difference != -1.5 || ab.Signed.P != 2./256 || math.Abs(ab.PSignedHolm-6./256) > 1e-12 ||
		!ab.Effect.OneSided || !ab.Resampled.OneSided || ab.PHolm > 1e-3 || math.Abs(ab.PNemenyi-NemenyiP(1.5, 8, 3)) > 1e-15 {
		t.Errorf("a and b: %+v", ab)
	}
	if got := Contrasts([]string{"a", "b", "c"}, rows, 0, nil); got[0].Resampled.Notes != nil || got[0].Resampled.High != 0 {
		t.Errorf("no bootstrap: %+v", got[0].Resampled)
	}
	// 2/64 of one comparison is below the level, of three it is not.
	notes := Contrasts([]string{"a", "b", "c"}, rows[:6], 0, nil)[0].Signed.Notes
	if want := []string{"equal differences share their ranks", "too few rows for 3 comparisons: none can reach p < 0.05 after Holm's correction"}; !slices.Equal(notes, want) {
		t.Errorf("notes %q", notes)
	}
}

func ExampleFriedman() {
	// Accuracies of three methods on four data sets.
	r := Friedman([][]float64{{90, 88, 70}, {80, 85, 60}, {95, 94, 91}, {71, 69, 65}})
	fmt.Printf("ranks %.2f, chi-square %.2f, F %.2f, critical difference %.2f\n", r.Ranks, r.Plain.Chi2, r.Plain.F, r.CD)
	// Output: ranks [1.25 1.75 3.00], chi-square 6.50, F 13.00, critical difference 1.66
}

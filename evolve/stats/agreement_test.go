package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAgree(t *testing.T) {
	truth := []float64{5, 4, 3, 2, 1}
	if a := Agree(truth, truth); a.TauB != 1 || math.Abs(a.Spearman-1) > 1e-15 || a.Precision != [...]float64{1, 1, 1} {
		t.Errorf("itself: %+v", a)
	}
	if a := Agree([]float64{1, 2, 3, 4, 5}, truth); a.TauB != -1 || math.Abs(a.Spearman+1) > 1e-15 || a.Precision != [...]float64{0, 0, 0} {
		t.Errorf("turned: %+v", a)
	}
	if a := Agree([]float64{1, 1, 1, 1, 1}, truth); !math.IsNaN(a.TauB) || !math.IsNaN(a.Spearman) || a.Precision != [...]float64{.2, .2, .2} {
		t.Errorf("constant: %+v", a) // one of five is the best with a chance of a fifth
	}
	if a := Agree(nil, nil); !math.IsNaN(a.TauB) || !math.IsNaN(a.Precision[0]) {
		t.Errorf("nothing: %+v", a)
	}
	// The best 10 % of 20 are two: of the prediction row 0 and one of rows 1 to 3, of the truth rows 1 and 19.
	p, v := make([]float64, 20), make([]float64, 20)
	p[0], p[1], p[2], p[3], v[1], v[19] = 3, 2, 2, 2, 5, 4
	if a := Agree(p, v); math.Abs(a.Precision[2]-1./6) > 1e-15 || a.Precision[1] != 0 { // a third of the time row 1 is there
		t.Errorf("%+v", a)
	}
}

// The precision is the mean over all orders of equal rows: those of many shuffles, in which a sort decides.
func TestPrecisionOfTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rows = 30
	p, v := make([]float64, rows), make([]float64, rows)
	for i := range p {
		p[i], v[i] = float64(rng.IntN(4)), float64(rng.IntN(4))
		v[i] += float64(rng.IntN(2)) * p[i]
	}
	want, n := 0.0, 3
	const shuffles = 20000
	best := func(x []float64) map[int]bool {
		order, in := rng.Perm(rows), map[int]bool{}
		for range n {
			k := -1
			for _, i := range order {
				if !in[i] && (k < 0 || x[i] > x[k]) {
					k = i
				}
			}
			in[k] = true
		}
		return in
	}
	for range shuffles {
		a, b := best(p), best(v)
		for i := range a {
			if b[i] {
				want += 1. / float64(n*shuffles)
			}
		}
	}
	if got := Agree(p, v).Precision[2]; math.Abs(got-want) > 0.01 || got == 0 {
		t.Errorf("%g, by shuffles %g", got, want)
	}
}

func TestComponents(t *testing.T) {
	// Means 2, 4 and 9 with a variance of 13; within (2+2+8)/3 = 4, of which a mean of two has a half.
	c := ComponentsOf([][]float64{{1, 3}, {5, 3}, {7, 11}})
	if math.Abs(c.Between-11) > 1e-12 || math.Abs(c.Within-4) > 1e-12 {
		t.Errorf("%+v", c)
	}
	if r := c.Limit(2); math.Abs(r-math.Sqrt(11./13)) > 1e-12 {
		t.Errorf("limit %g", r)
	}
	if c := ComponentsOf([][]float64{{0, 4}, {2, 2}}); c.Between != 0 || c.Limit(3) != 0 {
		t.Errorf("noise alone: %+v, %g", c, c.Limit(3))
	}
	if r := (Components{}).Limit(3); !math.IsNaN(r) {
		t.Errorf("nothing varies: %g", r)
	}
	// One value against the mean of the others says the same limit as the variances, if all is normal.
	for k := 2; k <= 5; k++ {
		c := Components{.3, .7}
		r := .3 / math.Sqrt(.3+.7/float64(k-1))
		if got, want := LimitOf(NormalTau(r), k), c.Limit(k); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d values: %g, want %g", k, got, want)
		}
	}
	if LimitOf(-.1, 3) != 0 || LimitOf(1, 3) != 1 || !math.IsNaN(LimitOf(math.NaN(), 3)) {
		t.Error(LimitOf(-.1, 3), LimitOf(1, 3), LimitOf(math.NaN(), 3))
	}
	// Sheppard's values: a correlation of a half is a third of tau.
	if tau, rho := NormalTau(.5), NormalSpearman(1); math.Abs(tau-1./3) > 1e-15 || math.Abs(rho-1) > 1e-15 {
		t.Errorf("%g, %g", tau, rho)
	}
	// Of normal deviates tau and rho are what the formulas say.
	rng := rand.New(rand.NewPCG(3, 4))
	const n, r = 20000, .7
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
		y[i] = r*x[i] + math.Sqrt(1-r*r)*rng.NormFloat64()
	}
	if a := Agree(x, y); math.Abs(a.TauB-NormalTau(r)) > .01 || math.Abs(a.Spearman-NormalSpearman(r)) > .01 {
		t.Errorf("%+v, want %g and %g", a, NormalTau(r), NormalSpearman(r))
	}
}

// The interval of a mean is the textbook's, a statistic that is never there has none, and the stream decides.
func TestBootstrap(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	xs := make([]float64, 400)
	for i := range xs {
		xs[i] = rng.NormFloat64()
	}
	of := func(times []int) []float64 {
		sum, n := 0.0, 0
		for i, k := range times {
			sum, n = sum+float64(k)*xs[i], n+k
		}
		if n != len(xs) {
			t.Fatalf("%d rows", n)
		}
		return []float64{sum / float64(n), math.NaN()}
	}
	low, high := Bootstrap(len(xs), 2000, rand.New(rand.NewPCG(7, 8)), of)
	s := Describe(xs)
	if math.Abs(low[0]-(s.Mean-s.CI)) > .01 || math.Abs(high[0]-(s.Mean+s.CI)) > .01 {
		t.Errorf("[%g, %g], want %g ± %g", low[0], high[0], s.Mean, s.CI)
	}
	if !math.IsNaN(low[1]) || !math.IsNaN(high[1]) {
		t.Errorf("of nothing [%g, %g]", low[1], high[1])
	}
	if again, _ := Bootstrap(len(xs), 2000, rand.New(rand.NewPCG(7, 8)), of); again[0] != low[0] {
		t.Errorf("%g and %g of the same stream", again[0], low[0])
	}
	if low, high := Bootstrap(len(xs), 1, rng, of); !math.IsNaN(low[0]) || !math.IsNaN(high[0]) {
		t.Errorf("[%g, %g] of one resampling", low[0], high[0])
	}
	if low, high := Bootstrap(len(xs), 0, rng, of); len(low)+len(high) != 0 {
		t.Errorf("%v, %v of no resamplings", low, high)
	}
}

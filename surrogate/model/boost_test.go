package model

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// sample is a target of interacting features with noise, as x[feature][row].
func sample(rows, features int, seed uint64) (x [][]uint8, y []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	x, y = make([][]uint8, features), make([]float64, rows)
	for f := range x {
		x[f] = make([]uint8, rows)
		for i := range x[f] {
			x[f][i] = uint8(r.IntN(2 + f%5))
		}
	}
	for i := range y {
		y[i] = 10*float64(x[0][i]^x[1][i]&1) + float64(x[2][i]) + r.NormFloat64()/10
	}
	return x, y
}

func fit(t testing.TB, x [][]uint8, y []float64, p Params) *Trees {
	t.Helper()
	trees, err := Fit(x, y, p)
	if err != nil {
		t.Fatal(err)
	}
	return trees
}

func row(x [][]uint8, i int) []uint8 {
	r := make([]uint8, len(x))
	for f := range x {
		r[f] = x[f][i]
	}
	return r
}

// One stump on {0,0,1,1} → {1,2,5,8}: the mean is 4, the residuals of the sides sum to −5
// and 5, so with λ = 1 and ν = 0.6 the leaves are ∓0.6·5/3 = ∓1.
func TestFitByHand(t *testing.T) {
	x, y := [][]uint8{{0, 0, 1, 1}}, []float64{1, 2, 5, 8}
	p := Params{Rounds: 1, Leaves: 2, Depth: 1, Rate: 0.6, Lambda: 1, MinChild: 1, Rows: 1, Columns: 1, Step: 0.5}
	m := fit(t, x, y, p)
	for v, want := range []float64{3, 5} {
		if got := m.Predict([]uint8{uint8(v)}); got != want {
			t.Errorf("Predict(%d) = %v, want %v", v, got, want)
		}
	}
	p.MinChild = 3
	if got := fit(t, x, y, p).Predict([]uint8{0}); got != 4 {
		t.Errorf("no split leaves three rows on both sides, yet the prediction is %v, not the mean 4", got)
	}
}

// Leaves are picked by gain: of the four rows the one that is far from the rest goes first.
func TestFitGrowsBestFirst(t *testing.T) {
	x, y := [][]uint8{{0, 1, 2, 255}}, []float64{0, 1, 2, 100}
	p := Params{Rounds: 1, Leaves: 2, Depth: 9, Rate: 1, MinChild: 1, Rows: 1, Columns: 1, Step: 1}
	for leaves, want := range map[int][4]float64{2: {1, 1, 1, 100}, 4: {0, 1, 2, 100}} {
		p.Leaves = leaves
		m := fit(t, x, y, p)
		for i, w := range want {
			if got := m.Predict(row(x, i)); got != w {
				t.Errorf("%d leaves, row %d: %v, want %v", leaves, i, got, w)
			}
		}
	}
}

func TestFitIsTheSameBytes(t *testing.T) {
	x, y := sample(2000, 12, 3)
	p := Defaults()
	p.Rounds = 30
	var first []byte
	for _, procs := range []int{1, 4} {
		old := runtime.GOMAXPROCS(procs)
		got, _ := fit(t, x, y, p).MarshalBinary()
		runtime.GOMAXPROCS(old)
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Errorf("GOMAXPROCS=%d gives other bytes", procs)
		}
	}
	p.Seed = 1
	if got, _ := fit(t, x, y, p).MarshalBinary(); bytes.Equal(got, first) {
		t.Error("another seed gives the same bytes")
	}
}

func TestFitLearns(t *testing.T) {
	x, y := sample(4000, 12, 3)
	test, truth := sample(1000, 12, 4)
	m := fit(t, x, y, Defaults())
	pred := make([]float64, len(truth))
	if err := m.PredictAll(pred, test); err != nil {
		t.Fatal(err)
	}
	// An exclusive or is what greedy splits find late.
	if q := stats.Evaluate(pred, truth); q.R2 < 0.97 {
		t.Errorf("R² %v", q.R2)
	}
}

// A sum of one term for each feature is learned to the step.
func TestAdditive(t *testing.T) {
	x, _ := sample(500, 6, 5)
	y := make([]float64, 500)
	for i := range y {
		y[i] = 3*float64(x[0][i]) - 2*float64(x[3][i]) + float64(x[5][i])
	}
	m := fit(t, x, y, Additive(0.001))
	pred := make([]float64, len(y))
	if err := m.PredictAll(pred, x); err != nil {
		t.Fatal(err)
	}
	if e := stats.MAE(pred, y); e > 0.01 {
		t.Errorf("mean error %v", e)
	}
}

func TestFitRefuses(t *testing.T) {
	for name, change := range map[string]func(x *[][]uint8, y *[]float64, p *Params){
		"no rounds":     func(_ *[][]uint8, _ *[]float64, p *Params) { p.Rounds = 0 },
		"one leaf":      func(_ *[][]uint8, _ *[]float64, p *Params) { p.Leaves = 1 },
		"deep":          func(_ *[][]uint8, _ *[]float64, p *Params) { p.Depth = 256 },
		"no rate":       func(_ *[][]uint8, _ *[]float64, p *Params) { p.Rate = 0 },
		"rate NaN":      func(_ *[][]uint8, _ *[]float64, p *Params) { p.Rate = math.NaN() },
		"rows above 1":  func(_ *[][]uint8, _ *[]float64, p *Params) { p.Rows = 1.1 },
		"lambda NaN":    func(_ *[][]uint8, _ *[]float64, p *Params) { p.Lambda = math.NaN() },
		"empty child":   func(_ *[][]uint8, _ *[]float64, p *Params) { p.MinChild = 0 },
		"no step":       func(_ *[][]uint8, _ *[]float64, p *Params) { p.Step = 0 },
		"fine step":     func(_ *[][]uint8, _ *[]float64, p *Params) { p.Step = 1e-300 },
		"no features":   func(x *[][]uint8, _ *[]float64, _ *Params) { *x = nil },
		"no rows":       func(_ *[][]uint8, y *[]float64, _ *Params) { *y = nil },
		"ragged":        func(x *[][]uint8, _ *[]float64, _ *Params) { (*x)[3] = (*x)[3][1:] },
		"target NaN":    func(_ *[][]uint8, y *[]float64, _ *Params) { (*y)[3] = math.NaN() },
		"target is Inf": func(_ *[][]uint8, y *[]float64, _ *Params) { (*y)[3] = math.Inf(-1) },
	} {
		x, y := sample(20, 5, 1)
		p := Defaults()
		change(&x, &y, &p)
		if _, err := Fit(x, y, p); !errors.Is(err, ErrFit) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Any input that is not refused gives a model that predicts alike one by one and at once,
// with a training error no worse than the mean's when all rows count.
func TestFitProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 150).Draw(t, "rows")
		x := make([][]uint8, rapid.IntRange(1, 4).Draw(t, "features"))
		for f := range x {
			x[f] = rapid.SliceOfN(rapid.Uint8(), rows, rows).Draw(t, "x")
		}
		y := rapid.SliceOfN(rapid.Float64Range(-100, 100), rows, rows).Draw(t, "y")
		p := Params{
			Rounds: 3, Rate: 0.5, Rows: 1, Columns: 1, Step: 0.01,
			Leaves:   rapid.IntRange(2, 40).Draw(t, "leaves"),
			Depth:    rapid.IntRange(1, 20).Draw(t, "depth"),
			Lambda:   rapid.Float64Range(0, 2).Draw(t, "lambda"),
			MinChild: rapid.IntRange(1, 5).Draw(t, "child"),
		}
		m, err := Fit(x, y, p)
		if err != nil {
			t.Fatal(err)
		}
		all := make([]float64, rows)
		if err := m.PredictAll(all, x); err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if one := m.Predict(row(x, i)); one != all[i] {
				t.Fatalf("row %d: %v at once, %v alone", i, all[i], one)
			}
		}
		var own, trivial float64
		for i, v := range y {
			own += (v - all[i]) * (v - all[i])
			trivial += (v - stats.Mean(y)) * (v - stats.Mean(y))
		}
		// Half a step is lost in the target, in the base and in each of three leaves.
		if n := math.Sqrt(float64(rows)); math.Sqrt(own) > math.Sqrt(trivial)+2.5*p.Step*n {
			t.Fatalf("error %v on its own rows, the mean's is %v", own, trivial)
		}
	})
}

func TestPredictAllRefuses(t *testing.T) {
	x, y := sample(20, 5, 1)
	p := Defaults()
	p.Rounds = 1
	m := fit(t, x, y, p)
	if err := m.PredictAll(make([]float64, 20), x[1:]); err == nil {
		t.Error("four features for a model of five")
	}
	if err := m.PredictAll(make([]float64, 19), x); err == nil {
		t.Error("twenty rows for nineteen results")
	}
}

package parzen_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/parzen"
)

// fitted is the mixture of all points, each of its weight.
func fitted(axes []parzen.Axis, points [][]float64, weights []float64) *parzen.Density {
	p, d := parzen.NewPoints(axes), new(parzen.Density)
	var rows []int
	for i, x := range points {
		p.Add(x)
		rows = append(rows, i)
	}
	d.Fit(p, rows, weights)
	return d
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// Densities, and those of each axis by itself, against Optuna 5.0.0's _ParzenEstimator with its default weights, on
// choices, real numbers, both with a logarithm, and choices of more than one word of bits.
func TestOptuna(t *testing.T) {
	var cases []struct {
		Name    string
		Axes    []parzen.Axis
		Points  [][]float64
		Weights []float64
		At      [][]float64
		Log     []float64
		Alone   [][]float64
	}
	text, err := os.ReadFile("testdata/optuna.json")
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil || len(cases) != 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		d := fitted(c.Axes, c.Points, c.Weights)
		for i, x := range c.At {
			if got := d.Log(x); !near(got, c.Log[i]) {
				t.Errorf("%s: log density %v at %v, want %v", c.Name, got, x, c.Log[i])
			}
			for axis := range c.Alone {
				if got := d.LogAxis(axis, x[axis]); !near(got, c.Alone[axis][i]) {
					t.Errorf("%s: axis %d: log density %v at %v, want %v", c.Name, axis, got, x[axis], c.Alone[axis][i])
				}
			}
		}
	}
}

// Of n points, c of which chose an option among K, the chance of the option is ((c+nε)/(1+Kε) + 1/K)/(n+1), ε = 1/(n+1).
func TestClosedForm(t *testing.T) {
	points := [][]float64{{0}, {2}, {2}, {3}, {2}, {0}}
	counts, n := []float64{2, 0, 3, 1}, float64(len(points))
	d := fitted([]parzen.Axis{{Options: 4}}, points, []float64{1, 1, 1, 1, 1, 1})
	e := 1 / (n + 1)
	for k, c := range counts {
		want := math.Log(((c+n*e)/(1+4*e) + 1./4) / (n + 1))
		if got := d.LogAxis(0, float64(k)); !near(got, want) {
			t.Errorf("option %d: %g, want %g", k, got, want)
		}
	}
}

// What is drawn has the density that is said, on choices and by ranges of real numbers; a coordinate that a point does
// not have is drawn from the prior.
func TestDraw(t *testing.T) {
	nan := math.NaN()
	axes := []parzen.Axis{{Options: 3}, {Lo: -1, Hi: 1}, {Options: 2}}
	points := [][]float64{{0, -.9, 1}, {0, -.8, nan}, {2, nan, 0}, {0, .95, 1}}
	d := fitted(axes, points, []float64{1, .5, 2, 1})
	r := rand.New(rand.NewPCG(1, 2))
	const n, parts = 200_000, 20
	joint := map[[3]int]int{}
	x := make([]float64, 3)
	for range n {
		d.Draw(x, r)
		joint[[3]int{int(x[0]), int((x[1] + 1) / 2 * parts), int(x[2])}]++
	}
	total, worst := 0.0, 0.0
	for a := range 3 {
		for b := range parts {
			for c := range 2 {
				chance := 0.0 // by the midpoint rule
				const steps = 200
				for s := range steps {
					v := -1 + 2*(float64(b)+(float64(s)+.5)/steps)/parts
					chance += math.Exp(d.Log([]float64{float64(a), v, float64(c)})) * 2 / parts / steps
				}
				total += chance
				z := (float64(joint[[3]int{a, b, c}]) - n*chance) / math.Sqrt(n*chance)
				worst = max(worst, math.Abs(z))
			}
		}
	}
	if math.Abs(total-1) > 1e-4 {
		t.Errorf("the density sums to %g", total)
	}
	if worst > 4.2 { // of 120 cells one is beyond by luck once in 300 times
		t.Errorf("a cell of the draws is %.1f standard deviations from its chance", worst)
	}
}

// A coordinate that is left out is summed over, and one that no point has is the prior's.
func TestMissing(t *testing.T) {
	nan := math.NaN()
	axes := []parzen.Axis{{Options: 3}, {Options: 2}}
	d := fitted(axes, [][]float64{{0, nan}, {1, nan}, {1, nan}}, []float64{1, 1, 1})
	for _, k := range []float64{0, 1, 2} {
		whole := math.Exp(d.Log([]float64{k, 0})) + math.Exp(d.Log([]float64{k, 1}))
		if got := math.Exp(d.Log([]float64{k, nan})); !near(got, whole) || !near(got, math.Exp(d.LogAxis(0, k))) {
			t.Errorf("option %g: %g without the other, %g with all of it, %g alone", k, got, whole, math.Exp(d.LogAxis(0, k)))
		}
	}
	if got := d.LogAxis(1, 1); !near(got, math.Log(.5)) {
		t.Errorf("%g of an axis that no point has, want log(1/2)", got)
	}
}

// However many choices differ, a density is a number.
func TestManyChoices(t *testing.T) {
	axes := make([]parzen.Axis, 3000)
	zeros, ones := make([]float64, 3000), make([]float64, 3000)
	for i := range axes {
		axes[i].Options, ones[i] = 2, 1
	}
	d := fitted(axes, [][]float64{zeros, zeros}, []float64{1, 1})
	// One kernel in three is the prior, ½ for each; a kernel gives what differs ε/(1+2ε) = 1/5.
	if got, want := d.Log(ones), math.Log(1./3)-3000*math.Ln2; !near(got, want) {
		t.Errorf("%g, want %g", got, want)
	}
	if got, want := d.Log(zeros), math.Log(2./3)+3000*math.Log(4./5); !near(got, want) {
		t.Errorf("%g, want %g", got, want)
	}
}

func BenchmarkLog(b *testing.B) {
	for _, c := range []struct {
		name    string
		options []int
	}{{"nb201", []int{5, 5, 5, 5, 5, 5}}, {"bits", make([]int, 100)}} {
		var axes []parzen.Axis
		for _, k := range c.options {
			axes = append(axes, parzen.Axis{Options: max(k, 2)})
		}
		for _, n := range []int{15, 135} {
			b.Run(fmt.Sprintf("space=%s/points=%d", c.name, n), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				var points [][]float64
				weights := make([]float64, n)
				for i := range n + 1 {
					x := make([]float64, len(axes))
					for j, a := range axes {
						x[j] = float64(r.IntN(a.Options))
					}
					points = append(points, x)
					if i < n {
						weights[i] = 1
					}
				}
				d := fitted(axes, points[:n], weights)
				b.ReportAllocs()
				for b.Loop() {
					d.Log(points[n])
				}
			})
		}
	}
}

// A density that was fitted before to fewer points, or to others of them, is what a new one would be: it keeps what
// the points that it knows did not change. Where points say nothing of an axis, too.
func TestFitAgain(t *testing.T) {
	axes := []parzen.Axis{{Lo: -1, Hi: 3}, {Options: 3}, {Lo: 0, Hi: 1}, {Lo: 0, Hi: 1}, {Lo: 0, Hi: 1}, {Lo: 0, Hi: 1}}
	r := rand.New(rand.NewPCG(1, 2))
	for _, gaps := range []bool{false, true} {
		kept := &parzen.Density{Narrow: true}
		p := parzen.NewPoints(axes)
		draw := func() []float64 {
			x := []float64{-1 + 4*r.Float64(), float64(r.IntN(3)), r.Float64(), r.Float64(), r.Float64(), r.Float64()}
			if gaps && r.IntN(2) == 0 {
				x[r.IntN(len(x))] = math.NaN()
			}
			return x
		}
		for n := range 60 {
			p.Add(draw())
			var rows []int
			var weights []float64
			for row := range n + 1 {
				if n%2 == 0 && r.IntN(3) > 0 || r.IntN(20) == 0 {
					rows, weights = append(rows, row), append(weights, .1+r.Float64())
				}
			}
			anew := &parzen.Density{Narrow: true}
			anew.Fit(p, rows, weights)
			kept.Fit(p, rows, weights)
			for range 5 {
				x := draw()
				a, b := anew.Log(x), kept.Log(x)
				if a != b {
					t.Fatalf("%d points: log density %v fitted anew, %v again", n+1, a, b)
				}
				if c, ok := kept.LogUpTo(x, a); !ok || c != a {
					t.Fatalf("%d points: log density %v, looked at up to it %v, %v", n+1, a, c, ok)
				}
				if c, ok := kept.LogUpTo(x, a-1); ok && c != a || !ok && c > a+1e-9 {
					t.Fatalf("%d points: log density %v, looked at up to one less %v, %v", n+1, a, c, ok)
				}
			}
		}
	}
}

// Of a point with a gap the rest is looked at, also where no other point has one.
func TestGapAmongChoices(t *testing.T) {
	d := fitted([]parzen.Axis{{Options: 2}, {Options: 3}}, [][]float64{{0, 2}, {1, 2}}, []float64{1, 1})
	if got, want := d.Log([]float64{math.NaN(), 2}), d.LogAxis(1, 2); !near(got, want) {
		t.Errorf("log density %v, want %v of the one axis", got, want)
	}
}

// What a sum leaves out since it is far below the rest is not noticed. Kernels may be narrow: of 20 points, on an axis
// from 0 to 1, 0.03 wide where two are closer, and Optuna's are 1/22.
func TestNarrow(t *testing.T) {
	for narrow, width := range map[bool]float64{false: 1. / 22, true: .03} {
		p, d := parzen.NewPoints([]parzen.Axis{{Hi: 1}, {Hi: 1}}), &parzen.Density{Narrow: narrow}
		var rows []int
		var weights []float64
		for i := range 20 {
			p.Add([]float64{.4 + .01*float64(i), .4 + .01*float64(i)})
			rows, weights = append(rows, i), append(weights, 1)
		}
		d.Fit(p, rows, weights)
		normal := func(x, mean, sd float64) float64 {
			below := func(x float64) float64 { return math.Erf((x-mean)/(sd*math.Sqrt2)) / 2 }
			z := (x - mean) / sd
			return math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi)) / (below(1) - below(0))
		}
		for _, x := range [][]float64{{.5, .5}, {.4, .6}, {0, 1}} {
			sum := normal(x[0], .5, 1) * normal(x[1], .5, 1)
			for i := range rows {
				sum += normal(x[0], .4+.01*float64(i), width) * normal(x[1], .4+.01*float64(i), width)
			}
			if got, want := d.Log(x), math.Log(sum/21); !near(got, want) {
				t.Errorf("narrow %v: log density %v at %v, want %v", narrow, got, x, want)
			}
		}
	}
}

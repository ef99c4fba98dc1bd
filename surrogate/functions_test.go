package surrogate_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/benchtest"
)

// The values of the functions where Surjanovic and Bingham and the authors give them, and elsewhere by hand.
func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		spec string
		x    []float64
		want float64
		off  float64
	}{
		{"branin", []float64{-math.Pi, 12.275}, 0.397887, 1e-6},
		{"branin", []float64{math.Pi, 2.275}, 0.397887, 1e-6},
		{"branin", []float64{9.42478, 2.475}, 0.397887, 1e-6},
		{"branin", []float64{0, 0}, 36 + 10*(1-1/(8*math.Pi)) + 10, 1e-12},
		{"hartmann6", []float64{0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573}, -3.32237, 5e-6},
		{"hartmann6", []float64{0, 0, 0, 0, 0, 0}, -0.00508911, 5e-9},
		{"rosenbrock,dim=3", []float64{1, 1, 1}, 0, 0},
		{"rosenbrock,dim=3", []float64{0, 1, 2}, 100 + 1 + 100, 0},
		{"ackley,dim=2", []float64{0, 0}, 0, 0},
		{"ackley,dim=2", []float64{1, 1}, 20 * (1 - math.Exp(-.2)), 1e-14},
		{"ackley,dim=2", []float64{.5, .5}, 20*(1-math.Exp(-.1)) + math.E - math.Exp(-1), 1e-14},
	} {
		b := benchtest.Must(t, c.spec)
		a, err := b.Problem().Space.(evolve.Decider).Choose(c.x)
		if err != nil {
			t.Fatal(err)
		}
		r := benchtest.Asks(t, b, benchtest.Of(a))
		if math.Abs(r.Loss-c.want) > c.off || r.Cost != 1 {
			t.Errorf("%s at %v: %v at a cost of %v, want %v", c.spec, c.x, r.Loss, r.Cost, c.want)
		}
		if s, err := b.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}}); err != nil || s != (evolve.Score{Val: r.Loss, Test: r.Loss}) {
			t.Errorf("%s at %v: score %+v, %v", c.spec, c.x, s, err)
		}
		if best := b.About().BestVal; strings.Contains(fmt.Sprint(c.want), "397887") && math.Abs(best-c.want) > c.off || best > r.Loss {
			t.Errorf("%s: the best is %v, and %v at %v", c.spec, best, r.Loss, c.x)
		}
	}
}

// No function is lower anywhere than it says, and where it says it is lowest it falls no further in any direction.
func TestFunctionsBest(t *testing.T) {
	r := evolve.Stream(1, "test")
	for spec, at := range map[string][]float64{
		"branin":           {math.Pi, 2.275},
		"hartmann6":        {0.20168951, 0.15001069, 0.47687397, 0.27533243, 0.31165162, 0.65730053},
		"rosenbrock,dim=4": {1, 1, 1, 1}, "ackley,dim=4": {0, 0, 0, 0},
	} {
		b := benchtest.Must(t, spec)
		s, best := b.Problem().Space.(evolve.Decider), b.About().BestVal
		value := func(x []float64) float64 {
			a, err := s.Choose(x)
			if err != nil {
				t.Fatal(err)
			}
			return benchtest.Asks(t, b, benchtest.Of(a)).Loss
		}
		if v := value(at); v-best > 1e-13 {
			t.Errorf("%s: %v at %v, want %v", spec, v, at, best)
		}
		for range 2000 {
			x := make([]float64, len(at))
			for i := range x {
				x[i] = at[i] + .001*(r.Float64()-.5)
			}
			if v := value(x); v < best {
				t.Fatalf("%s: %v at %v, below %v", spec, v, x, best)
			}
		}
	}
}

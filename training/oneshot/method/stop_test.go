package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The largest eigenvalue of random symmetric matrices, the negative of some among them, is that of power iteration.
func TestLargestEigenvalue(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(30)
		m := make([][]float64, n)
		for i := range m {
			m[i] = make([]float64, n)
			for k := range i + 1 {
				m[i][k] = r.NormFloat64()
				m[k][i] = m[i][k]
			}
		}
		product := func(v []float64) ([]float64, error) {
			out := make([]float64, n)
			for i := range m {
				out[i] = dot(m[i], v)
			}
			return out, nil
		}
		got, err := largestEigenvalue(n, product, evolve.Stream(seed, "lanczos"))
		if err != nil {
			t.Fatal(err)
		}
		// Shifted by more than all its eigenvalues' sizes, the matrix has no negative one.
		shift := 0.0
		for i := range m {
			sum := 0.0
			for _, x := range m[i] {
				sum += math.Abs(x)
			}
			shift = max(shift, sum)
		}
		v := make([]float64, n)
		for i := range v {
			v[i] = r.NormFloat64()
		}
		want := 0.0
		for range 20000 {
			u, _ := product(v)
			for i := range u {
				u[i] += shift * v[i]
			}
			want = norm(u) / norm(v)
			scale(u, 1/norm(u))
			v = u
		}
		want -= shift
		// Of 16 products on 30 rows the largest eigenvalue is the first to be right.
		if math.Abs(got-want) > 5e-3*max(1, math.Abs(want)) {
			t.Errorf("seed %d, %d rows: largest eigenvalue %v, want %v", seed, n, got, want)
		}
	}
}

// A matrix of zeros has nothing but eigenvalue 0.
func TestLargestEigenvalueOfZeros(t *testing.T) {
	zeros := func(v []float64) ([]float64, error) { return make([]float64, len(v)), nil }
	if got, err := largestEigenvalue(4, zeros, evolve.Stream(1, "lanczos")); got != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSkips(t *testing.T) {
	v2, err := space.Read(space.DARTS{}, "DARTS_V2")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		supernet string
		arch     evolve.Arch
		want     int
	}{{"nb201", "111111", 6}, {"nb201", "233412", 1}, {"nb201", "000000", 0}, {"darts", v2, 2}} { // of its normal cell, and 3 of the other
		if got := skips(c.supernet, c.arch); got != c.want {
			t.Errorf("%s %s: %d skips, want %d", c.supernet, c.arch, got, c.want)
		}
	}
}

// A steady eigenvalue never stops a search. One that jumps does, after the tenth epoch and once the window's mean has
// grown, and the answer is that of 12 epochs before.
func TestCurvatureStops(t *testing.T) {
	run := func(value func(epoch int) float64) (stopped, answer int) {
		var c curvature
		for epoch := 1; epoch <= 60; epoch++ {
			if !c.due(epoch) {
				continue
			}
			c = append(c, value(epoch))
			if c.stops() {
				return epoch, epoch - stepsBack*curvatureEvery
			}
		}
		return 0, 0
	}
	steady := func(int) float64 { return 0.2 }
	if at, _ := run(steady); at != 0 {
		t.Errorf("a steady eigenvalue stops at epoch %d", at)
	}
	// From epoch 31 on it is five times as large: a window's mean grows by 1.3 at its first value, 1 + 4/5.
	if at, answer := run(func(epoch int) float64 {
		if epoch >= 31 {
			return 1
		}
		return 0.2
	}); at != 31 || answer != 19 {
		t.Errorf("stops at epoch %d with the answer of %d, want 31 and 19", at, answer)
	}
	// One that always grows stops as early as it may: ten epochs before the earlier window's middle, which are counted
	// from 0 and so the 11th, and 12 epochs more.
	if at, answer := run(func(epoch int) float64 { return math.Exp(float64(epoch) / 5) }); at != 23 || answer != 11 {
		t.Errorf("stops at epoch %d with the answer of %d, want 23 and 11", at, answer)
	}
}

package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

// A gamma deviate's derivative in the shape is that of the inverse of the distribution, where its place stays.
func TestGammaSlope(t *testing.T) {
	const h = 1e-5
	for _, a := range []float64{0.05, 0.5, 1, 2.5, 7} {
		for _, u := range []float64{0.01, 0.3, 0.5, 0.9, 0.999} {
			x := mathext.GammaIncRegInv(a, u)
			want := (mathext.GammaIncRegInv(a+h, u) - mathext.GammaIncRegInv(a-h, u)) / (2 * h)
			if got := gammaSlope(x, a); math.Abs(got-want) > 1e-5*want {
				t.Errorf("shape %g at %g: %v, want %v", a, u, got, want)
			}
		}
	}
	if got := gammaSlope(60, 3); !math.IsNaN(got) {
		t.Errorf("far out: %v", got)
	}
}

func TestDigamma(t *testing.T) {
	const gamma = 0.5772156649015328606 // Euler's
	harmonic := 0.0
	for n := 1.0; n < 25; n++ {
		harmonic += 1 / n
	}
	for x, want := range map[float64]float64{1: -gamma, 0.5: -gamma - 2*math.Ln2, 25: harmonic - gamma,
		0.25: -gamma - math.Pi/2 - 3*math.Ln2} {
		if got := digamma(x); math.Abs(got-want) > 1e-13*math.Abs(want) {
			t.Errorf("ψ(%g) = %v, want %v", x, got, want)
		}
	}
}

// The shares have the means of their distribution, and the gradient through a draw is in the mean that of the mean.
func TestDirichlet(t *testing.T) {
	meansOfDirichlet(t, []float64{0.3, 1, 2, 5, 0.8, 0.8})
	meansOfDirichlet(t, []float64{1e-3, 1, 2, 5, 0.8, 2e-3}) // half of the deviates of the first are 0 as doubles
}

func meansOfDirichlet(t *testing.T, beta []float64) {
	t.Helper()
	const n, draws = 3, 40_000
	r := rand.New(rand.NewPCG(1, 6))
	mean, slope := make([]float64, len(beta)), make([]float64, len(beta))
	square := make([]float64, len(beta))
	for range draws {
		d := drawDirichlet(beta, n, r)
		back := d.through([]float64{1, 0, 0, 0, 1, 0}) // of the first number of one, and of the second of the other
		for k, y := range d.shares {
			mean[k] += y / draws
			slope[k] += back[k] / draws
			square[k] += back[k] * back[k] / draws
		}
	}
	for run, of := range []int{0, 1} {
		at, sum := run*n, 0.0
		for _, b := range beta[at:][:n] {
			sum += b
		}
		for k := range n {
			m := beta[at+k] / sum
			error := math.Sqrt(m * (1 - m) / (sum + 1) / draws)
			if math.Abs(mean[at+k]-m) > 4*error {
				t.Errorf("share %d is %v in the mean, want %v", at+k, mean[at+k], m)
			}
			want := -beta[at+of] / (sum * sum)
			if k == of {
				want += 1 / sum
			}
			if error := math.Sqrt(square[at+k] / draws); math.Abs(slope[at+k]-want) > 4*error {
				t.Errorf("gradient %d is %v in the mean, want %v within %v", at+k, slope[at+k], want, 4*error)
			}
		}
	}
}

// A draw ends and adds up to 1 whatever its concentrations, and its derivatives are numbers.
func TestDirichletOfNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for _, beta := range [][]float64{{0, 0, 0}, {1e-300, 1e-12, 1e-10}, {1e-8, 5, 1e-9}, {1e3, 0, 1e-3}} {
		for range 100 {
			d, sum := drawDirichlet(beta, len(beta), r), 0.0
			for _, y := range d.shares {
				sum += y
			}
			if back := d.through([]float64{1, -2, 3}); math.Abs(sum-1) > 1e-12 || !finite(back) {
				t.Fatalf("%v: shares %v, derivatives %v", beta, d.shares, back)
			}
		}
	}
}

func TestConcentrations(t *testing.T) {
	beta, slope := concentrations([]float64{0, 2, -1})
	for k, want := range [][2]float64{{1, 1}, {3, 1}, {math.Exp(-1), math.Exp(-1)}} {
		if beta[k] != want[0] || slope[k] != want[1] {
			t.Errorf("%d: %v with slope %v, want %v", k, beta[k], slope[k], want)
		}
	}
}

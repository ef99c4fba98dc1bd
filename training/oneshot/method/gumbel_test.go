package method

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// The largest number of a draw stands where a draw from the softmax of the logits would, whatever the temperature.
func TestGumbelMax(t *testing.T) {
	const n, draws = 4, 20_000
	logits := []float64{0.5, -1, 1.5, 0, 2, 2, -3, 0}
	want := softmax(logits, n)
	for _, tau := range []float64{10, 1, 0.1, 1e-3} {
		r := rand.New(rand.NewPCG(5, uint64(1e4*tau)))
		counts := make([]float64, len(logits))
		for range draws {
			for e, k := range drawConcrete(logits, n, tau, r).chosen {
				counts[e*n+k]++
			}
		}
		for at := 0; at < len(logits); at += n {
			chi := 0.0
			for k := range n {
				expected := draws * want[at+k]
				chi += (counts[at+k] - expected) * (counts[at+k] - expected) / expected
			}
			if p := (distuv.ChiSquared{K: n - 1}).Survival(chi); p < 1e-3 {
				t.Errorf("τ=%g, edge %d: χ²=%.1f, p=%.1g", tau, at/n, chi, p)
			}
		}
	}
}

// A draw adds up to 1, nears the choice as the temperature goes to 0, and is 1/n in the mean where all logits are
// equal.
func TestConcrete(t *testing.T) {
	const n, draws = 5, 20_000
	r := rand.New(rand.NewPCG(6, 7))
	for _, tau := range []float64{10, 1, 0.1, 1e-4} {
		mean, hard := make([]float64, n), 0
		for range draws {
			c := drawConcrete(make([]float64, n), n, tau, r)
			sum := 0.0
			for k, v := range c.p {
				sum += v
				mean[k] += v / draws
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("τ=%g: %v adds up to %v", tau, c.p, sum)
			}
			if c.p[c.chosen[0]] > 0.999 {
				hard++
			}
		}
		for k, v := range mean {
			// The variance of a number is at most that of a choice, (1/n)(1-1/n): 0.4/√20000 is its standard error.
			if math.Abs(v-1.0/n) > 4*0.4/math.Sqrt(draws) {
				t.Errorf("τ=%g: number %d is %.4f in the mean, want %v", tau, k, v, 1.0/n)
			}
		}
		if share := float64(hard) / draws; tau < 1e-3 && share < 0.99 || tau >= 10 && share > 0 {
			t.Errorf("τ=%g: %.3f of the draws are choices", tau, share)
		}
	}
}

// Of two candidates the density of the concrete distribution (Maddison, Mnih and Teh 2017, equation 10; the log of it
// in SNAS, with (n-1)! for the 5040 of its code, which is of eight candidates) integrates to 1, and draws are distributed
// by it.
func TestConcreteDensity(t *testing.T) {
	logits := []float64{0.7, 0}
	for _, lambda := range []float64{2, 0.8} {
		density := func(z float64) float64 {
			n, mix := 2.0, 0.0
			log := (n - 1) * math.Log(lambda) // and log (n-1)!, which is 0
			for k, x := range []float64{z, 1 - z} {
				log += logits[k] - (lambda+1)*math.Log(x)
				mix += math.Exp(logits[k]) * math.Pow(x, -lambda)
			}
			return math.Exp(log - n*math.Log(mix))
		}
		const cells, draws = 200_000, 20_000
		var below [11]float64 // the integral up to each tenth
		whole := 0.0
		for i := range cells {
			z := (float64(i) + 0.5) / cells
			whole += density(z) / cells
			if (i+1)*10%cells == 0 {
				below[(i+1)*10/cells] = whole
			}
		}
		if math.Abs(whole-1) > 1e-3 {
			t.Errorf("λ=%g: the density integrates to %v", lambda, whole)
		}
		r := rand.New(rand.NewPCG(9, 10))
		var counts [11]float64
		for range draws {
			z := drawConcrete(logits, 2, lambda, r).p[0]
			for tenth := range counts {
				if z < float64(tenth)/10 {
					counts[tenth]++
				}
			}
		}
		for tenth := 1; tenth < 10; tenth++ {
			if got := counts[tenth] / draws; math.Abs(got-below[tenth]) > 4*0.5/math.Sqrt(draws) {
				t.Errorf("λ=%g: %.4f of the draws are below 0.%d, want %.4f", lambda, got, tenth, below[tenth])
			}
		}
	}
}

// The gradient through a draw is that of differences with the same noise.
func TestConcreteGradient(t *testing.T) {
	const n, h = 3, 1e-6
	logits, c := []float64{0.2, -0.4, 1, 0, 0, 0.3}, []float64{1, -2, 3, 0.5, 2, -1}
	for _, tau := range []float64{10, 0.7} {
		draw := func(x []float64) concrete { return drawConcrete(x, n, tau, rand.New(rand.NewPCG(8, 9))) }
		f := func(x []float64) (sum float64) {
			for k, v := range draw(x).p {
				sum += c[k] * v
			}
			return sum
		}
		for k, got := range draw(logits).through(c) {
			up, down := append([]float64(nil), logits...), append([]float64(nil), logits...)
			up[k] += h
			down[k] -= h
			if want := (f(up) - f(down)) / (2 * h); math.Abs(got-want) > 1e-8 {
				t.Errorf("τ=%g: gradient %d is %v, want %v", tau, k, got, want)
			}
		}
	}
}

func TestAnnealed(t *testing.T) {
	for _, c := range []struct {
		epoch, epochs int
		want          float64
	}{{0, 250, 10}, {249, 250, 0.1}, {300, 250, 0.1}, {1, 3, 5.05}, {0, 1, 10}} {
		if got := annealed(10, 0.1, c.epoch, c.epochs); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("epoch %d of %d: %v, want %v", c.epoch, c.epochs, got, c.want)
		}
	}
}

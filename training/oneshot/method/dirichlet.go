package method

import (
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// dirichlet is a draw of the Dirichlet distribution for each run of n concentrations, with what its derivatives need.
type dirichlet struct {
	n      int
	shares []float64 // of which each run of n adds up to 1
	slopes []float64 // ∂gₖ/∂βₖ of the gamma deviates that were normalised
	sums   []float64 // of these deviates, by run; 1 where all are 0
}

// drawDirichlet normalises gamma deviates.
func drawDirichlet(beta []float64, n int, r *rand.Rand) dirichlet {
	d := dirichlet{n: n, shares: make([]float64, len(beta)), slopes: make([]float64, len(beta))}
	for at := 0; at < len(beta); at += n {
		sum, largest, most := 0.0, 0, math.Inf(-1)
		for k, b := range beta[at:][:n] {
			g, log, slope := drawGamma(b, r)
			d.shares[at+k], d.slopes[at+k] = g, slope
			sum += g
			if log > most {
				largest, most = k, log
			}
		}
		if sum == 0 { // beside the largest deviate the others are nothing
			d.shares[at+largest], sum = 1, 1
		}
		for k := range n {
			d.shares[at+k] /= sum
		}
		d.sums = append(d.sums, sum)
	}
	return d
}

// through turns a gradient in the draw into one in the concentrations: ∂L/∂βₖ = ∂gₖ/∂βₖ·(∂L/∂yₖ - Σⱼ yⱼ ∂L/∂yⱼ)/Σⱼ gⱼ.
func (d dirichlet) through(grad []float64) []float64 {
	back := make([]float64, len(grad))
	for run, sum := range d.sums {
		at, mean := run*d.n, 0.0
		for k, y := range d.shares[at:][:d.n] {
			mean += float64(y * grad[at+k])
		}
		for k := range d.n {
			back[at+k] = d.slopes[at+k] * (grad[at+k] - mean) / sum
		}
	}
	return back
}

// drawGamma draws a gamma deviate of shape a and scale 1 (Marsaglia and Tsang, ACM Transactions on Mathematical
// Software 26(3), 2000, section 6), its logarithm, and its derivative in the shape. A deviate too small for a double,
// as most of small shapes are, is 0, and so is its derivative. One so far out that no derivative is known, which at a
// shape of 3 one in 10⁹ is, is drawn again.
func drawGamma(a float64, r *rand.Rand) (g, log, slope float64) {
	for {
		g = drawLargeGamma(a+1, r)
		// A deviate of shape a+1 times a uniform number to the power 1/a is of shape a.
		power := math.Log(r.Float64()) / a
		log = math.Log(g) + power
		if g *= math.Exp(power); g == 0 {
			return 0, log, 0
		}
		if slope = gammaSlope(g, a); slope > 0 && !math.IsInf(slope, 0) {
			return g, log, slope
		}
	}
}

// drawLargeGamma draws a gamma deviate of a shape above 1.
func drawLargeGamma(a float64, r *rand.Rand) float64 {
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := samebits.Normal(r)
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v * v * v)
		if u := r.Float64(); math.Log(u) < float64(x*x/2)+float64(d*(1-v+math.Log(v))) {
			return d * v
		}
	}
}

// gammaSlope is the derivative in the shape a of a gamma deviate x, where its place in the distribution stays: minus
// ∂F(x; a)/∂a over the density (Figurnov, Mohamed and Mnih, NeurIPS 2018, arXiv:1805.08498, equation 4). By the series
// F = density·(x/a)·S, S = Σₙ xⁿ/((a+1)…(a+n)), it is -(x/a)·((ln x - ψ(a) - 1/a)·S + ∂S/∂a). It is NaN where the terms
// leave less than five digits.
func gammaSlope(x, a float64) float64 {
	term, decline := 1.0, 0.0 // xⁿ/((a+1)…(a+n)), and minus the derivative of its logarithm, Σ 1/(a+i)
	sum, down := 0.0, 0.0
	for n := 1; ; n++ {
		sum += term
		down += float64(term * decline)
		if term < 1e-17*sum {
			break
		}
		term *= x / (a + float64(n))
		decline += 1 / (a + float64(n))
	}
	if sum > 1e11 {
		return math.NaN()
	}
	return -(x / a) * (float64((math.Log(x)-digamma(a)-1/a)*sum) - down)
}

// digamma is ψ, the derivative of ln Γ, above 0 (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18).
func digamma(x float64) float64 {
	y := 0.0
	for ; x < 10; x++ {
		y -= 1 / x
	}
	z := 1 / (x * x)
	series := 1.0/12 - float64(z*(1.0/120-float64(z*(1.0/252-float64(z*(1.0/240-float64(z/132)))))))
	return y + math.Log(x) - 1/(2*x) - float64(z*series)
}

package gauss

import "math"

// ExpectedImprovement of a maximum over best (Jones, Schonlau and Welch, 1998, equation 15).
func ExpectedImprovement(mean, sd, best float64) float64 {
	gain := mean - best
	if !(sd > 0) {
		return max(gain, 0)
	}
	z := gain / sd
	return max(float64(sd*density(z))+float64(gain*.5*math.Erfc(-z/math.Sqrt2)), 0)
}

func density(z float64) float64 { return math.Exp(-.5*float64(z*z)) / math.Sqrt(2*math.Pi) }

// LogExpectedImprovement is its logarithm, which tells apart even what is hopeless (Ament et al., NeurIPS 2023,
// arXiv:2310.20708). Far below the best the two terms of the improvement cancel; there it is taken from the density's
// continued fraction, φ(z)/(z²+3) to within 1/z⁶.
func LogExpectedImprovement(mean, sd, best float64) float64 {
	if z := (mean - best) / sd; sd > 0 && z < -8 {
		return math.Log(sd) - float64(.5*z*z) - float64(.5*math.Log(2*math.Pi)) - math.Log(float64(z*z)+3)
	}
	return math.Log(ExpectedImprovement(mean, sd, best))
}

package stats

import "math"

// RangeTail is the chance that the range of k independent normal deviates exceeds q: the tail of the studentized range
// with infinitely many degrees of freedom. With the largest at z it is
//
//	k ∫ φ(z) (Φ(z)ᵏ⁻¹ − (Φ(z) − Φ(z−q))ᵏ⁻¹) dz,
//
// by the trapezoidal rule, whose error falls faster than any power of the step for functions such as this.
func RangeTail(q float64, k int) float64 {
	if math.IsNaN(q) || k < 2 {
		return math.NaN()
	}
	if q <= 0 {
		return 1
	}
	if q > 100 { // e^(−q²/4) is below the least float64
		return 0
	}
	const step, reach = 1. / 16, 9. // φ(9) is 1e-18
	sum := 0.0
	for i := range int((2*reach+q)/step) + 1 {
		z := -reach + float64(step*float64(i))
		whole := normal(z)
		// Written so that no digits cancel: Φᵏ⁻¹ (1 − (1 − Φ(z−q)/Φ(z))ᵏ⁻¹).
		lost := -math.Expm1(float64(k-1) * math.Log1p(-normal(z-q)/whole))
		sum += float64(math.Exp(-z*z/2) * math.Pow(whole, float64(k-1)) * lost)
	}
	return min(1, float64(k)*sum*step/math.Sqrt(2*math.Pi))
}

// RangeQuantile is the q that the range of k independent normal deviates exceeds with chance 1 − p.
func RangeQuantile(p float64, k int) float64 {
	if !(p >= 0 && p < 1) || k < 2 {
		return math.NaN()
	}
	low, high := 0., 100.
	for range 64 { // to the last bit of a number below 100
		if q := (low + high) / 2; RangeTail(q, k) > 1-p {
			low = q
		} else {
			high = q
		}
	}
	return high
}

// normal is Φ.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

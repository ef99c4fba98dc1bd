package samebits

import "math"

// The polynomials and the parts of π/4 are those of Go's math/sin.go, after sin.c of the Cephes
// Mathematical Library (Stephen L. Moshier).
var (
	sin = [...]float64{1.58962301576546568060e-10, -2.50507477628578072866e-8, 2.75573136213857245213e-6,
		-1.98412698295895385996e-4, 8.33333333332211858878e-3, -1.66666666666666307295e-1}
	cos = [...]float64{-1.13585365213876817300e-11, 2.08757008419747316778e-9, -2.75573141792967388112e-7,
		2.48015872888517045348e-5, -1.38888888888730564116e-3, 4.16666666666665929218e-2}
)

const (
	pi4A = 7.85398125648498535156e-1
	pi4B = 3.77489470793079817668e-8
	pi4C = 2.69515142907905952645e-15
)

// Cos is [math.Cos] for angles between 0 and π; NaN elsewhere.
func Cos(x float64) float64 {
	if !(x >= 0 && x <= math.Pi) {
		return math.NaN()
	}
	x = float64(x) // a product that the caller makes must not be fused here
	// The nearest even multiple of π/4 is taken away: 0 for j = 0, π/2 for 2 and π for 4.
	j := int(x * (4 / math.Pi))
	j += j & 1
	y := float64(j)
	z := ((x - float64(y*pi4A)) - float64(y*pi4B)) - float64(y*pi4C)
	zz := float64(z * z)
	switch j {
	case 0:
		return cosine(zz)
	case 2:
		return -(z + float64(float64(z*zz)*polynomial(&sin, zz)))
	}
	return -cosine(zz)
}

func cosine(zz float64) float64 {
	return 1.0 - float64(0.5*zz) + float64(float64(zz*zz)*polynomial(&cos, zz))
}

// polynomial has its highest power first.
func polynomial(c *[6]float64, x float64) float64 {
	sum := c[0]
	for _, k := range c[1:] {
		sum = float64(sum*x) + k
	}
	return sum
}

// Power is [math.Pow] for a base between 0 and 1, neither included, and n of at least 0.
func Power(x float64, n int) float64 {
	if !(x > 0 && x < 1) || n < 0 {
		return math.NaN()
	}
	power, exponent := 1.0, 0
	square, e := math.Frexp(x)
	for ; n != 0; n >>= 1 {
		if e < -1<<12 { // far below the smallest number
			return 0
		}
		if n&1 == 1 {
			power, exponent = float64(power*square), exponent+e
		}
		square, e = float64(square*square), e<<1
		if square < .5 {
			square, e = 2*square, e-1
		}
	}
	return math.Ldexp(power, exponent)
}

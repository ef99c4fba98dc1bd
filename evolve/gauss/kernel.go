package gauss

import (
	"math"
	"sync"
)

// Kernel is a correlation as a function of the squared distance.
type Kernel struct {
	at func(s float64) float64
	// chooses says that one group is chosen by its likelihood, without a length-scale, and the others are left out.
	chooses bool
	table   func() []float32
}

// The kernels.
var (
	// Matern has smoothness 5/2 (Rasmussen and Williams, equation 4.17).
	Matern = kernel(false, func(s float64) float64 {
		r := math.Sqrt(5 * s)
		return (1 + r + float64(r*r)/3) * math.Exp(-r)
	})
	// Hamming falls exponentially with the squared distance. Two rows of bits that differ in h decisions, one bit of
	// several set in each, are at a squared distance of 2h: the correlation is exp(-h/ℓ).
	Hamming = kernel(false, func(s float64) float64 { return math.Exp(-s) })
	// Cosine is the cosine of the angle between rows of length 1, for histograms as [WL] makes them: a group for each
	// number of rounds, of which the likelihood chooses one.
	Cosine = kernel(true, func(s float64) float64 { return max(1-float64(s/2), 0) })
)

func kernel(chooses bool, at func(float64) float64) *Kernel {
	return &Kernel{at: at, chooses: chooses, table: sync.OnceValue(func() []float32 {
		t := make([]float32, farthest*steps+2)
		for i := range t {
			t[i] = float32(at(float64(i) / steps))
		}
		return t
	})}
}

// Between the steps of a table lie straight lines. The second derivative of no kernel is above 25/12 in size, so a
// correlation is off by at most (25/12)/8/steps², a millionth, and beyond the farthest by less than that: the Matérn
// kernel is 3e-7 there.
const (
	steps    = 512
	farthest = 80
)

// lookup is the correlation at a squared distance by table. The bits are the same in every build.
func lookup(table []float32, s float32) float32 {
	x := float32(s * steps)
	if !(x < farthest*steps) {
		return 0
	}
	i := int(x)
	return table[i] + float32((x-float32(i))*(table[i+1]-table[i]))
}

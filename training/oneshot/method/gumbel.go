package method

import (
	"math"
	"math/rand/v2"
)

// concrete is a draw of the concrete distribution for each run of n logits, with the noise in it: softmax((x+G)/τ),
// where G are Gumbel deviates (Maddison, Mnih and Teh 2017, arXiv:1611.00712; Jang, Gu and Poole 2017,
// arXiv:1611.01144).
type concrete struct {
	n      int
	tau    float64
	p      []float64 // the draw: positive numbers, of which each run of n adds up to 1
	chosen []int     // the place of the largest number of each run
}

// drawConcrete draws at a temperature above 0. A draw with a number that is none or infinite is drawn again
// (AutoDL-Projects, lib/models/cell_searchs/search_model_gdas.py).
//
// Where the largest number stands is distributed as softmax(x) at any temperature (Gumbel 1954): it is looked for among
// x+G, where small temperatures round nothing off.
func drawConcrete(x []float64, n int, tau float64, r *rand.Rand) concrete {
	z := make([]float64, len(x))
	for {
		c := concrete{n: n, tau: tau}
		for k, v := range x {
			z[k] = v - math.Log(-math.Log(r.Float64()))
		}
		for at := 0; at < len(z); at += n {
			c.chosen = append(c.chosen, argmax(z[at:][:n]))
		}
		for k := range z {
			z[k] /= tau
		}
		c.p = softmax(z, n)
		if finite(z) && finite(c.p) {
			return c
		}
	}
}

// finite says that all numbers are finite.
func finite(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// through turns a gradient in the draw into one in the logits.
func (c concrete) through(grad []float64) []float64 {
	back := backSoftmax(c.p, grad, c.n)
	for k := range back {
		back[k] /= c.tau
	}
	return back
}

// gates are the chosen ones.
func (c concrete) gates() []bool {
	open := make([]bool, len(c.p))
	for e, k := range c.chosen {
		open[e*c.n+k] = true
	}
	return open
}

// annealed is a value that goes in equal steps, an epoch each, from the first epoch's to the last one's, and stays
// there. Epochs count from 0.
func annealed(from, to float64, epoch, epochs int) float64 {
	if epoch <= 0 {
		return from
	}
	if epoch >= epochs-1 {
		return to
	}
	return from + float64((to-from)*float64(epoch)/float64(epochs-1))
}

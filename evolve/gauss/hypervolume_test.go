package gauss

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// anyFront is a front of up to nine points, some of which others are better than or lie beyond the reference.
func anyFront(r *rand.Rand) (points [][2]float64, reference [2]float64) {
	for range r.IntN(10) {
		points = append(points, [2]float64{1.2 * r.Float64(), 3 * r.Float64()})
	}
	return points, [2]float64{1, 2}
}

func volume(points [][2]float64, reference [2]float64) float64 {
	var all [][]float64
	for _, p := range points {
		all = append(all, p[:])
	}
	return stats.Hypervolume(all, reference[:])
}

// What is known without doubt improves the hypervolume by as much as it enlarges it.
func TestImprovementOfWhatIsKnown(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		points, reference := anyFront(r)
		p := [2]float64{r.Float64(), 2 * r.Float64()}
		want := volume(append(points[:len(points):len(points)], p), reference) - volume(points, reference)
		got := NewFront(points, reference).Improvement(Guess{Mean: p[0]}, Guess{Mean: p[1]})
		if math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v to %v below %v improves by %g, want %g", p, points, reference, got, want)
		}
	}
}

// The closed form is the mean of 40,000 draws, within five standard errors of them: with both numbers in doubt, and with
// one known.
func TestImprovementIsTheMean(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for k := range 40 {
		points, reference := anyFront(r)
		a, b := Guess{r.Float64(), .3 * r.Float64()}, Guess{2 * r.Float64(), r.Float64()}
		if k%4 == 0 {
			b.SD = 0
		}
		front := NewFront(points, reference)
		const draws = 40_000
		sum, squares := 0., 0.
		for range draws {
			x := front.Improvement(Guess{Mean: a.Mean + a.SD*r.NormFloat64()}, Guess{Mean: b.Mean + b.SD*r.NormFloat64()})
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / draws
		off := math.Sqrt(max(squares/draws-mean*mean, 0) / draws)
		if got := front.Improvement(a, b); math.Abs(got-mean) > 5*off+1e-9 {
			t.Errorf("%v, %v over %v: %g, drawn %g ± %g", a, b, points, got, mean, off)
		}
	}
}

// The bound is above the improvement, by no more than a few in a thousand where anything is to be hoped for. Both fall
// with the means and rise with the deviations, also of what is hopeless.
func TestImprovementBound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		points, reference := anyFront(r)
		front := NewFront(points, reference)
		far := math.Exp(4 * r.Float64())
		a, b := Guess{far * r.Float64(), r.Float64()}, Guess{2 * far * r.Float64(), r.Float64()}
		if r.IntN(3) == 0 {
			b.SD = 0
		}
		v, bound := front.Improvement(a, b), front.Bound(a, b)
		if v > bound || v > 1e-6 && bound > 1.01*v {
			t.Fatalf("%v, %v over %v: %g, bound by %g", a, b, points, v, bound)
		}
		less := front.Improvement(Guess{a.Mean + .1, a.SD}, b)
		more := front.Improvement(Guess{a.Mean, a.SD + .1}, Guess{b.Mean, b.SD + .1})
		if less > v || more < v*(1-1e-9) {
			t.Fatalf("%v, %v over %v: %g, with a higher mean %g, with more doubt %g", a, b, points, v, less, more)
		}
	}
	front := NewFront([][2]float64{{.5, .5}}, [2]float64{1, 1})
	near, far := front.Improvement(Guess{3, .1}, Guess{3, .1}), front.Improvement(Guess{3.1, .1}, Guess{3, .1})
	if !(near > far && far > 0) {
		t.Errorf("of what is hopeless the nearer promises %g, the farther %g", near, far)
	}
}

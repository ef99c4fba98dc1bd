package gauss

import (
	"cmp"
	"slices"
)

// Guess is what is known of a number that is minimised: a normal distribution. One without a deviation is known.
type Guess struct{ Mean, SD float64 }

// below is the expected amount by which the number is below a bound, Ψ of Yang et al.: [ExpectedImprovement] of a
// minimum. Far above the bound its two terms cancel; there it is taken as in [LogExpectedImprovement], so that it still
// tells apart what is hopeless.
func (g Guess) below(bound float64) float64 {
	if z := (bound - g.Mean) / g.SD; g.SD > 0 && z < -8 {
		return g.SD * density(z) / (float64(z*z) + 3)
	}
	return ExpectedImprovement(bound, g.SD, g.Mean)
}

// Front is what has been reached in two numbers that are both minimised, below a reference point. It is the staircase
// of the points that no other is better than: behind each of its ends in the second number, up to the next one, what
// is below its height in the first number is not reached yet.
type Front struct{ ends, heights []float64 }

// NewFront returns the front of points, of which those that are not below the reference in both numbers add nothing.
func NewFront(points [][2]float64, reference [2]float64) *Front {
	points = slices.Clone(points)
	slices.SortFunc(points, func(p, q [2]float64) int {
		return cmp.Or(cmp.Compare(p[1], q[1]), cmp.Compare(p[0], q[0]))
	})
	f := &Front{heights: []float64{reference[0]}}
	for _, p := range points {
		if p[1] < reference[1] && p[0] < f.heights[len(f.heights)-1] {
			f.ends, f.heights = append(f.ends, p[1]), append(f.heights, p[0])
		}
	}
	f.ends = append(f.ends, reference[1])
	return f
}

// Improvement is the expected hypervolume improvement of a point whose two numbers are independent: by how much it is
// expected to enlarge the hypervolume between the front and the reference point (Emmerich, Deutz and Klinkenberg,
// "Hypervolume-based expected improvement: monotonicity properties and exact computation", CEC 2011). What is not
// reached are strips, one for each step of the staircase, and each adds the product of what the first number is
// expected to be below the strip's height with what the second adds below the strip's end: Yang, Emmerich, Deutz and
// Bäck, "Efficient Computation of Expected Hypervolume Improvement Using Box Decomposition Algorithms", J. Global
// Optimization 75, 2019, equation 14. It falls with both means and rises with both deviations, as the improvement is
// convex in each number.
func (f *Front) Improvement(first, second Guess) (sum float64) {
	before := 0.
	for i, end := range f.ends {
		upto := second.below(end)
		sum += float64(first.below(f.heights[i]) * (upto - before))
		before = upto
	}
	return sum
}

// Bound is hardly above Improvement, and never below it: standard normal numbers are looked up in a table of straight
// lines. What they give is the improvement by distributions of the same means that are a little wider, as the lines
// are above the function, which is convex.
func (f *Front) Bound(first, second Guess) (sum float64) {
	before := 0.
	for i, end := range f.ends {
		upto := second.lookup(end)
		sum += float64(first.lookup(f.heights[i]) * (upto - before))
		before = upto
	}
	return sum * (1 + 1e-9) // and rounding
}

// The table of Guess.below of a standard normal number: straight lines between so many steps a unit, from -span to
// span. Beyond that it is at most its first value, and at most that above the bound.
const (
	belowSteps = 32
	belowSpan  = 12
)

var belowTable = func() (t [2*belowSpan*belowSteps + 1]float64) {
	for i := range t {
		t[i] = Guess{0, 1}.below(float64(float64(i)/belowSteps) - belowSpan)
	}
	return t
}()

// lookup is below by the table.
func (g Guess) lookup(bound float64) float64 {
	if !(g.SD > 0) {
		return max(bound-g.Mean, 0)
	}
	x := (bound - g.Mean) / g.SD
	switch {
	case x <= -belowSpan:
		x = belowTable[0]
	case x >= belowSpan:
		x += belowTable[0]
	default:
		x = float64((x + belowSpan) * belowSteps)
		i := int(x)
		x = belowTable[i] + float64((x-float64(i))*(belowTable[i+1]-belowTable[i]))
	}
	return g.SD * x
}

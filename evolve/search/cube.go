package search

import (
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// cube writes architectures as vectors of numbers from 0 to 1, one for each decision, as differential evolution needs
// them: the options of a choice have equal parts of it, a real number or its logarithm is spread over it.
type cube struct {
	space   evolve.Decider
	all     []evolve.Decision
	scratch []float64
}

func newCube(s evolve.Decider) *cube { return &cube{space: s, all: s.Decisions()} }

// decode is the architecture of a vector. It fails where the space refuses what the vector chooses.
func (c *cube) decode(v []float64) (evolve.Arch, error) {
	c.scratch = c.scratch[:0]
	for i, d := range c.all {
		if d.Options > 0 {
			c.scratch = append(c.scratch, min(math.Floor(v[i]*float64(d.Options)), float64(d.Options-1)))
		} else {
			c.scratch = append(c.scratch, d.FromUnit(v[i]))
		}
	}
	return c.space.Choose(c.scratch)
}

// encode fills v with a vector of an architecture. It is drawn evenly among all that there are, as if a vector drawn
// evenly from the whole cube had been found to be this architecture: an option's number over that of the options, the
// lower end of its part, would bring all vectors near to 0, and by rounding into the part below. What is not decided is
// any number.
func (c *cube) encode(v []float64, a evolve.Arch, r *rand.Rand) {
	c.scratch = c.space.Choices(c.scratch[:0], a)
	for i, d := range c.all {
		switch x := c.scratch[i]; {
		case math.IsNaN(x):
			v[i] = r.Float64()
		case d.Options > 0:
			v[i] = (x + float64(r.Float64())) / float64(d.Options)
		default:
			v[i] = d.Unit(x)
		}
	}
}

// toUnits brings the numbers of real decisions to 0 to 1, in place, and leaves those of choices; fromUnits brings them
// back.
func toUnits(all []evolve.Decision, x []float64) {
	for i := range all {
		if d := &all[i]; d.Options == 0 {
			x[i] = d.Unit(x[i])
		}
	}
}

func fromUnits(all []evolve.Decision, x []float64) {
	for i := range all {
		if d := &all[i]; d.Options == 0 {
			x[i] = d.FromUnit(x[i])
		}
	}
}

// differ makes a mutant of three vectors: base + f·(plus - minus). A number that is out of range is drawn anew.
func differ(mutant, base, plus, minus []float64, f float64, r *rand.Rand) {
	for i := range mutant {
		x := base[i] + float64(f*(plus[i]-minus[i]))
		if x < 0 || x > 1 {
			x = r.Float64()
		}
		mutant[i] = x
	}
}

// crossBinomially gives a mutant the numbers of target back, each with the chance 1-rate, but one of its own at least
// it keeps.
func crossBinomially(mutant, target []float64, rate float64, r *rand.Rand) {
	keep := r.IntN(len(mutant))
	for i := range mutant {
		if u := r.Float64(); u >= rate && i != keep {
			mutant[i] = target[i]
		}
	}
}

// threeOf draws three different numbers below n, none of which is but; at least three numbers are left.
func threeOf(n, but int, r *rand.Rand) (three [3]int) {
	for i := range three {
		for {
			k := r.IntN(n)
			if k != but && (i < 1 || k != three[0]) && (i < 2 || k != three[1]) {
				three[i] = k
				break
			}
		}
	}
	return three
}

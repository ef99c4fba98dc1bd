package hyper

import (
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// step is the standard deviation of a mutation of a number, in parts of its range: that of ConfigSpace's
// UniformFloatHyperparameter.get_neighbors, by which SMAC3 and its like search locally.
const step = .2

// redraws is how often a change is drawn before another is taken: a published mutation of an architecture may change
// nothing, and a range may hold two numbers.
const redraws = 100

// Mutations: one changes one decision that applies, each with equal chance. A choice becomes another one, a number
// takes a normal step of 0.2 of its range, within it, and an architecture its space's own first mutation. What applies
// only now is drawn.
func (s *Space) Mutations() []string { return []string{"one"} }

// Mutation returns a named operator.
func (s *Space) Mutation(name string) (evolve.Mutation, error) {
	if name != "one" {
		return nil, evolve.Unknown("mutation of "+s.name, name, s.Mutations())
	}
	var inner evolve.Mutation
	if m, ok := s.arch.(evolve.Mutator); ok && s.joint != nil && len(m.Mutations()) > 0 {
		var err error
		if inner, err = m.Mutation(m.Mutations()[0]); err != nil {
			return nil, err
		}
	}
	return func(parent evolve.Arch, r *rand.Rand) evolve.Arch { return s.mutate(parent, inner, r) }, nil
}

func (s *Space) mutate(parent evolve.Arch, inner evolve.Mutation, r *rand.Rand) evolve.Arch {
	x, arch, err := s.read(nil, parent)
	if err != nil {
		return parent // which is not valid
	}
	n := 0
	if inner != nil {
		n = s.before()
	}
	var at []int // what applies
	for i, v := range x {
		if !math.IsNaN(v) {
			at = append(at, i)
		}
	}
	k := r.IntN(n+len(at)) - n
	if k < 0 {
		for range redraws {
			if child := inner(arch, r); child != arch {
				return s.write(child, x)
			}
		}
		k = r.IntN(len(at))
	}
	s.move(x, at[k], r)
	return s.write(arch, x)
}

// move changes parameter i, and decides what applies only now.
func (s *Space) move(x []float64, i int, r *rand.Rand) {
	d := &s.own[i]
	if d.Options == 0 {
		x[i] = moved(d, x[i], r)
		return
	}
	if k := r.IntN(d.Options - 1); k < int(x[i]) {
		x[i] = float64(k)
	} else {
		x[i] = float64(k + 1)
	}
	for j := i + 1; j < len(x); j++ {
		switch applies := s.applies(x, j); {
		case !applies:
			x[j] = math.NaN()
		case math.IsNaN(x[j]):
			x[j] = s.own[j].Draw(r)
		}
	}
}

// moved is another number of a real decision.
func moved(d *evolve.Decision, x float64, r *rand.Rand) float64 {
	u := d.Unit(x)
	for range redraws {
		v := u + float64(step*samebits.Normal(r))
		if y := d.FromUnit(v); v >= 0 && v <= 1 && y != x {
			return y
		}
	}
	if x == d.Lo {
		return d.Hi
	}
	return d.Lo
}

// Cross takes each parameter from either parent with equal chance, or from the one to which it applies, and the
// architecture as its space crosses two or, where that does not, from either.
func (s *Space) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	x, one, errA := s.read(nil, a)
	y, two, errB := s.read(nil, b)
	if errA != nil || errB != nil {
		return a // which are not valid
	}
	if c, ok := s.arch.(evolve.Crosser); ok && s.joint != nil {
		one = c.Cross(one, two, r)
	} else if s.joint != nil && r.Uint64()&1 != 0 {
		one = two
	}
	child := make([]float64, len(x))
	for i := range child {
		child[i] = math.NaN()
		if other := r.Uint64()&1 != 0; s.applies(child, i) {
			// What it needs came from one of the parents, to which it then applies.
			if child[i] = x[i]; math.IsNaN(x[i]) || other && !math.IsNaN(y[i]) {
				child[i] = y[i]
			}
		}
	}
	return s.write(one, child)
}

// Encodings: levels has a bit for each option of a choice and for each number its place in the range in 256 levels, so
// that trees can split it; unit has the place as a part, 0 to 1. What does not apply is 0, as are its options.
func (s *Space) Encodings() []string { return []string{levels, unit} }

const (
	levels = "levels"
	unit   = "unit"
	top    = 255 // the highest level
)

// Encode appends the numbers of all decisions, those of an architecture included.
func (s *Space) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if encoding != levels && encoding != unit {
		return dst, evolve.Unknown("encoding of "+s.name, encoding, s.Encodings())
	}
	x, arch, err := s.read(nil, a)
	if err == nil && s.joint != nil {
		_, err = s.joint.Canon(arch)
		x = append(s.joint.Choices(nil, arch), x...)
	}
	if err != nil {
		return dst, err
	}
	for i, d := range s.all {
		if d.Options == 0 {
			place := 0.0
			if !math.IsNaN(x[i]) {
				place = d.Unit(x[i])
			}
			if encoding == levels {
				place = math.Round(place * top)
			}
			dst = append(dst, place)
			continue
		}
		for o := range d.Options {
			bit := 0.0
			if x[i] == float64(o) {
				bit = 1
			}
			dst = append(dst, bit)
		}
	}
	return dst, nil
}

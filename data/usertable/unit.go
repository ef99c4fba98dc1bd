package usertable

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
)

// unit is what a column of scores is in.
type unit struct {
	percent bool
	said    string // the rest of the sentence about the column
	because string // the rest of an error about a value that the unit does not have
}

// units settles what val and test are in, each for itself, and notes it.
func (b *builder) units(scored []*column) ([]unit, error) {
	units := make([]unit, len(scored))
	switch p := b.options.Percent; {
	case p == "test" && !b.has(roleTest):
		return nil, fmt.Errorf("%s: percent=test: there is no column test; percent=no reads val as fractions: %w",
			b.file, evolve.ErrUnsupported)
	case p == "auto":
		signs := make([]sign, len(scored))
		for k, c := range scored {
			signs[k] = b.sign(c)
		}
		for k := range scored {
			if signs[k].mixed() {
				return nil, b.mixed(scored, signs, k)
			}
		}
		for k := range scored {
			units[k] = b.judged(scored, signs, k)
		}
	default:
		for k, c := range scored {
			units[k] = unit{percent: p == "yes" || roleNamed(p) == c.role,
				because: fmt.Sprintf(", which percent=%s says it is", p)}
			units[k].said = units[k].name() + ", as percent=" + p + " says"
		}
	}
	if len(units) == 2 && units[0].said == units[1].said {
		b.note("%s and %s are read as %s", scored[0].role, scored[1].role, units[0].said)
		return units, nil
	}
	for k, u := range units {
		b.note("%s is read as %s", scored[k].role, u.said)
	}
	return units, nil
}

func (u unit) name() string {
	if u.percent {
		return "per cent"
	}
	return "fractions"
}

// sign is what the values of a column say of its unit. 0 and 1 say nothing: each is a share
// in either unit.
type sign struct {
	above, within           int   // values above 1, and strictly between 0 and 1
	firstAbove, firstWithin int32 // rows of the first of them
}

func (s sign) mixed() bool { return s.above > 0 && s.within > 0 }

func (b *builder) sign(c *column) (s sign) {
	for i, x := range c.values {
		switch {
		case x > 1:
			if s.above++; s.above == 1 {
				s.firstAbove = int32(i)
			}
		case x > 0 && x < 1:
			if s.within++; s.within == 1 {
				s.firstWithin = int32(i)
			}
		}
	}
	return s
}

// judged is the unit of a column that is not mixed. One of nothing but 0 and 1 has the unit of
// the other.
func (b *builder) judged(scored []*column, signs []sign, k int) unit {
	s := signs[k]
	switch {
	case s.above > 0:
		return unit{percent: true, said: "per cent, because some are above 1",
			because: ", which is how the column is read because of " + b.named(b.place[s.firstAbove])}
	case s.within == 0 && len(scored) == 2 && signs[1-k].above > 0:
		other := scored[1-k].role
		return unit{percent: true, said: fmt.Sprintf("per cent, as %s is: 0 and 1 decide nothing", other),
			because: fmt.Sprintf(", which is how the column is read because %s is", other)}
	}
	return unit{said: "fractions, because none is above 1"}
}

// mixed refuses a column with values of both units, with the first value of the rarer unit and
// what to say if they are of one unit all the same.
func (b *builder) mixed(scored []*column, signs []sign, k int) error {
	c, s := scored[k], signs[k]
	odd, is, usual, are := s.firstWithin, "a fraction", s.firstAbove, "per cent"
	if s.above < s.within || s.above == s.within && s.firstAbove > s.firstWithin {
		odd, is, usual, are = usual, are, odd, is
	}
	remedy := "yes"
	if len(scored) == 2 && signs[1-k].within > 0 && signs[1-k].above == 0 {
		remedy = c.role.String()
	}
	return b.in(b.place[odd], c.name, fmt.Errorf("%v looks like %s, %v in %s like %s, and a column has one unit; if "+
		"all of it is per cent, with %v %% in it, say percent=%s, else correct it",
		c.values[odd], is, c.values[usual], b.named(b.place[usual]), are, c.values[s.firstWithin], remedy))
}

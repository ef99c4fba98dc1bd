package usertable

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// perCent says whether a metric is a fraction 0..1 that people also print as per cent.
func perCent(m evolve.Metric) bool { return m.Unit() == "%" }

// losses turns val and test into losses, and says so where it had to decide what they are.
func (b *builder) losses(t *Table) error {
	m := b.options.Metric
	var scored []*column
	for i := range b.columns {
		if c := &b.columns[i]; c.role == roleVal || c.role == roleTest {
			scored = append(scored, c)
		}
	}
	why := ""
	switch {
	case !perCent(m):
	case b.options.Percent == "yes":
		t.Percent = true
	case b.options.Percent == "auto":
		if place := b.above(scored); place > 0 {
			t.Percent = true
			why = ", which is how the file is read because of " + b.named(place)
			b.note("scores are read as per cent, because some are above 1")
		} else {
			b.note("scores are read as fractions, because none is above 1")
		}
	}
	s := scaleOf(m, t.Percent)
	for i := range b.place {
		for _, c := range scored {
			if x := c.values[i]; x < s.low || x > s.high {
				return b.in(b.place[i], c.name, fmt.Errorf("%v is no %s%s", x, s.name, why))
			}
		}
	}
	for _, c := range scored {
		for i, x := range c.values {
			c.values[i] = s.loss(x)
		}
	}
	return nil
}

// above is the place of the first value that cannot be a fraction; 0 for none.
func (b *builder) above(scored []*column) int32 {
	for i, place := range b.place {
		for _, c := range scored {
			if math.Abs(c.values[i]) > 1 {
				return place
			}
		}
	}
	return 0
}

// scale is what a metric's values can be and the losses that they stand for.
type scale struct {
	name      string
	low, high float64
	loss      func(float64) float64
}

func scaleOf(m evolve.Metric, percent bool) scale {
	switch {
	case m == evolve.PlainLoss:
		return scale{"loss", math.Inf(-1), math.Inf(1), func(x float64) float64 { return x }}
	case m == evolve.Perplexity:
		// exp of a loss in nats, which is never below 0.
		return scale{"perplexity, which is 1 or more", 1, math.Inf(1), math.Log}
	case m == evolve.SSIM:
		// The range of the index itself (Wang et al., IEEE TIP 2004).
		return scale{"structural similarity -1..1", -1, 1, func(x float64) float64 { return 1 - x }}
	case percent:
		return scale{"per cent 0..100", 0, 100, func(x float64) float64 { return 1 - x/100 }}
	}
	return scale{"fraction 0..1", 0, 1, func(x float64) float64 { return 1 - x }}
}

package usertable

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// perCent says whether a metric is a fraction 0..1 that people also print as per cent.
func perCent(m evolve.Metric) bool { return m.Unit() == "%" }

// Units are the values of Options.Percent: both of val and test are per cent when it is yes,
// neither when it is no, the named one alone when it is val or test.
var Units = []string{"auto", "yes", "no", "val", "test"}

// losses turns val and test into losses, and says what they were read as.
func (b *builder) losses(t *Table) error {
	var scored []*column
	for i := range b.columns {
		if c := &b.columns[i]; c.role == roleVal || c.role == roleTest {
			scored = append(scored, c)
		}
	}
	slices.SortFunc(scored, func(a, b *column) int { return cmp.Compare(a.role, b.role) }) // val first, wherever it is
	units := make([]unit, len(scored))
	if perCent(b.options.Metric) {
		var err error
		if units, err = b.units(scored); err != nil {
			return err
		}
	}
	scales := make([]scale, len(scored))
	for k, u := range units {
		scales[k] = scaleOf(b.options.Metric, u.percent)
		if scored[k].role == roleVal {
			t.PercentVal = u.percent
		} else {
			t.PercentTest = u.percent
		}
	}
	for i := range b.place {
		for k, c := range scored {
			if x := c.values[i]; x < scales[k].low || x > scales[k].high {
				return b.in(b.place[i], c.name, fmt.Errorf("%v is no %s%s", x, scales[k].name, units[k].because))
			}
		}
	}
	for k, c := range scored {
		for i, x := range c.values {
			c.values[i] = scales[k].loss(x)
		}
	}
	return nil
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

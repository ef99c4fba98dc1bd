package census

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Drawn is an architecture that [Census.Spread] drew: from which part, from 1 for the worst, and the number that placed
// it there.
type Drawn struct {
	Entry
	Part  int
	Value float64
}

// Spread draws architectures from all over an order, where a plain sample would nearly miss its ends. The different
// networks of the space, each by its canonical architecture, are sorted by the order and cut into equal parts; each
// part gives as many as are asked for, all with the same chance. One of each part follows one of each, the worst part
// first, so that the beginning of the list is spread as well. of is how many networks were sorted; those without a
// number are none of them. Spread looks at every architecture. The error wraps [evolve.ErrInvalid] where the parts
// are too small.
func (c *Census) Spread(ctx context.Context, parts, each int, by Order, rng *rand.Rand) (drawn []Drawn, of int,
	err error) {
	var all []Drawn
	for i := range c.Size() {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		a := c.space.At(i)
		if canon, err := c.bench.Problem().Space.Canon(a); err != nil || canon != a {
			if err != nil {
				return nil, 0, err
			}
			continue
		}
		e, ok, err := c.Entry(i)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			continue
		}
		x, err := c.of(&e, by)
		if err != nil {
			return nil, 0, err
		}
		if !math.IsNaN(x) {
			all = append(all, Drawn{Entry: e, Value: x})
		}
	}
	if len(all)/parts < each {
		return nil, 0, fmt.Errorf("%d of each of %d parts: %d different networks have a number, and a part is %d: %w",
			each, parts, len(all), len(all)/parts, evolve.ErrInvalid)
	}
	slices.SortStableFunc(all, func(a, b Drawn) int {
		if by.Rises {
			return cmp.Compare(a.Value, b.Value)
		}
		return cmp.Compare(b.Value, a.Value)
	})
	drawn = make([]Drawn, parts*each)
	for p := range parts {
		part := all[p*len(all)/parts : (p+1)*len(all)/parts]
		for k := range each { // the first steps of a Fisher-Yates shuffle
			j := k + rng.IntN(len(part)-k)
			part[k], part[j] = part[j], part[k]
			part[k].Part = p + 1
			drawn[k*parts+p] = part[k]
		}
	}
	return drawn, len(all), nil
}

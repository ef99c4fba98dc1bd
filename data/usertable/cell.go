package usertable

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// failed says whether a row is of a run that failed: its val is empty, NaN or infinite.
func (b *builder) failed(cells []value) bool {
	i := slices.IndexFunc(b.columns, func(c column) bool { return c.role == roleVal })
	x, err := cells[i].number()
	return err == nil && math.IsNaN(x) || errors.Is(err, errInfinite)
}

// add takes a cell of val, test or cost.
func (c *column) add(v value, failed bool) error {
	x, err := v.number()
	switch infinite := errors.Is(err, errInfinite); {
	case failed && (c.role == roleVal || c.role == roleTest && (err == nil || infinite)):
		if c.role == roleTest && (infinite || !math.IsNaN(x)) {
			c.unpaired++
		}
		x = math.NaN() // a test of a failed run would be in no pair with a val
	case c.role == roleTest && infinite:
		return fmt.Errorf("%w; leave the column out, or val of this run empty if it failed", err)
	case err != nil:
		return err
	case c.role == roleCost && failed && x < 0:
		return fmt.Errorf("%v seconds, want at least 0", v)
	case c.role == roleCost && !failed && x <= 0:
		return fmt.Errorf("%v seconds, want more than 0", v)
	}
	c.values = append(c.values, x)
	return nil
}

// more takes a cell of a further column, which text makes an ignored one.
func (b *builder) more(place int32, c *column, v value) {
	x, err := v.number()
	switch {
	case errors.Is(err, errInfinite), errors.Is(err, errTooLarge):
		// No error before it is known whether this is a column of text.
		if c.odd == nil {
			c.odd = b.in(place, c.name, fmt.Errorf("%w; where there is none, leave the cell empty", err))
		}
		x = math.NaN()
	case err != nil:
		b.note("column %q is ignored: %v", c.name, err)
		c.role, c.values = ignored, nil
		return
	}
	c.some = c.some || !math.IsNaN(x)
	c.values = append(c.values, x)
}

package usertable

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
)

// builder takes rows as they are read, whatever the format.
type builder struct {
	file    string
	options Options
	limits  limits
	rowed   bool // places are rows, of Parquet, not lines
	notes   []string

	columns []column
	ids     map[string]int32      // by the text of a cell
	byArch  map[evolve.Arch]int32 // by the genome that identity gives
	archs   []evolve.Arch
	first   []int32 // place of the first row of each architecture

	// By row.
	place  []int32 // line or row of the file, from 1
	arch   []int32
	epochs []int32
	seed   []int64
}

func newBuilder(file string, o Options, lim limits) (*builder, error) {
	o.Percent = cmp.Or(o.Percent, "auto")
	switch {
	case !slices.Contains(Units, o.Percent):
		return nil, evolve.Unknown("value of percent", o.Percent, Units)
	case !perCent(o.Metric) && o.Percent != "auto" && o.Percent != "no":
		return nil, fmt.Errorf("%s: percent=%s: %s is never per cent: %w", file, o.Percent, o.Metric.Name(), evolve.ErrUnsupported)
	}
	return &builder{file: file, options: o, limits: lim, ids: map[string]int32{}, byArch: map[evolve.Arch]int32{}}, nil
}

func (b *builder) note(format string, v ...any) { b.notes = append(b.notes, fmt.Sprintf(format, v...)) }

// fail is an error of the whole file.
func (b *builder) fail(format string, v ...any) error {
	return fmt.Errorf("%s: %w", b.file, invalid(fmt.Errorf(format, v...)))
}

// top is where an error of the header is.
func (b *builder) top() string {
	if b.rowed {
		return b.file + ": "
	}
	return b.file + ":1: "
}

// named is a place in the middle of a sentence.
func (b *builder) named(place int32) string {
	if b.rowed {
		return fmt.Sprintf("row %d", place)
	}
	return fmt.Sprintf("line %d", place)
}

// at is an error of a row.
func (b *builder) at(place int32, format string, v ...any) error {
	err := invalid(fmt.Errorf(format, v...))
	if b.rowed {
		return fmt.Errorf("%s: row %d: %w", b.file, place, err)
	}
	return fmt.Errorf("%s:%d: %w", b.file, place, err)
}

// in is an error of a cell.
func (b *builder) in(place int32, column string, err error) error {
	if b.rowed {
		return fmt.Errorf("%s: row %d, column %q: %w", b.file, place, column, invalid(err))
	}
	return fmt.Errorf("%s:%d: column %q: %w", b.file, place, column, invalid(err))
}

// invalid has an error wrap evolve.ErrInvalid, once.
func invalid(err error) error {
	if errors.Is(err, evolve.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
}

// row adds a row: a cell for each column.
func (b *builder) row(place int32, cells []value) error {
	if len(b.place) == b.limits.rows {
		return b.at(place, "more than %d rows", b.limits.rows)
	}
	n := 0
	for i := range b.columns {
		if b.columns[i].numeric() {
			n++
		}
	}
	if (len(b.place)+1)*n > b.limits.numbers {
		return b.at(place, "more than %d numbers in the %d columns that have them; leave out those that are not needed", b.limits.numbers, n)
	}
	var arch, epochs int32
	var seed int64
	for i := range b.columns {
		c, v := &b.columns[i], cells[i]
		if v.kind == text && !utf8.ValidString(v.text) {
			return b.in(place, c.name, errors.New("invalid UTF-8"))
		}
		var err error
		switch c.role {
		case roleArch:
			arch, err = b.archOf(place, v)
		case roleFidelity:
			var n int64
			n, err = v.wholeIn(1, math.MaxInt32)
			epochs = int32(n)
		case roleSeed:
			seed, err = v.wholeIn(0, math.MaxInt64)
		case further:
			b.more(place, c, v)
		case roleVal, roleTest, roleCost:
			err = c.add(v)
		}
		if err != nil {
			return b.in(place, c.name, err)
		}
	}
	b.place = append(b.place, place)
	b.arch = append(b.arch, arch)
	b.epochs = append(b.epochs, epochs)
	b.seed = append(b.seed, seed)
	return nil
}

// add takes a cell of val, test or cost.
func (c *column) add(v value) error {
	x, err := v.number()
	switch {
	case err != nil:
		return err
	case c.role == roleVal && v.kind == empty:
		return errors.New("empty, want a number")
	case c.role == roleCost && x <= 0:
		return fmt.Errorf("%v seconds, want more than 0", v)
	}
	c.values = append(c.values, x)
	return nil
}

// more takes a cell of a further column, which text makes an ignored one.
func (b *builder) more(place int32, c *column, v value) {
	x, err := v.number()
	switch {
	case errors.Is(err, errNotFinite):
		// No error before it is known whether this is a column of text.
		if c.odd == nil {
			c.odd = b.in(place, c.name, err)
		}
		x = math.NaN()
	case err != nil:
		b.note("column %q is ignored: %v", c.name, err)
		c.role, c.values = ignored, nil
		return
	}
	c.some = c.some || v.kind != empty
	c.values = append(c.values, x)
}

// archOf is the number of a cell's architecture, which all that mean the same share. Each text
// is parsed once.
func (b *builder) archOf(place int32, v value) (int32, error) {
	switch v.kind {
	case empty:
		return 0, errors.New("empty, want an architecture")
	case float, whole:
		// A genome of digits that lost its leading zeros would be another architecture.
		return 0, fmt.Errorf("%v is a number, want text", v)
	}
	if id, ok := b.ids[v.text]; ok {
		return id, nil
	}
	key := strings.Clone(v.text) // not the record that it is part of
	a, err := evolve.Arch(key), error(nil)
	if n, ok := b.options.Space.(evolve.Notation); ok {
		a, err = n.Parse(key)
	}
	same := a
	if err == nil {
		same, err = identity(b.options.Space, a)
	}
	if err != nil {
		return 0, err
	}
	id, ok := b.byArch[same]
	if !ok {
		id = int32(len(b.archs))
		b.byArch[same] = id
		b.archs = append(b.archs, a)
		b.first = append(b.first, place)
	}
	b.ids[key] = id
	return id, nil
}

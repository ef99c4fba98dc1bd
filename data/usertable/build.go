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
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// builder takes rows as they are read, whatever the format.
type builder struct {
	source
	options Options
	theirs  map[role]string // names of columns that have others than ours
	limits  limits
	notes   []string

	columns []column
	ids     map[string]int32      // by the text of a cell
	byArch  map[evolve.Arch]int32 // by the genome that identity gives
	archs   []evolve.Arch

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
		return nil, fmt.Errorf("%s: percent=%s: %s is never per cent: %w",
			file, o.Percent, o.Metric.Name(), evolve.ErrUnsupported)
	}
	theirs, err := parseColumns(o.Columns)
	if err != nil {
		return nil, err
	}
	return &builder{theirs: theirs, source: source{file: file}, options: o, limits: lim, ids: map[string]int32{},
		byArch: map[evolve.Arch]int32{}}, nil
}

func (b *builder) note(format string, v ...any) { b.notes = append(b.notes, fmt.Sprintf(format, v...)) }

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
		return b.at(place, "more than %d numbers in the %d columns that have them; leave out those that are not needed",
			b.limits.numbers, n)
	}
	failed := b.failed(cells)
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
			err = c.add(v, failed)
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
	if _, ok := b.options.Space.(evolve.Notation); ok {
		if a, err = space.Read(b.options.Space, key); err != nil {
			if other := space.Other(b.options.Space, key); other != "" {
				return 0, fmt.Errorf("an architecture of the space %s, and the table is read as one of %s: say that "+
					"its space is %s: %w",
					other, b.options.Space.Name(), other, evolve.ErrInvalid)
			}
		}
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
	}
	b.ids[key] = id
	return id, nil
}

package grid

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// maxDepth is how deep parentheses may stand within parentheses: as deep as in [evolve.ParseSpec].
const maxDepth = 16

// reader reads a spec with several values as [evolve.ParseSpec] reads one without. It passes on what is wrong with the
// spec otherwise, and ParseSpec names that.
type reader struct {
	text  string
	at    int // bytes that are read
	depth int
}

// take reads up to the first of some bytes, or to the end.
func (r *reader) take(until string) string {
	rest := r.text[r.at:]
	if n := strings.IndexAny(rest, until); n >= 0 {
		rest = rest[:n]
	}
	r.at += len(rest)
	return rest
}

// next says whether a byte comes next.
func (r *reader) next(b byte) bool { return r.at < len(r.text) && r.text[r.at] == b }

// blank skips white space.
func (r *reader) blank() { r.at = len(r.text) - len(strings.TrimLeft(r.text[r.at:], " \t\n")) }

// quoted reads a text in double quotes, the quotes included; to the end where none closes it.
func (r *reader) quoted() string {
	from := r.at
	for r.at++; r.at < len(r.text); r.at++ {
		switch r.text[r.at] {
		case '"':
			r.at++
			return r.text[from:r.at]
		case '\\':
			r.at++
		}
	}
	r.at = len(r.text)
	return r.text[from:]
}

// spec reads up to the end or a parenthesis that it did not open. prefix stands before the names of its options.
func (r *reader) spec(prefix string) (g Grid, err error) {
	if r.depth++; r.depth > maxDepth {
		return g, fmt.Errorf("more than %d parentheses within each other: %w", maxDepth-1, evolve.ErrInvalid)
	}
	defer func() { r.depth-- }()
	head := r.take(":,()")
	if r.next(':') {
		r.at++
		head += ":"
		if r.next('"') {
			head += r.quoted()
		}
		head += r.take(",()")
	}
	g.literal(head)
	for r.next(',') {
		r.at++
		key := r.take("=,()")
		g.literal("," + key)
		if !r.next('=') {
			continue
		}
		r.at++
		g.literal("=")
		value, err := r.value(prefix + strings.TrimSpace(key))
		if err != nil {
			return g, err
		}
		g.add(value)
	}
	return g, nil
}

// value reads one value of an option or several.
func (r *reader) value(name string) (g Grid, err error) {
	if g, err = r.single(name); err != nil || !r.next('|') {
		return g, err
	}
	all := Axis{Name: name}
	for {
		// What varies within one of several values varies with it: each combination is a value.
		if err := g.small(); err != nil {
			return g, fmt.Errorf("%s: %w", name, err)
		}
		for _, at := range Places(g.Axes) {
			all.Values = append(all.Values, strings.TrimSpace(g.Spec(at)))
		}
		if len(all.Values) > MaxSettings {
			return g, fmt.Errorf("%s: more than %d values: %w", name, MaxSettings, evolve.ErrInvalid)
		}
		if !r.next('|') {
			return Grid{Axes: []Axis{all}, parts: []part{{axis: 0}}}, nil
		}
		r.at++
		if g, err = r.single(name); err != nil {
			return g, err
		}
	}
}

// small refuses more combinations than are worth writing out.
func (g *Grid) small() error {
	if len(g.Axes) == 0 {
		return nil
	}
	return g.check()
}

// single reads one value: in quotes, in parentheses or neither.
func (r *reader) single(name string) (g Grid, err error) {
	r.blank()
	switch {
	case r.next('"'):
		g.literal(r.quoted())
	case r.next('('):
		r.at++
		g.literal("(")
		within, err := r.spec(name + ".")
		if err != nil {
			return g, err
		}
		g.add(within)
		if r.next(')') {
			r.at++
			g.literal(")")
		}
	}
	g.literal(r.take(",()|"))
	return g, nil
}

package trace

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/grid"
)

// A Grid is the algorithms of an experiment by the values of the parameters in which they differ, as a sweep makes
// them. A searcher that takes another one differs in the parameters of that one, or in which one it takes.
type Grid struct {
	Searcher string
	Axes     []grid.Axis
	Cells    []Cell // all combinations, see [grid.Places]
}

// Cell is a combination of values.
type Cell struct {
	At   []int  // the number of its value on each axis
	Algo string // its spec
	Arm  *Arm   // nil of a combination that was not run
}

// Grid tells an experiment's grid. The error wraps [evolve.ErrInvalid] where its algorithms are not of one searcher, or
// are told apart by no parameter.
func (s *Set) Grid() (*Grid, error) {
	refuse := func(format string, values ...any) (*Grid, error) {
		return nil, fmt.Errorf(format+", and a grid is of the settings of one searcher, as amoeba sweep runs them: %w",
			append(values, evolve.ErrInvalid)...)
	}
	if len(s.Arms) < 2 {
		return refuse("there is one algorithm")
	}
	all := make([]settings, len(s.Arms))
	for i := range s.Arms {
		spec, err := evolve.ParseSpec(s.Arms[i].Algo)
		if err != nil {
			return nil, err
		}
		if all[i] = (settings{spec, s.Arms[i].Params}); spec.Name != all[0].spec.Name {
			return refuse("%s and %s are two searchers", all[0].spec.Name, spec.Name)
		}
	}
	g := &Grid{Searcher: all[0].spec.Name}
	var values [][]string // by axis, then by arm
	for _, d := range differ(all) {
		g.Axes = append(g.Axes, grid.Axis{Name: d.name, Values: ordered(d.values)})
		values = append(values, d.values)
	}
	for _, at := range grid.Places(g.Axes) {
		g.Cells = append(g.Cells, Cell{At: at})
	}
	for i := range s.Arms {
		c := 0
		for k, a := range g.Axes {
			c = c*len(a.Values) + slices.Index(a.Values, values[k][i])
		}
		if other := g.Cells[c].Arm; other != nil {
			return refuse("%s and %s differ in no parameter", other.Algo, s.Arms[i].Algo)
		}
		g.Cells[c].Arm, g.Cells[c].Algo = &s.Arms[i], s.Arms[i].Algo
	}
	for i := range g.Cells {
		if c := &g.Cells[i]; c.Arm == nil {
			spec := all[0].spec
			for k, a := range g.Axes {
				spec = with(spec, a.Name, a.Values[c.At[k]])
			}
			c.Algo = spec.String()
		}
	}
	return g, nil
}

// Values are a cell's, in the order of the axes.
func (g *Grid) Values(c *Cell) []string {
	values := make([]string, len(g.Axes))
	for k, a := range g.Axes {
		values[k] = a.Values[c.At[k]]
	}
	return values
}

// settings are the options of an algorithm: as they were given, and all of them.
type settings struct {
	spec evolve.Spec
	all  map[string]any
}

// given is where an option stands among those that were given, behind all where it was not.
func (s *settings) given(name string) int {
	at := slices.IndexFunc(s.spec.Set, func(kv evolve.Setting) bool { return kv.Key == name })
	if at < 0 {
		return len(s.spec.Set)
	}
	return at
}

// difference is a parameter with its value in each algorithm.
type difference struct {
	name   string
	values []string
}

// differ are the parameters in which algorithms of one searcher differ, in the order in which the first one gives them.
func differ(all []settings) (found []difference) {
	names := slices.Sorted(maps.Keys(all[0].all))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(all[0].given(a), all[0].given(b)) })
	for _, name := range names {
		if inner, ok := nested(all, name); ok {
			for _, d := range differ(inner) {
				found = append(found, difference{name + "." + d.name, d.values})
			}
			continue
		}
		d := difference{name: name}
		for i := range all {
			d.values = append(d.values, all[i].value(name))
		}
		if slices.ContainsFunc(d.values, func(v string) bool { return v != d.values[0] }) {
			found = append(found, d)
		}
	}
	return found
}

// value is an option's value as a spec has it. Of a nested spec that is how it was given.
func (s *settings) value(name string) string {
	if at := s.given(name); at < len(s.spec.Set) {
		if _, plain := s.all[name].(string); !plain {
			return s.spec.Set[at].Value
		}
	}
	if of, ok := s.all[name].(map[string]any); ok {
		return fmt.Sprint(of["name"])
	}
	return fmt.Sprint(s.all[name])
}

// nested are the settings of what an option names, where that is a spec in all algorithms, of one name.
func nested(all []settings, name string) (inner []settings, ok bool) {
	for i := range all {
		of, isSpec := all[i].all[name].(map[string]any)
		if !isSpec {
			return nil, false
		}
		params, _ := of["params"].(map[string]any)
		s := settings{evolve.Spec{Name: fmt.Sprint(of["name"])}, params}
		if at := all[i].given(name); at < len(all[i].spec.Set) {
			text := strings.TrimSuffix(strings.TrimPrefix(all[i].spec.Set[at].Value, "("), ")")
			if given, err := evolve.ParseSpec(text); err == nil {
				s.spec = given
			}
		}
		if inner = append(inner, s); s.spec.Name != inner[0].spec.Name || s.spec.Variant != inner[0].spec.Variant {
			return nil, false
		}
	}
	return inner, true
}

// ordered are the values that there are: numbers rising, other words as they come.
func ordered(all []string) (values []string) {
	numbers := true
	for _, v := range all {
		if !slices.Contains(values, v) {
			values = append(values, v)
			_, err := strconv.ParseFloat(v, 64)
			numbers = numbers && err == nil
		}
	}
	if numbers {
		slices.SortFunc(values, func(a, b string) int {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			return cmp.Compare(x, y)
		})
	}
	return values
}

// with is a spec with another value of an option, whose name leads into nested specs.
func with(spec evolve.Spec, name, value string) evolve.Spec {
	outer, rest, deep := strings.Cut(name, ".")
	spec.Set = slices.Clone(spec.Set)
	at := slices.IndexFunc(spec.Set, func(kv evolve.Setting) bool { return kv.Key == outer })
	if at < 0 {
		at = len(spec.Set)
		spec.Set = append(spec.Set, evolve.Setting{Key: outer})
	}
	if deep {
		text := strings.TrimSuffix(strings.TrimPrefix(spec.Set[at].Value, "("), ")")
		if inner, err := evolve.ParseSpec(text); err == nil {
			value = "(" + with(inner, rest, value).String() + ")"
		}
	}
	spec.Set[at].Value = value
	return spec
}

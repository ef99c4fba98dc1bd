package grid

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// MaxSettings bounds the combinations of a grid. Every two settings of a sweep are compared, which takes seconds for
// this many with 500 runs each, and a picture of more cells has no room for their numbers.
const MaxSettings = 256

// An Axis is an option with several values.
type Axis struct {
	Name   string   // of the option, behind those that it is nested in: inner.population
	Values []string // as they are written in a spec
}

// A Grid is all combinations of the values of its axes.
type Grid struct {
	Axes  []Axis
	parts []part
}

// A part of a grid's text is a literal, or stands for the value of an axis.
type part struct {
	text string
	axis int // -1 for a literal
}

// Parse reads NAME[:VARIANT],key=value|value…, in which every value of every option, also within parentheses, may be
// several with | between them. Within double quotes | is itself, as it is in a variant. The error wraps
// [evolve.ErrInvalid]: no option has several values, a value is missing or stands twice, or there are more than
// [MaxSettings] combinations. Parse does not know which names exist.
func Parse(text string) (*Grid, error) {
	r := reader{text: text}
	g, err := r.spec("")
	if err == nil {
		err = g.check()
	}
	if err == nil {
		g.literal(text[r.at:]) // a parenthesis too many, which evolve.ParseSpec names
		for _, at := range Places(g.Axes) {
			if _, err = evolve.ParseSpec(g.Spec(at)); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("sweep of %q: %w", text, err)
	}
	return &g, nil
}

// check refuses a grid that is none or too large.
func (g *Grid) check() error {
	if head, _, _ := strings.Cut(g.parts[0].text, ":"); strings.Contains(head, "=") {
		return fmt.Errorf("%q: a short name is that of one algorithm, and these are many: leave it out: %w",
			head, evolve.ErrInvalid)
	}
	if len(g.Axes) == 0 {
		return fmt.Errorf("no option has several values: want NAME,option=VALUE|VALUE…: %w", evolve.ErrInvalid)
	}
	size := 1
	for _, a := range g.Axes {
		for i, value := range a.Values {
			if value == "" {
				return fmt.Errorf("%s: value %d of %d is empty: %w", a.Name, i+1, len(a.Values), evolve.ErrInvalid)
			}
			if slices.Contains(a.Values[:i], value) {
				return fmt.Errorf("%s=%s is given twice: %w", a.Name, value, evolve.ErrInvalid)
			}
		}
		if size *= len(a.Values); size > MaxSettings {
			return fmt.Errorf("more than %d settings: want fewer values: %w", MaxSettings, evolve.ErrInvalid)
		}
	}
	return nil
}

// Places are all combinations, each as the number of a value on every axis; the last axis varies fastest.
func Places(axes []Axis) [][]int {
	all := [][]int{nil}
	for _, a := range axes {
		var longer [][]int
		for _, at := range all {
			for v := range a.Values {
				longer = append(longer, append(slices.Clip(at), v))
			}
		}
		all = longer
	}
	return all
}

// Spec is the spec of a combination.
func (g *Grid) Spec(at []int) string {
	var b strings.Builder
	for _, p := range g.parts {
		if p.axis >= 0 {
			p.text = g.Axes[p.axis].Values[at[p.axis]]
		}
		b.WriteString(p.text)
	}
	return b.String()
}

func (g *Grid) literal(text string) { g.parts = append(g.parts, part{text, -1}) }

// add puts another grid behind this one.
func (g *Grid) add(other Grid) {
	for _, p := range other.parts {
		if p.axis >= 0 {
			p.axis += len(g.Axes)
		}
		g.parts = append(g.parts, p)
	}
	g.Axes = append(g.Axes, other.Axes...)
}

package page

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots"
)

// A figure is a drawing in the page.
type figure struct {
	Kind    string
	Of      string // the experiment, where there are several and each has its own
	SVG     template.HTML
	Broad   bool   // it takes the width of the page
	Command string // that draws it, as a shell reads it
}

// first are the kinds of figures that come first, in the order of a paper; others follow in the order of their names.
var first = []string{"trajectories", "ecdf", "box", "ranks", "cd", "profile"}

// figuresOf draws every kind of figure that experiments have, of all together where that can be, else of each, in so
// many bytes. Of the others it says why there are none.
func figuresOf(all []*lab.Outcome, room int) (drawn []figure, undrawn []string, err error) {
	var sets []*trace.Set
	for _, o := range all {
		sets = append(sets, o.Set)
	}
	add := func(e evolve.Entry[plots.Figure], of string, sets []*trace.Set) (why string, err error) {
		svg, why, err := drawnOf(e.Name, sets, fmt.Sprintf("f%d-", len(drawn)))
		switch {
		case err != nil || why != "":
			return why, err
		case len(svg) > room:
			return "it would make the page too large", nil
		}
		room -= len(svg)
		drawn = append(drawn, figure{e.Name, of, svg, width(svg) > half, drawing(e.Name, sets)})
		return "", nil
	}
	for _, e := range kinds() {
		if f, _, err := plots.Figures.Open(evolve.Spec{Name: e.Name}); err == nil && f.Needs().Benchmark {
			continue // a figure of the benchmark tells nothing of these experiments
		}
		if e.Name == "profile" && len(benchmarks(sets)) < 2 {
			undrawn = append(undrawn, e.Name+": of one benchmark it is the curve of ecdf")
			continue
		}
		why, err := add(e, "", sets)
		if err != nil {
			return nil, nil, err
		}
		if why != "" && len(sets) > 1 {
			some := false
			for _, s := range sets {
				lacks, err := add(e, s.Name, []*trace.Set{s})
				if err != nil {
					return nil, nil, err
				}
				some = some || lacks == ""
			}
			if some {
				continue
			}
		}
		if why != "" {
			undrawn = append(undrawn, e.Name+": "+why)
		}
	}
	return drawn, undrawn, nil
}

// drawing is the command that draws a kind of figure.
func drawing(kind string, sets []*trace.Set) string {
	text := "amoeba plot"
	for _, s := range sets {
		text += " " + words.Quote(s.Name)
	}
	return text + " --kind " + kind
}

// benchmarks are those of experiments, each once.
func benchmarks(sets []*trace.Set) (all []string) {
	for _, s := range sets {
		if !slices.Contains(all, s.Spec.Benchmark) {
			all = append(all, s.Spec.Benchmark)
		}
	}
	return all
}

// Two figures of at most so many pixels stand side by side, which makes them a little smaller.
const half = 700

// kinds are the kinds of figures in the order of a page.
func kinds() []evolve.Entry[plots.Figure] {
	all := plots.Figures.Entries()
	slices.SortStableFunc(all, func(a, b evolve.Entry[plots.Figure]) int { return place(a.Name) - place(b.Name) })
	return all
}

func place(kind string) int {
	if at := slices.Index(first, kind); at >= 0 {
		return at
	}
	return len(first)
}

// drawnOf draws a kind of figure, or says why these experiments have none.
func drawnOf(kind string, sets []*trace.Set, prefix string) (svg template.HTML, why string, err error) {
	d, err := plots.Draw(evolve.Spec{Name: kind}, sets, plots.Options{})
	if err == nil {
		var b bytes.Buffer
		if err = d.Write(&b, "svg"); err == nil {
			svg, err = inline(b.Bytes(), "Figure "+kind, prefix)
			return svg, "", err
		}
	}
	for _, expected := range []error{evolve.ErrInvalid, evolve.ErrUnsupported, evolve.ErrUnknown, plots.ErrNoPoint} {
		if errors.Is(err, expected) {
			return "", words.Line(err), nil
		}
	}
	return "", "", err
}

package plots

import (
	"slices"

	"gonum.org/v1/plot/vg"
)

// longName is the width of a name beyond which all names stand above the panels: gutters for longer
// ones would take as much of the page as the curves. The longest of ours without options, "best of
// the benchmark", is narrower.
const longName vg.Length = 100

// Names in the legend keep this distance from the next column, and its last line from the panels.
const (
	legendColumnGap vg.Length = 16
	legendGap       vg.Length = 5
)

// A named line is what a figure has a name for.
type named struct {
	text string
	look look
}

// A legend holds the names of all panels, printed once, in columns that are read downwards.
type legend struct {
	names  []named
	rows   int
	places []vg.Length // of the columns, from the left end of the figure
}

// names are those of a panel, in the order of its series, the lines' last.
func (p Panel) names() (all []named) {
	looks := p.looks()
	for i, s := range p.Series {
		if s.Name != "" {
			all = append(all, named{s.Name, looks[i]})
		}
	}
	for i, r := range p.Lines {
		if finite(r.Y) && r.Name != "" {
			all = append(all, named{r.Name, reference(i)})
		}
	}
	return all
}

// sharedNames are the names of all panels where one of them is long, or always. It returns none where all are
// short, and none where a name stands for different looks in two panels: one legend would be wrong.
func sharedNames(panels []panelLayout, always bool) (all []named) {
	long := always
	of := map[string]int{} // the first mark or dash of a name
	for _, l := range panels {
		for _, n := range l.names() {
			long = long || textWidth(n.text, labelSize) > longName
			at, known := of[n.text]
			switch {
			case !known:
				of[n.text] = len(all)
				all = append(all, n)
			case !all[at].look.equal(n.look):
				return nil
			}
		}
	}
	if !long {
		return nil
	}
	isLine := func(n named) int {
		if n.look.hue == referenceHue {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b named) int { return isLine(a) - isLine(b) })
	return all
}

func (k look) equal(other look) bool {
	return k.hue == other.hue && k.mark == other.mark && slices.Equal(k.dash, other.dash)
}

// newLegend sets names in as many columns as the room has, at least one.
func newLegend(names []named, room vg.Length) legend {
	for columns := len(names); columns > 0; columns-- {
		l := legend{names: names, rows: (len(names) + columns - 1) / columns}
		x := vg.Length(0)
		for first := 0; first < len(names); first += l.rows {
			l.places = append(l.places, x)
			x += widestName(names[first:min(first+l.rows, len(names))]) + legendColumnGap
		}
		if x-legendColumnGap <= room || columns == 1 {
			return l
		}
	}
	return legend{}
}

// widestName is the room that a column of names with their samples takes.
func widestName(names []named) (w vg.Length) {
	for _, n := range names {
		w = max(w, sampleWidth+labelGap+textWidth(n.text, labelSize))
	}
	return w
}

// height is the room that a legend takes between the title and the panels.
func (l legend) height() vg.Length {
	if l.rows == 0 {
		return 0
	}
	return vg.Length(l.rows)*labelHeight + legendGap
}

// draw writes a legend below the height of top.
func (l legend) draw(p pen, top vg.Length) {
	for i, n := range l.names {
		n.draw(p, vg.Point{X: margin + l.places[i/l.rows], Y: top - labelHeight*(vg.Length(i%l.rows)+0.5)})
	}
}

// draw writes a name to the right of a sample of its line with its mark.
func (n named) draw(p pen, at vg.Point) {
	end := vg.Point{X: at.X + sampleWidth, Y: at.Y}
	middle := vg.Point{X: at.X + sampleWidth/2, Y: at.Y}
	if n.look.points {
		p.point(n.look, middle, 1)
	} else {
		p.line(stroke{n.look.line, lineWidth, n.look.dash}, at, end)
		if n.look.mark >= 0 {
			p.mark(n.look.mark, n.look.line, middle)
		}
	}
	p.text(n.text, labelSize, n.look.text, left, vg.Point{X: end.X + labelGap, Y: at.Y})
}

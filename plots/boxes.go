package plots

import (
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Boxes is a figure of samples: a row each, with a dot for every value, and over the dots a box or a violin.
type Boxes struct {
	Title, Note string
	Violins     bool // in place of boxes
	Panels      []BoxPanel
}

// A BoxPanel has rows on one axis of values.
type BoxPanel struct {
	Title, Label string
	Log          bool    // values of 0, or under a millionth of the greatest, lie on a floor labelled 0
	Best         float64 // the best value that there can be, a line; 0 for none
	Rows         []BoxRow
}

// A BoxRow is a sample. NaN, a run without a result, is counted beside its name.
type BoxRow struct {
	Name     string
	Baseline bool // grey
	Values   []float64
}

// known are the values that are drawn, in rising order.
func (r BoxRow) known() []float64 {
	xs := slices.DeleteFunc(slices.Clone(r.Values), func(x float64) bool { return !finite(x) })
	slices.Sort(xs)
	return xs
}

// label is a row's name and, where some of its values are missing, how many are there.
func (r BoxRow) label() string {
	if n := len(r.known()); n < len(r.Values) {
		return fmt.Sprintf("%s (%d of %d)", r.Name, n, len(r.Values))
	}
	return r.Name
}

// Data has a row for every value, by its place in the sample.
func (f Boxes) Data() Table {
	t := Table{Header: []string{"panel", "label", "series", "run", "value"}}
	for _, p := range f.Panels {
		for _, r := range p.Rows {
			for i, x := range r.Values {
				t.Add(p.Title, p.Label, r.Name, i, x)
			}
		}
	}
	return t
}

const (
	boxRow     vg.Length = 33 // of one sample
	boxHeight  vg.Length = 9
	boxDots    vg.Length = 14 // of the dots under it
	boxOutline vg.Length = 12 // of the violin
	boxesWidth           = 9.5 * vg.Centimeter
	boxWidth             = 5.2 * vg.Centimeter // of several side by side
)

// A boxLayout is a panel with its place.
type boxLayout struct {
	BoxPanel
	frame
	violins bool
	looks   []look
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format, on a panel without rows or
// values, and when w does.
func (f Boxes) Write(w io.Writer, format string) error {
	width, height := boxesWidth, vg.Length(0)
	columns := min(len(f.Panels), mostColumns)
	if columns > 1 {
		width = boxWidth
	}
	panels := make([]boxLayout, len(f.Panels))
	names, below, above := vg.Length(0), vg.Length(14+lineHeight), vg.Length(4)
	rows := make([]vg.Length, (len(f.Panels)+max(columns, 1)-1)/max(columns, 1)) // heights
	for i, p := range f.Panels {
		l := boxLayout{BoxPanel: p, violins: f.Violins}
		var all []float64
		var series Panel
		for _, r := range p.Rows {
			all = append(all, r.known()...)
			names = max(names, textWidth(r.label(), labelSize))
			series.Series = append(series.Series, Series{Baseline: r.Baseline, Points: true})
		}
		if series.hues() > MaxSeries {
			return fmt.Errorf("plots: panel %d has %d rows, not 1 to %d", i+1, series.hues(), MaxSeries)
		}
		l.looks = series.looks()
		if len(all) == 0 {
			return fmt.Errorf("plots: panel %d: %w", i+1, ErrNoPoint)
		}
		if p.Title != "" {
			above = 4 + panelSize + 6
		}
		l.x, l.y = l.limits(all), axis{min: float64(len(p.Rows)), max: 0} // downwards
		panels[i] = l
		rows[i/columns] = max(rows[i/columns], boxRow*vg.Length(len(p.Rows)))
	}
	if len(panels) == 0 {
		return ErrNoPoint
	}
	full := margin + (names+10+width+panelGap)*vg.Length(columns) + margin
	wrapTexts(&f.Title, &f.Note, full-2*margin)
	height = 2*margin + titleHeight(f.Title) + noteHeight(f.Note) + total(rows) + (above+below)*vg.Length(len(rows))
	top := height - margin - titleHeight(f.Title)
	for i := range panels {
		if i > 0 && i%columns == 0 {
			top -= above + rows[i/columns-1] + below
		}
		l := &panels[i]
		l.Min.X = margin + (names+10+width+panelGap)*vg.Length(i%columns) + names + 10
		l.Max.X = l.Min.X + width
		l.Max.Y = top - above
		l.Min.Y = l.Max.Y - boxRow*vg.Length(len(l.Rows))
	}
	return output(w, format, full, height, func(p pen) {
		p.title(f.Title, height)
		p.note(f.Note)
		for i := range panels {
			panels[i].draw(p)
		}
	})
}

// limits hold all values, and a little more.
func (l boxLayout) limits(all []float64) axis {
	if l.Log {
		return logLimits(all)
	}
	if l.Best != 0 {
		all = append(all, l.Best)
	}
	return linearLimits(all)
}

func (l *boxLayout) draw(p pen) {
	axis := stroke{color: inkLight, width: 0.7}
	for _, t := range l.ticksX() {
		x := l.at(t.value, 0).X
		p.line(axis, vg.Point{X: x, Y: l.Min.Y}, vg.Point{X: x, Y: l.Min.Y - t.length()})
		if t.label != "" {
			p.line(stroke{color: gridColor, width: hairline}, vg.Point{X: x, Y: l.Min.Y}, vg.Point{X: x, Y: l.Max.Y})
		}
		p.text(t.label, tickSize, inkLight, center, vg.Point{X: x, Y: l.Min.Y - 9})
	}
	p.line(axis, l.Min, vg.Point{X: l.Max.X, Y: l.Min.Y})
	if l.Best != 0 {
		x := l.at(l.Best, 0).X
		p.line(stroke{referenceHue.line, referenceWidth, reference(0).dash},
			vg.Point{X: x, Y: l.Min.Y}, vg.Point{X: x, Y: l.Max.Y})
	}
	p.text(shorten(l.Title, panelSize, l.Size().X), panelSize, ink, left,
		vg.Point{X: l.Min.X, Y: l.Max.Y + 9 + capHeight(panelSize)/2})
	p.text(l.Label, labelSize, ink, center, vg.Point{X: (l.Min.X + l.Max.X) / 2, Y: l.Min.Y - 21})
	for i, r := range l.Rows {
		middle := l.Max.Y - boxRow*(vg.Length(i)+0.5)
		p.text(r.label(), labelSize, l.looks[i].text, right, vg.Point{X: l.Min.X - 7, Y: middle + 3})
		if xs := r.known(); len(xs) > 0 {
			l.drawDots(p, xs, middle-1, l.looks[i])
			if l.violins {
				l.drawViolin(p, xs, middle+1, l.looks[i])
			} else {
				l.drawBox(p, xs, middle+1+boxHeight/2, l.looks[i])
			}
		}
	}
}

// Dots whose places are the same hang under each other, as close as they must be for all to fit.
const (
	dotEvery   vg.Length = 2.1 // places on the axis
	dotSize    vg.Length = 0.95
	dotClosest vg.Length = 0.25 // closer dots look the same
)

func (l *boxLayout) drawDots(p pen, xs []float64, top vg.Length, k look) {
	counts := map[int]int{}
	most := 0
	place := func(x float64) int { return int(math.Round(float64((l.at(x, 0).X - l.Min.X) / dotEvery))) }
	for _, x := range xs {
		counts[place(x)]++
		most = max(most, counts[place(x)])
	}
	step := min(dotEvery, (boxDots-2*dotSize)/vg.Length(max(most-1, 1)))
	c := k.line
	c.A = 170 // so that dots on each other are told from one
	for i, x := range xs {
		if i > 0 && place(x) == place(xs[i-1]) {
			continue
		}
		at := vg.Point{X: l.Min.X + dotEvery*vg.Length(place(x)), Y: top - dotSize}
		low, drawn := at.Y-step*vg.Length(counts[place(x)]-1), max(step, dotClosest)
		for ; at.Y >= low-1e-9; at.Y -= drawn {
			p.fill(c, circle(at, dotSize))
		}
	}
}

// whiskers are the farthest of sorted values that are within 1.5 times the distance of the quartiles from them (Tukey,
// Exploratory Data Analysis, 1977, section 2D).
func whiskers(xs []float64) (low, high float64) {
	q1, q3 := stats.Quantile(xs, .25), stats.Quantile(xs, .75)
	reach := 1.5 * (q3 - q1)
	low = xs[slices.IndexFunc(xs, func(x float64) bool { return x >= q1-reach })]
	for _, x := range xs {
		if x <= q3+reach {
			high = x
		}
	}
	return low, high
}

// drawBox draws a box from quartile to quartile with the median, and whiskers.
func (l *boxLayout) drawBox(p pen, xs []float64, y vg.Length, k look) {
	q1, median, q3 := stats.Quantile(xs, .25), stats.Quantile(xs, .5), stats.Quantile(xs, .75)
	low, high := whiskers(xs)
	at := func(x float64) vg.Length { return l.at(x, 0).X }
	line := stroke{color: k.line, width: 1}
	p.line(line, vg.Point{X: at(low), Y: y}, vg.Point{X: at(min(q1, high)), Y: y})
	p.line(line, vg.Point{X: at(max(q3, low)), Y: y}, vg.Point{X: at(high), Y: y})
	for _, x := range []float64{low, high} {
		p.line(line, vg.Point{X: at(x), Y: y - 2}, vg.Point{X: at(x), Y: y + 2})
	}
	b := box(vg.Rectangle{Min: vg.Point{X: at(q1), Y: y - boxHeight/2}, Max: vg.Point{X: at(q3), Y: y + boxHeight/2}})
	p.fill(tint(k.line, 0.25), b)
	p.stroke(line, b)
	p.line(stroke{color: k.text, width: 2}, vg.Point{X: at(median), Y: y - boxHeight/2},
		vg.Point{X: at(median), Y: y + boxHeight/2})
}

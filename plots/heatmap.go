package plots

import (
	"image/color"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve/grid"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// A HeatMap is rows of panels, each a grid of cells with a number and a shade: the better, the darker. The shades of a
// row mean the same in all its panels.
type HeatMap struct {
	Title, Note string
	rows        []heatRow
}

// heatRow is what one experiment shows.
type heatRow struct {
	name                string // of the experiment, beside others
	label, unit, metric string // of the numbers
	falls               bool   // lower numbers are better
	low, high           float64
	x, y                grid.Axis
	panels              []heatPanel
}

// heatPanel has its cells by the values of y, upwards, and of x.
type heatPanel struct {
	title string
	cells [][]heatCell
}

// heatCell is a setting: its mean with half the width of the 95 % interval, and the corrected p-value against the best.
type heatCell struct {
	algo          string
	ran           bool
	runs          int
	mean, half, p float64
	best, tied    bool
}

// Sizes of heat maps in points.
const (
	heatWide    vg.Length = 46 // a cell with its interval
	heatHigh    vg.Length = 27
	heatSmall   vg.Length = 6 // type of the interval
	heatGap     vg.Length = 12
	heatMost    vg.Length = 84                 // the widest label of a value
	heatLeast             = 12 * vg.Centimeter // width of the page, for the caption
	heatBarGap  vg.Length = 10
	heatHatch   vg.Length = 5 // between two strokes
	heatRowHead vg.Length = 13
)

// digits are those behind the point of a row's numbers: three of the range between its worst and its best show.
func (r *heatRow) digits() int {
	const most = 5 // of a range below 10⁻⁴ the numbers are equal for all that is known
	if !(r.high > r.low) {
		return 2
	}
	return min(max(0, 2-int(math.Floor(math.Log10(r.high-r.low)))), most)
}

// goodness is the place of a mean between the worst, 0, and the best, 1, of a row.
func (r *heatRow) goodness(mean float64) float64 {
	if r.high == r.low {
		return 0.5
	}
	g := (mean - r.low) / (r.high - r.low)
	if r.falls {
		return 1 - g
	}
	return g
}

// meanless says whether a setting that was run has no mean.
func (r *heatRow) meanless() bool {
	for _, p := range r.panels {
		for _, line := range p.cells {
			if slices.ContainsFunc(line, func(c heatCell) bool { return c.ran && math.IsNaN(c.mean) }) {
				return true
			}
		}
	}
	return false
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format and when w does.
func (m HeatMap) Write(w io.Writer, format string) error {
	l := m.layout()
	return output(w, format, l.width, l.height, l.draw)
}

// Data has a row for every cell.
func (m HeatMap) Data() Table {
	t := Table{Header: []string{"experiment", "panel", "y_parameter", "y", "x_parameter", "x", "algorithm", "metric",
		"unit", "runs", "mean", "ci95", "p_holm", "mark"}}
	for _, r := range m.rows {
		for _, p := range r.panels {
			for i, line := range p.cells {
				for k, c := range line {
					mean, half, q := c.mean, c.half, c.p
					if !c.ran {
						mean, half, q = math.NaN(), math.NaN(), math.NaN()
					}
					t.Add(r.name, p.title, r.y.Name, r.y.Values[i], r.x.Name, r.x.Values[k], c.algo, r.metric, r.unit,
						c.runs, mean, half, q, c.mark())
				}
			}
		}
	}
	return t
}

// mark is what a cell is beside others, in a word or two.
func (c *heatCell) mark() string {
	switch {
	case !c.ran:
		return "not run"
	case math.IsNaN(c.mean):
		return "no mean"
	case c.best:
		return "best"
	case c.tied:
		return "not told from the best"
	case math.IsNaN(c.p):
		return "not tested"
	}
	return "worse"
}

type heatLayout struct {
	HeatMap
	left          vg.Length // of the first panel
	wide          vg.Length // of a cell
	width, height vg.Length
	tops          []vg.Length // of the cells of each row
}

func (m HeatMap) layout() *heatLayout {
	l := &heatLayout{HeatMap: m, wide: heatWide}
	names, right := vg.Length(0), vg.Length(0)
	for _, r := range m.rows {
		for _, v := range r.x.Values {
			l.wide = max(l.wide, min(textWidth(v, tickSize), heatMost)+6)
		}
		for _, v := range r.y.Values {
			names = max(names, min(textWidth(v, tickSize), heatMost))
		}
		for _, x := range []float64{r.low, r.high} {
			l.wide = max(l.wide, textWidth(number.Fixed(x, r.digits()), tickSize)+14)
			right = max(right, textWidth(number.Fixed(x, r.digits()), tickSize))
		}
	}
	l.left = margin + 14 + names + 5
	for _, r := range m.rows {
		n := vg.Length(len(r.panels))
		l.width = max(l.width, l.left+n*l.panelWidth(&r)+(n-1)*heatGap+heatBarGap+shadesWidth+4+right+14+margin)
	}
	l.width = max(l.width, heatLeast)
	room := l.width - 2*margin
	wrapTexts(&l.Title, &l.Note, room)
	down := margin + titleHeight(l.Title) + 4
	for _, r := range m.rows {
		if r.head() != "" {
			down += heatRowHead
		}
		if r.panels[0].title != "" {
			down += heatRowHead
		}
		l.tops = append(l.tops, down)
		down += r.height() + 14 + lineHeight + 6
	}
	l.height = down + noteHeight(l.Note) + margin
	for i := range l.tops { // of the page they are measured from below
		l.tops[i] = l.height - l.tops[i]
	}
	return l
}

func (l *heatLayout) panelWidth(r *heatRow) vg.Length { return l.wide * vg.Length(len(r.x.Values)) }

func (l *heatLayout) draw(p pen) {
	p.title(l.Title, l.height)
	p.note(l.Note)
	for i := range l.rows {
		l.drawRow(p, &l.rows[i], l.tops[i])
	}
}

// drawRow draws the panels of an experiment below a height, and the key of their shades.
func (l *heatLayout) drawRow(p pen, r *heatRow, top vg.Length) {
	bottom := top - r.height()
	head := top
	if r.panels[0].title != "" {
		head += heatRowHead
	}
	if text := r.head(); text != "" {
		p.text(text, panelSize, ink, left, vg.Point{X: l.left, Y: head + heatRowHead/2})
	}
	x := l.left
	for i := range r.panels {
		b := vg.Rectangle{Min: vg.Point{X: x, Y: bottom}, Max: vg.Point{X: x + l.panelWidth(r), Y: top}}
		l.drawPanel(p, r, &r.panels[i], b)
		x = b.Max.X + heatGap
	}
	for i, v := range r.y.Values {
		at := vg.Point{X: l.left - 5, Y: bottom + heatHigh*(vg.Length(i)+0.5)}
		p.text(shorten(v, tickSize, heatMost), tickSize, inkLight, right, at)
	}
	p.textUp(r.y.Name, labelSize, ink, vg.Point{X: margin + capHeight(labelSize)/2, Y: (top + bottom) / 2})
	l.drawKey(p, r, vg.Rectangle{Min: vg.Point{X: x - heatGap + heatBarGap, Y: bottom},
		Max: vg.Point{X: x - heatGap + heatBarGap + shadesWidth, Y: top}})
}

func (l *heatLayout) drawPanel(p pen, r *heatRow, panel *heatPanel, b vg.Rectangle) {
	mid := (b.Min.X + b.Max.X) / 2
	if panel.title != "" {
		text := shorten(panel.title, panelSize, b.Max.X-b.Min.X)
		p.text(text, panelSize, ink, center, vg.Point{X: mid, Y: b.Max.Y + heatRowHead/2})
	}
	var last func()
	for i, line := range panel.cells {
		for k := range line {
			at := vg.Point{X: b.Min.X + l.wide*vg.Length(k), Y: b.Min.Y + heatHigh*vg.Length(i)}
			cell := vg.Rectangle{Min: at, Max: vg.Point{X: at.X + l.wide, Y: at.Y + heatHigh}}
			drawCell(p, r, &line[k], cell)
			if line[k].best { // above the lines of its neighbours
				last = func() { frameCell(p, cell) }
			}
		}
	}
	if last != nil {
		last()
	}
	p.stroke(stroke{color: inkLight, width: 0.7}, box(b))
	for k, v := range r.x.Values {
		at := vg.Point{X: b.Min.X + l.wide*(vg.Length(k)+0.5), Y: b.Min.Y - 9}
		p.text(shorten(v, tickSize, l.wide-4), tickSize, inkLight, center, at)
	}
	p.text(r.x.Name, labelSize, ink, center, vg.Point{X: mid, Y: b.Min.Y - 9 - lineHeight - 1})
}

// drawCell draws the ground of a cell, its numbers, and a ring where it is tied with the best.
func drawCell(p pen, r *heatRow, c *heatCell, b vg.Rectangle) {
	mid := vg.Point{X: (b.Min.X + b.Max.X) / 2, Y: (b.Min.Y + b.Max.Y) / 2}
	line := stroke{color: white, width: 1}
	switch {
	case !c.ran:
		hatch(p, b)
		p.stroke(stroke{color: gridColor, width: hairline}, box(b))
		return
	case math.IsNaN(c.mean):
		p.text("no mean", heatSmall, inkLight, center, mid)
		p.stroke(stroke{color: gridColor, width: hairline}, box(b))
		return
	}
	ground, text := heatShade(r.goodness(c.mean))
	p.fill(ground, box(b))
	p.stroke(line, box(b))
	value := number.Fixed(c.mean, r.digits())
	if math.IsNaN(c.half) {
		p.text(value, tickSize, text, center, mid)
	} else {
		p.text(value, tickSize, text, center, vg.Point{X: mid.X, Y: mid.Y + 4})
		half := number.Fixed(c.half, r.digits())
		if strings.Trim(half, "0.") == "" && c.half > 0 { // it is small, and not nothing
			half = number.Fixed(c.half, r.digits()+1)
		}
		p.text("± "+half, heatSmall, text, center, vg.Point{X: mid.X, Y: mid.Y - 6})
	}
	if c.tied {
		p.stroke(stroke{color: text, width: 0.8}, circle(vg.Point{X: b.Max.X - 6, Y: b.Max.Y - 6}, 2))
	}
}

// frameCell marks the best cell, whose ground is dark: a dark frame with a white one within it.
func frameCell(p pen, b vg.Rectangle) {
	inset := func(d vg.Length) vg.Path {
		return box(vg.Rectangle{Min: vg.Point{X: b.Min.X + d, Y: b.Min.Y + d},
			Max: vg.Point{X: b.Max.X - d, Y: b.Max.Y - d}})
	}
	p.stroke(stroke{color: ink, width: 1.6}, inset(0.8))
	p.stroke(stroke{color: white, width: 1}, inset(2.1))
}

// hatch fills a box with strokes upwards to the right.
func hatch(p pen, b vg.Rectangle) {
	w, h := b.Max.X-b.Min.X, b.Max.Y-b.Min.Y
	for d := heatHatch / 2; d < w+h; d += heatHatch {
		from := vg.Point{X: b.Min.X + max(0, d-h), Y: b.Max.Y - min(d, h)}
		to := vg.Point{X: b.Min.X + min(d, w), Y: b.Max.Y - max(0, d-w)}
		p.line(stroke{color: color.NRGBA{160, 160, 160, 255}, width: hairline}, from, to)
	}
}

// drawKey is the key of a row's shades, with what they are of.
func (l *heatLayout) drawKey(p pen, r *heatRow, b vg.Rectangle) {
	if !(r.high > r.low) {
		return
	}
	p.shades(b, heatShade)
	worst, best := r.low, r.high
	if r.falls {
		worst, best = best, worst
	}
	widest := vg.Length(0)
	for _, end := range []struct {
		value float64
		y     vg.Length
	}{{worst, b.Min.Y + capHeight(tickSize)/2}, {best, b.Max.Y - capHeight(tickSize)/2}} {
		text := number.Fixed(end.value, r.digits())
		widest = max(widest, textWidth(text, tickSize))
		p.text(text, tickSize, inkLight, left, vg.Point{X: b.Max.X + 4, Y: end.y})
	}
	if !r.headed() {
		p.textUp(r.title(), labelSize, ink, vg.Point{X: b.Max.X + 4 + widest + 8, Y: (b.Min.Y + b.Max.Y) / 2})
	}
}

// title says what the numbers of a row are.
func (r *heatRow) title() string { return words.InUnit(r.label, r.unit) }

// height is that of a row's panels.
func (r *heatRow) height() vg.Length { return heatHigh * vg.Length(len(r.y.Values)) }

// headed says that the title of a row stands above it: beside low panels there is no room.
func (r *heatRow) headed() bool {
	return textWidth(r.title(), labelSize) > r.height() || !(r.high > r.low)
}

// head is what stands above a row: the experiment and, where it is headed, its title.
func (r *heatRow) head() string {
	switch {
	case !r.headed():
		return r.name
	case r.name == "":
		return r.title()
	}
	return r.name + ": " + r.title()
}

package plots

import (
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
)

// alphaFigure is the grids of a method's edges above panels of what it notes of an epoch as a whole.
type alphaFigure struct {
	title, note string
	ops         []string
	grids       []edgeGrid
	shares      []noteCurve // by edge times candidates plus candidate
	panels      []alphaPanel
}

// alphaPanel is one number over epochs.
type alphaPanel struct {
	title, label string
	all          noteCurve
	runs         []noteCurve
}

// Sizes of the figure.
const (
	alphaWide             = 16 * vg.Centimeter  // of frames and what is between them
	alphaHigh             = 2.1 * vg.Centimeter // of the frame of an edge
	alphaBelow            = 3.2 * vg.Centimeter // of the frames below the grids
	alphaAxis   vg.Length = 26                  // room for numbers to the left
	alphaGap    vg.Length = 14                  // between columns: their outermost numbers keep apart
	alphaTitle  vg.Length = 13                  // above a frame
	alphaFoot   vg.Length = 16                  // below the last row of a grid, for its numbers
	alphaPlain  vg.Length = 6                   // below the other rows
	alphaApart  vg.Length = 10                  // between grids and the panels at the foot
	alphaLabels vg.Length = 28                  // below these
)

// Write draws the figure as "png" (200 dpi), "svg" or "pdf".
func (a *alphaFigure) Write(w io.Writer, format string) error {
	on := *a
	wrapTexts(&on.title, &on.note, alphaWide+alphaAxis)
	keys := on.keys()
	width := alphaWide + alphaAxis + 2*margin
	height := 2*margin + titleHeight(on.title) + keys.keysHeight(width) + noteHeight(on.note)
	for _, g := range on.grids {
		height += on.gridHeight(&g)
	}
	if len(on.panels) > 0 {
		height += alphaApart + alphaTitle + alphaBelow + alphaLabels
	}
	return output(w, format, width, height, func(p pen) {
		p.title(on.title, height)
		p.note(on.note)
		top := height - margin - titleHeight(on.title)
		keys.drawKeys(p, width, top)
		top -= keys.keysHeight(width)
		for i := range on.grids {
			on.drawGrid(p, &on.grids[i], top)
			top -= on.gridHeight(&on.grids[i])
		}
		on.drawPanels(p, top)
	})
}

// keys name the candidates.
func (a *alphaFigure) keys() *scene {
	s := new(scene)
	if a.shares == nil {
		return s
	}
	for i, op := range a.ops {
		s.keys = append(s.keys, sceneKey{op, func(p pen, at vg.Point) {
			p.sampleLine(stroke{palette[i%len(palette)].line, lineWidth, opDash(i)}, at)
		}})
	}
	return s
}

// opDash tells candidates apart in grey: every other one is dashed.
func opDash(op int) []vg.Length {
	if op%2 == 0 {
		return nil
	}
	return []vg.Length{3, 1.5}
}

func (a *alphaFigure) gridHeight(g *edgeGrid) vg.Length {
	h := vg.Length(g.rows)*(alphaTitle+alphaHigh+alphaPlain) + alphaFoot - alphaPlain
	if g.title != "" {
		h += alphaTitle
	}
	return h
}

// epochs is the axis of a figure.
func (a *alphaFigure) epochs() axis {
	x := axis{min: math.Inf(1), max: math.Inf(-1), whole: true}
	meet := func(c noteCurve) {
		for _, e := range c.epochs {
			x.min, x.max = min(x.min, float64(e)), max(x.max, float64(e))
		}
	}
	for _, c := range a.shares {
		meet(c)
	}
	for _, p := range a.panels {
		meet(p.all)
	}
	if x.min == x.max {
		x.min, x.max = x.min-.5, x.max+.5
	}
	return x
}

// probabilities is the axis of shares, the same for all edges, so that edges can be compared.
func (a *alphaFigure) probabilities() axis {
	y := axis{}
	for _, c := range a.shares {
		for _, q := range c.q3 {
			y.max = max(y.max, q)
		}
	}
	y.max = min(1.05*y.max, 1)
	return y
}

func (a *alphaFigure) drawGrid(p pen, g *edgeGrid, top vg.Length) {
	if g.title != "" {
		p.text(g.title, panelSize, ink, left, vg.Point{X: margin, Y: top - alphaTitle/2})
		top -= alphaTitle
	}
	wide := (alphaWide - alphaGap*vg.Length(g.columns-1)) / vg.Length(g.columns)
	lowest := make([]int, g.columns) // row of each column's last edge
	for _, e := range g.edges {
		lowest[e.column] = max(lowest[e.column], e.row)
	}
	for _, e := range g.edges {
		x := margin + alphaAxis + (wide+alphaGap)*vg.Length(e.column)
		y := top - alphaTitle - (alphaTitle+alphaHigh+alphaPlain)*vg.Length(e.row)
		f := frame{x: a.epochs(), y: a.probabilities(), Rectangle: vg.Rectangle{
			Min: vg.Point{X: x, Y: y - alphaHigh}, Max: vg.Point{X: x + wide, Y: y}}}
		p.text(e.title, tickSize, ink, left, vg.Point{X: x, Y: y + alphaTitle/2})
		f.drawGrid(p)
		for op := range a.ops {
			k := stroke{palette[op%len(palette)].line, 1.2, opDash(op)}
			a.shares[e.number*len(a.ops)+op].draw(p, f, k)
		}
		f.drawSides(p, e.column == 0, e.row == lowest[e.column])
	}
}

// drawSides draws the axes of a frame, with numbers where they stand at the edge of a grid.
func (f frame) drawSides(p pen, leftmost, lowest bool) {
	p.line(stroke{color: inkLight, width: 0.7}, vg.Point{X: f.Min.X, Y: f.Max.Y}, f.Min,
		vg.Point{X: f.Max.X, Y: f.Min.Y})
	if lowest {
		for _, t := range f.ticksX() {
			p.text(t.label, tickSize, inkLight, center, vg.Point{X: f.at(t.value, 0).X, Y: f.Min.Y - 8})
		}
	}
	if leftmost {
		for _, t := range f.ticksY() {
			p.text(t.label, tickSize, inkLight, right, vg.Point{X: f.Min.X - 4, Y: f.at(0, t.value).Y})
		}
	}
}

// draw draws the band of the quartiles and the median, or of one epoch a dot.
func (c noteCurve) draw(p pen, f frame, k stroke) {
	var line, band []vg.Point
	for i, e := range c.epochs {
		line = append(line, f.at(float64(e), c.mid[i]))
		band = append(band, f.at(float64(e), c.q1[i]))
	}
	for i := len(c.epochs) - 1; i >= 0; i-- {
		band = append(band, f.at(float64(c.epochs[i]), c.q3[i]))
	}
	if len(line) == 1 {
		p.fill(k.color, circle(line[0], 1.5))
		return
	}
	if len(line) > 1 {
		p.fill(withAlpha(k.color, bandAlpha), polygon(band))
	}
	p.line(k, line...)
}

// withAlpha is a colour that lets so much of the ground through.
func withAlpha(c color.Color, alpha uint8) color.Color {
	of := color.NRGBAModel.Convert(c).(color.NRGBA)
	of.A = alpha
	return of
}

// drawPanels draws what is noted of an epoch as a whole, side by side, thin lines for the runs.
func (a *alphaFigure) drawPanels(p pen, top vg.Length) {
	each := (alphaWide + alphaAxis) / vg.Length(len(a.panels))
	for i := range a.panels {
		of := &a.panels[i]
		l := panelLayout{Panel: Panel{Title: of.title, XLabel: "epochs", YLabel: of.label},
			frame: frame{x: a.epochs(), y: of.axis()}}
		l.Max.Y = top - alphaApart - alphaTitle
		l.Min.Y = l.Max.Y - alphaBelow
		l.Min.X = margin + each*vg.Length(i) + l.left()
		l.Max.X = margin + each*vg.Length(i+1) - alphaGap
		l.frame.drawGrid(p)
		for _, run := range of.runs {
			if len(of.runs) > 1 {
				run.line(p, l.frame, stroke{tint(palette[0].line, faint), hairline, nil})
			}
		}
		of.all.line(p, l.frame, stroke{palette[0].line, lineWidth, nil})
		l.drawAxes(p)
		l.drawLabels(p)
	}
}

// line draws the median alone.
func (c noteCurve) line(p pen, f frame, k stroke) {
	c.q1, c.q3 = c.mid, c.mid
	c.draw(p, f, k)
}

// axis spans all runs.
func (of *alphaPanel) axis() axis {
	var all []float64
	for _, run := range of.runs {
		all = append(all, run.mid...)
	}
	return linearLimits(all)
}

// Data has a row for each candidate of each edge and each epoch, and for each number of an epoch as a whole.
func (a *alphaFigure) Data() Table {
	t := Table{Header: []string{"panel", "series", "epoch", "median", "q1", "q3"}}
	add := func(panel, series string, c noteCurve) {
		for i, e := range c.epochs {
			t.Add(panel, series, e, c.mid[i], c.q1[i], c.q3[i])
		}
	}
	for _, g := range a.grids {
		for _, e := range g.edges {
			panel := e.title
			if g.title != "" {
				panel = g.title + ", " + panel
			}
			for op, name := range a.ops {
				add(panel, name, a.shares[e.number*len(a.ops)+op])
			}
		}
	}
	for _, p := range a.panels {
		add(p.title, p.label, p.all)
	}
	return t
}

package plots

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A panelLayout is a panel with its place on the page.
type panelLayout struct {
	Panel
	frame
	unnamed bool // its names stand in the figure's legend
}

// The gutter right of the frame holds, for every series: a leader, a sample of the line
// with its marker, and the name.
const (
	leaderWidth vg.Length = 10
	sampleWidth vg.Length = 13
	labelGap    vg.Length = 3
	labelHeight vg.Length = 11.5
	panelGap    vg.Length = 12
)

// left is the room for the Y axis.
func (l panelLayout) left() vg.Length {
	w := widest(l.ticksY()) + 5
	if n := len(l.linesY()); n > 0 {
		w += 14 + vg.Length(n-1)*lineHeight
	}
	return w
}

// linesY are the lines of the Y axis' name, none longer than the axis: what stood beyond would lie on the title. Of
// several none is much longer than another.
func (l panelLayout) linesY() []string {
	lines := wrap(l.YLabel, labelSize, l.Size().Y)
	for width := l.Size().Y; width > 0; width -= labelSize {
		narrower := wrap(l.YLabel, labelSize, width)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	for i := range lines {
		lines[i] = shorten(lines[i], labelSize, l.Size().Y)
	}
	return lines
}

// gutter is the room for the names.
func (l panelLayout) gutter() vg.Length {
	longest := vg.Length(0)
	for _, s := range l.Series {
		longest = max(longest, textWidth(s.Name, labelSize))
	}
	for _, r := range l.Lines {
		longest = max(longest, textWidth(r.Name, labelSize))
	}
	if longest == 0 || l.unnamed {
		return panelGap
	}
	return leaderWidth + sampleWidth + labelGap + longest + panelGap
}

// A look is the style of one series.
type look struct {
	hue
	dash   []vg.Length
	mark   int  // -1 for none
	points bool // and no line
}

// hues counts the series that a reader tells apart by their hues and marks.
func (p Panel) hues() (n int) {
	for _, s := range p.Series {
		if !s.Baseline && !s.Twin {
			n = max(n+1, s.Hue)
		}
	}
	return n
}

// looks gives baselines greys and dashes, all others colours and markers.
func (p Panel) looks() []look {
	looks := make([]look, len(p.Series))
	baselines, others := 0, 0
	for i, s := range p.Series {
		switch {
		case s.Twin:
			looks[i] = looks[i-1]
			looks[i].points = s.Points
		case s.Baseline:
			at := baselines
			if s.Hue > 0 {
				at = s.Hue - 1
			}
			looks[i] = look{baselineHue, baselineDashes[at%len(baselineDashes)], -1, s.Points}
			baselines++
		default:
			at := others
			if s.Hue > 0 {
				at = s.Hue - 1
			}
			looks[i] = look{palette[at], nil, at, s.Points}
			others++
		}
	}
	return looks
}

func (l panelLayout) draw(p pen) {
	l.drawGrid(p)
	looks := l.looks()
	for i, s := range l.Series {
		before, after := s.split()
		l.drawBand(p, before, looks[i].line, l.bandAlpha()/2)
		l.drawBand(p, after, looks[i].line, l.bandAlpha())
	}
	for i, r := range l.Lines {
		if finite(r.Y) {
			y := l.at(0, r.Y).Y
			k := stroke{referenceHue.line, referenceWidth, reference(i).dash}
			p.line(k, vg.Point{X: l.Min.X, Y: y}, vg.Point{X: l.Max.X, Y: y})
		}
	}
	for _, baseline := range []bool{true, false} {
		for i, s := range l.Series {
			if s.Baseline == baseline {
				l.drawSeries(p, s, looks[i])
			}
		}
	}
	l.drawPoints(p, looks)
	l.drawAxes(p)
	if !l.unnamed {
		l.drawNames(p, looks)
	}
	l.drawLabels(p)
}

// drawSeries draws a curve.
func (l panelLayout) drawSeries(p pen, s Series, k look) {
	if s.Points {
		return
	}
	before, after := s.split()
	l.drawFaint(p, before, k)
	l.drawCurve(p, after, k)
}

// drawLabels writes the title and the names of the axes.
func (l panelLayout) drawLabels(p pen) {
	// A longer title would lie on that of the next panel.
	title := shorten(l.Title, panelSize, l.Size().X+l.gutter()-panelGap/2)
	p.text(title, panelSize, ink, left, vg.Point{X: l.Min.X, Y: l.Max.Y + 3 + 6 + capHeight(panelSize)/2})
	p.text(l.XLabel, labelSize, ink, center, vg.Point{X: (l.Min.X + l.Max.X) / 2, Y: l.Min.Y - 21})
	for i, line := range l.linesY() {
		x := l.Min.X - l.left() + capHeight(labelSize)/2 + vg.Length(i)*lineHeight
		p.textUp(line, labelSize, ink, vg.Point{X: x, Y: (l.Min.Y + l.Max.Y) / 2})
	}
}

// reference is the look of a panel's i-th horizontal line.
func reference(i int) look {
	return look{referenceHue, referenceDashes[i%len(referenceDashes)], -1, false}
}

// points are the drawable ones of a curve over the series' X.
func (l panelLayout) points(s Series, ys []float64) []vg.Point {
	pts := make([]vg.Point, 0, len(ys))
	for i, y := range ys {
		if drawable(s.X[i], l.LogX) && finite(y) && finite(s.Mid[i]) {
			pts = append(pts, l.frame.at(s.X[i], y))
		}
	}
	return pts
}

func (l panelLayout) clip(p pen) draw.Canvas {
	return draw.Canvas{Canvas: p.Canvas, Rectangle: l.Rectangle}
}

// Five bands that lie on each other still let the curves through. More are lighter: all of them
// together are half as dark as five.
const (
	bandAlpha = 40
	fullBands = 5
)

func (p Panel) bandAlpha() uint8 {
	bands := 0
	for _, s := range p.Series {
		if s.Lo != nil {
			bands++
		}
	}
	if bands <= fullBands {
		return bandAlpha
	}
	return uint8(bandAlpha * fullBands / (2 * bands))
}

func (l panelLayout) drawBand(p pen, s Series, c color.NRGBA, alpha uint8) {
	lo, hi := l.points(s, s.Lo), l.points(s, s.Hi)
	for i := len(hi) - 1; i >= 0; i-- {
		lo = append(lo, hi[i])
	}
	clip := l.clip(p)
	if lo = clip.ClipPolygonXY(lo); len(lo) > 2 {
		c.A = alpha
		p.fill(c, polygon(lo))
	}
}

// The markers of a curve are spread over the right of the frame, where curves part, those
// of different series at different places. A panel whose X are places has a marker at every point, as a reader takes
// markers between them for measurements.
const (
	marksPerCurve = 4
	marksFrom     = 0.14
)

func (l panelLayout) drawCurve(p pen, s Series, k look) {
	clip := l.clip(p)
	lines := clip.ClipLinesXY(l.points(s, s.Mid))
	for _, line := range lines {
		p.line(stroke{k.line, lineWidth, k.dash}, line...)
	}
	if k.mark < 0 {
		return
	}
	if l.Places != nil {
		for _, at := range l.points(s, s.Mid) {
			if clip.Contains(at) {
				p.mark(k.mark, k.line, at)
			}
		}
		return
	}
	for i := range marksPerCurve {
		part := (float64(i) + (float64(k.mark)+0.5)/MaxSeries) / marksPerCurve
		x := l.Min.X + l.Size().X*vg.Length(marksFrom+(1-marksFrom)*part)
		for _, line := range lines {
			if y, ok := heightAt(line, x); ok {
				p.mark(k.mark, k.line, vg.Point{X: x, Y: y})
			}
		}
	}
}

// drawFaint draws the part of a curve that does not count yet.
func (l panelLayout) drawFaint(p pen, s Series, k look) {
	clip := l.clip(p)
	for _, line := range clip.ClipLinesXY(l.points(s, s.Mid)) {
		p.line(stroke{tint(k.line, faint), faintWidth, k.dash}, line...)
	}
}

// A faint curve is told from others at a glance and still has its hue.
const (
	faint                = 0.5
	faintWidth vg.Length = 0.9
)

// split parts a series where it begins to count; both parts have that point.
func (s Series) split() (before, after Series) {
	at := slices.IndexFunc(s.X, func(x float64) bool { return x >= s.From })
	if at < 0 {
		at = len(s.X) - 1
	}
	part := func(from, to int) Series {
		of := s
		of.X, of.Mid = s.X[from:to], s.Mid[from:to]
		if s.Lo != nil {
			of.Lo, of.Hi = s.Lo[from:to], s.Hi[from:to]
		}
		return of
	}
	if at <= 0 {
		return part(0, 0), s
	}
	return part(0, at+1), part(at, len(s.X))
}

// heightAt interpolates a curve that runs from left to right.
func heightAt(line []vg.Point, x vg.Length) (vg.Length, bool) {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		if a.X <= x && x <= b.X && a.X < b.X {
			return a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X), true
		}
	}
	return 0, false
}

// drawNames puts the names where the curves end, moved apart.
func (l panelLayout) drawNames(p pen, looks []look) {
	var names []named
	var ends []vg.Point
	add := func(n named, end vg.Point) {
		end.Y = min(max(end.Y, l.Min.Y), l.Max.Y)
		names, ends = append(names, n), append(ends, end)
	}
	for i, r := range l.Lines {
		if finite(r.Y) && r.Name != "" {
			add(named{r.Name, reference(i)}, vg.Point{X: l.Max.X, Y: l.at(0, r.Y).Y})
		}
	}
	for i, s := range l.Series {
		if pts := l.points(s, s.Mid); len(pts) > 0 && s.Name != "" {
			add(named{s.Name, looks[i]}, pts[len(pts)-1])
		}
	}
	heights := make([]vg.Length, len(names))
	for i, end := range ends {
		heights[i] = end.Y
	}
	for i, y := range spread(heights, labelHeight, l.Min.Y, l.Max.Y) {
		n, end := names[i], ends[i]
		x := l.Max.X + leaderWidth
		p.line(stroke{n.look.line, hairline, nil},
			vg.Point{X: end.X + 1.5, Y: end.Y},
			vg.Point{X: max(end.X+1.5, l.Max.X+1.5), Y: end.Y},
			vg.Point{X: x - 1, Y: y})
		n.draw(p, vg.Point{X: x, Y: y})
	}
}

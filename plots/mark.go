package plots

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// Markers, one a hue: four shapes, filled, then the same four open.
var markShapes = [4][]vg.Point{
	nil, // a circle
	{{X: -0.9, Y: -0.9}, {X: 0.9, Y: -0.9}, {X: 0.9, Y: 0.9}, {X: -0.9, Y: 0.9}},
	{{X: -1.1, Y: -0.8}, {X: 1.1, Y: -0.8}, {X: 0, Y: 1.2}},
	{{X: 0, Y: -1.3}, {X: 1.3, Y: 0}, {X: 0, Y: 1.3}, {X: -1.3, Y: 0}},
}

// point draws a point of a series: its marker, or the small dot of a baseline with a white rim.
func (p pen) point(k look, at vg.Point, size vg.Length) {
	if k.mark < 0 {
		p.fill(white, circle(at, dotRadius+0.5))
		p.fill(k.line, circle(at, dotRadius))
		return
	}
	p.sizedMark(k.mark, k.line, at, size)
}

const dotRadius vg.Length = 1.1

const markRadius vg.Length = 2.2

// mark draws the marker of series i, 0..7. A white rim keeps it apart from other lines.
func (p pen) mark(i int, c color.Color, at vg.Point) { p.sizedMark(i, c, at, 1) }

// sizedMark is so many times as large.
func (p pen) sizedMark(i int, c color.Color, at vg.Point, size vg.Length) {
	shape := func(r vg.Length) vg.Path {
		s := markShapes[i%len(markShapes)]
		if s == nil {
			return circle(at, r)
		}
		pts := make([]vg.Point, len(s))
		for k, pt := range s {
			pts[k] = at.Add(pt.Scale(r))
		}
		return polygon(pts)
	}
	if i < len(markShapes) {
		p.fill(white, shape(size*markRadius+0.7))
		p.fill(c, shape(size*markRadius))
		return
	}
	p.fill(white, shape(size*markRadius))
	p.stroke(stroke{color: c, width: 1}, shape(size*markRadius))
}

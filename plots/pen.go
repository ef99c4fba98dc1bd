package plots

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
)

// A pen draws the theme's few primitives on any of gonum's canvases.
type pen struct{ vg.Canvas }

type stroke struct {
	color color.Color
	width vg.Length
	dash  []vg.Length
}

func (p pen) stroke(s stroke, path vg.Path) {
	p.SetColor(s.color)
	p.SetLineWidth(s.width)
	p.SetLineDash(s.dash, 0)
	p.Stroke(path)
}

func (p pen) line(s stroke, pts ...vg.Point) {
	if len(pts) > 1 {
		p.stroke(s, polyline(pts))
	}
}

func (p pen) fill(c color.Color, path vg.Path) {
	p.SetColor(c)
	p.Fill(path)
}

func polyline(pts []vg.Point) vg.Path {
	path := make(vg.Path, 0, len(pts)+1)
	for i, pt := range pts {
		if i == 0 {
			path.Move(pt)
		} else {
			path.Line(pt)
		}
	}
	return path
}

func polygon(pts []vg.Point) vg.Path {
	path := polyline(pts)
	path.Close()
	return path
}

func circle(at vg.Point, r vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: at.X + r, Y: at.Y})
	path.Arc(at, r, 0, 2*math.Pi)
	path.Close()
	return path
}

// roundRect is a box with corners of radius r.
func roundRect(b vg.Rectangle, r vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: b.Max.X, Y: b.Min.Y + r})
	path.Arc(vg.Point{X: b.Max.X - r, Y: b.Max.Y - r}, r, 0, math.Pi/2)
	path.Arc(vg.Point{X: b.Min.X + r, Y: b.Max.Y - r}, r, math.Pi/2, math.Pi/2)
	path.Arc(vg.Point{X: b.Min.X + r, Y: b.Min.Y + r}, r, math.Pi, math.Pi/2)
	path.Arc(vg.Point{X: b.Max.X - r, Y: b.Min.Y + r}, r, 3*math.Pi/2, math.Pi/2)
	path.Close()
	return path
}

// An align says which part of a text lies at its point.
type align float64

const (
	left   align = 0
	center align = 0.5
	right  align = 1
)

// text writes one line whose capitals are vertically centred at a point.
func (p pen) text(s string, size vg.Length, c color.Color, a align, at vg.Point) {
	p.SetColor(c)
	at.X -= vg.Length(a) * textWidth(s, size)
	at.Y -= capHeight(size) / 2
	p.FillString(face(size), at, s)
}

// textUp is text read from below, centred at a point.
func (p pen) textUp(s string, size vg.Length, c color.Color, at vg.Point) {
	p.Push()
	p.Rotate(math.Pi / 2)
	p.text(s, size, c, center, vg.Point{X: at.Y, Y: -at.X})
	p.Pop()
}

// capHeight is that of Liberation Sans.
func capHeight(size vg.Length) vg.Length { return 0.716 * size }

// wrap breaks a text at spaces into lines no wider than width, where words allow.
func wrap(s string, size, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && textWidth(longer, size) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// wrapTexts breaks a title and a note into lines of a figure that has so much room for them.
func wrapTexts(title, note *string, room vg.Length) {
	*title = strings.Join(wrap(*title, titleSize, room), "\n")
	*note = strings.Join(wrap(*note, noteSize, room), "\n")
}

// shorten cuts a line that is wider than width, such as one of a single long word, and ends it with three dots.
func shorten(s string, size, width vg.Length) string {
	if textWidth(s, size) <= width {
		return s
	}
	letters := []rune(s)
	for len(letters) > 0 && textWidth(string(letters)+"…", size) > width {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

const (
	lineHeight vg.Length = 11 // of the lines below the panels
	titleLine  vg.Length = 14
)

// title writes the wrapped lines of a title at the head of a page of a height.
func (p pen) title(s string, height vg.Length) {
	for i, line := range strings.Split(s, "\n") {
		y := height - margin - capHeight(titleSize)/2 - vg.Length(i)*titleLine
		p.text(line, titleSize, ink, left, vg.Point{X: margin, Y: y})
	}
}

// titleHeight is the room a wrapped title takes at the head.
func titleHeight(s string) vg.Length {
	if s == "" {
		return 0
	}
	return vg.Length(strings.Count(s, "\n")+1)*titleLine + 2
}

// note writes the wrapped lines of a note at the foot of the page.
func (p pen) note(s string) {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		y := margin + capHeight(noteSize)/2 + vg.Length(len(lines)-1-i)*lineHeight
		p.text(line, noteSize, inkNote, left, vg.Point{X: margin, Y: y})
	}
}

// noteHeight is the room a wrapped note takes at the foot.
func noteHeight(s string) vg.Length {
	if s == "" {
		return 0
	}
	return vg.Length(strings.Count(s, "\n")+1)*lineHeight + 4
}

package plots

import (
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
)

// A scene is a figure of panels that draw themselves, side by side, with a title, keys and a note: for what is no
// curve. Axes, grids and labels are those of a [Chart].
type scene struct {
	title, note string
	keys        []sceneKey
	panels      []scenePanel
	height      vg.Length // of the whole figure; 0 for that of a chart
	table       Table
}

// A scenePanel is a frame with axes in which a function draws.
type scenePanel struct {
	title, xLabel, yLabel string
	x, y                  axis
	width                 vg.Length // of the frame
	right, below          vg.Length // room to the right of it, and for more below it than numbers and a name
	bare                  bool      // without grid and axes: it draws its own
	draw                  func(p pen, f frame)
}

// A sceneKey is a sample, which is drawn in the middle of a box sampleWidth wide, with its name.
type sceneKey struct {
	name   string
	sample func(p pen, at vg.Point)
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf".
func (s *scene) Write(w io.Writer, format string) error {
	on := *s
	layouts, width, top := on.layout()
	return output(w, format, width, on.height, func(p pen) {
		p.title(on.title, on.height)
		p.note(on.note)
		on.drawKeys(p, width, top)
		for i, l := range layouts {
			if !on.panels[i].bare {
				l.drawGrid(p)
			}
			on.panels[i].draw(p, l.frame)
			if !on.panels[i].bare {
				l.drawAxes(p)
			}
			l.drawLabels(p)
		}
	})
}

// layout breaks the texts into lines and gives every panel its frame. top is where the keys begin.
func (s *scene) layout() (layouts []panelLayout, width, top vg.Length) {
	if s.height == 0 {
		s.height = figureHeight
	}
	layouts = make([]panelLayout, len(s.panels))
	for i, of := range s.panels {
		layouts[i] = panelLayout{Panel: Panel{Title: of.title, XLabel: of.xLabel, YLabel: of.yLabel},
			frame: frame{x: of.x, y: of.y}}
	}
	// How wide the texts beside a frame are depends on its height, and how high it is on the lines above and below,
	// which depend on the width: a guess, and then the measure.
	titled, labelled := false, false
	for _, of := range s.panels {
		titled, labelled = titled || of.title != "", labelled || of.xLabel != ""
	}
	guess := s.height * 2 / 3
	width = margin
	for i := range layouts {
		l := &layouts[i]
		l.Min.Y, l.Max.Y = 0, guess
		width += l.left() + s.panels[i].width + max(s.panels[i].right, panelGap)
	}
	room := width - margin
	wrapTexts(&s.title, &s.note, room)
	top = s.height - margin - titleHeight(s.title)
	high := top - s.keysHeight(width) - 3
	if titled {
		high -= panelSize + 6
	}
	low := margin + noteHeight(s.note) + 14
	if labelled {
		low += lineHeight
	}
	for _, of := range s.panels {
		low = max(low, margin+noteHeight(s.note)+of.below)
	}
	if high-low < guess { // a long note makes the figure higher, not its panels lower
		s.height, top, high = s.height+guess-(high-low), top+guess-(high-low), low+guess
	}
	x := margin
	for i := range layouts {
		l := &layouts[i]
		l.Min.Y, l.Max.Y = low, high
		l.Min.X = x + l.left()
		l.Max.X = l.Min.X + s.panels[i].width
		x = l.Max.X + max(s.panels[i].right, panelGap)
	}
	return layouts, x + margin, top
}

// keyRows are the keys that stand in each row of a width.
func (s *scene) keyRows(width vg.Length) (rows [][]sceneKey) {
	x := width
	for _, k := range s.keys {
		wide := sampleWidth + labelGap + textWidth(k.name, labelSize) + legendColumnGap
		if x+wide-legendColumnGap > width-2*margin && (x > 0 || rows == nil) {
			rows, x = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], k)
		x += wide
	}
	return rows
}

func (s *scene) keysHeight(width vg.Length) vg.Length {
	if len(s.keys) == 0 {
		return 0
	}
	return vg.Length(len(s.keyRows(width)))*labelHeight + legendGap
}

func (s *scene) drawKeys(p pen, width, top vg.Length) {
	for i, row := range s.keyRows(width) {
		x, y := margin, top-labelHeight*(vg.Length(i)+0.5)
		for _, k := range row {
			k.sample(p, vg.Point{X: x + sampleWidth/2, Y: y})
			x += sampleWidth + labelGap
			p.text(k.name, labelSize, ink, left, vg.Point{X: x, Y: y})
			x += textWidth(k.name, labelSize) + legendColumnGap
		}
	}
}

// sampleLine draws a line across the box of a key's sample, whose middle is given.
func (p pen) sampleLine(s stroke, at vg.Point) {
	p.line(s, vg.Point{X: at.X - sampleWidth/2, Y: at.Y}, vg.Point{X: at.X + sampleWidth/2, Y: at.Y})
}

// ramp is viridis (van der Walt and Smith, matplotlib 1.5) in nine steps: its lightness rises evenly, so that it reads
// in grey and to the colour-blind.
var ramp = [9]color.NRGBA{rgb(0x440154), rgb(0x472d7b), rgb(0x3b528b), rgb(0x2c728e), rgb(0x21918c), rgb(0x28ae80),
	rgb(0x5ec962), rgb(0xaddc30), rgb(0xfde725)}

// rampEnd is the part of the ramp that stands out from white paper.
const rampEnd = 0.85

// rampAt is the colour of a part, from the darkest at 0 to the lightest that is read on white at 1.
func rampAt(part float64) color.NRGBA {
	at := min(max(part, 0), 1) * rampEnd * float64(len(ramp)-1)
	i := min(int(at), len(ramp)-2)
	return mixed(ramp[i], ramp[i+1], at-float64(i))
}

// Data are the numbers that the scene's maker gave it.
func (s *scene) Data() Table { return s.table }

package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// shade is the colour of a share, and the colour of text on it.
func shade(share float64) (ground, text color.NRGBA) {
	if share <= 0 {
		return white, inkLight
	}
	// The first step off white is one that is seen: a single error is no zero.
	ground = tint(palette[0].line, 0.07+float64(0.93*share))
	if share > 0.5 {
		return ground, white
	}
	return ground, ink
}

// The darkest ground of a cell: the blue of the palette at a fifth of its light, so that the best settings differ by
// more than a trace.
var heatDark = rgb(0x003556)

// heatBend is the place between the worst and the best at which grounds have the blue of the palette.
const heatBend = 0.7

// heatShade is the ground of a cell by its place between the worst and the best, and the colour of text on it. In grey
// it grows darker all the way.
func heatShade(goodness float64) (ground, text color.NRGBA) {
	if goodness <= heatBend {
		// The palest ground is still seen beside a cell that is none.
		ground = tint(palette[0].line, 0.06+0.94*goodness/heatBend)
	} else {
		ground = mixed(palette[0].line, heatDark, (goodness-heatBend)/(1-heatBend))
	}
	// Black and white have the same contrast, 4.6:1, on this luminance (WCAG 2.1, relative luminance).
	if luminance(ground) > 0.179 {
		return ground, color.NRGBA{A: 255}
	}
	return ground, white
}

// luminance is the relative luminance of a colour in sRGB, 0 to 1 (WCAG 2.1, section 3).
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return float64(0.2126*linear(c.R)) + float64(0.7152*linear(c.G)) + float64(0.0722*linear(c.B))
}

// shadesWidth is the width of a key of shades.
const shadesWidth vg.Length = 7

// shades draws a key of shades, from the shade of 0 at the bottom to that of 1 at the top.
func (p pen) shades(b vg.Rectangle, of func(part float64) (ground, text color.NRGBA)) {
	const steps = 50
	h := (b.Max.Y - b.Min.Y) / steps
	for i := range steps {
		ground, _ := of((float64(i) + 0.5) / steps)
		y := b.Min.Y + h*vg.Length(i)
		p.fill(ground, box(vg.Rectangle{Min: vg.Point{X: b.Min.X, Y: y},
			Max: vg.Point{X: b.Max.X, Y: min(y+h*1.2, b.Max.Y)}}))
	}
	p.stroke(stroke{color: inkLight, width: 0.7}, box(b))
}

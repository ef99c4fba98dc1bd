package plots

import (
	"image/color"
	"sync"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// Type sizes in points. A figure of 20 cm set to a text width of 17 cm still has ticks
// of more than 6 points.
const (
	titleSize vg.Length = 10
	panelSize vg.Length = 9
	labelSize vg.Length = 8.5
	tickSize  vg.Length = 8
	noteSize  vg.Length = 7.5
)

const (
	lineWidth vg.Length = 1.5
	hairline  vg.Length = 0.5
	margin    vg.Length = 6 // around the whole figure
)

var (
	white     = color.NRGBA{255, 255, 255, 255}
	ink       = color.NRGBA{34, 34, 34, 255}    // text that carries the message
	inkLight  = color.NRGBA{85, 85, 85, 255}    // axes and their numbers
	inkNote   = color.NRGBA{110, 110, 110, 255} // provenance, still 5:1 against white
	gridColor = color.NRGBA{230, 230, 230, 255}
)

// A hue is a colour of the palette. Half of Okabe and Ito's are too pale for small type,
// so each has a darker text shade of at least 4.5:1 against white.
type hue struct{ line, text color.NRGBA }

var palette = [8]hue{
	{rgb(0x0072b2), rgb(0x0072b2)}, // blue
	{rgb(0xd55e00), rgb(0xb84f00)}, // vermillion
	{rgb(0x009e73), rgb(0x007f5c)}, // bluish green
	{rgb(0xcc79a7), rgb(0xa8457c)}, // reddish purple
	{rgb(0xe69f00), rgb(0x946500)}, // orange
	{rgb(0x222222), rgb(0x222222)}, // black
	{rgb(0x56b4e9), rgb(0x2077a8)}, // sky blue
	{rgb(0xb8ac00), rgb(0x736b00)}, // yellow, darkened: the original is lost on white
}

// Baselines step back: greys with dashes, no markers.
var (
	baselineHue    = hue{rgb(0x808080), rgb(0x666666)}
	baselineDashes = [6][]vg.Length{{4.5, 2.5}, {1.2, 1.8}, {6, 2, 1.2, 2}, {9, 2}, {6, 2, 1.2, 2, 1.2, 2}, {2.5, 3.5}}
)

// Horizontal lines, such as the best of a benchmark, are thin and dark.
var (
	referenceHue    = hue{inkLight, inkLight}
	referenceDashes = [3][]vg.Length{{1, 2}, {4, 2}, {4, 2, 1, 2}}
)

const referenceWidth vg.Length = 0.8

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// tint mixes a colour with white: 1 leaves it, 0 is white.
func tint(c color.NRGBA, part float64) color.NRGBA { return mixed(white, c, part) }

// mixed is a colour on the way from one to another: 0 is the first, 1 the second.
func mixed(a, b color.NRGBA, part float64) color.NRGBA {
	mix := func(x, y uint8) uint8 { return uint8(float64(x) + float64(part*(float64(y)-float64(x))) + 0.5) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// sans is the one face of all figures. A second face would make the PDF's bytes
// depend on a map's order inside its writer.
var sans = sync.OnceValue(func() font.Face {
	want := font.Font{Typeface: "Liberation", Variant: "Sans"}
	for _, f := range liberation.Collection() {
		if f.Font == want {
			return f
		}
	}
	panic("plots: gonum/plot no longer has Liberation Sans")
})

func face(size vg.Length) font.Face {
	f := sans()
	f.Font.Size = size
	return f
}

// textWidth is the advance of a line of text.
func textWidth(s string, size vg.Length) vg.Length {
	f := face(size)
	return f.Width(s)
}

package plots

import (
	"bytes"
	"image/color"
	"regexp"

	"golang.org/x/image/font/sfnt"
	fix "golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// encodePDF draws on a page of a size.
func encodePDF(width, height vg.Length, draw func(pen)) ([]byte, error) {
	c := vgpdf.New(width, height)
	draw(pen{pdfCanvas{c}})
	var b bytes.Buffer
	_, err := c.WriteTo(&b)
	return undated(b.Bytes()), err
}

var pdfDate = regexp.MustCompile(`/(CreationDate|ModDate) \(D:\d{14}\)`)

// undated replaces the dates of the writer by one of the same length, so that the
// offsets in the file stay right.
func undated(pdf []byte) []byte {
	return pdfDate.ReplaceAll(pdf, []byte("/$1 (D:20000101000000)"))
}

// pdfCanvas is gonum's PDF canvas with its colours and its letters set right.
type pdfCanvas struct{ *vgpdf.Canvas }

// SetColor gives the canvas the colour itself. The canvas would take what RGBA returns, which is multiplied by its
// alpha already, and PDF multiplies it once more.
func (c pdfCanvas) SetColor(of color.Color) {
	c.Canvas.SetColor(straight{color.NRGBAModel.Convert(of).(color.NRGBA)})
}

// straight is a colour whose RGBA are not multiplied by its alpha.
type straight struct{ color.NRGBA }

func (s straight) RGBA() (r, g, b, a uint32) {
	const wide = 0x101 // 8 bits as 16
	return wide * uint32(s.R), wide * uint32(s.G), wide * uint32(s.B), wide * uint32(s.A)
}

// FillString writes letters of cp1252, the one encoding that the canvas embeds, as text, and fills the outlines of
// others, such as ≤, which look the same and cannot be searched for.
func (c pdfCanvas) FillString(f font.Face, at vg.Point, s string) {
	text := ""
	write := func() {
		if text != "" {
			c.Canvas.FillString(f, at, encode1252(text))
			at.X += f.Width(text)
			text = ""
		}
	}
	for _, r := range s {
		if _, ok := code1252(r); ok {
			text += string(r)
			continue
		}
		write()
		if path := outline(f, at, r); len(path) > 0 {
			c.Fill(path)
		}
		at.X += f.Width(string(r))
	}
	write()
}

// outline is the path of a letter, or of the box that the face has for letters that it lacks.
func outline(f font.Face, at vg.Point, letter rune) (path vg.Path) {
	var b sfnt.Buffer
	of, err := f.Face.GlyphIndex(&b, letter)
	if err != nil {
		return nil
	}
	segments, err := f.Face.LoadGlyph(&b, of, fix.I(int(f.Face.UnitsPerEm())), nil)
	if err != nil {
		return nil
	}
	point := func(p fix.Point26_6) vg.Point { // y grows downwards in a glyph and upwards on a page
		em := f.Font.Size / vg.Length(fix.I(int(f.Face.UnitsPerEm())))
		return vg.Point{X: at.X + vg.Length(p.X)*em, Y: at.Y - vg.Length(p.Y)*em}
	}
	for _, s := range segments {
		a := s.Args
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			path.Move(point(a[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(a[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(a[0]), point(a[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(a[0]), point(a[1]), point(a[2]))
		}
	}
	return path
}

// encode1252 encodes a text; the minus sign is a dash, and what else cp1252 lacks becomes a question mark.
func encode1252(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		code, _ := code1252(r)
		out = append(out, code)
	}
	return string(out)
}

// high1252 are the letters from 0x80 to 0x9f; zeros where there is none.
var high1252 = []rune("€\x00‚ƒ„…†‡ˆ‰Š‹Œ\x00Ž\x00\x00‘’“”•–—˜™š›œ\x00žŸ")

// code1252 is the code of a letter; not ok of a letter that cp1252 lacks.
func code1252(r rune) (code byte, ok bool) {
	if r == '−' {
		r = '–'
	}
	if r > 0 && r < 0x80 || r >= 0xa0 && r <= 0xff {
		return byte(r), true
	}
	for i, t := range high1252 {
		if t == r && r != 0 {
			return byte(0x80 + i), true
		}
	}
	return '?', false
}

package plots

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
)

var svgText = regexp.MustCompile(`<text ([^>]*font-size:([\d.]+)px[^>]*)>([^<]*)</text>`)

// Texts of fewer letters have room in any font.
const shortText = 8

// fitTexts gives each text of an SVG the width that the figure was laid out for. A reader's font, which need not have
// the metrics of ours, is stretched to it and leaves the figure nowhere.
func fitTexts(svg []byte) []byte {
	return svgText.ReplaceAllFunc(svg, func(element []byte) []byte {
		m := svgText.FindSubmatch(element)
		size, _ := strconv.ParseFloat(string(m[2]), 64) // the pattern has digits alone
		line := html.UnescapeString(string(m[3]))
		if utf8.RuneCountInString(line) < shortText {
			return element
		}
		width := strconv.FormatFloat(textWidth(line, vg.Length(size)).Points(), 'f', 0, 64)
		return bytes.Join([][]byte{[]byte("<text "), m[1], []byte(` textLength="` + width +
			`" lengthAdjust="spacingAndGlyphs">`), m[3], []byte("</text>")}, nil)
	})
}

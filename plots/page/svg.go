package page

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/plots"
)

var (
	styleAttribute = regexp.MustCompile(`\s+style="([^"]*)"`)
	svgSize        = regexp.MustCompile(`<svg width="([\d.]+)pt" height="([\d.]+)pt"`)
	pathData       = regexp.MustCompile(`\bd="([^"]*)"`)
	decimals       = regexp.MustCompile(`(\d+\.\d)\d+`)
	svgText        = regexp.MustCompile(`<text ([^>]*font-size="([\d.]+)px"[^>]*)>([^<]*)</text>`)
	identifier     = regexp.MustCompile(` (id="|href="#|clip-path="url\(#|fill="url\(#)`)
)

// Texts of fewer letters have room in any font.
const shortText = 8

// fitted is an element of text with the width that the figure was laid out for, which a reader's font need not have.
func fitted(element string) string {
	m := svgText.FindStringSubmatch(element)
	size, _ := strconv.ParseFloat(m[2], 64) // the pattern has digits alone
	line := html.UnescapeString(m[3])
	if utf8.RuneCountInString(line) < shortText {
		return element
	}
	return fmt.Sprintf(`<text %s textLength="%.0f" lengthAdjust="spacingAndGlyphs">%s</text>`, m[1],
		plots.TextWidth(line, size), m[3])
}

// Pixels of a page for a point of a figure, whose labels of 8 points are then about as large as small print.
const perPoint = 1.5

// inline makes a figure of ours, as package plots writes it, a part of a page: without the head of a file, its styles
// as presentation attributes, since the page's policy takes no style attribute, and coordinates to a tenth of a point.
// The font is that of the page's style. Who does not see the figure reads the label. Identifiers get a prefix, so that
// no two figures of a page share one.
func inline(svg []byte, label, prefix string) (template.HTML, error) {
	at := bytes.Index(svg, []byte("<svg "))
	if at < 0 {
		return "", fmt.Errorf("a figure is no SVG: %w", evolve.ErrInvalid)
	}
	text := string(svg[at:])
	text = svgSize.ReplaceAllStringFunc(text, func(head string) string {
		width, _ := strconv.ParseFloat(svgSize.FindStringSubmatch(head)[1], 64) // the pattern has digits alone
		return fmt.Sprintf(`<svg class="drawing" role="img" aria-label="%s" width="%.0f"`,
			template.HTMLEscapeString(label), width*perPoint)
	})
	text = styleAttribute.ReplaceAllStringFunc(text, func(attribute string) string {
		var b strings.Builder
		declared := styleAttribute.FindStringSubmatch(attribute)[1]
		for _, declaration := range strings.Split(declared, ";") {
			property, value, ok := strings.Cut(declaration, ":")
			if property = strings.TrimSpace(property); ok && property != "font-family" {
				fmt.Fprintf(&b, ` %s="%s"`, property, strings.TrimSpace(value))
			}
		}
		return b.String()
	})
	text = svgText.ReplaceAllStringFunc(text, fitted)
	text = pathData.ReplaceAllStringFunc(text, func(d string) string { return decimals.ReplaceAllString(d, "$1") })
	text = identifier.ReplaceAllString(text, " ${1}"+prefix)
	// The text is ours from the first byte to the last: what people named was escaped by whoever wrote the SVG.
	return template.HTML(text), nil
}

var inlineWidth = regexp.MustCompile(`^<svg [^>]*? width="(\d+)"`)

// width is the width of an inline figure in pixels; 0 where it has none.
func width(svg template.HTML) int {
	n := 0
	if m := inlineWidth.FindStringSubmatch(string(svg)); m != nil {
		n, _ = strconv.Atoi(m[1]) // the pattern has digits alone
	}
	return n
}

package page

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

var (
	styleAttribute = regexp.MustCompile(`\s+style="([^"]*)"`)
	svgSize        = regexp.MustCompile(`<svg width="([\d.]+)pt" height="([\d.]+)pt"`)
	pathData       = regexp.MustCompile(`\bd="([^"]*)"`)
	decimals       = regexp.MustCompile(`(\d+\.\d)\d+`)
	identifier     = regexp.MustCompile(` (id="|href="#|clip-path="url\(#|fill="url\(#)`)
)

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

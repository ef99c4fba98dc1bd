package plots

import (
	"bytes"
	"compress/zlib"
	"image/color"
	"io"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// pages are the drawing instructions of a PDF file.
func pages(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for _, m := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(r)
		if err == nil && bytes.Contains(text, []byte(" rg")) {
			all.Write(text)
		}
	}
	return all.String()
}

// TestPDF has a band's blue, 0x0072b2, as it is, beside its alpha, and letters that the PDF's encoding lacks as outlines.
func TestPDF(t *testing.T) {
	pdf, err := encodePDF(100, 100, func(p pen) {
		p.fill(color.NRGBA{0, 0x72, 0xb2, 40}, circle(vg.Point{X: 50, Y: 50}, 20))
		p.text("p ≤ 0.05", 9, ink, left, vg.Point{X: 10, Y: 10})
	})
	if err != nil {
		t.Fatal(err)
	}
	page := pages(t, pdf)
	if !strings.Contains(page, "0.000 0.447 0.698 rg") { // 0x72/255 and 0xb2/255
		t.Errorf("a fill is not 0072b2:\n%s", page)
	}
	if !bytes.Contains(pdf, []byte("/ca 0.157")) { // 40/255
		t.Error("no alpha of 40/255")
	}
	if !strings.Contains(page, "(p )") || !strings.Contains(page, "( 0.05)") || strings.Contains(page, "?") {
		t.Errorf("the text around ≤ is not as it should be:\n%s", page)
	}
	// ≤ of Liberation Sans is a corner and a bar.
	at := strings.Index(page, "(p )")
	if n := strings.Count(page[at:], " m\n"); n < 2 {
		t.Errorf("≤ has %d outlines, want 2:\n%s", n, page[at:])
	}
}

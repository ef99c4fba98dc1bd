package plots

import "testing"

// A text is as wide in any font as in the one that the figure was laid out with; short ones are left alone.
func TestFitTexts(t *testing.T) {
	const style = `style="font-family:'Liberation Sans',Arial;font-size:8px;fill:#222"`
	// The advances of Liberation Sans are Arial's, in 2048ths: i 455, m 1706.
	for text, width := range map[string]string{
		"iiiiiiiiii": ` textLength="18"`, "mmmmmmmmmm": ` textLength="67"`, "iiiiiii": "", "&lt;&lt;&lt;": "",
	} {
		want := "<text x=\"6\"\n\t" + style + width
		if width != "" {
			want += ` lengthAdjust="spacingAndGlyphs"`
		}
		want += ">" + text + "</text>"
		if got := string(fitTexts([]byte("<text x=\"6\"\n\t" + style + ">" + text + "</text>"))); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}

package page

import (
	"strings"
	"testing"
)

// A page has the command of each figure, no figure twice under two names, and of a formula neither a schedule nor epochs.
func TestTexts(t *testing.T) {
	formula := byHand()
	formula.About.Kind, formula.About.Epochs = "synthetic", 1
	for name, c := range map[string]struct {
		page       string
		has, lacks []string
	}{
		"table": {written(t, Options{}, byHand()), []string{"<code>amoeba plot folder --kind box</code>",
			"profile: of one benchmark it is the curve of ecdf", "After the full schedule", "; search at 12 epochs"},
			[]string{"--kind profile"}},
		"formula": {written(t, Options{}, formula), nil, []string{"After the full schedule", "; search at 1 epoch"}},
	} {
		for _, text := range c.has {
			if !strings.Contains(c.page, text) {
				t.Errorf("%s: %q is not there", name, text)
			}
		}
		for _, text := range c.lacks {
			if strings.Contains(c.page, text) {
				t.Errorf("%s: %q is there", name, text)
			}
		}
	}
}

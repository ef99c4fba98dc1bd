package cite

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
)

// Every paper of a registered searcher or space has its entry, with authors, title and a year.
func TestRegisteredPapers(t *testing.T) {
	var all []string
	for _, e := range evolve.Searchers.Entries() {
		all = append(all, e.Paper)
	}
	for _, e := range evolve.Spaces.Entries() {
		all = append(all, e.Paper)
	}
	if len(all) < 30 {
		t.Fatalf("%d names", len(all))
	}
	for _, text := range all {
		if bib := BibTeX(text); strings.Contains(bib, "@misc{other") {
			t.Errorf("%q: no entry for a part of it:\n%s", text, bib)
		}
	}
}

func TestEntries(t *testing.T) {
	keys := map[string]bool{}
	for _, e := range entries {
		if e.key == "" || keys[e.key] {
			t.Errorf("an entry without a key of its own:\n%s", e.text)
		}
		keys[e.key] = true
		if strings.Count(e.text, "{") != strings.Count(e.text, "}") {
			t.Errorf("%s: braces do not match", e.key)
		}
		for _, field := range []string{"author", "title"} {
			if !strings.Contains(e.text, "\n  "+field) {
				t.Errorf("%s: no %s", e.key, field)
			}
		}
		if e.arXiv == "" && e.phrase == "" {
			t.Errorf("%s: nothing finds it", e.key)
		}
	}
}

func TestBibTeX(t *testing.T) {
	for _, c := range []struct {
		texts []string
		want  []string // keys, in order
	}{
		{[]string{"Bergstra and Bengio, JMLR 13, 2012; Li and Talwalkar, UAI 2019, arXiv:1902.07638",
			"Real, Aggarwal, Huang and Le, AAAI 2019, arXiv:1802.01548", "Somebody, arXiv:1902.07638"},
			[]string{"article{bergstra2012", "inproceedings{li2019", "inproceedings{real2019"}},
		{[]string{"your own", "this project, docs/quality.md", ""}, nil},
		{[]string{"Nobody {2030}\\"}, []string{"misc{other1"}},
	} {
		bib := BibTeX(c.texts...)
		var got []string
		for line := range strings.Lines(bib) {
			if strings.HasPrefix(line, "@") {
				got = append(got, strings.TrimSuffix(line[1:], ",\n"))
			}
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%q: %q, want %q", c.texts, got, c.want)
		}
	}
	if bib := BibTeX("Nobody {2030}\\"); !strings.Contains(bib, "note = {Nobody (2030)/}") {
		t.Errorf("%s", bib)
	}
}

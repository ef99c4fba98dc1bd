// Package cite is the literature that searchers, spaces and benchmarks name, as entries of BibTeX.
package cite

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// Self is how to cite this program.
const Self = `@software{amoeba,
  title  = {Amoeba: a laboratory for neural architecture search},
  author = {{The Amoeba authors}},
  year   = {2026},
  url    = {https://github.com/amoeba-nas/amoeba}
}
`

//go:embed papers.bib
var papers string

// entry is a paper with what a registered name says of it: its number on arXiv, or how its text begins.
type entry struct{ arXiv, phrase, key, text string }

var entries = read(papers)

var (
	eprint  = regexp.MustCompile(`eprint\s*= \{([^}]*)\}`)
	key     = regexp.MustCompile(`(?m)^@\w+\{(\w+),`)
	onArXiv = regexp.MustCompile(`arXiv:(\d{4}\.\d{4,5})`)
)

// phraseMark begins the line above an entry by which it is found where it is on no arXiv.
const phraseMark = "% cited as: "

func read(bib string) (all []entry) {
	for text := range strings.SplitSeq(bib, "\n\n") {
		e := entry{text: strings.TrimSpace(text) + "\n"}
		if line, rest, ok := strings.Cut(e.text, "\n"); ok && strings.HasPrefix(line, phraseMark) {
			e.phrase, e.text = strings.TrimPrefix(line, phraseMark), rest
		}
		if m := eprint.FindStringSubmatch(e.text); m != nil {
			e.arXiv = m[1]
		}
		if m := key.FindStringSubmatch(e.text); m != nil {
			e.key = m[1]
		}
		all = append(all, e)
	}
	return all
}

// BibTeX are the entries of all papers that texts name, each once, in the order of the texts, as in "Li and Talwalkar,
// UAI 2019, arXiv:1902.07638; Bergstra and Bengio, JMLR 13, 2012". A part between semicolons that names no paper which
// is known here is a note of its own, unless it is the reader's own or this project's.
func BibTeX(texts ...string) string {
	var b strings.Builder
	done := map[string]bool{}
	add := func(name, text string) {
		if !done[name] {
			done[name] = true
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(text)
		}
	}
	for _, text := range texts {
		for part := range strings.SplitSeq(text, ";") {
			part = strings.TrimSpace(part)
			switch e := find(part); {
			case e != nil:
				add(e.key, e.text)
			case !own(part):
				add(part, fmt.Sprintf("@misc{other%d,\n  note = {%s},\n}\n", len(done)+1, plain.Replace(part)))
			}
		}
	}
	return b.String()
}

// plain leaves out what BibTeX would read as its own.
var plain = strings.NewReplacer("{", "(", "}", ")", "\\", "/", "@", " at ", "\n", " ")

func find(part string) *entry {
	m := onArXiv.FindStringSubmatch(part)
	for i := range entries {
		e := &entries[i]
		if m != nil && e.arXiv == m[1] || e.phrase != "" && strings.Contains(part, e.phrase) {
			return e
		}
	}
	return nil
}

// own says whether a part names no literature: what the reader brought along, what this project wrote, or nothing.
func own(part string) bool {
	return part == "" || strings.HasPrefix(part, "your own") || strings.HasPrefix(part, "this project") ||
		strings.HasPrefix(part, "the library's defaults")
}

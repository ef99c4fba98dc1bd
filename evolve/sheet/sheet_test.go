package sheet

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWriteText(t *testing.T) {
	var s Sheet
	s.Paragraph("digits · ", 2, "pictures  of\ndigits")
	s.Key("rows", "1,797")
	s.Key("empty", "")
	s.Heading("one")
	s.Line("%d lines %s", 2, strings.Repeat("x", Width))
	s.Heading("  two")
	s.Grid([][]string{{"name", "n", "größe"}, {"ä", "12"}, {"longer", "3", "4"}})
	var b strings.Builder
	if err := s.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := "digits · pictures of digits\n" +
		"  rows       1,797\n" +
		"\none\n" +
		"2 lines " + strings.Repeat("x", Width) + "\n" +
		"\n  two\n" +
		"\n  name     n  größe\n" +
		"  ä       12\n" +
		"  longer   3      4\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	if err := s.WriteText(broken{}); err == nil {
		t.Error("a writer that fails was taken for one that did not")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

// A paragraph keeps its words in order and breaks no word; no line is longer than a page, unless it is a single word.
func TestParagraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zäöü±]{1,30}`)).Draw(t, "words")
		p := Paragraph{"head ", rapid.IntRange(0, 20).Draw(t, "indent"), strings.Join(words, " ")}
		text := p.text()
		if got := strings.Fields(text)[1:]; len(words) > 0 && !cmp.Equal(got, words) {
			t.Fatalf("%q became %q", words, got)
		}
		for k, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > Width {
				t.Errorf("line %d has %d columns", k, n)
			}
			if k > 0 && (len(line) < p.Indent || strings.Trim(line[:p.Indent], " ") != "") {
				t.Errorf("line %d is not indented by %d: %q", k, p.Indent, line)
			}
		}
	})
}

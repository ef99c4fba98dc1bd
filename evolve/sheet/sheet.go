package sheet

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Width is the number of columns of a page, at which paragraphs are broken.
const Width = 100

// A Sheet is a list of parts in the order in which they are read.
type Sheet struct{ Parts []Part }

// A Part is a [Heading], a [Line], a [Paragraph] or a [Grid].
type Part interface{ text() string }

// A Heading stands over the parts that follow it, behind an empty line. One that begins with blanks is subordinate.
type Heading string

// A Line is printed as it is, however long.
type Line string

// A Paragraph is a text behind a head. It is broken at blanks, where a line would be longer than [Width]; every further
// line begins with Indent blanks.
type Paragraph struct {
	Head   string
	Indent int
	Text   string
}

// A Grid is a table behind an empty line: the first row are its headings; the first column is flush left, others right.
// Rows may be of different lengths.
type Grid [][]string

// Heading adds a heading.
func (s *Sheet) Heading(text string) { s.Parts = append(s.Parts, Heading(text)) }

// Line adds a line, formatted as by fmt.Sprintf.
func (s *Sheet) Line(format string, values ...any) {
	s.Parts = append(s.Parts, Line(fmt.Sprintf(format, values...)))
}

// Paragraph adds a paragraph.
func (s *Sheet) Paragraph(head string, indent int, text string) {
	s.Parts = append(s.Parts, Paragraph{head, indent, text})
}

// Key adds a paragraph with a key before it, in a column that is as wide as that of all keys; none if the text is
// empty.
func (s *Sheet) Key(key, text string) {
	if text != "" {
		s.Paragraph(fmt.Sprintf("  %-10s ", key), 13, text)
	}
}

// Grid adds a grid.
func (s *Sheet) Grid(rows [][]string) { s.Parts = append(s.Parts, Grid(rows)) }

// WriteText prints the sheet.
func (s *Sheet) WriteText(w io.Writer) error {
	for _, p := range s.Parts {
		if _, err := io.WriteString(w, p.text()+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (h Heading) text() string { return "\n" + string(h) }

func (l Line) text() string { return string(l) }

func (p Paragraph) text() string {
	var b strings.Builder
	b.WriteString(p.Head)
	at, first := utf8.RuneCountInString(p.Head), true
	for _, word := range strings.Fields(p.Text) {
		n := utf8.RuneCountInString(word)
		if !first && at+1+n > Width {
			b.WriteString("\n" + strings.Repeat(" ", p.Indent))
			at, first = p.Indent, true
		}
		if !first {
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at, first = at+n, false
	}
	return b.String()
}

func (g Grid) text() string {
	var widths []int
	for _, row := range g {
		for k, cell := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range g {
		line := " "
		for k, cell := range row {
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell))
			if k == 0 {
				line += " " + cell + pad
			} else {
				line += "  " + pad + cell
			}
		}
		b.WriteString("\n" + strings.TrimRight(line, " "))
	}
	return b.String()
}

package report

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// column is a column of a table whose rows tell of values of a type.
type column[T any] struct {
	head string
	cell func(*T) string
}

// writePairs prints a text and below it a table of pairs of methods, whose numbers in brackets refer to notes below the
// table. of tells a pair's two methods and its notes.
func writePairs[T any](w io.Writer, about string, pairs []T, of func(*T) (a, b string, notes []string),
	columns []column[T]) error {
	fmt.Fprintln(w, about)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "first\tsecond")
	for _, c := range columns {
		fmt.Fprint(t, "\t", c.head)
	}
	fmt.Fprintln(t)
	var all numbered
	for i := range pairs {
		a, b, notes := of(&pairs[i])
		fmt.Fprintf(t, "%s\t%s", a, b)
		for _, c := range columns {
			fmt.Fprint(t, "\t", c.cell(&pairs[i]))
		}
		if marks := all.marks(notes); marks != "" {
			fmt.Fprint(t, "\t", marks)
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return all.write(w)
}

// numbered are notes below a table, each once, to which numbers in the table refer.
type numbered []string

// marks are the numbers of some notes.
func (n *numbered) marks(notes []string) (text string) {
	for _, note := range notes {
		at := slices.Index(*n, note)
		if at < 0 {
			at, *n = len(*n), append(*n, note)
		}
		text += fmt.Sprintf("[%d]", at+1)
	}
	return text
}

func (n numbered) write(w io.Writer) error {
	for i, note := range n {
		if _, err := fmt.Fprintf(w, "[%d] %s\n", i+1, note); err != nil {
			return err
		}
	}
	return nil
}

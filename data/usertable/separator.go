package usertable

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
)

// separators are what may stand between columns, the most usual first.
var separators = []rune{',', ';', '\t'}

// separator is what the header line has between its columns: what makes it name arch and val,
// or else what makes it the most columns. It reads nothing.
func (b *builder) separator(in *bufio.Reader) rune {
	head, _ := in.Peek(in.Size()) // a longer header is one of commas; errors come again
	best, most := separators[0], 0
	for _, comma := range separators {
		c := csv.NewReader(bytes.NewReader(head))
		c.Comma = comma
		names, err := c.Read()
		if err != nil {
			continue
		}
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		if slices.Contains(names, b.called(roleArch)) && slices.Contains(names, b.called(roleVal)) {
			return comma
		}
		if len(names) > most {
			best, most = comma, len(names)
		}
	}
	return best
}

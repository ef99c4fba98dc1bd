// Package scores reads a table of scores, a row a data set or a run and a column a method, and compares the methods.
package scores

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// What a table may hold at most. All pairs of methods are compared, so that their number counts squared.
const (
	MaxBytes   = 16 << 20
	MaxMethods = 100
)

// Table is a table of scores.
type Table struct {
	Methods []string
	Rows    []string    // data sets or runs
	Scores  [][]float64 // by row, then method; all are known numbers
}

// Comparison is what the methods' scores say of them.
type Comparison struct {
	Lower       bool // the lower scores are the better
	Resamplings int  // of each bootstrap; 0 = none was made
	stats.Ranking
	Pairs []stats.Contrast
}

// Open reads a table from a CSV file.
func Open(path string) (*Table, error) {
	text, err := durable.ReadFile(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	return Read(path, text)
}

// ReadFrom reads a table from a text of at most MaxBytes, whose name errors begin with.
func ReadFrom(name string, in io.Reader) (*Table, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > MaxBytes:
		return nil, fmt.Errorf("%s: want at most %d bytes: %w", name, MaxBytes, evolve.ErrInvalid)
	}
	return Read(name, text)
}

// separators are what may stand between fields, each with its name.
var separators = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab"}

// separator is the one of them that stands most often in the header outside quotes; as often as another, the comma.
func separator(text []byte) rune {
	counts, quoted := map[rune]int{}, false
	for _, b := range bytes.TrimLeft(text, "\r\n") {
		if quoted = quoted != (b == '"'); quoted {
			continue
		}
		if b == '\n' {
			break
		}
		counts[rune(b)]++
	}
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// headless says whether all the fields of a header but the first are numbers: it is a row of scores then.
func headless(header []string) bool {
	return !slices.ContainsFunc(header[1:], func(field string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		return err != nil
	})
}

// Read reads a table from the text of a CSV file, whose name errors begin with: a header, then the rows. The first
// column is the names of the rows, the others are the methods. The header shows what separates the fields.
func Read(name string, text []byte) (*Table, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	fail := func(line, column int, format string, a ...any) error {
		return fmt.Errorf("%s:%d:%d: %s: %w", name, line, column, fmt.Sprintf(format, a...), evolve.ErrInvalid)
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.Comma = separator(text)
	// The reader of CSV keeps 24 bytes a field before anybody can count them; names may hold a few commas in quotes.
	for i, line := range bytes.Split(text, []byte("\n")) {
		if n := bytes.Count(line, []byte(string(c.Comma))); n > 100*MaxMethods {
			return nil, fail(i+1, 1, "%d %ss, want at most %d methods", n, separators[c.Comma], MaxMethods)
		}
	}
	header, err := c.Read()
	switch {
	case err == io.EOF:
		return nil, fail(1, 1, "empty, want a header such as dataset,ours,theirs")
	case err != nil:
		return nil, unread(fail, err, 0, 0)
	case len(header) < 3:
		return nil, fail(1, 1, "%s, want one of names and at least two methods, "+
			"with commas, semicolons or tabs between", number.Count(len(header), "column"))
	case len(header)-1 > MaxMethods:
		return nil, fail(1, 1, "%d methods, want at most %d", len(header)-1, MaxMethods)
	}
	if headless(header) {
		return nil, fail(1, 1, "there is no header: want a first line of names, such as dataset,ours,theirs")
	}
	t := &Table{}
	for i, method := range header {
		line, column := c.FieldPos(i)
		method = strings.TrimSpace(method)
		switch {
		case !utf8.ValidString(method):
			return nil, fail(line, column, "the name of column %d is invalid UTF-8", i+1)
		case i == 0: // what the names are called says nothing
			continue
		case method == "":
			return nil, fail(line, column, "column %d has no name", i+1)
		case strings.ContainsFunc(method, func(r rune) bool { return !unicode.IsGraphic(r) }):
			return nil, fail(line, column, "method %q: want a name without control characters", method)
		case slices.Contains(t.Methods, method):
			return nil, fail(line, column, "method %q is named twice", method)
		}
		t.Methods = append(t.Methods, method)
	}
	for {
		fields, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, unread(fail, err, len(fields), len(header))
		}
		row := make([]float64, len(t.Methods))
		for i, text := range fields[1:] {
			text = strings.TrimSpace(text)
			x, err := strconv.ParseFloat(text, 64)
			line, column := c.FieldPos(i + 1)
			switch {
			case text == "":
				return nil, fail(line, column, "%s has no score here: leave out the row, or the method", t.Methods[i])
			case c.Comma != ',' && strings.Count(text, ",") == 1:
				return nil, fail(line, column, "%s %q: want a number, whose decimals follow a point",
					t.Methods[i], text)
			case err != nil || !number.Known(x) || strings.ContainsAny(text, "xX_"): // ParseFloat reads Go's literals
				return nil, fail(line, column, "%s %q: want a number", t.Methods[i], text)
			}
			row[i] = x
		}
		if !utf8.ValidString(fields[0]) {
			line, column := c.FieldPos(0)
			return nil, fail(line, column, "the name of the row is invalid UTF-8")
		}
		t.Rows, t.Scores = append(t.Rows, strings.TrimSpace(fields[0])), append(t.Scores, row)
	}
	if len(t.Rows) < 2 {
		line, _ := c.FieldPos(0)
		return nil, fail(line+1, 1, "%s of scores, want at least two to compare methods over",
			number.Count(len(t.Rows), "row"))
	}
	return t, nil
}

// unread says why a record with so many fields is none.
func unread(fail func(int, int, string, ...any) error, err error, fields, want int) error {
	var at *csv.ParseError
	switch {
	case !errors.As(err, &at):
		return fail(1, 1, "%v", err)
	case errors.Is(err, csv.ErrFieldCount):
		return fail(at.StartLine, 1, "%s, the header has %d", number.Count(fields, "field"), want)
	case errors.Is(err, csv.ErrBareQuote):
		return fail(at.Line, at.Column, "a quote inside a field that does not begin with one")
	}
	return fail(at.Line, at.Column, "a quoted field that is not closed, or goes on after its quote")
}

// Compare compares the methods by their ranks and pair by pair. Resamplings above 0 asks for that many of the
// bootstrap for each pair, from streams of a seed that hang on the names of the two methods alone.
func (t *Table) Compare(lower bool, resamplings int, seed uint64) *Comparison {
	rows := t.Scores
	if lower {
		rows = nil
		for _, row := range t.Scores {
			negated := make([]float64, len(row))
			for i, x := range row {
				negated[i] = -x
			}
			rows = append(rows, negated)
		}
	}
	stream := func(a, b string) *rand.Rand { return evolve.Stream(seed, "bootstrap "+a+"\x00"+b) }
	return &Comparison{Lower: lower, Resamplings: resamplings, Ranking: stats.Friedman(rows),
		Pairs: stats.Contrasts(t.Methods, rows, resamplings, stream)}
}

package scores

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// The bounds on a file. All pairs of methods are compared, so that the number of methods counts squared.
const (
	MaxBytes   = 32 << 20
	MaxMethods = 100
)

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

// separator is the one that stands most often in the header outside quotes; where two do, the comma comes first.
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
// column is the names of the rows, the others are the methods; rows of one name are runs on that data set. The header
// shows what separates the fields.
func Read(name string, text []byte) (*Table, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r := reader{Reader: csv.NewReader(bytes.NewReader(text)), name: name}
	r.Comma = separator(text)
	// The reader of CSV keeps 24 bytes a field before anybody can count them; names may hold a few commas in quotes.
	for i, line := range bytes.Split(text, []byte("\n")) {
		if n := bytes.Count(line, []byte(string(r.Comma))); n > 100*MaxMethods {
			return nil, r.fail(i+1, 1, "%d %ss, want at most %d methods", n, separators[r.Comma], MaxMethods)
		}
	}
	methods, err := r.header()
	if err != nil {
		return nil, err
	}
	t := &Table{Methods: methods}
	at := map[string]int{} // the rows by their names
	lines := 0
	for {
		name, row, err := r.row(methods)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		lines++
		k, known := at[name]
		if !known {
			k = len(t.Rows)
			at[name] = k
			t.Rows, t.Scores = append(t.Rows, name), append(t.Scores, make([][]float64, len(row)))
		}
		for i, x := range row {
			t.Scores[k][i] = append(t.Scores[k][i], x)
		}
	}
	if lines < 2 {
		line, _ := r.FieldPos(0)
		return nil, r.fail(line+1, 1, "%s of scores, want at least two to compare methods over",
			number.Count(lines, "row"))
	}
	return t, nil
}

// reader reads the records of a table, whose name its errors begin with.
type reader struct {
	*csv.Reader
	name string
}

func (r *reader) fail(line, column int, format string, a ...any) error {
	return fmt.Errorf("%s:%d:%d: %s: %w", r.name, line, column, fmt.Sprintf(format, a...), evolve.ErrInvalid)
}

// header reads the names of the methods.
func (r *reader) header() (methods []string, err error) {
	header, err := r.Read()
	switch {
	case err == io.EOF:
		return nil, r.fail(1, 1, "empty, want a header such as dataset,ours,theirs")
	case err != nil:
		return nil, r.unread(err, 0, 0)
	case len(header) < 3:
		return nil, r.fail(1, 1, "%s, want one of names and at least two methods, "+
			"with commas, semicolons or tabs between", number.Count(len(header), "column"))
	case len(header)-1 > MaxMethods:
		return nil, r.fail(1, 1, "%d methods, want at most %d", len(header)-1, MaxMethods)
	case headless(header):
		return nil, r.fail(1, 1, "there is no header: want a first line of names, such as dataset,ours,theirs")
	}
	for i, method := range header {
		line, column := r.FieldPos(i)
		method = strings.TrimSpace(method)
		switch {
		case !utf8.ValidString(method):
			return nil, r.fail(line, column, "the name of column %d is invalid UTF-8", i+1)
		case i == 0: // what the names are called says nothing
			continue
		case method == "":
			return nil, r.fail(line, column, "column %d has no name", i+1)
		case strings.ContainsFunc(method, func(r rune) bool { return !unicode.IsGraphic(r) }):
			return nil, r.fail(line, column, "method %q: want a name without control characters", method)
		case slices.Contains(methods, method):
			return nil, r.fail(line, column, "method %q is named twice", method)
		}
		methods = append(methods, method)
	}
	return methods, nil
}

// row reads a row's name and its scores; the error is io.EOF where there is no further row.
func (r *reader) row(methods []string) (name string, row []float64, err error) {
	fields, err := r.Read()
	switch {
	case err == io.EOF:
		return "", nil, err
	case err != nil:
		return "", nil, r.unread(err, len(fields), len(methods)+1)
	}
	if strings.TrimSpace(fields[0]) == "" {
		line, column := r.FieldPos(0)
		return "", nil, r.fail(line, column, "the row has no name: want that of its data set or run")
	}
	row = make([]float64, len(methods))
	for i, text := range fields[1:] {
		text = strings.TrimSpace(text)
		x, err := strconv.ParseFloat(text, 64)
		line, column := r.FieldPos(i + 1)
		switch {
		case text == "":
			return "", nil, r.fail(line, column, "%s has no score here: leave out the row, or the method", methods[i])
		case r.Comma != ',' && strings.Count(text, ",") == 1:
			return "", nil, r.fail(line, column, "%s %q: want a number, whose decimals follow a point", methods[i],
				text)
		case err != nil || !number.Known(x) || strings.ContainsAny(text, "xX_"): // ParseFloat reads Go's literals
			return "", nil, r.fail(line, column, "%s %q: want a number", methods[i], text)
		}
		row[i] = x
	}
	if !utf8.ValidString(fields[0]) {
		line, column := r.FieldPos(0)
		return "", nil, r.fail(line, column, "the name of the row is invalid UTF-8")
	}
	return strings.TrimSpace(fields[0]), row, nil
}

// unread says why a record with so many fields cannot be read.
func (r *reader) unread(err error, fields, want int) error {
	var at *csv.ParseError
	switch {
	case !errors.As(err, &at):
		return r.fail(1, 1, "%v", err)
	case errors.Is(err, csv.ErrFieldCount):
		return r.fail(at.StartLine, 1, "%s, the header has %d", number.Count(fields, "field"), want)
	case errors.Is(err, csv.ErrBareQuote):
		return r.fail(at.Line, at.Column, "a quote inside a field that does not begin with one")
	}
	return r.fail(at.Line, at.Column, "a quoted field that is not closed, or goes on after its quote")
}

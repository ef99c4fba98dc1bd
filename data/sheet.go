package data

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// unpackedMax bounds what a compressed source may unpack to, in bytes. The longest has 7 MB.
const unpackedMax = 32 << 20

// gunzip unpacks a gzip file.
func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, unpackedMax+1))
	if err == nil && len(text) > unpackedMax {
		err = fmt.Errorf("gzip: unpacks to more than %d bytes", unpackedMax)
	}
	return text, err
}

// eachLine calls f for each line of a CSV file after its header, which must be as given: with
// the texts of the first columns and the numbers of the others. No number is NaN.
func eachLine(b []byte, header string, texts int, f func(texts []string, numbers []float64) error) error {
	names := strings.Split(header, ",")
	numbers := make([]float64, len(names)-texts)
	return eachRecord(b, header, func(record []string) (err error) {
		for i, text := range record[texts:] {
			if numbers[i], err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(numbers[i]) {
				return fmt.Errorf("column %s: %.40q is no number", names[texts+i], text)
			}
		}
		return f(record[:texts], numbers)
	})
}

// sheet is what a source says of architectures: a row each, columns of numbers.
type sheet struct {
	names   []string
	columns [][]float64
	archs   []string
	row     map[string]int
}

func newSheet(names ...string) *sheet {
	return &sheet{names: names, columns: make([][]float64, len(names)), row: map[string]int{}}
}

// add appends a row, or refuses an architecture that is there already.
func (s *sheet) add(a evolve.Arch, numbers ...float64) error {
	if first, twice := s.row[string(a)]; twice {
		return fmt.Errorf("%s is there twice, first in row %d", a, first)
	}
	s.row[string(a)] = len(s.archs)
	s.append(a, numbers...)
	return nil
}

// append appends a row, perhaps one more of an architecture.
func (s *sheet) append(a evolve.Arch, numbers ...float64) {
	s.archs = append(s.archs, string(a))
	for k, x := range numbers {
		s.columns[k] = append(s.columns[k], x)
	}
}

// covers names the first architecture of a space that the sheet lacks.
func (s *sheet) covers(all evolve.Enumerable) error {
	for i := range all.Size() {
		if _, ok := s.row[string(all.At(i))]; !ok {
			return fmt.Errorf("%d of %d architectures, the first missing is %s", len(s.archs), all.Size(), all.At(i))
		}
	}
	return nil
}

// alike says where the rows are not those of another sheet.
func (s *sheet) alike(other *sheet) error {
	if len(s.archs) != len(other.archs) {
		return fmt.Errorf("%d architectures, the files before have %d", len(s.archs), len(other.archs))
	}
	for i, a := range s.archs {
		if a != other.archs[i] {
			return fmt.Errorf("row %d is %s, in the files before it is %s", i, a, other.archs[i])
		}
	}
	return nil
}

// addTo adds the columns to a frame.
func (s *sheet) addTo(f *Frame, prefix string) {
	for k, name := range s.names {
		f.AddFloats(prefix+name, s.columns[k])
	}
}

// frame is a frame of the architectures and the columns.
func (s *sheet) frame() *Frame {
	f := &Frame{Rows: len(s.archs)}
	f.AddText("arch", s.archs)
	s.addTo(f, "")
	return f
}

// gaps is how many numbers are missing.
func (s *sheet) gaps() (n int) {
	for _, xs := range s.columns {
		for _, x := range xs {
			if math.IsNaN(x) {
				n++
			}
		}
	}
	return n
}

// sheet reads a source that has a known number of architectures.
func (im *importing) sheet(source Source, rows int, parse func([]byte) (*sheet, error)) (s *sheet, err error) {
	err = im.read(source, func(b []byte) (err error) {
		if s, err = parse(b); err == nil && len(s.archs) != rows {
			err = fmt.Errorf("%d architectures, want %d", len(s.archs), rows)
		}
		return err
	})
	return s, err
}

// sheets makes a frame of sources that have the same architectures in the same order, each
// with a prefix for its columns.
func (im *importing) sheets(sources []Source, prefixes []string, rows int, parse func([]byte) (*sheet, error)) (*Frame,
	error) {
	f := &Frame{Rows: rows}
	var first *sheet
	for i, source := range sources {
		s, err := im.sheet(source, rows, func(b []byte) (*sheet, error) {
			s, err := parse(b)
			if err == nil && first != nil {
				err = s.alike(first)
			}
			return s, err
		})
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = s
			f.AddText("arch", s.archs)
		}
		s.addTo(f, prefixes[i])
	}
	return f, nil
}

// readSheet reads a gzip CSV file of a line an architecture. The columns that arch makes the
// architecture of come first.
func readSheet(b []byte, header string, texts int, arch func(texts []string) (evolve.Arch, error)) (*sheet, error) {
	b, err := gunzip(b)
	if err != nil {
		return nil, err
	}
	s := newSheet(strings.Split(header, ",")[texts:]...)
	return s, eachLine(b, header, texts, func(texts []string, numbers []float64) error {
		a, err := arch(texts)
		if err != nil {
			return err
		}
		return s.add(a, numbers...)
	})
}

// span is what the numbers of columns may be.
type span struct {
	least, most float64
	gaps        bool // NaN stands for a number that there is not
	columns     []string
}

func between(least, most float64, columns ...string) span {
	return span{least: least, most: most, columns: columns}
}

// positive numbers are finite.
func positive(columns ...string) span {
	return between(math.SmallestNonzeroFloat64, math.MaxFloat64, columns...)
}

func (s span) String() string {
	if s.least == math.SmallestNonzeroFloat64 {
		return "a positive number"
	}
	return fmt.Sprintf("%v..%v", s.least, s.most)
}

// orNone lets numbers be missing.
func (s span) orNone() span {
	s.gaps = true
	return s
}

// checkRows says what of a frame's rows, its column arch included, cannot be right. A nil
// space is for a table without that column.
func checkRows(f *Frame, rows int, s evolve.Space, spans ...span) error {
	if f.Rows != rows {
		return fmt.Errorf("%s: %d rows, want %d: %w", f.Table, f.Rows, rows, evolve.ErrInvalid)
	}
	at := func(i int) string { return fmt.Sprintf("%s: row %d", f.Table, i) }
	if s != nil {
		archs, err := f.Text("arch")
		if err != nil {
			return err
		}
		first := make(map[string]int, rows)
		for i, a := range archs {
			if _, err := s.Canon(evolve.Arch(a)); err != nil {
				return fmt.Errorf("%s: %w", at(i), err)
			}
			if j, twice := first[a]; twice {
				return fmt.Errorf("%s: %.60s is in row %d too: %w", at(i), a, j, evolve.ErrInvalid)
			}
			first[a] = i
		}
		at = func(i int) string { return fmt.Sprintf("%s: row %d, %.60s", f.Table, i, archs[i]) }
	}
	for _, span := range spans {
		for _, name := range span.columns {
			xs, err := f.Floats(name)
			if err != nil {
				return err
			}
			for i, x := range xs {
				if gap := span.gaps && math.IsNaN(x); !gap && !(x >= span.least && x <= span.most) {
					return fmt.Errorf("%s: %s is %v, want %v: %w", at(i), name, x, span, evolve.ErrInvalid)
				}
			}
		}
	}
	return nil
}

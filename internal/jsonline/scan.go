// Package jsonline reads and writes lines of JSON of the usual shapes some ten times as fast as encoding/json, for
// programs that exchange many: a [Scanner] says of every other line that it cannot read it, and [Decode] then does.
package jsonline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// Scanner reads a line from its beginning. What it reads is what encoding/json reads there; false says that something
// else stands there, or something that the scanner cannot read, and that the line is Decode's.
type Scanner struct {
	line string
	at   int // bytes that are read
}

// NewScanner begins with a line.
func NewScanner(line string) Scanner { return Scanner{line: line} }

// blank passes over blanks and returns where it stands.
func (s *Scanner) blank() int {
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t' || s.line[s.at] == '\r') {
		s.at++
	}
	return s.at
}

// End says whether only blanks are left.
func (s *Scanner) End() bool { return s.blank() == len(s.line) }

// next reads a mark where it comes next.
func (s *Scanner) next(mark byte) bool {
	if s.End() || s.line[s.at] != mark {
		return false
	}
	s.at++
	return true
}

// Word reads a word such as null where it comes next.
func (s *Scanner) Word(w string) bool {
	if !strings.HasPrefix(s.line[s.blank():], w) {
		return false
	}
	s.at += len(w)
	return true
}

// Object reads an object by a function that reads the value of a key.
func (s *Scanner) Object(value func(key string) bool) bool {
	return s.items('{', '}', func() bool {
		key, ok := s.Text()
		return ok && s.next(':') && value(key)
	})
}

// List reads a list by a function that reads an item.
func (s *Scanner) List(item func() bool) bool { return s.items('[', ']', item) }

func (s *Scanner) items(open, end byte, item func() bool) bool {
	if !s.next(open) {
		return false
	}
	for first := true; !s.next(end); first = false {
		if !first && !s.next(',') || !item() {
			return false
		}
	}
	return true
}

// Text reads a string of characters that stand for themselves, see plain.
func (s *Scanner) Text() (string, bool) {
	if !s.next('"') {
		return "", false
	}
	from := s.at
	for s.at < len(s.line) && plain(s.line[s.at]) {
		s.at++
	}
	if s.at == len(s.line) || s.line[s.at] != '"' {
		return "", false
	}
	s.at++
	return s.line[from : s.at-1], true
}

// Whole reads a whole number from 0 to 2⁶⁴-1 that is written in digits alone.
func (s *Scanner) Whole() (uint64, bool) {
	from := s.blank()
	for s.at < len(s.line) && s.line[s.at] >= '0' && s.line[s.at] <= '9' {
		s.at++
	}
	n, err := strconv.ParseUint(s.line[from:s.at], 10, 64)
	return n, err == nil && (s.line[from] != '0' || s.at == from+1) && !s.inNumber()
}

// Int reads a whole number from 0 to 2³¹-1 that is written in digits alone.
func (s *Scanner) Int() (int, bool) {
	n, ok := s.Whole()
	return int(n & math.MaxInt32), ok && n <= math.MaxInt32
}

// inNumber says whether the next character may stand in a number.
func (s *Scanner) inNumber() bool {
	return s.at < len(s.line) && strings.IndexByte("0123456789.eE+-", s.line[s.at]) >= 0
}

// Number reads any number that is no greater than the greatest float64.
func (s *Scanner) Number() (float64, bool) {
	from := s.blank()
	if n, ok := s.Whole(); ok {
		return float64(n), true
	}
	for s.at = from; s.inNumber(); s.at++ {
	}
	token := s.line[from:s.at]
	if !json.Valid([]byte(token)) {
		return 0, false
	}
	x, err := strconv.ParseFloat(token, 64)
	return x, err == nil
}

// plain says whether a byte stands for itself in a string of JSON, whoever wrote it.
func plain(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }

// Decode reads a line of one value, of keys that v has and of whatever shape JSON allows. The error is in the words of
// [Fault].
func Decode(line []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return Fault(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more follows")
	}
	return nil
}

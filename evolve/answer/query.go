package answer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// query is what is asked of a benchmark.
type query struct {
	arch   string
	epochs int // 0: the last
	seed   uint64
}

// parse reads a line: {"query":{"arch":"…","epochs":12,"seed":7}}, of which arch must be there. The error wraps
// evolve.ErrInvalid.
func parse(line string) (query, error) {
	if q, ok := scan(line); ok {
		return q, nil
	}
	return decode(line)
}

// decode reads a line of any shape that JSON allows.
func decode(line string) (query, error) {
	var got struct {
		Query *struct {
			Arch   string      `json:"arch"`
			Epochs int         `json:"epochs"`
			Seed   json.Number `json:"seed"` // a text as well: not every language has whole numbers of 64 bits
		} `json:"query"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(line)))
	d.DisallowUnknownFields()
	err := d.Decode(&got)
	if err == nil {
		if _, after := d.Token(); after != io.EOF {
			err = fmt.Errorf("more follows")
		}
	}
	const want = `want {"query":{"arch":"…","epochs":12,"seed":7}}`
	switch {
	case err != nil:
		text := strings.TrimPrefix(err.Error(), "json: ")
		return query{}, fmt.Errorf("no query (%s): %s: %w", text, want, evolve.ErrInvalid)
	case got.Query == nil || got.Query.Arch == "":
		return query{}, fmt.Errorf("no arch: %s: %w", want, evolve.ErrInvalid)
	case got.Query.Epochs < 0:
		return query{}, fmt.Errorf("epochs %d: want a whole number from 1: %w", got.Query.Epochs, evolve.ErrInvalid)
	}
	q := query{arch: got.Query.Arch, epochs: got.Query.Epochs}
	if text := got.Query.Seed.String(); text != "" {
		if q.seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			return query{}, fmt.Errorf("seed %s: want a whole number, 0 to 2⁶⁴-1: %w", text, evolve.ErrInvalid)
		}
	}
	return q, nil
}

// scan reads a line of the usual shape, with the keys in any order, texts without backslashes and whole numbers of
// digits alone. It is false of every other line, which decode then reads: that is ten times as slow.
func scan(line string) (q query, usual bool) {
	s := scanner{line, 0}
	if !s.next('{') {
		return q, false
	}
	if key, ok := s.text(); !ok || key != "query" || !s.next(':') || !s.next('{') {
		return q, false
	}
	ok := true
	for {
		var key string
		if key, ok = s.text(); !ok || !s.next(':') {
			return q, false
		}
		var n uint64
		switch {
		case key == "arch" && q.arch == "":
			q.arch, ok = s.text()
		case key == "epochs" && q.epochs == 0:
			n, ok = s.number()
			q.epochs = int(n & math.MaxInt32)
			ok = ok && n <= math.MaxInt32
		case key == "seed" && q.seed == 0:
			q.seed, ok = s.number()
		default:
			ok = false
		}
		if !ok {
			return q, false
		}
		if !s.next(',') {
			break
		}
	}
	inner := s.next('}')
	outer := s.next('}')
	s.blank()
	return q, inner && outer && s.at == len(line) && q.arch != ""
}

// scanner reads a line from its beginning.
type scanner struct {
	line string
	at   int
}

func (s *scanner) blank() {
	for s.at < len(s.line) && (s.line[s.at] == ' ' || s.line[s.at] == '\t') {
		s.at++
	}
}

// next reads a byte where it is the next one.
func (s *scanner) next(b byte) bool {
	s.blank()
	if s.at == len(s.line) || s.line[s.at] != b {
		return false
	}
	s.at++
	return true
}

// text reads a text in quotes that holds printed ASCII without a backslash.
func (s *scanner) text() (text string, ok bool) {
	if !s.next('"') {
		return "", false
	}
	for i := s.at; i < len(s.line); i++ {
		switch c := s.line[i]; {
		case c == '"':
			text = s.line[s.at:i]
			s.at = i + 1
			return text, true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

// number reads a whole number that has no zero in front.
func (s *scanner) number() (n uint64, ok bool) {
	s.blank()
	begin := s.at
	for s.at < len(s.line) && s.line[s.at] >= '0' && s.line[s.at] <= '9' {
		s.at++
	}
	n, err := strconv.ParseUint(s.line[begin:s.at], 10, 64)
	return n, err == nil && (s.at == begin+1 || s.line[begin] != '0')
}

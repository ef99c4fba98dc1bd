package space

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A literal is a word (a quoted string), a number, or a list or tuple.
type literal struct {
	kind   int
	at     int
	word   string
	number int
	tuple  bool // in ( ) and not in [ ]
	list   []literal
}

const (
	literalList = iota
	literalWord
	literalNumber
)

// A literalScanner reads the Python that people paste: literals in which blanks, line breaks and
// comments may stand between any two tokens. JSON of lists, words and digits is such Python.
type literalScanner struct {
	space  string // for messages
	text   string
	i      int
	ops    []string
	nodes  int
	output []int // what must be concatenated; nil: the genotype says
	most   int   // elements of a list; 0 = 16
}

func (s *literalScanner) bad(at int, format string, v ...any) error {
	return fmt.Errorf("%s: byte %d: "+format+": %w", append(append([]any{s.space, at}, v...), evolve.ErrInvalid)...)
}

// rest is the unread text, blanks and comments passed over.
func (s *literalScanner) rest() string {
	for {
		rest := strings.TrimLeft(s.text[s.i:], " \t\r\n")
		s.i = len(s.text) - len(rest)
		if !strings.HasPrefix(rest, "#") {
			return rest
		}
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			s.i += end
		} else {
			s.i = len(s.text)
		}
	}
}

func (s *literalScanner) next(token string) bool {
	if !strings.HasPrefix(s.rest(), token) {
		return false
	}
	s.i += len(token)
	return true
}

func (s *literalScanner) want(token string) error {
	if !s.next(token) {
		return s.bad(s.i, "want %s, found %s", token, clip(s.rest()))
	}
	return nil
}

func (s *literalScanner) end() error {
	if rest := s.rest(); rest != "" {
		return s.bad(s.i, "%s follows the cells", clip(rest))
	}
	return nil
}

// assigned passes over NAME = where the text begins so.
func (s *literalScanner) assigned() {
	rest, at := s.rest(), s.i
	n := 0
	for n < len(rest) && recipeLetter(rest[n]) {
		n++
	}
	if n == 0 || '0' <= rest[0] && rest[0] <= '9' {
		return
	}
	if s.i += n; !s.next("=") {
		s.i = at
	}
}

// pasted is what a text begins with, comments and NAME = passed over.
func pasted(text string) string {
	s := literalScanner{text: text}
	s.assigned()
	return s.rest()
}

// value reads a literal that is nested no deeper than cells, nodes, pairs.
func (s *literalScanner) value(depth int) (v literal, err error) {
	const mostDepth = 3
	mostLength := cmp.Or(s.most, 16)
	rest := s.rest()
	v.at = s.i
	switch {
	case rest == "":
		return v, s.bad(s.i, "the text ends early")
	case rest[0] == '\'' || rest[0] == '"':
		n := strings.IndexByte(rest[1:], rest[0])
		if n < 0 {
			return v, s.bad(s.i, "the quotes are not closed: %s", clip(rest))
		}
		v.kind, v.word = literalWord, rest[1:1+n]
		s.i += n + 2
		return v, nil
	case s.next("range("):
		return s.span(v.at)
	case s.next("list("):
		if err := s.want("range("); err != nil {
			return v, err
		}
		if v, err = s.span(v.at); err != nil {
			return v, err
		}
		return v, s.want(")")
	case '0' <= rest[0] && rest[0] <= '9':
		v.kind = literalNumber
		v.number, err = s.digit()
		return v, err
	case rest[0] != '[' && rest[0] != '(':
		return v, s.bad(s.i, "want a list, a string or a number, found %s", clip(rest))
	case depth == mostDepth:
		return v, s.bad(s.i, "lists nest deeper than %d", mostDepth)
	}
	s.i++
	v.tuple = rest[0] == '('
	closing := map[byte]string{'[': "]", '(': ")"}[rest[0]]
	for !s.next(closing) {
		if len(v.list) > 0 {
			if err := s.want(","); err != nil {
				return v, err
			}
			if s.next(closing) {
				break // Python allows a comma after the last
			}
		}
		if len(v.list) == mostLength {
			return v, s.bad(s.i, "more than %d elements", mostLength)
		}
		e, err := s.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, e)
	}
	return v, nil
}

// digit reads a number; a valid cell has none above 9.
func (s *literalScanner) digit() (int, error) {
	rest := s.rest()
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	if len(digits) != 1 {
		return 0, s.bad(s.i, "want a number of one digit, found %s", clip(rest))
	}
	s.i++
	return int(digits[0] - '0'), nil
}

// span reads the rest of range(a, b) as the list of its numbers.
func (s *literalScanner) span(at int) (v literal, err error) {
	v.at = at
	var ends [2]int
	for i, follows := range []string{",", ")"} {
		if ends[i], err = s.digit(); err != nil {
			return v, err
		}
		if err := s.want(follows); err != nil {
			return v, err
		}
	}
	for i := ends[0]; i < ends[1]; i++ {
		v.list = append(v.list, literal{kind: literalNumber, at: at, number: i})
	}
	return v, nil
}

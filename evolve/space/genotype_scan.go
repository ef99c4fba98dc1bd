package space

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A literal is a literal: a word (a quoted string), a number, or a list or tuple.
type literal struct {
	kind   int
	at     int
	word   string
	number int
	list   []literal
}

const (
	literalList = iota
	literalWord
	literalNumber
)

// A literalScanner reads the Python that genotypes are written in.
type literalScanner struct {
	space  string // for messages
	text   string
	i      int
	ops    []string
	nodes  int
	output []int // what must be concatenated; nil: the genotype says
}

func (s *literalScanner) bad(at int, format string, v ...any) error {
	return fmt.Errorf("%s: byte %d: "+format+": %w", append(append([]any{s.space, at}, v...), evolve.ErrInvalid)...)
}

// rest is what is left to read, blanks passed over.
func (s *literalScanner) rest() string {
	rest := strings.TrimLeft(s.text[s.i:], " \t\r\n")
	s.i = len(s.text) - len(rest)
	return rest
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

// genotype reads all of the text as Genotype(key=value, …), its four keys in any order, two
// pairs a node. Whether a pair's input is an earlier state is not asked.
func (s *literalScanner) genotype() (g Genotype, err error) {
	if err := s.want("Genotype("); err != nil {
		return g, err
	}
	keys := []string{"normal_concat", "reduce_concat", "normal", "reduce"} // the longer first
	for more := true; more; more = s.next(",") {
		i := slices.IndexFunc(keys, func(key string) bool { return s.next(key) })
		if i < 0 {
			return g, s.bad(s.i, "want one of %s, found %s", strings.Join(keys, ", "), clip(s.rest()))
		}
		key := keys[i]
		keys = slices.Delete(keys, i, i+1)
		if err := s.want("="); err != nil {
			return g, err
		}
		v, err := s.value(0)
		if err != nil {
			return g, err
		}
		name, concat := strings.CutSuffix(key, "_concat")
		c := g.cells()[slices.Index(dartsCells[:], name)]
		if concat {
			err = s.concat(v, c)
		} else {
			err = s.cell(v, c)
		}
		if err != nil {
			return g, err
		}
		if len(keys) == 0 {
			break
		}
	}
	if len(keys) > 0 {
		return g, s.bad(s.i, "the genotype has no %s", strings.Join(keys, ", "))
	}
	if err := s.want(")"); err != nil {
		return g, err
	}
	return g, s.end()
}

// concat reads the states of the output, each once. Their order does not matter where the
// genotype says which they are.
func (s *literalScanner) concat(v literal, c *Cell) error {
	for _, e := range v.list {
		if e.kind != literalNumber || slices.Contains(c.Concat, e.number) {
			return s.bad(e.at, "the output must concatenate different states")
		}
		c.Concat = append(c.Concat, e.number)
	}
	switch {
	case s.output != nil && !slices.Equal(c.Concat, s.output):
		return s.bad(v.at, "the output must concatenate %s", states(s.output))
	case len(c.Concat) == 0:
		return s.bad(v.at, "the output must concatenate a list of states")
	}
	slices.Sort(c.Concat)
	return nil
}

// cell reads the pairs of a cell.
func (s *literalScanner) cell(v literal, c *Cell) error {
	pairs := v.list
	if len(pairs) == s.nodes && len(pairs[0].list) > 0 && pairs[0].list[0].kind == literalList { // grouped by node
		pairs = nil
		for i, node := range v.list {
			if len(node.list) != 2 {
				return s.bad(node.at, "node %d must have two pairs, this has %d", 2+i, len(node.list))
			}
			pairs = append(pairs, node.list...)
		}
	}
	if len(pairs) != 2*s.nodes {
		return s.bad(v.at, "a cell is %d pairs (operation, input), this has %d", 2*s.nodes, len(pairs))
	}
	c.Blocks = make([][2]Edge, s.nodes)
	for k, p := range pairs {
		if len(p.list) != 2 || p.list[0].kind != literalWord || p.list[1].kind != literalNumber {
			return s.bad(p.at, "want a pair ('operation', input)")
		}
		op := p.list[0].word
		if !slices.Contains(s.ops, op) {
			return s.bad(p.list[0].at, "unknown operation %q (known: %s)", op, strings.Join(s.ops, ", "))
		}
		c.Blocks[k/2][k%2] = Edge{op, p.list[1].number}
	}
	return nil
}

// value reads a literal that is nested no deeper than cells, nodes, pairs.
func (s *literalScanner) value(depth int) (v literal, err error) {
	const (
		mostDepth  = 3
		mostLength = 16
	)
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

// digit reads a number, none of which is above 9 in a valid cell.
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

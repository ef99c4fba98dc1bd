package space

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Parse reads the published Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3,
// 4, 5], reduce=[…], reduce_concat=range(2, 6)), with pairs flat or, as in AutoDL-Projects,
// grouped by node, or 32 digits. All four nodes must be concatenated. Errors wrap ErrInvalid
// and say the byte, counted from 0, or the cell and the pair.
func (DARTS) Parse(text string) (evolve.Arch, error) {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		g, err := dartsOf(evolve.Arch(text))
		if err != nil {
			return "", err
		}
		return g.arch(), nil
	}
	s := dartsScanner{text: text}
	g, err := s.genotype()
	if err == nil {
		err = s.end()
	}
	if err == nil {
		err = g.valid()
	}
	if err != nil {
		return "", err
	}
	return g.arch(), nil
}

// Format prints the Genotype as quark0/darts does.
func (DARTS) Format(a evolve.Arch) string {
	g := dartsRead(a)
	var b strings.Builder
	for c, cell := range g {
		b.WriteString([]string{"Genotype(", ", "}[c] + dartsCells[c] + "=[")
		for k, p := range cell {
			b.WriteString([]string{"", ", "}[min(k, 1)] + fmt.Sprintf("('%s', %d)", DARTSOps[p.op], p.in))
		}
		b.WriteString("], " + dartsCells[c] + "_concat=[2, 3, 4, 5]")
	}
	b.WriteByte(')')
	return b.String()
}

// DARTSFromNASLib reads the compact form of naszilla and NASLib, ((input, op) × 8) × 2 in
// lists or tuples, normal cell first. Its operations count from 0 over [DARTSOps] without
// none. NASLib's list says so (nasbench301/conversions.py), and the parameters in its
// NAS-Bench-301 set are an exact function of the operations only with 2 as the skip and 3 to
// 6 as sep 3×3, sep 5×5, dil 3×3, dil 5×5; the pools 0 and 1 have none and rest on the list.
func DARTSFromNASLib(text string) (evolve.Arch, error) {
	s := dartsScanner{text: text}
	v, err := s.value(0)
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return "", err
	}
	if len(v.list) != len(dartsCells) {
		return "", s.bad(v.at, "want a list of two cells, this has %d elements", len(v.list))
	}
	var g dartsGenotype
	for c, cell := range v.list {
		if len(cell.list) != dartsPairs {
			return "", s.bad(cell.at, "a cell is %d pairs (input, op), this has %d", dartsPairs, len(cell.list))
		}
		for k, p := range cell.list {
			if len(p.list) != 2 || p.list[0].kind != dartsNumber || p.list[1].kind != dartsNumber {
				return "", s.bad(p.at, "want a pair (input, op) of numbers")
			}
			in, op := p.list[0].number, p.list[1].number
			if op >= dartsOps {
				return "", s.bad(p.at, "operation %d: want 0..%d", op, dartsOps-1)
			}
			g[c][k] = dartsPair{byte(in), byte(op + 1)}
		}
	}
	if err := g.valid(); err != nil {
		return "", err
	}
	return g.arch(), nil
}

// A dartsValue is a literal: a word (a quoted string), a number, or a list or tuple.
type dartsValue struct {
	kind   int
	at     int
	word   string
	number int
	list   []dartsValue
}

const (
	dartsList = iota
	dartsWord
	dartsNumber
)

// dartsScanner reads the Python that genotypes are written in.
type dartsScanner struct {
	text string
	i    int
}

func (s *dartsScanner) bad(at int, format string, v ...any) error {
	return fmt.Errorf("darts: byte %d: "+format+": %w", append(append([]any{at}, v...), evolve.ErrInvalid)...)
}

// rest is what is left to read, blanks passed over.
func (s *dartsScanner) rest() string {
	rest := strings.TrimLeft(s.text[s.i:], " \t\r\n")
	s.i = len(s.text) - len(rest)
	return rest
}

func (s *dartsScanner) next(token string) bool {
	if !strings.HasPrefix(s.rest(), token) {
		return false
	}
	s.i += len(token)
	return true
}

func (s *dartsScanner) want(token string) error {
	if !s.next(token) {
		return s.bad(s.i, "want %s, found %s", token, clip(s.rest()))
	}
	return nil
}

func (s *dartsScanner) end() error {
	if rest := s.rest(); rest != "" {
		return s.bad(s.i, "%s follows the cells", clip(rest))
	}
	return nil
}

// genotype reads Genotype(key=value, …), its four keys in any order.
func (s *dartsScanner) genotype() (g dartsGenotype, err error) {
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
		cell, concat := strings.CutSuffix(key, "_concat")
		if concat {
			err = s.concat(v)
		} else {
			err = s.cell(v, &g[slices.Index(dartsCells[:], cell)])
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
	return g, s.want(")")
}

// concat asserts that all four nodes make the output.
func (s *dartsScanner) concat(v dartsValue) error {
	ok := len(v.list) == dartsNodes
	for i, e := range v.list {
		ok = ok && e.kind == dartsNumber && e.number == 2+i
	}
	if !ok {
		return s.bad(v.at, "the output must concatenate [2, 3, 4, 5]")
	}
	return nil
}

// cell reads the pairs of a cell.
func (s *dartsScanner) cell(v dartsValue, c *dartsCell) error {
	pairs := v.list
	if len(pairs) == dartsNodes && len(pairs[0].list) > 0 && pairs[0].list[0].kind == dartsList { // grouped by node
		pairs = nil
		for i, node := range v.list {
			if len(node.list) != 2 {
				return s.bad(node.at, "node %d must have two pairs, this has %d", 2+i, len(node.list))
			}
			pairs = append(pairs, node.list...)
		}
	}
	if len(pairs) != dartsPairs {
		return s.bad(v.at, "a cell is %d pairs (operation, input), this has %d", dartsPairs, len(pairs))
	}
	for k, p := range pairs {
		if len(p.list) != 2 || p.list[0].kind != dartsWord || p.list[1].kind != dartsNumber {
			return s.bad(p.at, "want a pair ('operation', input)")
		}
		op := slices.Index(DARTSOps[:], p.list[0].word)
		if op < 0 {
			return s.bad(p.list[0].at, "unknown operation %q (known: %s)", p.list[0].word, strings.Join(DARTSOps[:], ", "))
		}
		c[k] = dartsPair{byte(p.list[1].number), byte(op)}
	}
	return nil
}

// value reads a literal that is nested no deeper than cells, nodes, pairs.
func (s *dartsScanner) value(depth int) (v dartsValue, err error) {
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
		v.kind, v.word = dartsWord, rest[1:1+n]
		s.i += n + 2
		return v, nil
	case s.next("range("):
		return s.span(v.at)
	case '0' <= rest[0] && rest[0] <= '9':
		v.kind = dartsNumber
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
func (s *dartsScanner) digit() (int, error) {
	rest := s.rest()
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	if len(digits) != 1 {
		return 0, s.bad(s.i, "want a number of one digit, found %s", clip(rest))
	}
	s.i++
	return int(digits[0] - '0'), nil
}

// span reads the rest of range(a, b) as the list of its numbers.
func (s *dartsScanner) span(at int) (v dartsValue, err error) {
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
		v.list = append(v.list, dartsValue{kind: dartsNumber, at: at, number: i})
	}
	return v, nil
}

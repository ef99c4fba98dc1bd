package space

import (
	"slices"
	"strings"
)

// genotype reads all of the text as Genotype(key=value, …) or as an object {"key": value, …} of JSON
// or Python: four keys in any order, two pairs a node. NAME = may stand in front, and a comma after
// the last value. Whether a pair's input is an earlier state is not asked.
func (s *literalScanner) genotype() (g Genotype, err error) {
	s.assigned()
	object := s.next("{")
	if !object {
		if err := s.want("Genotype("); err != nil {
			return g, err
		}
	}
	keys := []string{"normal_concat", "reduce_concat", "normal", "reduce"} // the longer first
	for more := true; more && len(keys) > 0; more = s.next(",") {
		key, err := s.key(keys, object)
		if err != nil {
			return g, err
		}
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == key })
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
	}
	if len(keys) > 0 {
		return g, s.bad(s.i, "the genotype has no %s", strings.Join(keys, ", "))
	}
	if err := s.want(map[bool]string{false: ")", true: "}"}[object]); err != nil {
		return g, err
	}
	return g, s.end()
}

// key reads one of the keys and the sign behind it.
func (s *literalScanner) key(keys []string, object bool) (string, error) {
	rest := s.rest()
	for _, key := range keys {
		switch {
		case !object && s.next(key):
			return key, s.want("=")
		case object && (s.next(`"`+key+`"`) || s.next("'"+key+"'")):
			return key, s.want(":")
		}
	}
	return "", s.bad(s.i, "want one of %s, found %s", strings.Join(keys, ", "), clip(rest))
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

package space

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// recipeEntry is a node as written.
type recipeEntry struct {
	name, op string
	in       []string
}

func recipeBad(format string, v ...any) error {
	return fmt.Errorf("nlp: "+format+": %w", append(v, evolve.ErrInvalid)...)
}

// recipeParse reads a recipe and checks all rules.
func recipeParse(text string) (*recipe, error) {
	s := recipeScanner{text: text}
	entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b recipeEntry) int { return strings.Compare(a.name, b.name) })
	r := &recipe{nodes: make([]recipeNode, len(entries))}
	if r.hidden, err = recipeResults(entries); err != nil {
		return nil, err
	}
	for i, e := range entries {
		if i > 0 && e.name == entries[i-1].name {
			return nil, recipeBad("node %q is defined twice", e.name)
		}
		if r.nodes[i], err = e.resolve(entries, r.hidden); err != nil {
			return nil, err
		}
	}
	if name := r.onCycle(); name != "" {
		return nil, recipeBad("node %q is on a cycle: no node may depend on itself", name)
	}
	if name := r.unread(); name != "" {
		return nil, recipeBad("%s has no effect on any h_new_i: x and every h_prev_i must have one", name)
	}
	return r, nil
}

// recipeResults counts the results h_new_i.
func recipeResults(entries []recipeEntry) (int, error) {
	n, most, last := 0, 0, ""
	for i, e := range entries {
		if k, ok := recipeIndex(e.name, "h_new_"); ok && (i == 0 || e.name != entries[i-1].name) {
			if n++; k >= most {
				most, last = k, e.name
			}
		}
	}
	switch {
	case n == 0:
		return 0, recipeBad(`there is no node "h_new_0", the output`)
	case most != n-1:
		return 0, recipeBad("node %q: results count from h_new_0 without a gap, and there are %d", last, n)
	}
	return n, nil
}

// resolve checks a node against the others, which are sorted by name.
func (e recipeEntry) resolve(all []recipeEntry, hidden int) (recipeNode, error) {
	n := recipeNode{name: e.name, op: slices.Index(NLPOps[:], e.op), result: -1}
	if _, prev := recipeIndex(e.name, "h_prev_"); prev || e.name == "x" {
		return n, recipeBad("node %q: x and h_prev_i are sources, not nodes", e.name)
	}
	if i, ok := recipeIndex(e.name, "h_new_"); ok {
		n.result = i
	}
	if n.op < 0 {
		return n, recipeBad("node %q: unknown operation %q (known: %s)", e.name, e.op, strings.Join(NLPOps[:], ", "))
	}
	if least, most := recipeArity[n.op][0], recipeArity[n.op][1]; len(e.in) < least || len(e.in) > most {
		want := fmt.Sprint(least)
		if most > least {
			want = fmt.Sprintf("%d or %d", least, most)
		}
		return n, recipeBad("node %q: %s takes %s inputs, not %d", e.name, e.op, want, len(e.in))
	}
	for k, in := range e.in {
		if slices.Contains(e.in[:k], in) {
			return n, recipeBad("node %q reads %q twice: inputs must differ", e.name, in)
		}
		at, found := slices.BinarySearchFunc(all, in,
			func(e recipeEntry, name string) int { return strings.Compare(e.name, name) })
		i, prev := recipeIndex(in, "h_prev_")
		switch {
		case in == "x" && n.op != recipeLinear:
			return n, recipeBad("node %q: %s reads x, which only linear may: x has a width of its own", e.name, e.op)
		case in == "x":
			n.in = append(n.in, recipeX)
		case prev && i < hidden:
			n.in = append(n.in, -2-i)
		case prev:
			return n, recipeBad("node %q reads %q, but there are %d hidden states, as many as results h_new_i",
				e.name, in, hidden)
		case !found:
			return n, recipeBad("node %q reads %q, which is neither a node nor x or h_prev_i", e.name, in)
		default:
			n.in = append(n.in, at)
		}
	}
	return n, nil
}

// recipeScanner reads the JSON that recipes are written in: objects, arrays and names. Its
// errors say the byte, counted from 0.
type recipeScanner struct {
	text string
	i    int
}

// entries reads {name: {"op": name, "input": [name, …]}, …} and the end of the text.
func (s *recipeScanner) entries() (all []recipeEntry, err error) {
	if err := s.want('{', "a recipe begins with {"); err != nil {
		return nil, err
	}
	for more := true; more; more = s.next(',') {
		if len(all) == recipeMaxNodes {
			return nil, recipeBad("byte %d: more than %d nodes", s.i, recipeMaxNodes)
		}
		e, err := s.entry()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if err := s.want('}', `want , or } after a node`); err != nil {
		return nil, err
	}
	if s.blanks(); s.i < len(s.text) {
		return nil, recipeBad("byte %d: %s follows the recipe", s.i, clip(s.text[s.i:]))
	}
	return all, nil
}

func (s *recipeScanner) entry() (e recipeEntry, err error) {
	if e.name, err = s.name("a node's name"); err != nil {
		return e, err
	}
	if err := s.want(':', "want : after the name of a node"); err != nil {
		return e, err
	}
	if err := s.want('{', "a node reads {\"op\": …, \"input\": […]}"); err != nil {
		return e, err
	}
	seen := map[string]bool{}
	for more := true; more; more = s.next(',') {
		key, err := s.name("op or input")
		if err != nil {
			return e, err
		}
		if key != "op" && key != "input" || seen[key] {
			return e, recipeBad("node %q: key %q: want op and input, once each", e.name, key)
		}
		seen[key] = true
		if err := s.want(':', "want : after "+key); err != nil {
			return e, err
		}
		if key == "op" {
			e.op, err = s.name("an operation")
		} else {
			e.in, err = s.names(e.name)
		}
		if err != nil {
			return e, err
		}
	}
	if len(seen) < 2 {
		return e, recipeBad("node %q: want both op and input", e.name)
	}
	return e, s.want('}', "want , or } after op and input")
}

// names reads an array of names.
func (s *recipeScanner) names(node string) (all []string, err error) {
	if err := s.want('[', "input is an array of names"); err != nil {
		return nil, err
	}
	for more := !s.next(']'); more; more = s.next(',') {
		name, err := s.name("an input's name")
		if err != nil {
			return nil, err
		}
		if all = append(all, name); len(all) > 3 {
			return nil, recipeBad("node %q: more than 3 inputs, and no operation takes them", node)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, s.want(']', "want , or ] after an input")
}

// name reads a quoted name.
func (s *recipeScanner) name(what string) (string, error) {
	s.blanks()
	const most = 32 // bytes: no published name has more than 16
	rest := s.text[s.i:]
	if rest == "" || rest[0] != '"' {
		return "", recipeBad("byte %d: want %s in quotes, found %s", s.i, what, clip(rest))
	}
	n := 1
	for n < len(rest) && recipeLetter(rest[n]) {
		n++
	}
	if n == len(rest) || rest[n] != '"' || n == 1 || n > most+1 {
		return "", recipeBad("byte %d: %s is 1 to %d letters, digits and _ in quotes, found %s",
			s.i, what, most, clip(rest))
	}
	s.i += n + 1
	return rest[1:n], nil
}

func recipeLetter(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (s *recipeScanner) blanks() {
	for s.i < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.i]) >= 0 {
		s.i++
	}
}

// next passes over c where it comes next.
func (s *recipeScanner) next(c byte) bool {
	s.blanks()
	if s.i == len(s.text) || s.text[s.i] != c {
		return false
	}
	s.i++
	return true
}

func (s *recipeScanner) want(c byte, rule string) error {
	if s.next(c) {
		return nil
	}
	return recipeBad("byte %d: %s, found %s", s.i, rule, clip(s.text[s.i:]))
}

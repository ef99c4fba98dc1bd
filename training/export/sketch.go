package export

import (
	"slices"
	"strconv"
	"strings"
)

// A sketch is text with holes: for numbers of channels and for the layers whose values it
// reads. Parts of a network whose sketches have the same text become one Python class; holes
// that are filled differently become its parameters.
type sketch struct {
	text  strings.Builder // hole marks the holes
	holes []any           // channels or source
}

const hole = "\x00"

type (
	channels int
	source   int // a layer outside the part
)

// add appends text and holes.
func (s *sketch) add(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			s.text.WriteString(p)
		default:
			s.text.WriteString(hole)
			s.holes = append(s.holes, p)
		}
	}
}

// join appends another sketch.
func (s *sketch) join(t *sketch) {
	s.text.WriteString(t.text.String())
	s.holes = append(s.holes, t.holes...)
}

// fill puts words into the holes.
func (s *sketch) fill(word func(k int) string) string {
	pieces := strings.Split(s.text.String(), hole)
	var b strings.Builder
	for k, p := range pieces {
		b.WriteString(p)
		if k < len(s.holes) {
			b.WriteString(word(k))
		}
	}
	return b.String()
}

// unify finds the parameters of sketches with the same text: holes that agree in every sketch
// are one parameter, and a number of channels that all agree on is none.
func unify(all []*sketch) (words []string, sizes, reads []int) {
	words = make([]string, len(all[0].holes))
	for k, h := range all[0].holes {
		_, size := h.(channels)
		if size && !slices.ContainsFunc(all, func(s *sketch) bool { return s.holes[k] != h }) {
			words[k] = strconv.Itoa(int(h.(channels)))
			continue
		}
		like := func(j int) bool {
			return !slices.ContainsFunc(all, func(s *sketch) bool { return s.holes[j] != s.holes[k] })
		}
		list := &reads
		if size {
			list = &sizes
		}
		if !slices.ContainsFunc(*list, like) {
			*list = append(*list, k)
		}
	}
	number := func(list []int, letter string) {
		for j, first := range list {
			name := letter
			if len(list) > 1 {
				name += strconv.Itoa(j)
			}
			for k := range words {
				if !slices.ContainsFunc(all, func(s *sketch) bool { return s.holes[k] != s.holes[first] }) {
					words[k] = name
				}
			}
		}
	}
	number(sizes, "c")
	number(reads, "x")
	return words, sizes, reads
}

// names gives Python identifiers, each once.
type names map[string]bool

func (n names) of(path string) string {
	id := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, path)
	// x, c0 and so on are parameters, and no name begins with a digit.
	if rest := strings.TrimRight(id, "0123456789"); rest == "" || rest == "x" || rest == "c" ||
		'0' <= id[0] && id[0] <= '9' {
		id = "layer_" + id
	}
	unique := id
	for k := 2; n[unique]; k++ {
		unique = id + "_" + strconv.Itoa(k)
	}
	n[unique] = true
	return unique
}

package space

import (
	"strings"
)

// graphArch turns the call of THUMNLab/NAS-Bench-Graph, architecture.py, Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc',
// 'cheb']), its arguments by place or as lk= and op=, into links and operations with a colon between.
func graphArch(text string) (string, error) {
	s := literalScanner{space: "graph", text: text}
	s.assigned()
	if err := s.want("Arch("); err != nil {
		return "", err
	}
	var links, ops []string
	for i, name := range []string{"lk", "op"} {
		if i > 0 {
			if err := s.want(","); err != nil {
				return "", err
			}
		}
		if s.next(name) {
			if err := s.want("="); err != nil {
				return "", err
			}
		}
		v, err := s.value(0)
		if err != nil {
			return "", err
		}
		if len(v.list) != 4 {
			return "", s.bad(v.at, "want the list of %s of four nodes", []string{"links", "operations"}[i])
		}
		for _, e := range v.list {
			switch {
			case i == 0 && e.kind == literalNumber:
				links = append(links, string(rune('0'+e.number)))
			case i == 1 && e.kind == literalWord && !strings.ContainsAny(e.word, ",:"):
				ops = append(ops, e.word)
			default:
				return "", s.bad(e.at, "want %s",
					[]string{"the number of a node that is read", "the name of an operation"}[i])
			}
		}
	}
	s.next(",")
	if err := s.want(")"); err != nil {
		return "", err
	}
	return strings.Join(links, "") + ":" + strings.Join(ops, ","), s.end()
}

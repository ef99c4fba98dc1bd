package evolve

import (
	"fmt"
	"math/bits"
	"strings"
)

// Needs is a set of things that a searcher asks of a problem: abilities of its space, and more than one fidelity,
// objective or proxy. Gonum's optimizers declare theirs in the same way (Method.Uses of gonum.org/v1/gonum/optimize).
type Needs uint16

// What a searcher may need.
const (
	Mutates    Needs = 1 << iota // the space is a Mutator
	Crosses                      // the space is a Crosser
	Neighbours                   // the space is a Neighborer
	Encodes                      // the space is an Encoder
	Lists                        // the space is Enumerable
	Decides                      // the space is a Decider
	Schedules                    // there are at least two fidelities
	Resumes                      // a training of a longer schedule goes on from one of a shorter
	Objectives                   // there are at least two objectives
	Proxies                      // there are training-free scores
)

// lacks says of each need, in the order of the constants, what a problem is like that does not offer it. The verb %s
// stands for the space's name.
var lacks = [...]string{
	"space %s offers no mutation here (a pool of recorded architectures does with moves=nearest)",
	"space %s has no crossover",
	"space %s lists no neighbours of an architecture",
	"space %s does not encode architectures as numbers",
	"space %s cannot be enumerated",
	"space %s is no list of decisions",
	"there is one fidelity alone: every training has the same number of epochs",
	"no training goes on from a shorter one",
	"there is one objective alone",
	"there are no training-free scores",
}

// Offers is all that a problem offers a searcher.
func (p Problem) Offers() Needs {
	var n Needs
	add := func(need Needs, offered bool) {
		if offered {
			n |= need
		}
	}
	m, ok := p.Space.(Mutator)
	add(Mutates, ok && len(m.Mutations()) > 0)
	_, ok = p.Space.(Crosser)
	add(Crosses, ok)
	_, ok = p.Space.(Neighborer)
	add(Neighbours, ok)
	e, ok := p.Space.(Encoder)
	add(Encodes, ok && len(e.Encodings()) > 0)
	_, ok = p.Space.(Enumerable)
	add(Lists, ok)
	_, ok = p.Space.(Decider)
	add(Decides, ok)
	add(Schedules, len(p.Fidelities) > 1)
	for i, f := range p.Fidelities {
		add(Resumes, i > 0 && f.Resumes)
	}
	add(Objectives, len(p.Objectives) > 1)
	add(Proxies, len(p.Proxies) > 0)
	return n
}

// Check refuses a problem that does not offer all of n. The error wraps ErrUnsupported and names everything that is
// missing.
func (n Needs) Check(p Problem) error {
	var missing []string
	for left := n &^ p.Offers(); left != 0; left &= left - 1 {
		text := lacks[bits.TrailingZeros16(uint16(left))]
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, p.Space.Name())
		}
		missing = append(missing, text)
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", strings.Join(missing, "; "), ErrUnsupported)
}

// At is the problem at one of its fidelities. A searcher that decides itself how long each architecture is trained shows
// this to the searcher within it, which then knows nothing of other fidelities.
func (p Problem) At(epochs int) Problem {
	p.Fidelities = []Fidelity{{Epochs: epochs}}
	return p
}

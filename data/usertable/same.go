package usertable

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

// identity is a valid genome that all rows of one architecture share: the canonical form, which
// is that of every genome of the same network. Of nb201 it is the genome itself. Its published
// table trained isomorphic cells apart, and they differ in 1,282 of the 1,350 classes that have
// several; tables made of it must be read as it is.
func identity(s evolve.Space, a evolve.Arch) (evolve.Arch, error) {
	canon, err := s.Canon(a)
	if apart(s) {
		return a, err
	}
	return canon, err
}

// apart says whether isomorphic genomes of a space are architectures of their own.
func apart(s evolve.Space) bool { return s.Name() == "nb201" }

// once leaves out a row that repeats an earlier one, as in a table that writes one architecture in several
// notations, and refuses a row that contradicts an earlier one: of several the first in the file is named. The
// order is by fidelity, architecture, seed and place.
func (b *builder) once(order []int32) ([]int32, error) {
	kept, first, second := order[:0:0], int32(0), int32(math.MaxInt32)
	for _, j := range order {
		if n := len(kept); n > 0 {
			if i := kept[n-1]; b.epochs[i] == b.epochs[j] && b.arch[i] == b.arch[j] && b.seed[i] == b.seed[j] {
				if j < second && !b.equal(i, j) {
					first, second = i, j
				}
				continue
			}
		}
		kept = append(kept, j)
	}
	if second < math.MaxInt32 {
		return nil, b.contradiction(first, second)
	}
	switch n := len(order) - len(kept); {
	case n == 1:
		b.note("1 row says what another says and is left out")
	case n > 1:
		b.note("%d rows say what others say and are left out", n)
	}
	return kept, nil
}

// equal says whether two rows have the same numbers.
func (b *builder) equal(i, j int32) bool {
	for k := range b.columns {
		if c := &b.columns[k]; c.numeric() {
			if x, y := c.values[i], c.values[j]; x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
				return false
			}
		}
	}
	return true
}

// contradiction is the error for two rows of one architecture that need seeds.
func (b *builder) contradiction(first, second int32) error {
	a := b.archs[b.arch[second]]
	what := fmt.Sprintf("the same architecture as in %s, %s", b.named(b.place[first]), shown(a))
	if canon, err := b.options.Space.Canon(a); err == nil && !apart(b.options.Space) {
		what = fmt.Sprintf("the same architecture as in %s, %s in canonical form",
			b.named(b.place[first]), shown(canon))
	}
	if b.has(roleFidelity) {
		what += fmt.Sprintf(", at fidelity %d", b.epochs[second])
	}
	if !b.has(roleSeed) {
		return b.at(b.place[second], "%s, with other numbers; repeats need a column \"seed\"", what)
	}
	return b.at(b.place[second], "%s, with other numbers for the same seed %d; repeats need seeds of their own",
		what, b.seed[second])
}

// shown is an architecture as an error shows it.
func shown(a evolve.Arch) string { return value{kind: text, text: string(a)}.String() }

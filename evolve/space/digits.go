package space

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// digits is the core of the spaces in which an architecture is a fixed number of
// decisions. A genome has one character a decision, from that decision's own alphabet;
// read as a number of mixed radix, the first decision the most significant, it is the
// genome's rank.
type digits struct {
	name      string // of the space, for messages
	decisions []digitsDecision
	said      []evolve.Decision    // the same for searchers
	size      int64                // the product of the radices
	all       func() []evolve.Arch // every genome by rank; nil where there are too many
	hole      func(rank int64) bool
	rule      string // what a genome for which hole is true breaks; hole nil: there is none
	graf      *graf  // nil: the space has no graphs
	graphs    func(evolve.Arch) []grafGraph
}

// digitsDecision is one decision: its characters, the value of each, and what one step of
// it adds to the rank.
type digitsDecision struct {
	chars string
	value [256]int8 // -1: not a character of this decision
	place int64
}

// Spaces up to this size are kept whole, at about 20 bytes a genome, so that no operator
// allocates.
const digitsInterned = 100_000

// newDigits makes the core of at most 64 decisions with the given names and alphabets.
func newDigits(name string, called []string, alphabets ...string) *digits {
	d := &digits{name: name, size: 1, decisions: make([]digitsDecision, len(alphabets))}
	for i := len(alphabets) - 1; i >= 0; i-- {
		c := &d.decisions[i]
		c.chars, c.place = alphabets[i], d.size
		for k := range c.value {
			c.value[k] = -1
		}
		for k := range len(c.chars) {
			c.value[c.chars[k]] = int8(k)
		}
		d.size *= int64(len(c.chars))
	}
	for i, alphabet := range alphabets {
		d.said = append(d.said, evolve.Decision{Name: called[i], Options: len(alphabet)})
	}
	if d.size <= digitsInterned {
		d.all = sync.OnceValue(d.intern)
	}
	return d
}

// graphed gives the core the encoding graf.
func (d *digits) graphed(f *graf, graphs func(evolve.Arch) []grafGraph) *digits {
	d.graf, d.graphs = f, graphs
	return d
}

// intern makes all genomes as parts of one string.
func (d *digits) intern() []evolve.Arch {
	k := len(d.decisions)
	text := make([]byte, 0, int(d.size)*k)
	for rank := range d.size {
		text = d.append(text, rank)
	}
	all, s := make([]evolve.Arch, d.size), string(text)
	for i := range all {
		all[i] = evolve.Arch(s[i*k : (i+1)*k])
	}
	return all
}

// append writes the genome of a rank.
func (d *digits) append(text []byte, rank int64) []byte {
	for i := range d.decisions {
		c := &d.decisions[i]
		text = append(text, c.chars[rank/c.place])
		rank %= c.place
	}
	return text
}

func (d *digits) arch(rank int64) evolve.Arch {
	if d.all != nil {
		return d.all()[rank]
	}
	var text [64]byte
	return evolve.Arch(d.append(text[:0], rank))
}

// rank is the number of a valid genome.
func (d *digits) rank(a evolve.Arch) (rank int64) {
	for i := range d.decisions {
		c := &d.decisions[i]
		rank += int64(c.value[a[i]]) * c.place
	}
	return rank
}

// open says whether the space has the genome of a rank.
func (d *digits) open(rank int64) bool { return d.hole == nil || !d.hole(rank) }

// check says which rule a genome breaks.
func (d *digits) check(a evolve.Arch) error {
	if len(a) != len(d.decisions) {
		return fmt.Errorf("%s: %s: a genome has %d characters, this has %d: %w",
			d.name, clip(string(a)), len(d.decisions), len(a), evolve.ErrInvalid)
	}
	for i := range d.decisions {
		if c := &d.decisions[i]; c.value[a[i]] < 0 {
			return fmt.Errorf("%s: %q: character %d is %q, want one of %s: %w",
				d.name, a, i+1, a[i], c.chars, evolve.ErrInvalid)
		}
	}
	if !d.open(d.rank(a)) {
		return d.broken(a)
	}
	return nil
}

// broken is the error for a genome of the hole.
func (d *digits) broken(a evolve.Arch) error {
	return fmt.Errorf("%s: %q: %s: %w", d.name, a, d.rule, evolve.ErrInvalid)
}

// read returns the kept copy of a valid genome.
func (d *digits) read(a evolve.Arch) (evolve.Arch, error) {
	if err := d.check(a); err != nil {
		return "", err
	}
	return d.arch(d.rank(a)), nil
}

func (d *digits) one(a evolve.Arch, r *rand.Rand) evolve.Arch {
	for {
		i := r.IntN(len(d.decisions))
		step := 1 + r.IntN(len(d.decisions[i].chars)-1)
		if rank := d.step(a, i, step); d.open(rank) {
			return d.arch(rank)
		}
	}
}

// step is the rank of a genome whose decision i is moved on by n values, 0 ≤ n < radix, the
// first after the last.
func (d *digits) step(a evolve.Arch, i, n int) int64 {
	c := &d.decisions[i]
	from := int(c.value[a[i]])
	to := from + n
	if to >= len(c.chars) {
		to -= len(c.chars)
	}
	return d.rank(a) + int64(to-from)*c.place
}

// digitsSpace gives a space the methods of its core. What a space is made of is in its
// type, so that the zero value of every space is ready.
type digitsSpace[S digitsSpec] struct{ spec S }

// digitsSpec says which core a space has.
type digitsSpec interface{ core() *digits }

// Name is the registered name.
func (s digitsSpace[S]) Name() string { return s.spec.core().name }

// Sample draws every genome of the space with equal chance.
func (s digitsSpace[S]) Sample(r *rand.Rand) evolve.Arch {
	d := s.spec.core()
	for {
		if rank := r.Int64N(d.size); d.open(rank) {
			return d.arch(rank)
		}
	}
}

// Canon is the identity on valid genomes: each is a network of its own.
func (s digitsSpace[S]) Canon(a evolve.Arch) (evolve.Arch, error) { return s.spec.core().read(a) }

// Parse reads a genome.
func (s digitsSpace[S]) Parse(text string) (evolve.Arch, error) {
	return s.spec.core().read(evolve.Arch(text))
}

// Format prints a genome.
func (digitsSpace[S]) Format(a evolve.Arch) string { return string(a) }

// Mutations: one gives one uniformly chosen decision another value, each as likely.
func (digitsSpace[S]) Mutations() []string { return []string{"one"} }

// Mutation returns a named operator.
func (s digitsSpace[S]) Mutation(name string) (evolve.Mutation, error) {
	d := s.spec.core()
	if name != "one" {
		return nil, evolve.Unknown(d.name+" mutation", name, s.Mutations())
	}
	return d.one, nil
}

// Neighbors are the genomes that differ in one decision.
func (s digitsSpace[S]) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	d := s.spec.core()
	for i := range d.decisions {
		for n := 1; n < len(d.decisions[i].chars); n++ {
			if rank := d.step(a, i, n); d.open(rank) {
				dst = append(dst, d.arch(rank))
			}
		}
	}
	return dst
}

// Cross takes each decision from either parent with equal chance.
func (s digitsSpace[S]) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	d := s.spec.core()
	for {
		bits, rank := r.Uint64(), int64(0)
		for i := range d.decisions {
			c, from := &d.decisions[i], a
			if bits>>i&1 != 0 {
				from = b
			}
			rank += int64(c.value[from[i]]) * c.place
		}
		if d.open(rank) {
			return d.arch(rank)
		}
	}
}

// Decisions are the characters of the genome, an option a character of the alphabet.
func (s digitsSpace[S]) Decisions() []evolve.Decision { return s.spec.core().said }

// Choose returns the genome of its decisions.
func (s digitsSpace[S]) Choose(x []float64) (evolve.Arch, error) {
	d, rank := s.spec.core(), int64(0)
	if err := decided(d.name, d.said, x); err != nil {
		return "", err
	}
	for i, v := range x {
		rank += int64(v) * d.decisions[i].place
	}
	a := d.arch(rank)
	if !d.open(rank) {
		return "", d.broken(a)
	}
	return a, nil
}

// Choices are the values of a genome's characters.
func (s digitsSpace[S]) Choices(dst []float64, a evolve.Arch) []float64 {
	d := s.spec.core()
	for i := range d.decisions {
		dst = append(dst, float64(d.decisions[i].value[a[i]]))
	}
	return dst
}

// Encodings: onehot has a bit for each decision and value, adj the digit of each decision
// as a number, graf what the graph says.
func (s digitsSpace[S]) Encodings() []string {
	if s.spec.core().graf == nil {
		return []string{"onehot", "adj"}
	}
	return []string{"onehot", "adj", grafName}
}

// Graphs makes what graf sees of a genome, for kernels of graphs.
func (s digitsSpace[S]) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	d := s.spec.core()
	if d.graf == nil {
		return nil
	}
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		if err := d.check(a); err != nil {
			return nil, err
		}
		return grafPlainly(d.graphs(a)), nil
	}
}

// Encode appends the named encoding of a genome to dst.
func (s digitsSpace[S]) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	d := s.spec.core()
	if err := d.check(a); err != nil {
		return dst, err
	}
	switch {
	case encoding == grafName && d.graf != nil:
		return d.graf.encode(dst, d.graphs(a)), nil
	case encoding == "onehot":
		for i := range d.decisions {
			for _, char := range []byte(d.decisions[i].chars) {
				bit := 0.
				if char == a[i] {
					bit = 1
				}
				dst = append(dst, bit)
			}
		}
		return dst, nil
	case encoding == "adj":
		for i := range len(a) {
			dst = append(dst, float64(a[i]-'0'))
		}
		return dst, nil
	}
	return dst, evolve.Unknown(d.name+" encoding", encoding, s.Encodings())
}

// Ones appends the places of the ones of onehot.
func (s digitsSpace[S]) Ones(dst []uint16, encoding string, a evolve.Arch) ([]uint16, error) {
	if encoding != "onehot" {
		return dst, evolve.ErrUnsupported
	}
	d := s.spec.core()
	if err := d.check(a); err != nil {
		return dst, err
	}
	at := 0
	for i := range d.decisions {
		c := &d.decisions[i]
		dst = append(dst, uint16(at+int(c.value[a[i]])))
		at += len(c.chars)
	}
	return dst, nil
}

// digitsListed is a space that also numbers its genomes, by rank.
type digitsListed[S digitsSpec] struct{ digitsSpace[S] }

// Size is the number of genomes.
func (s digitsListed[S]) Size() int { return int(s.spec.core().size) }

// At returns the genome of a rank, 0..Size-1.
func (s digitsListed[S]) At(i int) evolve.Arch { return s.spec.core().arch(int64(i)) }

// Index returns the rank of a valid genome.
func (s digitsListed[S]) Index(a evolve.Arch) int { return int(s.spec.core().rank(a)) }

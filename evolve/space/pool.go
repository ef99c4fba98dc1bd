package space

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Pool is a space of which only some architectures were ever trained: samples are drawn from
// those alone, and nothing else is valid. What is proposed is a recorded genome, so that its
// row in the record is its Index.
type Pool struct {
	evolve.Space
	archs []evolve.Arch
	index map[evolve.Arch]int
}

// Pool moves: what becomes of an operator whose child nobody recorded.
const (
	PoolNearest = "nearest" // it is replaced by the nearest recorded architecture
	PoolRefuse  = "refuse"  // the pool has no operators: a searcher that needs one is refused
)

// NewPool returns the pool of the recorded genomes of a space, in their order. With moves
// nearest it has the space's mutations and crossing, if the space encodes architectures: a
// child is replaced by a recorded architecture of least L1 distance in the named encoding,
// drawn among equals.
func NewPool(s evolve.Space, archs []evolve.Arch, moves, encoding string) (evolve.Space, error) {
	p := &Pool{s, archs, make(map[evolve.Arch]int, len(archs))}
	for i, a := range archs {
		if _, err := s.Canon(a); err != nil {
			return nil, fmt.Errorf("recorded architecture %d: %w", i, err)
		}
		if _, twice := p.index[a]; twice {
			return nil, fmt.Errorf("%s: recorded architecture %d, %s, is there twice: %w", s.Name(), i, clip(string(a)), evolve.ErrInvalid)
		}
		p.index[a] = i
	}
	if len(archs) < 2 {
		return nil, fmt.Errorf("%s: a pool of %d architectures, want at least 2: %w", s.Name(), len(archs), evolve.ErrInvalid)
	}
	m, mutates := s.(evolve.Mutator)
	e, encodes := s.(evolve.Encoder)
	if moves != PoolNearest || !mutates || !encodes {
		return p, nil
	}
	q := &movingPool{Pool: p, mutator: m, encoder: e, encoding: encoding}
	rows := make([][]float64, len(archs))
	for i, a := range archs {
		var err error
		if rows[i], err = e.Encode(nil, encoding, a); err != nil {
			return nil, err
		}
	}
	q.at = newPoolPoints(rows)
	return q, nil
}

// Sample draws uniformly from the record.
func (p *Pool) Sample(r *rand.Rand) evolve.Arch { return p.archs[r.IntN(len(p.archs))] }

// Canon is the identity on what is recorded: two recorded genomes are two trained networks.
func (p *Pool) Canon(a evolve.Arch) (evolve.Arch, error) {
	if _, ok := p.index[a]; ok {
		return a, nil
	}
	if _, err := p.Space.Canon(a); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s: %s is none of the %d recorded architectures: %w", p.Name(), clip(string(a)), len(p.archs), evolve.ErrInvalid)
}

// Size is the number of recorded architectures.
func (p *Pool) Size() int { return len(p.archs) }

// At returns a recorded architecture.
func (p *Pool) At(i int) evolve.Arch { return p.archs[i] }

// Index returns the place of a recorded architecture, -1 for another.
func (p *Pool) Index(a evolve.Arch) int {
	if i, ok := p.index[a]; ok {
		return i
	}
	return -1
}

// Parse reads the space's notation of a recorded architecture, also in another genome of it.
func (p *Pool) Parse(text string) (evolve.Arch, error) {
	n, ok := p.Space.(evolve.Notation)
	if !ok {
		return "", fmt.Errorf("space %s has no notation: %w", p.Name(), evolve.ErrUnsupported)
	}
	a, err := n.Parse(text)
	if err != nil {
		return "", err
	}
	if _, ok := p.index[a]; !ok {
		if canon, err := p.Space.Canon(a); err == nil {
			if i := slices.IndexFunc(p.archs, func(b evolve.Arch) bool { c, err := p.Space.Canon(b); return err == nil && c == canon }); i >= 0 {
				return p.archs[i], nil
			}
		}
	}
	return p.Canon(a)
}

// Format prints the space's notation.
func (p *Pool) Format(a evolve.Arch) string {
	if n, ok := p.Space.(evolve.Notation); ok {
		return n.Format(a)
	}
	return string(a)
}

// Encodings are the space's.
func (p *Pool) Encodings() []string {
	if e, ok := p.Space.(evolve.Encoder); ok {
		return e.Encodings()
	}
	return nil
}

// Encode is the space's.
func (p *Pool) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if e, ok := p.Space.(evolve.Encoder); ok {
		return e.Encode(dst, encoding, a)
	}
	return dst, evolve.Unknown("encoding", encoding, nil)
}

// movingPool is a pool with the operators of its space.
type movingPool struct {
	*Pool
	mutator  evolve.Mutator
	encoder  evolve.Encoder
	encoding string
	at       *poolPoints
}

// Mutations are the space's.
func (p *movingPool) Mutations() []string { return p.mutator.Mutations() }

// Mutation is the space's, its child replaced by the nearest recorded other than the parent.
func (p *movingPool) Mutation(name string) (evolve.Mutation, error) {
	mutate, err := p.mutator.Mutation(name)
	if err != nil {
		return nil, err
	}
	return func(parent evolve.Arch, r *rand.Rand) evolve.Arch {
		return p.nearest(mutate(parent, r), p.Index(parent), r)
	}, nil
}

// Cross is the space's, its child replaced by the nearest recorded; in a space without
// crossing it is either parent.
func (p *movingPool) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	if x, ok := p.Space.(evolve.Crosser); ok {
		return p.nearest(x.Cross(a, b, r), -1, r)
	}
	if r.IntN(2) == 0 {
		return a
	}
	return b
}

// nearest draws among the recorded of least distance from a, but not the one at except.
func (q *movingPool) nearest(a evolve.Arch, except int, r *rand.Rand) evolve.Arch {
	if i := q.Index(a); i >= 0 && i != except {
		return a
	}
	v, err := q.encoder.Encode(nil, q.encoding, a)
	if err != nil {
		return q.archs[max(except, 0)] // operators give valid children
	}
	to := q.at.point(v)
	best, ties, found := 0, 0, -1
	for i := range q.archs {
		if i == except {
			continue
		}
		switch d := q.at.distance(i, to); {
		case found < 0 || d < best:
			best, ties, found = d, 1, i
		case d == best:
			if ties++; r.IntN(ties) == 0 {
				found = i
			}
		}
	}
	return q.archs[found]
}

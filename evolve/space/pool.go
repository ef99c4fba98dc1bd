package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Pool is the recorded part of a space, the architectures that were ever trained: samples are drawn from
// those alone, and nothing else is valid. What is proposed is a recorded genome, so that its
// row in the record is its Index.
type Pool struct {
	evolve.Space
	archs    []evolve.Arch
	index    map[evolve.Arch]int
	encoding string // that distances are measured in; "" = the space's first
}

// Pool moves: what becomes of operators, whose children need not be recorded.
const (
	PoolNearest = "nearest" // a mutation is one of the nearest recorded, a crossing's child becomes the nearest
	PoolRefuse  = "refuse"  // the pool has no operators: a searcher that needs one is refused
)

// NewPool returns the pool of the recorded genomes of a space, in their order. With moves
// nearest, and in a space that encodes architectures, it has operators of its own: near is
// least L1 distance in the named encoding.
func NewPool(s evolve.Space, archs []evolve.Arch, moves, encoding string) (evolve.Space, error) {
	p := &Pool{s, archs, make(map[evolve.Arch]int, len(archs)), encoding}
	for i, a := range archs {
		if _, err := s.Canon(a); err != nil {
			return nil, fmt.Errorf("recorded architecture %d: %w", i, err)
		}
		if _, twice := p.index[a]; twice {
			return nil, fmt.Errorf("%s: recorded architecture %d, %s, is there twice: %w",
				s.Name(), i, clip(string(a)), evolve.ErrInvalid)
		}
		p.index[a] = i
	}
	if len(archs) < 2 {
		return nil, fmt.Errorf("%s: a pool of %d architectures, want at least 2: %w",
			s.Name(), len(archs), evolve.ErrInvalid)
	}
	decisions := poolDecides(p)
	e, encodes := s.(evolve.Encoder)
	if moves != PoolNearest || !encodes {
		if decisions != nil {
			return decidingPool{p, decisions}, nil
		}
		return p, nil
	}
	q := &movingPool{Pool: p, encoder: e, encoding: encoding, near: make([]atomic.Pointer[[]evolve.Arch], len(archs))}
	rows := make([][]float64, len(archs))
	for i, a := range archs {
		var err error
		if rows[i], err = e.Encode(nil, encoding, a); err != nil {
			return nil, err
		}
	}
	q.at = newPoolPoints(rows)
	if decisions != nil {
		return decidingMovingPool{q, decisions}, nil
	}
	return q, nil
}

// Sample draws uniformly from the record.
func (p *Pool) Sample(r *rand.Rand) evolve.Arch { return p.archs[r.IntN(len(p.archs))] }

// Canon is the identity on recorded architectures: two recorded genomes are two trained networks.
func (p *Pool) Canon(a evolve.Arch) (evolve.Arch, error) {
	if _, ok := p.index[a]; ok {
		return a, nil
	}
	if _, err := p.Space.Canon(a); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s: %s is none of the %d recorded architectures: %w",
		p.Name(), clip(string(a)), len(p.archs), evolve.ErrInvalid)
}

// Recorded is the number of architectures that were trained.
func (p *Pool) Recorded() int { return len(p.archs) }

func (p *Pool) base() evolve.Space { return p.Space }

// Base is the space that a pool is a part of, and true; or else the space itself, and false.
func Base(s evolve.Space) (whole evolve.Space, pool bool) {
	if p, ok := s.(interface{ base() evolve.Space }); ok {
		return p.base(), true
	}
	return s, false
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

// Parse reads the space's notation of a recorded architecture, also in another genome of it. The error
// for one that is not recorded is a [*NotRecorded].
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
			if i := slices.IndexFunc(p.archs,
				func(b evolve.Arch) bool { c, err := p.Space.Canon(b); return err == nil && c == canon }); i >= 0 {
				return p.archs[i], nil
			}
		}
	}
	if _, ok := p.index[a]; !ok {
		return "", p.missing(a)
	}
	return a, nil
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

// Graphs are the space's.
func (p *Pool) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	if g, ok := p.Space.(evolve.Grapher); ok {
		return g.Graphs()
	}
	return nil
}

// movingPool is a pool with operators of its own.
type movingPool struct {
	*Pool
	encoder  evolve.Encoder
	encoding string
	at       *poolPoints
	near     []atomic.Pointer[[]evolve.Arch] // neighbours, found when they are first asked for
}

// poolNear is how many neighbours an architecture has. The one nearest would not do: two that
// are each other's would catch a search between them.
const poolNear = 10

// Mutations: near is one of the ten nearest recorded.
func (p *movingPool) Mutations() []string { return []string{"near"} }

// Mutation draws one of the neighbours.
func (p *movingPool) Mutation(name string) (evolve.Mutation, error) {
	if name != "near" {
		return nil, evolve.Unknown("mutation in a pool", name, p.Mutations())
	}
	return func(parent evolve.Arch, r *rand.Rand) evolve.Arch {
		all := p.neighbors(p.Index(parent))
		return all[r.IntN(len(all))]
	}, nil
}

// Neighbors are the ten nearest recorded, the nearest first. An architecture need not be
// among the neighbours of its own.
func (p *movingPool) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	return append(dst, p.neighbors(p.Index(a))...)
}

func (p *movingPool) neighbors(i int) []evolve.Arch {
	if all := p.near[i].Load(); all != nil {
		return *all
	}
	from := p.at.of(i)
	nearest := make([]uint64, 0, poolNear+1) // distance, then place
	for k := range p.archs {
		x := uint64(p.at.distance(k, from))<<32 | uint64(k)
		if k == i || len(nearest) == poolNear && x > nearest[poolNear-1] {
			continue
		}
		at, _ := slices.BinarySearch(nearest, x)
		nearest = slices.Insert(nearest, at, x)
		nearest = nearest[:min(len(nearest), poolNear)]
	}
	all := make([]evolve.Arch, 0, poolNear)
	for _, x := range nearest {
		all = append(all, p.archs[uint32(x)])
	}
	p.near[i].Store(&all) // two that come at once store the same
	return all
}

// Cross is the space's, its child replaced by the nearest recorded; in a space without
// crossing it is either parent.
func (p *movingPool) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	x, ok := p.Space.(evolve.Crosser)
	if !ok {
		if r.IntN(2) == 0 {
			return a
		}
		return b
	}
	child := x.Cross(a, b, r)
	if p.Index(child) >= 0 {
		return child
	}
	v, err := p.encoder.Encode(nil, p.encoding, child)
	if err != nil {
		return a // operators give valid children
	}
	to := p.at.point(v)
	best, found := 0, -1
	for i := range p.archs {
		if d := p.at.distance(i, to); found < 0 || d < best {
			best, found = d, i
		}
	}
	return p.archs[found]
}

package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NB201 is the cell space of NAS-Bench-201 (Dong and Yang, ICLR 2020, arXiv:2001.00326)
// and of NATS-Bench's topology part: four nodes, the six edges i<j, one of five
// operations on each. An Arch is six digits, the operations of the edges
// 0→1, 0→2, 1→2, 0→3, 1→3, 2→3 in the order of [NB201Ops].
type NB201 struct{}

// NB201Size is the number of cells, 5⁶.
const NB201Size = 15625

// NB201Edges are the edges in the order of the digits: source and target node.
var NB201Edges = [6][2]int{{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}}

// NB201Ops are the operations in the published order.
var NB201Ops = [5]string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "nb201",
		Doc:   "NAS-Bench-201 / NATS-Bench topology cell: 6 edges, 5 operations, 15,625 cells",
		Paper: "Dong and Yang, ICLR 2020, arXiv:2001.00326",
		New:   func(evolve.Options) (evolve.Space, error) { return NB201{}, nil },
	})
}

// All cells once, in the order of the base-5 number that the digits spell, so that no
// operator allocates.
var nb201Archs = func() (all [NB201Size]evolve.Arch) {
	var text [NB201Size * 6]byte
	for i := range all {
		x := i
		for e := 5; e >= 0; e-- {
			text[i*6+e] = byte('0' + x%5)
			x /= 5
		}
	}
	s := string(text[:])
	for i := range all {
		all[i] = evolve.Arch(s[i*6 : i*6+6])
	}
	return
}()

var nb201Pow = [6]int{3125, 625, 125, 25, 5, 1}

// nb201Rank is the base-5 number of a valid arch.
func nb201Rank(a evolve.Arch) int {
	_ = a[5]
	d := func(i int) int { return int(a[i] - '0') }
	return ((((d(0)*5+d(1))*5+d(2))*5+d(3))*5+d(4))*5 + d(5)
}

func (NB201) Name() string { return "nb201" }

// Sample draws the six operations independently and uniformly.
func (NB201) Sample(r *rand.Rand) evolve.Arch { return nb201Archs[r.IntN(NB201Size)] }

// nb201Valid says which rule of the compact genome a text breaks.
func nb201Valid(a evolve.Arch) error {
	if len(a) != 6 {
		return fmt.Errorf("nb201: %s: a genome has 6 digits, one an edge, this has %d characters: %w",
			clip(string(a)), len(a), evolve.ErrInvalid)
	}
	for i := range 6 {
		if a[i] < '0' || a[i] > '4' {
			return fmt.Errorf("nb201: %q: character %d is %q, not an operation 0..4: %w",
				a, i+1, a[i], evolve.ErrInvalid)
		}
	}
	return nil
}

// Canon returns the cell of lowest official index among those with the same unique
// structure string, the authors' to_unique_str with consider_zero: 6,466 classes.
func (NB201) Canon(a evolve.Arch) (evolve.Arch, error) {
	if err := nb201Valid(a); err != nil {
		return "", err
	}
	return nb201Canon()[nb201Rank(a)], nil
}

var nb201Canon = sync.OnceValue(func() []evolve.Arch {
	canon := make([]evolve.Arch, NB201Size)
	first := make(map[string]evolve.Arch, 6466)
	for _, rank := range nb201Official().byIndex {
		a := nb201Archs[rank]
		u := NB201Unique(a)
		if _, ok := first[u]; !ok {
			first[u] = a
		}
		canon[rank] = first[u]
	}
	return canon
})

// NB201Unique is the unique structure string of a cell (AutoDL-Projects'
// Structure.to_unique_str(consider_zero=True)): a node is its sorted edge strings joined
// by +; a skip is its source, an operation is (source)@op, and what carries no signal is #.
func NB201Unique(a evolve.Arch) string {
	var node [4]string
	node[0] = "0"
	e := 0
	for to := 1; to < 4; to++ {
		parts := make([]string, to)
		for from := range to {
			src, op := node[from], a[e]-'0'
			switch {
			case op == 0 || src == "#":
				parts[from] = "#"
			case op == 1:
				parts[from] = src
			default:
				parts[from] = "(" + src + ")@" + NB201Ops[op]
			}
			e++
		}
		slices.Sort(parts)
		node[to] = strings.Join(parts, "+")
	}
	return node[3]
}

// Dead says that none, the first operation, cuts every path from the input to the output: 341 cells.
func (NB201) Dead(a evolve.Arch) bool { return fourNodesCut(a) }

// Size is the number of cells.
func (NB201) Size() int { return NB201Size }

// At returns the cell of an official index, 0..15624.
func (NB201) At(i int) evolve.Arch { return nb201Archs[nb201Official().byIndex[i]] }

// Index returns the official index of a valid cell.
func (NB201) Index(a evolve.Arch) int { return int(nb201Official().index[nb201Rank(a)]) }

type nb201Order struct{ byIndex, index [NB201Size]uint16 }

// The official index is the nested order shuffled by CPython's random.seed(88).
var nb201Official = sync.OnceValue(func() *nb201Order {
	o := new(nb201Order)
	for i := range o.byIndex {
		o.byIndex[i] = uint16(i)
	}
	newPyRandom(88).shuffle(o.byIndex[:])
	for i, rank := range o.byIndex {
		o.index[rank] = uint16(i)
	}
	return o
})

// Parse reads the published string |op~0|+|op~0|op~1|+|op~0|op~1|op~2|, in which an edge
// that is left out is none, six digits, or NASLib's tuple, whose order of operations and edges is
// another: (2, 0, 2, 2, 2, 0).
func (NB201) Parse(text string) (evolve.Arch, error) {
	if listed(text) {
		return nb201FromNASLib(text)
	}
	if digits := strings.Trim(text, "0123456789") == ""; text != "" && (digits || len(text) == 6 && text[0] != '|') {
		if err := nb201Valid(evolve.Arch(text)); err != nil {
			return "", err
		}
		return nb201Archs[nb201Rank(evolve.Arch(text))], nil
	}
	bad := func(format string, v ...any) (evolve.Arch, error) {
		return "", fmt.Errorf("nb201: %s: "+format+": %w",
			append(append([]any{clip(text)}, v...), evolve.ErrInvalid)...)
	}
	rank, node, rest := 0, 1, text
	for rest != "" || node <= 3 {
		if node > 3 {
			return bad("more than three nodes")
		}
		part, more, found := strings.Cut(rest, "+")
		if found && more == "" {
			return bad("ends in +")
		}
		if len(part) < 2 || part[0] != '|' || part[len(part)-1] != '|' {
			return bad("node %d of 3 must read |op~source|…|, found %s", node, clip(part))
		}
		seen := 0
		for edge := range strings.SplitSeq(part[1:len(part)-1], "|") {
			if len(part) == 2 {
				break // || : no edges written, all none
			}
			name, src, ok := strings.Cut(edge, "~")
			if !ok || len(src) != 1 {
				return bad("edge %s of node %d must read op~source", clip(edge), node)
			}
			op := slices.Index(NB201Ops[:], name)
			if op < 0 {
				return bad("unknown operation %s (known: %s)", clip(name), strings.Join(NB201Ops[:], ", "))
			}
			from := int(src[0]) - '0'
			if from < 0 || from >= node {
				return bad("edge %s of node %d: the source must be 0..%d", clip(edge), node, node-1)
			}
			if seen&(1<<from) != 0 {
				return bad("node %d has two edges from %d", node, from)
			}
			seen |= 1 << from
			rank += op * nb201Pow[node*(node-1)/2+from]
		}
		rest, node = more, node+1
	}
	return nb201Archs[rank], nil
}

// Format prints the published string.
func (NB201) Format(a evolve.Arch) string {
	var b strings.Builder
	for e, ft := range NB201Edges {
		if ft[0] == 0 {
			if e > 0 {
				b.WriteByte('+')
			}
			b.WriteByte('|')
		}
		b.WriteString(NB201Ops[a[e]-'0'])
		b.WriteByte('~')
		b.WriteByte(byte('0' + ft[0]))
		b.WriteByte('|')
	}
	return b.String()
}

// Mutations: nats picks a node and then one of its edges, so edges have chances 1/3, 1/6,
// 1/6, 1/9, 1/9, 1/9 (AutoDL-Projects, regularized_ea.py); uniform picks one of the six
// edges (NASLib). Both change it to another operation.
func (NB201) Mutations() []string { return []string{"nats", "uniform"} }

// Mutation returns a named operator.
func (NB201) Mutation(name string) (evolve.Mutation, error) {
	switch name {
	case "nats":
		return nb201Nats, nil
	case "uniform":
		return nb201Uniform, nil
	}
	return nil, evolve.Unknown("nb201 mutation", name, NB201{}.Mutations())
}

// One draw of 18×4 outcomes: a node (1/3) and an edge into it (1/k), then one of four
// other operations.
var nb201NatsEdge = [18]uint8{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5}

func nb201Nats(a evolve.Arch, r *rand.Rand) evolve.Arch {
	k := r.IntN(72)
	return nb201Set(a, int(nb201NatsEdge[k>>2]), 1+k&3)
}

func nb201Uniform(a evolve.Arch, r *rand.Rand) evolve.Arch {
	k := r.IntN(24)
	return nb201Set(a, k>>2, 1+k&3)
}

// nb201Set moves an edge's operation on by d, 1..4.
func nb201Set(a evolve.Arch, edge, d int) evolve.Arch {
	op := int(a[edge] - '0')
	to := op + d
	if to >= 5 {
		to -= 5
	}
	return nb201Archs[nb201Rank(a)+(to-op)*nb201Pow[edge]]
}

// Neighbors are the 24 cells that differ in one edge's operation.
func (NB201) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	for e := range 6 {
		for d := 1; d < 5; d++ {
			dst = append(dst, nb201Set(a, e, d))
		}
	}
	return dst
}

// Cross takes each edge's operation from either parent with equal chance.
func (NB201) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	bits, rank := r.Uint64(), 0
	for e := range 6 {
		from := a
		if bits>>e&1 != 0 {
			from = b
		}
		rank += int(from[e]-'0') * nb201Pow[e]
	}
	return nb201Archs[rank]
}

var nb201Decisions = optionsEach(len(NB201Ops), edgeNames(NB201Edges[:]))

// Decisions are the operations of the six edges, in the order of [NB201Ops].
func (NB201) Decisions() []evolve.Decision { return nb201Decisions }

// Choose returns the cell of six operations.
func (NB201) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("nb201", nb201Decisions, x); err != nil {
		return "", err
	}
	rank := 0
	for e, v := range x {
		rank += int(v) * nb201Pow[e]
	}
	return nb201Archs[rank], nil
}

// Choices are the operations of a cell's edges.
func (NB201) Choices(dst []float64, a evolve.Arch) []float64 {
	for e := range 6 {
		dst = append(dst, float64(a[e]-'0'))
	}
	return dst
}

// Hash is the official index as text, the benchmark's own name of a cell.
func (n NB201) Hash(a evolve.Arch) string { return strconv.Itoa(n.Index(a)) }

// Find returns the cell of an official index.
func (n NB201) Find(hash string) (evolve.Arch, error) { return findIndex(n, hash) }

// OptionName is an operation.
func (NB201) OptionName(_, option int) string { return NB201Ops[option] }

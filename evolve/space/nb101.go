package space

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NB101 is the cell space of NAS-Bench-101 (Ying et al., ICML 2019, arXiv:1902.09635):
// directed acyclic graphs of at most seven vertices, the first the input, the last the
// output, one of three operations on each other, and at most nine edges once vertices that
// are on no path from input to output are pruned.
//
// An Arch is the unpruned graph of seven vertices, so that dead parts are inherited as in
// the authors' notebook: six hexadecimal digits, the 21 edges, where bit x + y(y-1)/2 is
// the edge x→y; a dash; and the operations of vertices 1..5 as digits in the order of
// [NB101Ops]. A smaller graph has its output at vertex 6 and isolated vertices of operation
// 0 behind its inner ones.
type NB101 struct {
	Unique bool // Sample draws cells alike, not matrices
}

// NB101Size is the number of cells that are not isomorphic, the published count.
const NB101Size = 423624

// NB101Ops are the operations in the order of the authors' code.
var NB101Ops = [3]string{"conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"}

const (
	nb101Vertices = 7   // at most
	nb101Inner    = 5   // vertices that have an operation
	nb101MaxEdges = 9   // after pruning
	nb101Words    = 243 // 3⁵ ways to label the inner vertices
	nb101Length   = 12  // characters of a genome
	nb101Output   = 15  // place of the output's first bit in an edge word: 6·5/2
	nb101AllEdges = 1<<21 - 1
)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "nb101",
		Doc:   "NAS-Bench-101 cell: 7 vertices, at most 9 edges, 3 operations, 423,624 cells",
		Paper: "Ying, Klein, Real, Christiansen, Murphy and Hutter, ICML 2019, arXiv:1902.09635",
		Params: []evolve.Param{
			evolve.Choice("sampler",
				"notebook draws matrices, as the authors do; unique draws cells that are not isomorphic",
				"notebook", "unique"),
		},
		New: func(o evolve.Options) (evolve.Space, error) {
			return NB101{Unique: o.Text("sampler") == "unique"}, nil
		},
	})
}

func (NB101) Name() string { return "nb101" }

// Sample draws 21 fair edges and five uniform operations until the cell is valid, as the
// authors' notebook does: only 0.31 % of these draws keep all seven vertices, which 84.8 %
// of the cells have. With Unique set each of the 423,624 cells is as likely.
func (s NB101) Sample(r *rand.Rand) evolve.Arch {
	if s.Unique {
		return s.At(r.IntN(NB101Size))
	}
	for {
		// 21 bits for the edges; 43 are left for 243 labellings, even to within 2⁻³⁵.
		u := r.Uint64()
		if edges := uint32(u) & nb101AllEdges; nb101Valid(edges) {
			return nb101Text(edges, nb101Labels[u>>21*nb101Words>>43])
		}
	}
}

// Canon returns the official representative: of the isomorphic pruned graphs the first in
// the authors' enumeration, by vertices, then by the edge word, then by operations.
func (NB101) Canon(a evolve.Arch) (evolve.Arch, error) {
	edges, word, err := nb101Check(a)
	if err != nil {
		return "", err
	}
	t := nb101Tables()
	if c := t.cells[t.index(edges, word)]; c != nb101Packed(edges, word) {
		return c.text(), nil
	}
	return a, nil
}

// Size is the number of cells.
func (NB101) Size() int { return NB101Size }

// At returns the representative of cell i, 0..423623, in the order of the enumeration.
func (NB101) At(i int) evolve.Arch { return nb101Tables().cells[i].text() }

// Index returns the number of a valid genome's cell, so that At(Index(a)) is Canon(a). It is
// -1 for what is not valid.
func (NB101) Index(a evolve.Arch) int {
	edges, word, ok := nb101Read(a)
	if !ok {
		return -1
	}
	return nb101Tables().index(edges, word)
}

// nb101Labels are the operations of a labelling as text. A labelling is the base-3 number
// that vertices 1..5 spell, vertex 1 the most significant: itertools.product's order.
var nb101Labels = func() (all [nb101Words][nb101Inner]byte) {
	for w := range all {
		for v, x := nb101Inner-1, w; v >= 0; v-- {
			all[w][v] = byte('0' + x%3)
			x /= 3
		}
	}
	return
}()

// nb101Hex is the value of a hexadecimal digit; what is none has bits above the fourth.
var nb101Hex = func() (all [256]uint8) {
	for c := range all {
		all[c] = 0xf0
	}
	for i := range 16 {
		all["0123456789abcdef"[i]] = uint8(i)
	}
	return
}()

// nb101Read decodes a genome's edges and labelling. It does not ask whether they are valid.
func nb101Read(a evolve.Arch) (edges, word uint32, ok bool) {
	if len(a) != nb101Length || a[6] != '-' {
		return 0, 0, false
	}
	var bad uint8
	for i := range 6 {
		h := nb101Hex[a[i]]
		bad |= h & 0xf0
		edges = edges<<4 | uint32(h)
	}
	most := uint8(0)
	for i := 7; i < nb101Length; i++ {
		d := a[i] - '0'
		most = max(most, d)
		word = word*3 + uint32(d)
	}
	return edges, word, bad == 0 && edges <= nb101AllEdges && most < 3
}

// nb101Text encodes a genome; the operations are text.
func nb101Text(edges uint32, ops [nb101Inner]byte) evolve.Arch {
	const digits = "0123456789abcdef"
	return evolve.Arch([]byte{
		digits[edges>>20&15], digits[edges>>16&15], digits[edges>>12&15], digits[edges>>8&15], digits[edges>>4&15],
		digits[edges&15],
		'-', ops[0], ops[1], ops[2], ops[3], ops[4],
	})
}

// nb101Check decodes a genome or says which rule it breaks.
func nb101Check(a evolve.Arch) (edges, word uint32, err error) {
	edges, word, ok := nb101Read(a)
	if !ok {
		return 0, 0, nb101Malformed(a)
	}
	if !nb101Valid(edges) {
		return 0, 0, fmt.Errorf("nb101: %s: %s: %w", a, nb101Broken(edges), evolve.ErrInvalid)
	}
	return edges, word, nil
}

func nb101Malformed(a evolve.Arch) error {
	bad := func(format string, v ...any) error {
		return fmt.Errorf("nb101: %s: %s: %w", clip(string(a)), fmt.Sprintf(format, v...), evolve.ErrInvalid)
	}
	if len(a) != nb101Length {
		return bad("a genome is 6 hexadecimal digits, a dash and 5 operations, 12 characters, this has %d", len(a))
	}
	for i := range len(a) {
		switch c := a[i]; {
		case i < 6 && nb101Hex[c] > 15:
			return bad("character %d is %q, not a digit 0..9, a..f", i+1, c)
		case i == 6 && c != '-':
			return bad("character 7 is %q, not a dash", c)
		case i > 6 && (c < '0' || c > '2'):
			return bad("character %d is %q, not an operation 0..2", i+1, c)
		}
	}
	return bad("character 1 is %q, not 0 or 1: there are 21 edges", a[0])
}

// nb101Valid says whether the pruned graph is in the space.
func nb101Valid(edges uint32) bool {
	p := nb101Prune(edges)
	return p != 0 && bits.OnesCount32(p) <= nb101MaxEdges
}

// nb101Broken names the rule that edges break.
func nb101Broken(edges uint32) string {
	if n := bits.OnesCount32(nb101Prune(edges)); n > 0 {
		return strconv.Itoa(n) + " edges after pruning, at most 9 are allowed"
	}
	return "no path from input to output"
}

package space

import "github.com/amoeba-nas/amoeba/evolve"

// nb101Decisions are those of the unpruned graph, in the order of the edge word's bits.
var nb101Decisions = func() []evolve.Decision {
	var edges [][2]int
	for y := 1; y < nb101Vertices; y++ {
		for x := range y {
			edges = append(edges, [2]int{x, y})
		}
	}
	return append(optionsEach(2, edgeNames(edges)), optionsEach(len(NB101Ops), numbered("op", nb101Inner))...)
}()

// Decisions are the 21 edges of the unpruned graph, there or not, and the operations of the five inner
// vertices, in the order of [NB101Ops].
func (NB101) Decisions() []evolve.Decision { return nb101Decisions }

// Choose returns the cell of its edges and operations. About one choice in four is refused: there is no
// path from input to output, or more than nine edges are on such paths.
func (NB101) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("nb101", nb101Decisions, x); err != nil {
		return "", err
	}
	var edges uint32
	for bit, v := range x[:len(x)-nb101Inner] {
		edges |= uint32(v) << bit
	}
	var ops [nb101Inner]byte
	for i, v := range x[len(x)-nb101Inner:] {
		ops[i] = '0' + byte(v)
	}
	a := nb101Text(edges, ops)
	if _, _, err := nb101Check(a); err != nil {
		return "", err
	}
	return a, nil
}

// Choices are the edges and operations of a genome, also those that pruning takes away.
func (NB101) Choices(dst []float64, a evolve.Arch) []float64 {
	edges, _, _ := nb101Read(a)
	for bit := range len(nb101Decisions) - nb101Inner {
		dst = append(dst, float64(edges>>bit&1))
	}
	for _, op := range nb101Ops5(a) {
		dst = append(dst, float64(op-'0'))
	}
	return dst
}

// OptionName is an operation, or whether there is an edge.
func (NB101) OptionName(decision, option int) string {
	if decision < len(nb101Decisions)-nb101Inner {
		return [2]string{"no", "yes"}[option]
	}
	return NB101Ops[option]
}

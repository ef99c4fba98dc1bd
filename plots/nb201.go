package plots

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Cell is the picture of a valid architecture of a space.
func Cell(s evolve.Space, a evolve.Arch) (Graph, error) {
	if s.Name() != "nb201" {
		return Graph{}, fmt.Errorf("plots: no drawing for space %s: %w", s.Name(), evolve.ErrUnsupported)
	}
	return nb201Cell(a), nil
}

// nb201Cell has the four nodes and the six operations on the edges. An edge is dead when no
// path from the input to the output goes through it: none passes nothing on.
func nb201Cell(a evolve.Arch) Graph {
	g := Graph{
		Title: space.NB201{}.Format(a),
		Nodes: []Node{{"input", "input"}, {"1", "sum"}, {"2", "sum"}, {"output", "output"}},
	}
	var fed, feeds [4]bool
	fed[0], feeds[3] = true, true
	for e, ft := range space.NB201Edges { // by target: sources are settled before
		if fed[ft[0]] && a[e] != '0' {
			fed[ft[1]] = true
		}
	}
	for e := 5; e >= 0; e-- {
		if ft := space.NB201Edges[e]; feeds[ft[1]] && a[e] != '0' {
			feeds[ft[0]] = true
		}
	}
	kinds := [5]string{"none", "skip", "conv", "conv", "pool"}
	for e, ft := range space.NB201Edges {
		op := a[e] - '0'
		g.Edges = append(g.Edges, Edge{From: ft[0], To: ft[1], Label: space.NB201Ops[op], Kind: kinds[op], Dead: op == 0 || !fed[ft[0]] || !feeds[ft[1]]})
	}
	return g
}

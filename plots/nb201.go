package plots

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func nb201Cell(a evolve.Arch) Cells {
	return Cells{fourNodes(space.NB201{}.Format(a), a)}
}

// fourNodes has the four nodes and six edges that NAS-Bench-201 and TransNAS-Bench-101
// share, the operations of the digits on the edges. An edge is dead when no path from the
// input to the output goes through it: none passes nothing on.
func fourNodes(title string, a evolve.Arch) Graph {
	g := Graph{
		Title: title,
		Nodes: []Node{
			{Label: "input", Kind: "input"}, {Label: "1", Kind: "sum"}, {Label: "2", Kind: "sum"},
			{Label: "output", Kind: "output"},
		},
	}
	kinds := [5]string{"none", "skip", "conv", "conv", "pool"}
	for e, ft := range space.NB201Edges {
		op := a[e] - '0'
		g.Edges = append(g.Edges, Edge{From: ft[0], To: ft[1], Label: space.NB201Ops[op], Kind: kinds[op],
			Dead: op == 0})
	}
	return g.markDead()
}

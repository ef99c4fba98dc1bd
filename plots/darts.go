package plots

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// dartsCells are the normal and the reduction cell as Liu et al. (ICLR 2019) draw them.
func dartsCells(a evolve.Arch) Cells {
	half := len(a) / 2
	return Cells{dartsCell("normal", a[:half]), dartsCell("reduction", a[half:])}
}

// dartsCell has the two inputs, the nodes 0 to 3, each the sum of two operations on edges,
// and the output, to which plain edges bring all nodes.
func dartsCell(name string, cell evolve.Arch) Graph {
	const nodes = 4
	g := Graph{
		Title: name + " " + string(cell),
		Nodes: []Node{{Label: "c_{k-2}", Kind: "input"}, {Label: "c_{k-1}", Kind: "input"}},
	}
	for i := range nodes {
		to := len(g.Nodes)
		g.Nodes = append(g.Nodes, Node{Label: fmt.Sprint(i), Kind: "sum"})
		for _, pair := range []evolve.Arch{cell[4*i : 4*i+2], cell[4*i+2 : 4*i+4]} {
			op := space.DARTSOps[pair[1]-'0']
			g.Edges = append(g.Edges, Edge{From: int(pair[0] - '0'), To: to, Label: op, Kind: dartsKind(op),
				Dead: op == "none"})
		}
	}
	output := len(g.Nodes)
	g.Nodes = append(g.Nodes, Node{Label: "c_k", Kind: "output"})
	for i := range nodes {
		g.Edges = append(g.Edges, Edge{From: 2 + i, To: output})
	}
	return g.markDead()
}

func dartsKind(op string) string {
	switch {
	case strings.Contains(op, "pool"):
		return "pool"
	case strings.HasPrefix(op, "sep"):
		return "conv"
	case strings.HasPrefix(op, "dil"):
		return "dilated"
	}
	return "skip"
}

package plots

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nasnetCells are the normal and the reduction cell of Zoph et al. (CVPR 2018).
func nasnetCells(a evolve.Arch) Cells {
	g, err := space.NASNet{}.Genotype(a)
	if err != nil {
		return nil // not of the space
	}
	normal, reduction, _ := strings.Cut(string(a), "-")
	return Cells{nasnetCell("normal "+normal, g.Normal), nasnetCell("reduction "+reduction, g.Reduce)}
}

// nasnetCell has the two inputs, the blocks by the numbers of their states, each the sum of
// two operations on edges, and the concatenation, to which plain edges bring its states.
func nasnetCell(title string, c space.Cell) Graph {
	g := Graph{Title: title, Nodes: []Node{{Label: "c_{k-2}", Kind: "input"}, {Label: "c_{k-1}", Kind: "input"}}}
	for _, block := range c.Blocks {
		to := len(g.Nodes)
		g.Nodes = append(g.Nodes, Node{Label: fmt.Sprint(to), Kind: "sum"})
		for _, e := range block {
			g.Edges = append(g.Edges, Edge{From: e.In, To: to, Label: e.Op, Kind: nasnetKind(e.Op),
				Dead: e.Op == "none"})
		}
	}
	output := len(g.Nodes)
	g.Nodes = append(g.Nodes, Node{Label: "concat\nc_k", Kind: "output"})
	for _, s := range c.Concat {
		g.Edges = append(g.Edges, Edge{From: s, To: output})
	}
	return g.markDead()
}

// nasnetKind is that of the DARTS operations, and for convolutions that are not separable
// one of their own.
func nasnetKind(op string) string {
	if strings.HasPrefix(op, "conv") {
		return "large"
	}
	return dartsKind(op)
}

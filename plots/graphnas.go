package plots

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// graphCell has the four computing nodes of NAS-Bench-Graph; those that no other reads go
// to the output.
func graphCell(a evolve.Arch) Cells {
	const nodes = 4
	g := Graph{Title: space.Graph{}.Format(a), Nodes: []Node{{Label: "input", Kind: "input"}}}
	var read [1 + nodes]bool
	for i := range nodes {
		from := int(space.GraphLinks[a[0]-'0'][i] - '0')
		read[from] = true
		op := space.GraphOps[a[1+i]-'0']
		kind := "conv"
		switch op {
		case "fc":
			kind = "dense"
		case "skip":
			kind = "skip"
		}
		g.Nodes = append(g.Nodes, Node{Label: op, Kind: kind})
		g.Edges = append(g.Edges, Edge{From: from, To: 1 + i})
	}
	output := len(g.Nodes)
	g.Nodes = append(g.Nodes, Node{Label: "output", Kind: "output"})
	for i := 1; i <= nodes; i++ {
		if !read[i] {
			g.Edges = append(g.Edges, Edge{From: i, To: output})
		}
	}
	return Cells{g}
}

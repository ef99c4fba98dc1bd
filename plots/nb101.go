package plots

import (
	"encoding/json"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb101Cell has a node for each vertex that the published notation prints, those on no path
// from input to output dead. All convolutions have norm and ReLU, so that the labels leave
// them out.
func nb101Cell(a evolve.Arch) Cells {
	var spec struct {
		Matrix [][]int
		Ops    []string
	}
	// What Format prints of a valid genome is JSON of this shape.
	_ = json.Unmarshal([]byte(space.NB101{}.Format(a)), &spec)
	g := Graph{Title: string(a)}
	for _, op := range spec.Ops {
		n := Node{Label: strings.TrimSuffix(op, "-bn-relu")}
		switch op {
		case "input", "output":
			n.Kind = op
		case "maxpool3x3":
			n.Kind = "pool"
		case "conv1x1-bn-relu":
			n.Kind = "small"
		default:
			n.Kind = "conv"
		}
		g.Nodes = append(g.Nodes, n)
	}
	for to := range spec.Matrix {
		for from, row := range spec.Matrix[:to] {
			if row[to] == 1 {
				g.Edges = append(g.Edges, Edge{From: from, To: to})
			}
		}
	}
	return Cells{g.markDead()}
}

package plots

import (
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// edgeGrid is the edges of a cell by the node that they lead to, downwards, and the state that they come from.
type edgeGrid struct {
	title         string
	edges         []gridEdge
	rows, columns int
}

type gridEdge struct {
	number, row, column int
	title               string
}

func (g *edgeGrid) add(row, column int, title string) {
	g.edges = append(g.edges, gridEdge{row: row, column: column, title: title})
	g.rows, g.columns = max(g.rows, row+1), max(g.columns, column+1)
}

// gridsOf are the cells of a supernet, whose edges are numbered as [net.Supernet] numbers them: those of a cell node by
// node, a normal cell before a reduction cell. Edges of a space that has no grid of its own stand one after another.
func gridsOf(of string, edges int) (grids []edgeGrid) {
	switch of {
	case "nb201":
		var g edgeGrid
		for _, e := range space.NB201Edges {
			g.add(e[1]-1, e[0], fmt.Sprintf("%d → %d", e[0], e[1]))
		}
		grids = append(grids, g)
	case "darts":
		const nodes, inputs = 4, 2 // of a cell
		for _, kind := range []string{"Normal cell", "Reduction cell"} {
			g := edgeGrid{title: kind}
			for node := range nodes {
				for state := range inputs + node {
					from := strconv.Itoa(state - inputs)
					if state < inputs {
						from = [inputs]string{"c(k-2)", "c(k-1)"}[state]
					}
					g.add(node, state, fmt.Sprintf("%s → %d", from, node))
				}
			}
			grids = append(grids, g)
		}
	}
	n := 0
	for i := range grids {
		for k := range grids[i].edges {
			grids[i].edges[k].number = n
			n++
		}
	}
	if n == edges {
		return grids
	}
	const columns = 5 // of a text width
	var g edgeGrid
	for e := range edges {
		g.add(e/columns, e%columns, "edge "+strconv.Itoa(e))
		g.edges[e].number = e
	}
	return []edgeGrid{g}
}

package plots

import (
	"errors"
	"fmt"
	"io"
)

// A Graph is the cell of an architecture: a directed graph without cycles, with the
// operations on its edges (NAS-Bench-201) or on its nodes (NAS-Bench-101).
type Graph struct {
	Title string
	Nodes []Node
	Edges []Edge
}

// A Node is a tensor or an operation; its label may have several lines. Kind chooses shape
// and colour: "input" and "output" are grey, "sum" is a small circle, "skip" is grey, those
// of kindColors have colours of their own, and any other kind gets one in the order of
// appearance. A Dead node carries no signal and is dashed light grey.
type Node struct {
	Label string
	Kind  string
	Dead  bool
}

// An Edge leads From one node To another, both indices of Nodes. Its Kind chooses the
// colour as a node's does; "skip" and the empty kind are dark grey. A Dead edge carries
// no signal and is dashed light grey.
type Edge struct {
	From, To    int
	Label, Kind string
	Dead        bool
}

// Write draws the graph from left to right as "svg", "png" (200 dpi) or "pdf", or writes
// it as "dot" (Graphviz) or "mermaid" text. It fails on another format, on a graph
// without nodes, on an edge whose ends are no nodes or that closes a cycle, and when w
// does.
func (g Graph) Write(w io.Writer, format string) error { return Cells{g}.Write(w, format) }

// layers gives every node the length of the longest path to it, and the outputs that
// nothing reads the last layer.
func (g Graph) layers() ([]int, error) {
	if len(g.Nodes) == 0 {
		return nil, errors.New("plots: the graph has no node")
	}
	for i, e := range g.Edges {
		if min(e.From, e.To) < 0 || max(e.From, e.To) >= len(g.Nodes) {
			return nil, fmt.Errorf("plots: edge %d leads from %d to %d, the graph has %d nodes",
				i, e.From, e.To, len(g.Nodes))
		}
	}
	layers := make([]int, len(g.Nodes))
	// A path without a cycle has fewer edges than there are nodes.
	for range g.Nodes {
		settled := true
		for _, e := range g.Edges {
			if layers[e.To] <= layers[e.From] {
				layers[e.To] = layers[e.From] + 1
				settled = false
			}
		}
		if settled {
			g.alignOutputs(layers)
			return layers, nil
		}
	}
	return nil, errors.New("plots: the graph has a cycle")
}

// alignOutputs moves the outputs that nothing reads to the last layer.
func (g Graph) alignOutputs(layers []int) {
	last := 0
	read := make([]bool, len(g.Nodes))
	for _, layer := range layers {
		last = max(last, layer)
	}
	for _, e := range g.Edges {
		read[e.From] = true
	}
	for i, n := range g.Nodes {
		if n.Kind == "output" && !read[i] {
			layers[i] = last
		}
	}
}

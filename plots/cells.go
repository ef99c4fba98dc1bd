package plots

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Cells are the graphs that show one architecture: one, or the normal and the reduction
// cell of DARTS or NASNet.
type Cells []Graph

// Write draws the graphs one above the other in one picture, in the colours of one key, or
// writes them as subgraphs of one text. Formats and errors are those of [Graph.Write]; no
// graph at all is an error too.
func (cs Cells) Write(w io.Writer, format string) error {
	if len(cs) == 0 {
		return errors.New("plots: no graph")
	}
	layers := make([][]int, len(cs))
	for i, g := range cs {
		var err error
		if layers[i], err = g.layers(); err != nil {
			return err
		}
	}
	var err error
	switch format {
	case "dot":
		_, err = io.WriteString(w, cs.dot())
	case "mermaid":
		_, err = io.WriteString(w, cs.mermaid())
	default:
		p := newCellPage(cs, layers)
		err = output(w, format, p.width, p.height, p.draw)
	}
	return err
}

// cells draw the valid genomes of the spaces, by their registered names.
var cells = map[string]func(evolve.Arch) Cells{
	"channel":      channelCell,
	"darts":        dartsCells,
	"graph":        graphCell,
	"macro":        macroCell,
	"mnas":         mnasCell,
	"nasnet":       nasnetCells,
	"nb101":        nb101Cell,
	"nb201":        nb201Cell,
	"nlp":          nlpCell,
	"size":         sizeCell,
	"tnb101-macro": tnb101MacroCell,
	"tnb101-micro": tnb101MicroCell,
}

// Cell is the picture of an architecture. A space without a drawing is ErrUnsupported, an
// architecture that is not of the space ErrInvalid. What wraps a space under its name, as
// a pool of recorded architectures does, is drawn as the space is.
func Cell(s evolve.Space, a evolve.Arch) (Cells, error) {
	draw, ok := cells[s.Name()]
	if !ok {
		known := slices.Sorted(maps.Keys(cells))
		return nil, fmt.Errorf("plots: no drawing for space %s (known: %s): %w",
			s.Name(), strings.Join(known, ", "), evolve.ErrUnsupported)
	}
	if _, err := s.Canon(a); err != nil {
		return nil, err
	}
	return draw(a), nil
}

// markDead finds what carries no signal: nodes and edges on no path from an input to an
// output along edges that are not dead. Inputs and outputs are drawn as they are.
func (g Graph) markDead() Graph {
	fed, feeds := make([]bool, len(g.Nodes)), make([]bool, len(g.Nodes))
	for i, n := range g.Nodes {
		fed[i], feeds[i] = n.Kind == "input", n.Kind == "output"
	}
	// A path has fewer edges than there are nodes.
	for range g.Nodes {
		for _, e := range g.Edges {
			if !e.Dead {
				fed[e.To] = fed[e.To] || fed[e.From]
				feeds[e.From] = feeds[e.From] || feeds[e.To]
			}
		}
	}
	for i, e := range g.Edges {
		g.Edges[i].Dead = e.Dead || !fed[e.From] || !feeds[e.To]
	}
	for i, n := range g.Nodes {
		g.Nodes[i].Dead = n.Kind != "input" && n.Kind != "output" && !(fed[i] && feeds[i])
	}
	return g
}

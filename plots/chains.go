package plots

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// chain is a network whose blocks read one another in turn.
func chain(title string, blocks ...Node) Graph {
	g := Graph{Title: title, Nodes: []Node{{Label: "input", Kind: "input"}}}
	g.Nodes = append(g.Nodes, blocks...)
	g.Nodes = append(g.Nodes, Node{Label: "output", Kind: "output"})
	for to := range len(g.Nodes) - 1 {
		g.Edges = append(g.Edges, Edge{From: to, To: to + 1})
	}
	return g
}

// macroCell has the eight layers. MB3 and MB6 are inverted residual blocks of expansion 3
// and 6; layers 1, 3 and 6 begin a stage (Su et al., CVPR 2021), where identity is a
// convolution, since it cannot change resolution and width.
func macroCell(a evolve.Arch) Cells {
	var blocks []Node
	for i, op := range a {
		n := [3]Node{
			{Label: "identity", Kind: "skip"}, {Label: "MB3 3×3", Kind: "conv"}, {Label: "MB6 5×5", Kind: "large"},
		}[op-'0']
		if i == 0 || i == 2 || i == 5 {
			if op == '0' {
				n = Node{Label: "conv 1×1", Kind: "small"}
			}
			n.Label += "\nstride 2"
		}
		blocks = append(blocks, n)
	}
	return Cells{chain(string(a), blocks...)}
}

// channelCell has the seven groups of layers; which widths the steps stand for depends on
// the network.
func channelCell(a evolve.Arch) Cells {
	var blocks []Node
	for i, step := range a {
		blocks = append(blocks, Node{Label: fmt.Sprintf("group %d\nwidth %c of 4", i+1, step), Kind: "conv"})
	}
	return Cells{chain(string(a), blocks...)}
}

// sizeCell has the stem and five layers, which the numbers of channels belong to as in the
// authors' DynamicShapeTinyNet: the stem has those of the first cell, and then residual
// blocks, which halve the resolution, and cells alternate.
func sizeCell(a evolve.Arch) Cells {
	channels := func(digit byte) string { return fmt.Sprintf("\n%d channels", 8*(digit-'0'+1)) }
	blocks := []Node{{Label: "stem" + channels(a[0])}}
	for i := range len(a) {
		n := Node{Label: "cell" + channels(a[i]), Kind: "conv"}
		if i%2 == 1 {
			n = Node{Label: "residual" + channels(a[i]) + "\nstride 2", Kind: "reduction"}
		}
		blocks = append(blocks, n)
	}
	return Cells{chain(space.NATSSize{}.Format(a), blocks...)}
}

// mnasCell has the seven blocks: inverted residuals MB of an expansion, with squeeze and
// excitation where it says SE.
func mnasCell(a evolve.Arch) Cells {
	var blocks []Node
	for i := 0; i+3 < len(a); i += 4 {
		e, k, layers, se := a[i], a[i+1], a[i+2], a[i+3]
		n := Node{Label: fmt.Sprintf("MB%c %c×%c\n%c layers", e, k, k, layers), Kind: "conv"}
		if k == '5' {
			n.Kind = "large"
		}
		if layers == '1' {
			n.Label = n.Label[:len(n.Label)-1]
		}
		if se == '1' {
			n.Label += "\nSE"
		}
		blocks = append(blocks, n)
	}
	return Cells{chain(string(a), blocks...)}
}

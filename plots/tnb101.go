package plots

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// tnb101MicroCell has NAS-Bench-201's edges, and of its operations the first four.
func tnb101MicroCell(a evolve.Arch) Cells {
	return Cells{fourNodes(space.TNB101Micro{}.Format(a), a)}
}

// tnb101Width is what the stem gives: the 64 of the published strings.
const tnb101Width = 64

// tnb101MacroCell is the chain of modules, with the width that each has reached.
func tnb101MacroCell(a evolve.Arch) Cells {
	width := tnb101Width
	blocks := []Node{{Label: fmt.Sprintf("stem\n%d channels", width)}}
	for _, module := range a {
		n := Node{Kind: "conv"}
		stride := ""
		if module == '3' || module == '4' {
			n.Kind, stride = "reduction", "\nstride 2"
		}
		if module == '2' || module == '4' {
			width *= 2
		}
		n.Label = fmt.Sprintf("module %c\n%d channels%s", module, width, stride)
		blocks = append(blocks, n)
	}
	return Cells{chain(space.TNB101Macro{}.Format(a), blocks...)}
}

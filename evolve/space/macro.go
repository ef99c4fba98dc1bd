package space

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Macro is the space of NAS-Bench-Macro (Su et al., CVPR 2021, arXiv:2103.11922): eight
// layers in stages of two, three and three. An Arch is the published string of eight
// digits: 0 identity, 1 an inverted residual block of kernel 3 and expansion 3, 2 one of
// kernel 5 and expansion 6; 3⁸ = 6,561 genomes of 3,969 networks.
type Macro struct{ digitsListed[macroSpec] }

type macroSpec struct{}

func (macroSpec) core() *digits { return macroDigits }

// macroStages are the layers at which a stage begins, and the end. The first layer of a
// stage has stride 2 and doubles the width, so that identity is a convolution there.
var macroStages = [4]int{0, 2, 5, 8}

var macroDigits = newDigits("macro", numbered("layer", 8), slices.Repeat([]string{"012"}, 8)...).
	graphed(&macroGraf, macroGraphs)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "macro",
		Doc:   "NAS-Bench-Macro: 8 layers, 3 blocks, 6,561 genomes of 3,969 networks",
		Paper: "Su, Huang, Li, You, Wang, Qian, Zhang and Xu, CVPR 2021, arXiv:2103.11922",
		New:   func(evolve.Options) (evolve.Space, error) { return Macro{}, nil },
	})
}

// Canon moves the identities of a stage behind its blocks, the first layer apart: they do
// nothing wherever they stand. The published records are equal within such a class.
func (Macro) Canon(a evolve.Arch) (evolve.Arch, error) {
	if err := macroDigits.check(a); err != nil {
		return "", err
	}
	var text [8]byte
	for s, first := range macroStages[:3] {
		end := macroStages[s+1]
		text[first] = a[first]
		n := first + 1
		for i := n; i < end; i++ {
			if a[i] != '0' {
				text[n] = a[i]
				n++
			}
		}
		for ; n < end; n++ {
			text[n] = '0'
		}
	}
	rank := int64(0)
	for _, c := range text {
		rank = 3*rank + int64(c-'0')
	}
	return macroDigits.arch(rank), nil
}

// macroGraf: each stage is a chain. An identity is no layer but at its beginning, where it is a convolution.
var macroGraf = graf{graphs: 3, sources: 1, sinks: 1, sets: grafAllSets(3)}

func macroGraphs(a evolve.Arch) (all []grafGraph) {
	for s, first := range macroStages[:3] {
		var ops []int
		for i := first; i < macroStages[s+1]; i++ {
			if i == first || a[i] != '0' {
				ops = append(ops, int(a[i]-'0'))
			}
		}
		var g grafGraph
		g.chain(ops)
		all = append(all, g)
	}
	return all
}

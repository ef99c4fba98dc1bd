package space

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// TNB101Micro is the cell space of TransNAS-Bench-101 (Duan et al., CVPR 2021,
// arXiv:2105.11871): four nodes, the six edges i<j, one of four operations on each, all
// 4,096 cells. An Arch is six digits, the operations of the edges
// 0→1, 0→2, 1→2, 0→3, 1→3, 2→3: 0 none, 1 skip, 2 convolution 1×1, 3 convolution 3×3.
type TNB101Micro struct {
	digitsListed[tnb101Spec]
	// NASLib makes Sample refuse what NASLib's does: cells with skip on all of the edges
	// 0→1, 0→2, 1→2, or on all of 1→2, 1→3, 2→3. It means to refuse cells whose input or
	// output has no operation, but numbers the operations and edges in another way there
	// than where it asks the benchmark.
	NASLib bool
}

// What the published strings have around the six digits: width 64 and the five modules.
const tnb101Micro = "64-41414-"

const tnb101Paper = "Duan, Chen, Xu, Chen, Liang, Zhang and Li, CVPR 2021, arXiv:2105.11871"

type tnb101Spec struct{}

func (tnb101Spec) core() *digits { return tnb101MicroDigits }

var tnb101MicroDigits = newDigits("tnb101-micro", edgeNames(NB201Edges[:]), slices.Repeat([]string{"0123"}, 6)...).
	graphed(&tnb101Graf, func(a evolve.Arch) []grafGraph { return []grafGraph{fourNodesGraph(a)} })

// tnb101Graf: a skip does nothing.
var tnb101Graf = graf{graphs: 1, sources: 1, sinks: 1, sets: grafAllSets(3), free: 1 << (nb201Skip - 1)}

func init() {
	sampler := evolve.Choice("sampler", "initial distribution: every cell alike, or as NASLib draws them",
		"uniform", "naslib")
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:   "tnb101-micro",
		Doc:    "TransNAS-Bench-101 cell: 6 edges, 4 operations, 4,096 cells",
		Paper:  tnb101Paper,
		Params: []evolve.Param{sampler},
		New: func(o evolve.Options) (evolve.Space, error) {
			return TNB101Micro{NASLib: o.Text("sampler") == "naslib"}, nil
		},
	})
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:   "tnb101-macro",
		Doc:    "TransNAS-Bench-101 skeleton: 4 to 6 modules of 4 kinds, 3,256 networks",
		Paper:  tnb101Paper,
		Params: []evolve.Param{sampler},
		New: func(o evolve.Options) (evolve.Space, error) {
			return TNB101Macro{NASLib: o.Text("sampler") == "naslib"}, nil
		},
	})
}

// Sample draws every cell, or every one that NASLib accepts, with equal chance.
func (s TNB101Micro) Sample(r *rand.Rand) evolve.Arch {
	for {
		a := s.digitsListed.Sample(r)
		if !s.NASLib || !(a[:3] == "111" || a[2] == '1' && a[4:] == "11") {
			return a
		}
	}
}

// Dead says that none, the first operation, cuts every path from the input to the output.
func (TNB101Micro) Dead(a evolve.Arch) bool { return fourNodesCut(a) }

// Parse reads the published string, such as 64-41414-1_02_333, six digits, or NASLib's tuple of
// them, (1, 0, 2, 3, 3, 3); see [TNB101FromNASLib].
func (s TNB101Micro) Parse(text string) (evolve.Arch, error) {
	if listed(text) {
		digits, err := nasLibDigits(s.Name(), text)
		if err != nil {
			return "", err
		}
		text = digits
	}
	cell, published := strings.CutPrefix(text, tnb101Micro)
	if !published {
		return s.Canon(evolve.Arch(text))
	}
	if len(cell) != len("0_00_000") || cell[1] != '_' || cell[4] != '_' {
		return "", fmt.Errorf("tnb101-micro: %s: want %s and one, two and three digits with _ between them: %w",
			clip(text), tnb101Micro, evolve.ErrInvalid)
	}
	return s.Canon(evolve.Arch(cell[:1] + cell[2:4] + cell[5:]))
}

// Format prints the published string.
func (TNB101Micro) Format(a evolve.Arch) string {
	return tnb101Micro + string(a[:1]) + "_" + string(a[1:3]) + "_" + string(a[3:])
}

// TNB101FromNASLib reads a micro cell as NASLib's files of zero-cost scores write it, six
// digits such as 000202. In spite of NASLib's own order of edges (by source) and operations
// (skip, none, 3×3, 1×1) these are the official digits with the _ left out: its query puts
// them into the official string as they are. The files say so too: over their 711 cells
// the parameters are exactly those of the official reading, stem and head 51,807 with
// class_scene, while cells with equal operations by NASLib's order of edges differ.
func TNB101FromNASLib(text string) (evolve.Arch, error) {
	return TNB101Micro{}.Canon(evolve.Arch(text))
}

package space

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Lengths of the encodings.
const (
	nasnetVertices  = nasnetStates + 1                                  // and the output
	nasnetAdjLen    = 2 * (nasnetVertices*nasnetVertices + nasnetPairs) // 148
	nasnetInputs    = 2 * (2 + 3 + 4 + 5 + 6)                           // choices of the inputs of a cell
	nasnetOneHotLen = 2 * (nasnetInputs + nasnetPairs*len(NASNetOps))   // 440
)

// Encodings:
//
//   - onehot: for each cell and pair a bit for each state that the pair may read and for each
//     operation of [NASNetOps]. What the cell concatenates does not show;
//   - adj: for each cell the 8×8 matrix of states and output, row by row, whose entries count
//     edges, since a block may read a state twice; then the ten operations as numbers;
//   - graf: what the graphs of the cells say.
//
// A path encoding would have 149,796 bits for the eight operations alone.
func (NASNet) Encodings() []string { return []string{"onehot", "adj", grafName} }

// Encode appends the named encoding to dst.
func (s NASNet) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	g, err := nasnetOf(a)
	if err != nil {
		return dst, err
	}
	length, by := nasnetOneHotLen, (*nasnetCell).onehot
	switch encoding {
	case "onehot":
	case "adj":
		length, by = nasnetAdjLen, (*nasnetCell).adj
	case grafName:
		return nasnetGraf.encode(dst, g.graphs()), nil
	default:
		return dst, evolve.Unknown("nasnet encoding", encoding, s.Encodings())
	}
	at := len(dst)
	dst = slices.Grow(dst, length)[:at+length]
	clear(dst[at:])
	for i := range g {
		by(&g[i], dst[at+i*length/2:at+(i+1)*length/2])
	}
	return dst, nil
}

// Ones appends the places of the ones of onehot.
func (NASNet) Ones(dst []uint16, encoding string, a evolve.Arch) ([]uint16, error) {
	if encoding != "onehot" {
		return dst, evolve.ErrUnsupported
	}
	g, err := nasnetOf(a)
	if err != nil {
		return dst, err
	}
	at := 0
	for i := range g {
		for k, p := range g[i].pairs {
			states := dartsStates(k)
			dst = append(dst, uint16(at+int(p.in)), uint16(at+states+int(p.op)))
			at += states + len(NASNetOps)
		}
	}
	return dst, nil
}

func (c *nasnetCell) onehot(dst []float64) {
	for k, p := range c.pairs {
		dst[p.in] = 1
		dst = dst[dartsStates(k):]
		dst[p.op] = 1
		dst = dst[len(NASNetOps):]
	}
}

func (c *nasnetCell) adj(dst []float64) {
	for k, p := range c.pairs {
		dst[int(p.in)*nasnetVertices+dartsStates(k)]++
		dst[nasnetVertices*nasnetVertices+k] = float64(p.op)
	}
	for s := range nasnetStates {
		dst[s*nasnetVertices+nasnetStates] = float64(c.concat >> s & 1)
	}
}

// Operations by their place in [NASNetOps]: the identity, and behind all others an identity that halves the resolution.
const (
	nasnetSkip    = 0
	nasnetHalving = byte(len(NASNetOps))
)

// nasnetGraf asks for each operation of the search, then for separable convolutions, pooling and the other
// convolutions of the search, and for the convolutions and the pooling of published cells.
var nasnetGraf = graf{graphs: 2, sources: 2, sinks: 1, free: 1 << nasnetSkip, sets: grafSomeSets(
	append(grafBits(1, nasnetOps), 1<<nasnetSkip|1<<nasnetHalving),
	1<<1|1<<2|1<<3, 1<<4|1<<5, 1<<6|1<<7, 1<<8|1<<9|1<<10|1<<15|1<<16, 1<<11|1<<12|1<<13|1<<14)}

func (g *nasnetGenotype) graphs() (all []grafGraph) {
	for i := range g {
		c := &g[i]
		all = append(all, pairsGraph(c.pairs[:], c.concat, i == 1, nasnetNone, nasnetSkip, nasnetHalving))
	}
	return all
}

// Graphs makes what graf sees of an architecture, for kernels of graphs.
func (NASNet) Graphs() func(evolve.Arch) ([]evolve.Graph, error) {
	return func(a evolve.Arch) ([]evolve.Graph, error) {
		g, err := nasnetOf(a)
		if err != nil {
			return nil, err
		}
		return grafPlainly(g.graphs()), nil
	}
}

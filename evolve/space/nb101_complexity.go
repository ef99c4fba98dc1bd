package space

import (
	"math/bits"

	"github.com/amoeba-nas/amoeba/evolve"
)

// NB101Classes is the number of classes of the published network.
const NB101Classes = 10

// The published network for CIFAR-10 (nasbench, lib/model_builder.py and config.py): a 3×3
// convolution of 128 filters, three stacks of three cells, max pooling and twice the
// channels between stacks, mean over the image, a dense layer of ten classes.
const (
	nb101Image   = 32 // pixels a side
	nb101Colours = 3
	nb101Stem    = 128
	nb101Stacks  = 3
	nb101Repeats = 3 // cells a stack
)

// NB101Complexity counts what can be trained (weights, and scale and shift of the batch
// normalisations) and the multiply-adds on one image of the published network (convolutions
// and the dense layer) for the cell of a valid genome. Isomorphic graphs can differ by a
// channel when the output's do not split evenly: they are those of the representative, which
// is what was trained. Both are 0 for what is not valid.
func NB101Complexity(a evolve.Arch) (params, macs int) {
	i := NB101{}.Index(a)
	if i < 0 {
		return 0, 0
	}
	c := nb101Tables().cells[i]
	g := nb101Compact(c.edges(), c.word())
	cost := g.cost()
	return cost.params, cost.macs
}

// nb101Cost is the size of a network, and the multiply-adds by where they are made.
type nb101Cost struct {
	params, macs         int
	conv3, conv1, linear int // of 3×3 and 1×1 vertices and of the projections of cells' inputs
}

func (g *nb101Graph) cost() (c nb101Cost) {
	pixels, in, out := nb101Image*nb101Image, nb101Stem, nb101Stem
	c.convolve(9*nb101Colours, nb101Stem, pixels)
	for stack := range nb101Stacks {
		if stack > 0 {
			pixels /= 4
			out *= 2
		}
		for range nb101Repeats {
			c.cell(g, in, out, pixels)
			in = out
		}
	}
	c.params += (out + 1) * NB101Classes
	c.macs += out * NB101Classes
	return c
}

// convolve adds a convolution that sums so many products a filter, without bias, and its
// batch normalisation; it returns its multiply-adds.
func (c *nb101Cost) convolve(products, filters, pixels int) int {
	c.params += products*filters + 2*filters
	c.macs += products * filters * pixels
	return products * filters * pixels
}

func (c *nb101Cost) cell(g *nb101Graph, in, out, pixels int) {
	channels := g.channels(out)
	for v := 1; v < g.n; v++ {
		n := channels[v]
		if g.edge(0, v) {
			c.linear += c.convolve(in, n, pixels)
		}
		switch {
		case !g.inner(v):
		case g.op[v] == nb101Conv3:
			c.conv3 += c.convolve(9*n, n, pixels)
		case g.op[v] == nb101Conv1:
			c.conv1 += c.convolve(n, n, pixels)
		}
	}
}

// channels are those of every vertex but the input when the cell has out (lib/model_builder.py,
// compute_vertex_channels): the output concatenates the inner vertices that feed it, an even
// share each, what remains one by one to the first; all others are as wide as their widest
// target.
func (g *nb101Graph) channels(out int) (channels [nb101Vertices]int) {
	last := g.n - 1
	channels[last] = out
	feeding := g.in[last] &^ 1
	if feeding == 0 {
		return channels
	}
	share, rest := out/bits.OnesCount8(feeding), out%bits.OnesCount8(feeding)
	for m := feeding; m != 0; m &= m - 1 {
		v := bits.TrailingZeros8(m)
		channels[v] = share
		if rest > 0 {
			channels[v]++
			rest--
		}
	}
	for v := last - 1; v > 0; v-- {
		if feeding>>v&1 != 0 {
			continue
		}
		for m := g.out[v]; m != 0; m &= m - 1 {
			channels[v] = max(channels[v], channels[bits.TrailingZeros8(m)])
		}
	}
	return channels
}

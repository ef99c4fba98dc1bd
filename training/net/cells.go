package net

import (
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// stemMultiplier widens the stem of the networks of nasnet and darts (quark0/darts,
// cnn/model.py).
const stemMultiplier = 3

// buildNASNet and buildDARTS put cells into the skeleton that the Config names.
func buildNASNet(b *blocks, a evolve.Arch, c Config) (output, aux int, err error) {
	g, err := space.NASNet{}.Genotype(a)
	if err != nil {
		return 0, 0, err
	}
	return b.skeleton(&g, c)
}

func buildDARTS(b *blocks, a evolve.Arch, c Config) (output, aux int, err error) {
	g, err := space.DARTS{}.Genotype(a)
	if err != nil {
		return 0, 0, err
	}
	return b.skeleton(&g, c)
}

// chain is the network of quark0/darts: a stem and cells that each read the last two outputs. The cells at a third
// and at two thirds are reductions: with 3N+2 cells there are N normal ones before, between and after them.
func (b *blocks) chain(g *space.Genotype, c Config) (output, aux int, err error) {
	return b.chained(c, func(b *blocks, name string, reduces bool, f, before, last int) int {
		if reduces {
			return b.cell(name, &g.Reduce, 2, f, before, last)
		}
		return b.cell(name, &g.Normal, 1, f, before, last)
	})
}

// chained is chain with cells of any kind.
func (b *blocks) chained(c Config, cell func(b *blocks, name string, reduces bool, f, before, last int) int) (output,
	aux int, err error) {
	inner := *b
	inner.norm.Affine = !c.Unscaled
	layers := c.Layers
	if layers == 0 {
		layers = 3*c.N + 2
	}
	f := c.F
	last := b.convBN("stem", 0, stemMultiplier*f, 3, 1)
	before := last
	aux = -1
	for i := range layers {
		reduces := i == layers/3 || i == 2*layers/3
		if reduces {
			f *= 2
		}
		before, last = last, cell(&inner, "cell"+strconv.Itoa(i), reduces, f, before, last)
		b.net.Cells++
		if c.Aux && i == 2*layers/3 {
			if aux, err = b.auxiliary(last, c.Classes); err != nil {
				return 0, 0, err
			}
		}
	}
	return b.logits(last, c.Classes), aux, nil
}

// cell adds a cell of f channels a state. Edges from its two inputs have the stride.
func (b *blocks) cell(name string, c *space.Cell, stride, f, before, last int) int {
	states := b.sums(name, c, stride, b.inputs(name, f, before, last), b.edge)
	out := make([]int, len(c.Concat))
	for i, s := range c.Concat {
		out[i] = states[s]
		if s < 2 && stride > 1 { // not halved yet (nasnet_utils.py, _combine_unused_states)
			out[i] = b.factorised(name+"/state"+strconv.Itoa(s), states[s], f)
		}
	}
	return b.concat(name+"/out", out)
}

// inputs are a cell's first two states.
func (b *blocks) inputs(name string, f, before, last int) []int {
	first := 0
	if b.Shape(before).H != b.Shape(last).H {
		first = b.factorised(name+"/in0", before, f)
	} else {
		first = b.reluConvBN(name+"/in0", before, f, 1, 1)
	}
	return []int{first, b.reluConvBN(name+"/in1", last, f, 1, 1)}
}

// sums adds the blocks of a cell to its two inputs, each the sum of two edges, and returns all
// states. Edges from the inputs have the stride.
func (b *blocks) sums(name string, c *space.Cell, stride int, states []int,
	edge func(path, op string, in, stride int) int) []int {
	for i, block := range c.Blocks {
		path := name + "/block" + strconv.Itoa(i)
		var sides [2]int
		for k, e := range block {
			s := 1
			if e.In < 2 {
				s = stride
			}
			sides[k] = edge(path+[2]string{"/left", "/right"}[k], e.Op, states[e.In], s)
		}
		states = append(states, b.Add(path+"/sum", Add{}, sides[0], sides[1]))
	}
	return states
}

// Channels of the auxiliary head (quark0/darts, cnn/model.py, AuxiliaryHeadCIFAR).
const (
	auxNarrow = 128
	auxWide   = 768
)

// auxiliary is the head of quark0/darts on the output of the second reduction, 8×8 for
// CIFAR-10. There its pool is 5×5 with stride 3 and leaves 2×2; the same rule does so for
// every other size.
func (b *blocks) auxiliary(in, classes int) (int, error) {
	s := b.Shape(in)
	if s.H != s.W || s.H < 2 {
		return 0, fmt.Errorf("an auxiliary head wants a square map of 2x2 or more after the last reduction, "+
			"not %dx%d: %w", s.H, s.W, evolve.ErrInvalid)
	}
	x := b.relu("aux/relu", in)
	if s.H > 2 {
		stride := max(3*s.H/8, 1)
		x = b.Add("aux/pool", AvgPool{K: s.H - stride, Stride: stride}, x)
	}
	x = b.convBNReLU("aux/narrow", x, auxNarrow, 1)
	x = b.Add("aux/wide/conv", Conv{Out: auxWide, KH: 2, KW: 2, Stride: 1, Dilation: 1}, x)
	x = b.relu("aux/wide/relu", b.bn("aux/wide/bn", x))
	return b.Add("aux/logits", Linear{classes}, x), nil
}

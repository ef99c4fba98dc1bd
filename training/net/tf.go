package net

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The skeletons of the networks of nasnet and darts. SkeletonDARTS is that of quark0/darts,
// cnn/model.py, NetworkCIFAR, in which the literature compares cells of both spaces.
// SkeletonTF is that of the authors of the cells of nasnet: tensorflow/models,
// research/slim/nets/nasnet, for NASNet and PNASNet, from which tensorflow/tpu,
// models/official/amoeba_net, branched.
const (
	SkeletonDARTS = "darts"
	SkeletonTF    = "tf"
)

// Skeletons are the names of the skeletons, the default first.
var Skeletons = []string{SkeletonDARTS, SkeletonTF}

// SkeletonOf is a skeleton's name as a Config has it: "" for the default, so that what was written
// before there was a choice reads as it did. The error wraps evolve.ErrUnknown.
func SkeletonOf(name string) (string, error) {
	switch {
	case !slices.Contains(Skeletons, name):
		return "", evolve.Unknown("skeleton", name, Skeletons)
	case name == SkeletonDARTS:
		return "", nil
	}
	return name, nil
}

// skeleton puts cells into the network that a Config names.
func (b *blocks) skeleton(g *space.Genotype, c Config) (output, aux int, err error) {
	if c.Skeleton == SkeletonTF {
		return b.tf(g, c, 1)
	}
	return b.chain(g, c)
}

// minStemF keeps every factorised reduction of an ImageNet stem, whose first cell has F/4
// channels, at two channels or more.
const minStemF = 8

// tf is a stem and cells that each read the last two outputs, with reductions at a third and at
// two thirds. Networks of N normal cells a stack have 3N+2 cells, and 3N where one cell is both
// normal and reduction, as PNASNet's. The ImageNet stem has two reduction cells of its own, of
// F/4 and F/2 channels. auxScale multiplies the channels of the auxiliary head.
func (b *blocks) tf(g *space.Genotype, c Config, auxScale float64) (output, aux int, err error) {
	layers := c.Layers
	if layers == 0 {
		layers = 3 * c.N
		if !reflect.DeepEqual(g.Normal, g.Reduce) {
			layers += 2
		}
	}
	first, second := layers/3, 2*layers/3
	if c.Aux && second == 0 {
		return 0, 0, fmt.Errorf("network of one cell: an auxiliary head reads the cell before the second reduction: %w",
			evolve.ErrInvalid)
	}
	aux = -1
	f := c.F
	var before, last int
	if c.Stem == 0 {
		last = b.convBN("stem", 0, stemMultiplier*f, 3, 1)
		before = last
	} else {
		before = b.bn("stem/bn", b.Add("stem/conv", Conv{Out: c.Stem, KH: 3, KW: 3, Stride: 2, Dilation: 1}, 0))
		last = b.tfCell("stem/cell0", &g.Reduce, 2, f/4, before, before)
		before, last = last, b.tfCell("stem/cell1", &g.Reduce, 2, f/2, before, last)
	}
	for i := range layers {
		cell, stride := &g.Normal, 1
		if i == first || i == second {
			cell, stride = &g.Reduce, 2
			f *= 2
		}
		before, last = last, b.tfCell("cell"+strconv.Itoa(i), cell, stride, f, before, last)
		b.net.Cells++
		if c.Aux && i == second-1 {
			aux = b.tfAuxiliary(last, c.Classes, auxScale)
		}
	}
	return b.logits(b.relu("last/relu", last), c.Classes), aux, nil
}

// tfCell adds a cell of f channels a state. Its last input always becomes f channels wide; the one
// before it is left as it is where it has the size and width, and where it is a raw stem, which
// the first cell reads twice: operations that read it bring it to f.
func (b *blocks) tfCell(name string, c *space.Cell, stride, f, before, last int) int {
	s, t := b.Shape(before), b.Shape(last)
	raw := before
	switch {
	case s.H != t.H || s.W != t.W:
		raw = b.factorised(name+"/in0", before, f)
	case before != last && s.C != f:
		raw = b.reluConvBN(name+"/in0", before, f, 1, 1)
	}
	wide := b.reluConvBN(name+"/in1", last, f, 1, 1)
	states := b.sums(name, c, stride, []int{raw, wide}, func(path, op string, in, stride int) int {
		if op == "none" && in == raw {
			in = wide // zero is zero, and this one has f channels
		}
		return b.tfEdge(path, op, in, f, stride)
	})
	end := b.Shape(states[len(states)-1])
	out := make([]int, len(c.Concat))
	for i, s := range c.Concat {
		out[i] = states[s]
		path := name + "/state" + strconv.Itoa(s)
		switch x := b.Shape(states[s]); {
		case x.H != end.H || x.W != end.W:
			out[i] = b.halved(path, states[s], f)
		case x.C != f:
			out[i] = b.convBN(path, states[s], f, 1, 1)
		}
	}
	return b.concat(name+"/out", out)
}

// The pool of the auxiliary head (nasnet.py, _build_aux_head), which a smaller map is spared.
const (
	tfAuxPool   = 5
	tfAuxStride = 3
)

// tfAuxiliary is the head on the last cell before the second reduction, 16×16 for CIFAR-10.
func (b *blocks) tfAuxiliary(in, classes int, scale float64) int {
	x := b.relu("aux/relu", in)
	if s := b.Shape(x); min(s.H, s.W) >= tfAuxPool {
		x = b.Add("aux/pool", AvgPool{K: tfAuxPool, Stride: tfAuxStride}, x)
	}
	x = b.convBNReLU("aux/narrow", x, int(scale*auxNarrow), 1)
	s := b.Shape(x)
	x = b.Add("aux/wide/conv", Conv{Out: int(scale * auxWide), KH: s.H, KW: s.W, Stride: 1, Dilation: 1}, x)
	return b.Add("aux/logits", Linear{classes}, b.relu("aux/wide/relu", b.bn("aux/wide/bn", x)))
}

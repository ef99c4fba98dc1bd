package net

import (
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb201Stages of N cells, with twice the channels in each after the first.
const nb201Stages = 3

// buildNB201 makes the network of NAS-Bench-201 (AutoDL-Projects, TinyNetwork): a stem, three
// stages of N cells with a residual block of stride 2 between, batch norm and ReLU, the mean
// over the image, a linear layer. Branches that reach nothing are there as well: the
// published counts have them.
func buildNB201(b *blocks, a evolve.Arch, c Config) (output, aux int, err error) {
	if _, err := (space.NB201{}).Canon(a); err != nil {
		return 0, 0, err
	}
	return b.nb201(c, func(b *blocks, name string, in int) int { return b.nb201Cell(name, a, in) }), -1, nil
}

// nb201 puts cells into the skeleton and returns the layer of logits.
func (b *blocks) nb201(c Config, cell func(b *blocks, name string, in int) int) int {
	inner := *b
	inner.norm.Affine = !c.Unscaled
	f := c.F
	x := b.convBN("stem", 0, f, 3, 1)
	for stage := range nb201Stages {
		path := "stage" + strconv.Itoa(stage)
		if stage > 0 {
			f *= 2
			x = b.residual(path+"/reduce", x, f)
		}
		for i := range c.N {
			x = cell(&inner, path+"/cell"+strconv.Itoa(i), x)
		}
	}
	x = b.relu("last/relu", b.bn("last/bn", x))
	return b.logits(x, c.Classes)
}

// residual halves an image: two 3×3 convolutions, and a mean of 2×2 pixels with a 1×1
// convolution that has no batch norm (ResNetBasicblock of AutoDL-Projects).
func (b *blocks) residual(name string, in, out int) int {
	b.net.Cells++
	x := b.reluConvBN(name+"/a", in, out, 3, 2)
	x = b.reluConvBN(name+"/b", x, out, 3, 1)
	short := b.Add(name+"/short/pool", AvgPool{K: 2, Stride: 2}, in)
	return b.Add(name+"/sum", Add{}, b.conv(name+"/short/conv", short, out, 1, 1), x)
}

func (b *blocks) nb201Cell(name string, a evolve.Arch, in int) int {
	b.net.Cells++
	var nodes [4][]int // what each node sums
	for e, edge := range space.NB201Edges {
		from, to := edge[0], edge[1]
		at := in
		if from > 0 {
			at = nodes[from][0]
		}
		path := name + "/edge" + string([]byte{'0' + byte(from), '-', '0' + byte(to)})
		nodes[to] = append(nodes[to], b.nb201Op(path, space.NB201Ops[a[e]-'0'], at))
		if len(nodes[to]) == to {
			nodes[to] = []int{b.sum(name+"/node"+strconv.Itoa(to), nodes[to])}
		}
	}
	return nodes[3][0]
}

func (b *blocks) nb201Op(name, op string, in int) int {
	switch op {
	case "none":
		return b.Add(name+"/zero", Zero{1}, in)
	case "nor_conv_1x1":
		return b.reluConvBN(name, in, b.Shape(in).C, 1, 1)
	case "nor_conv_3x3":
		return b.reluConvBN(name, in, b.Shape(in).C, 3, 1)
	case "avg_pool_3x3":
		return b.Add(name+"/pool", AvgPool{K: 3, Stride: 1, Pad: 1}, in)
	}
	return in // skip_connect
}

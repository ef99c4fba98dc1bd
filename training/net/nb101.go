package net

import (
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

const (
	nb101Stacks = 3 // of N cells, with twice the channels in each after the first
	// nb101Joined is how many inner vertices an output can join: five take ten edges of nine.
	nb101Joined = 4
)

// buildNB101 makes the network of NAS-Bench-101 (nasbench, lib/model_builder.py): a stem, three
// stacks of N cells with max pooling between, the mean over the image, a dense layer. The
// cell is the official representative, which is what the benchmark trained: isomorphic
// graphs can differ by a channel.
func buildNB101(b *blocks, a evolve.Arch, c Config) (output, aux int, err error) {
	g, err := space.NB101{}.Graph(a)
	if err != nil {
		return 0, 0, err
	}
	if c.F < nb101Joined {
		return 0, 0, fmt.Errorf("network of nb101: F %d: want at least %d, as an output that joins so many vertices "+
			"splits its channels among them: %w", c.F, nb101Joined, evolve.ErrInvalid)
	}
	f := c.F
	x := b.convBNReLU("stem", 0, f, 3)
	for stack := range nb101Stacks {
		path := "stack" + strconv.Itoa(stack)
		if stack > 0 {
			f *= 2
			x = b.Add(path+"/pool", MaxPool{K: 2, Stride: 2}, x)
		}
		for i := range c.N {
			x = b.nb101Cell(path+"/cell"+strconv.Itoa(i), g, x, f)
		}
	}
	return b.logits(x, c.Classes), -1, nil
}

// nb101Cell sums what an inner vertex reads, the cell's input through a projection and inner
// vertices cut to its width; the output joins, and adds a projection of the input if it reads it.
func (b *blocks) nb101Cell(name string, g space.NB101Graph, in, out int) int {
	b.net.Cells++
	channels := g.Channels(out)
	last := g.Len() - 1
	var vertices [space.NB101Vertices]int
	var joined []int
	for v := 1; v < last; v++ {
		path := name + "/vertex" + strconv.Itoa(v)
		var read []int
		for u := 1; u < v; u++ {
			if !g.Edge(u, v) {
				continue
			}
			x := vertices[u]
			if b.Shape(x).C > channels[v] {
				x = b.Add(path+"/slice"+strconv.Itoa(u), Slice{0, channels[v]}, x)
			}
			read = append(read, x)
		}
		if g.Edge(0, v) {
			read = append(read, b.convBNReLU(path+"/project", in, channels[v], 1))
		}
		x := b.sum(path+"/sum", read)
		switch g.Op(v) {
		case "maxpool3x3":
			x = b.Add(path+"/pool", MaxPool{K: 3, Stride: 1, Pad: 1}, x)
		case "conv1x1-bn-relu":
			x = b.convBNReLU(path, x, channels[v], 1)
		default:
			x = b.convBNReLU(path, x, channels[v], 3)
		}
		vertices[v] = x
		if g.Edge(v, last) {
			joined = append(joined, x)
		}
	}
	if joined == nil {
		return b.convBNReLU(name+"/project", in, out, 1)
	}
	x := b.concat(name+"/concat", joined)
	if g.Edge(0, last) {
		x = b.Add(name+"/sum", Add{}, x, b.convBNReLU(name+"/project", in, out, 1))
	}
	return x
}

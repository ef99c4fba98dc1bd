package net

import (
	"fmt"
	"math/bits"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

const (
	nb101Stacks   = 3 // of N cells, with twice the channels in each after the first
	nb101Vertices = 7 // at most, input and output among them
)

// nb101Graph is a pruned cell: vertex 0 is the input, n-1 the output; in are masks of the
// vertices that each reads.
type nb101Graph struct {
	n  int
	in [nb101Vertices]uint
	op [nb101Vertices]string // of inner vertices
}

// buildNB101 makes the network of NAS-Bench-101 (nasbench, lib/model_builder.py): a stem, three
// stacks of N cells with max pooling between, the mean over the image, a dense layer. The
// cell is the official representative, which is what the benchmark trained: isomorphic
// graphs can differ by a channel.
func buildNB101(b *blocks, a evolve.Arch, c Config) (output, aux int, err error) {
	a, err = space.NB101{}.Canon(a)
	if err != nil {
		return 0, 0, err
	}
	g := nb101Read(a)
	if parts := bits.OnesCount(g.in[g.n-1] &^ 1); c.F < parts {
		return 0, 0, fmt.Errorf("network of nb101: %d channels cannot be split among the %d vertices that the output joins: %w", c.F, parts, evolve.ErrInvalid)
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

// nb101Read decodes a representative, whose vertices that read nothing are not there: see
// [space.NB101] for the genome.
func nb101Read(a evolve.Arch) *nb101Graph {
	edges, _ := strconv.ParseUint(string(a[:6]), 16, 32) // Canon has checked it
	g := &nb101Graph{n: 1}
	var number [nb101Vertices]int
	for y := 1; y < nb101Vertices; y++ {
		reads := uint(edges>>(y*(y-1)/2)) & (1<<y - 1)
		if reads == 0 {
			continue
		}
		number[y] = g.n
		for ; reads != 0; reads &= reads - 1 {
			g.in[g.n] |= 1 << number[bits.TrailingZeros(reads)]
		}
		if y < nb101Vertices-1 {
			g.op[g.n] = space.NB101Ops[a[6+y]-'0']
		}
		g.n++
	}
	return g
}

func (g *nb101Graph) edge(x, y int) bool { return g.in[y]>>x&1 != 0 }

// channels are those of each vertex (compute_vertex_channels): an even share for each inner
// vertex that the output joins, what remains one by one to the first; any other inner vertex
// is as wide as the widest that reads it.
func (g *nb101Graph) channels(out int) (channels [nb101Vertices]int) {
	last := g.n - 1
	parts := bits.OnesCount(g.in[last] &^ 1)
	if parts == 0 {
		return channels
	}
	share, rest := out/parts, out%parts
	for v := 1; v < last; v++ {
		if g.edge(v, last) {
			channels[v] = share
			if rest > 0 {
				channels[v]++
				rest--
			}
		}
	}
	for v := last - 1; v > 0; v-- {
		for y := v + 1; y < last && !g.edge(v, last); y++ {
			if g.edge(v, y) {
				channels[v] = max(channels[v], channels[y])
			}
		}
	}
	return channels
}

// nb101Cell sums what an inner vertex reads, the cell's input through a projection and inner
// vertices cut to its width; the output joins, and adds a projection of the input if it reads it.
func (b *blocks) nb101Cell(name string, g *nb101Graph, in, out int) int {
	channels := g.channels(out)
	last := g.n - 1
	var vertices [nb101Vertices]int
	var joined []int
	for v := 1; v < last; v++ {
		path := name + "/vertex" + strconv.Itoa(v)
		var read []int
		for u := 1; u < v; u++ {
			if !g.edge(u, v) {
				continue
			}
			x := vertices[u]
			if b.Shape(x).C > channels[v] {
				x = b.Add(path+"/slice"+strconv.Itoa(u), Slice{0, channels[v]}, x)
			}
			read = append(read, x)
		}
		if g.edge(0, v) {
			read = append(read, b.convBNReLU(path+"/project", in, channels[v], 1))
		}
		x := b.sum(path+"/sum", read)
		switch g.op[v] {
		case "maxpool3x3":
			x = b.Add(path+"/pool", MaxPool{K: 3, Stride: 1, Pad: 1}, x)
		case "conv1x1-bn-relu":
			x = b.convBNReLU(path, x, channels[v], 1)
		default:
			x = b.convBNReLU(path, x, channels[v], 3)
		}
		vertices[v] = x
		if g.edge(v, last) {
			joined = append(joined, x)
		}
	}
	if joined == nil {
		return b.convBNReLU(name+"/project", in, out, 1)
	}
	x := b.concat(name+"/concat", joined)
	if g.edge(0, last) {
		x = b.Add(name+"/sum", Add{}, x, b.convBNReLU(name+"/project", in, out, 1))
	}
	return x
}

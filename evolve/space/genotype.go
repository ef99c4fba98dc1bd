package space

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Edge is an operation, by its name in the DARTS notation, on a state of the cell.
type Edge struct {
	Op string
	In int
}

// Cell is a convolutional cell. State 0 is c_{k-2}, state 1 c_{k-1}, and state 2+i the sum of
// the two edges of Blocks[i], which read earlier states. The output concatenates the states
// of Concat, which rise.
type Cell struct {
	Blocks [][2]Edge
	Concat []int
}

// Genotype is a network's normal cell and its reduction cell, in which edges from the states
// 0 and 1 have stride 2.
type Genotype struct{ Normal, Reduce Cell }

// cells are the cells in the order of the genomes.
func (g *Genotype) cells() [2]*Cell { return [2]*Cell{&g.Normal, &g.Reduce} }

// Genotype returns the cells of an architecture, four blocks each, or an ErrInvalid.
func (DARTS) Genotype(a evolve.Arch) (Genotype, error) {
	var t Genotype
	g, err := dartsOf(a)
	if err != nil {
		return t, err
	}
	for i, c := range t.cells() {
		c.blocks(g[i][:], DARTSOps[:])
		c.Concat = slices.Clone(dartsOutput)
	}
	return t, nil
}

// Genotype returns the cells of an architecture, five blocks each, or an ErrInvalid.
func (NASNet) Genotype(a evolve.Arch) (Genotype, error) {
	var t Genotype
	g, err := nasnetOf(a)
	if err != nil {
		return t, err
	}
	for i, c := range t.cells() {
		c.blocks(g[i].pairs[:], NASNetOps[:])
		for s := range nasnetStates {
			if g[i].concat>>s&1 != 0 {
				c.Concat = append(c.Concat, s)
			}
		}
	}
	return t, nil
}

// blocks appends the blocks of pairs whose operations count through the names.
func (c *Cell) blocks(pairs []dartsPair, names []string) {
	for k := 0; k < len(pairs); k += 2 {
		p, q := pairs[k], pairs[k+1]
		c.Blocks = append(c.Blocks, [2]Edge{{names[p.op], int(p.in)}, {names[q.op], int(q.in)}})
	}
}

// pairs are the blocks, each operation as its place among the names, where all are.
func (c *Cell) pairs(names []string) (all []dartsPair) {
	for _, b := range c.Blocks {
		for _, e := range b {
			all = append(all, dartsPair{byte(e.In), byte(slices.Index(names, e.Op))})
		}
	}
	return all
}

// String prints Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=[2, 3, 4, 5],
// reduce=[…], reduce_concat=[…]) as quark0/darts does.
func (g Genotype) String() string {
	var b strings.Builder
	for i, c := range g.cells() {
		b.WriteString([]string{"Genotype(", ", "}[i] + dartsCells[i] + "=[")
		for k := range 2 * len(c.Blocks) {
			e := c.Blocks[k/2][k%2]
			fmt.Fprintf(&b, "%s('%s', %d)", []string{"", ", "}[min(k, 1)], e.Op, e.In)
		}
		fmt.Fprintf(&b, "], %s_concat=%s", dartsCells[i], states(c.Concat))
	}
	b.WriteByte(')')
	return b.String()
}

// states prints a Python list.
func states(list []int) string { return strings.ReplaceAll(fmt.Sprint(list), " ", ", ") }

package space

import (
	"bytes"
	"slices"
	"strconv"
)

// canonical is the recipe without nodes that have no effect, named canonically.
//
// Nodes are coloured by what they do and read and by what reads them, until that says
// nothing new (Weisfeiler and Leman 1968). Where nodes still share a colour each of them in
// turn is set apart, and the smallest description of the graph among all outcomes wins.
// Nodes that the graph's symmetry exchanges lead to the same description, so one of them is
// enough: without that, n equal branches would cost n! outcomes.
func (r *recipe) canonical() *recipe {
	c := &recipe{r.hidden, make([]recipeNode, len(r.nodes))}
	for i, n := range r.nodes {
		n.in = slices.Clone(n.in)
		c.nodes[i] = n
	}
	c.prune()
	_, rank := c.smallest(c.colours())
	next := 0
	for _, i := range c.order(func(i int) int { return rank[i] }) {
		if n := &c.nodes[i]; n.result < 0 {
			n.name = "node_" + strconv.Itoa(next)
			next++
		}
	}
	c.sort()
	for _, n := range c.nodes {
		if n.op != recipeBlend {
			slices.Sort(n.in)
		}
	}
	return c
}

// colours are the numbers of nodes that do something smaller: operation, number of inputs
// and name of the result, which stays fixed.
func (r *recipe) colours() []int {
	keys := make([][]byte, len(r.nodes))
	for i, n := range r.nodes {
		keys[i] = []byte{byte(n.result + 1), byte(n.op), byte(len(n.in))}
	}
	colour, _ := recipeRank(keys)
	return colour
}

// recipeRank numbers each key by how many are smaller, and counts the different ones.
func recipeRank(keys [][]byte) (rank []int, different int) {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, bytes.Compare)
	rank = make([]int, len(keys))
	for i, key := range keys {
		rank[i], _ = slices.BinarySearchFunc(sorted, key, bytes.Compare)
		if i == 0 || !bytes.Equal(sorted[i], sorted[i-1]) {
			different++
		}
	}
	return rank, different
}

// refine tells nodes apart by the colours around them until nothing changes.
func (r *recipe) refine(colour []int) []int {
	keys := make([][]byte, len(r.nodes))
	for different := 0; ; {
		readers := make([][]int, len(r.nodes))
		for i, n := range r.nodes {
			for k, in := range n.in {
				if in >= 0 {
					readers[in] = append(readers[in], 4*colour[i]+n.slot(k))
				}
			}
		}
		for i, n := range r.nodes {
			keys[i] = append(keys[i][:0], byte(colour[i]))
			keys[i] = n.describe(keys[i], colour)
			slices.Sort(readers[i])
			for _, reader := range readers[i] {
				keys[i] = append(keys[i], byte(reader))
			}
		}
		next, n := recipeRank(keys)
		if n == different {
			return next
		}
		colour, different = next, n
	}
}

// slot is the place of an input where it matters.
func (n recipeNode) slot(k int) int {
	if n.op == recipeBlend {
		return k
	}
	return 0
}

// describe appends the colours of a node's inputs, sorted where their order means nothing.
// Sources are above all colours.
func (n recipeNode) describe(dst []byte, colour []int) []byte {
	at := len(dst)
	for _, in := range n.in {
		if in < 0 {
			dst = append(dst, byte(256+in))
		} else {
			dst = append(dst, byte(colour[in]))
		}
	}
	if n.op != recipeBlend {
		slices.Sort(dst[at:])
	}
	return dst
}

// smallest is the smallest description of the graph by any numbering that respects the
// colours, and that numbering.
func (r *recipe) smallest(colour []int) (description []byte, rank []int) {
	colour = r.refine(colour)
	cell := recipeTied(colour)
	if cell == nil {
		return r.describe(colour), colour
	}
	// Two members with the same first description are exchanged by a symmetry that keeps the
	// colours, so their smallest descriptions are the same as well.
	var seen [][]byte
	for _, i := range cell {
		first := r.first(recipeApart(colour, cell, i))
		if slices.ContainsFunc(seen, func(d []byte) bool { return bytes.Equal(d, first) }) {
			continue
		}
		seen = append(seen, first)
		if d, k := r.smallest(recipeApart(colour, cell, i)); description == nil || bytes.Compare(d, description) < 0 {
			description, rank = d, k
		}
	}
	return description, rank
}

// first is the description that follows from setting apart the first of tied nodes.
func (r *recipe) first(colour []int) []byte {
	for {
		colour = r.refine(colour)
		cell := recipeTied(colour)
		if cell == nil {
			return r.describe(colour)
		}
		colour = recipeApart(colour, cell, cell[0])
	}
}

// recipeTied lists the nodes of the lowest colour that several share.
func recipeTied(colour []int) (cell []int) {
	sorted := slices.Sorted(slices.Values(colour))
	for k := 1; k < len(sorted); k++ {
		if sorted[k] == sorted[k-1] {
			for i, c := range colour {
				if c == sorted[k] {
					cell = append(cell, i)
				}
			}
			return cell
		}
	}
	return nil
}

// recipeApart keeps the colour of one node of a cell and raises that of the others.
func recipeApart(colour, cell []int, one int) []int {
	colour = slices.Clone(colour)
	for _, i := range cell {
		if i != one {
			colour[i]++
		}
	}
	return colour
}

// describe writes the graph with its nodes numbered by rank.
func (r *recipe) describe(rank []int) []byte {
	place := make([]int, len(rank))
	for i, k := range rank {
		place[k] = i
	}
	var dst []byte
	for _, i := range place {
		n := r.nodes[i]
		dst = append(dst, byte(n.result+1), byte(n.op), byte(len(n.in)))
		dst = n.describe(dst, rank)
	}
	return dst
}

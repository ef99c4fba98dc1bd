package space

import (
	"math/bits"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Grow appends the cells that have one vertex more than a cell: it comes last, reads any of the others, and is read by
// the output, which may then leave out what the new vertex reads. So every cell comes of one whose last vertex was
// taken away and whose output reads, for want of a way, what that vertex read. The smallest cells have one vertex with
// an operation; input to output alone, which computes nothing, is not among them.
func (NB101) Grow(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	t := nb101Tables()
	smallest := nb101Packed(1<<nb101Output, 0) // input to output
	cell := smallest
	if a != "" {
		edges, word, ok := nb101Read(a)
		at := -1
		if ok {
			at = t.index(edges, word)
		}
		if at < 0 {
			return dst
		}
		cell = t.cells[at]
	}
	inner := bits.OnesCount32(nb101Live(cell.edges())) - 2
	if inner == nb101Inner {
		return dst
	}
	last, step := inner+1, uint32(1)
	for range nb101Inner - last {
		step *= 3 // places of the labelling behind the new vertex's
	}
	read := nb101Parents(cell.edges(), nb101Vertices-1) // by the output
	var found []int
	for parents := uint32(1); parents < 1<<last; parents++ {
		both := read & parents
		for left := both; ; left = (left - 1) & both { // every subset of what both read, down to none
			edges := cell.edges() | parents<<nb101Bit(0, last) | 1<<nb101Bit(last, nb101Vertices-1)
			edges &^= left << nb101Output
			for op := range uint32(nb101Kinds) {
				if at := t.index(edges, cell.word()+op*step); at >= 0 {
					found = append(found, at)
				}
			}
			if left == 0 {
				break
			}
		}
	}
	slices.Sort(found)
	for _, at := range slices.Compact(found) {
		dst = append(dst, t.cells[at].text())
	}
	return dst
}

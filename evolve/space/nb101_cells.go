package space

import (
	"math/bits"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb101Cell is a genome in one word: edges, and the labelling in the low eight bits.
type nb101Cell uint32

func nb101Packed(edges, word uint32) nb101Cell { return nb101Cell(edges<<8 | word) }

func (c nb101Cell) edges() uint32 { return uint32(c >> 8) }

func (c nb101Cell) word() uint32 { return uint32(c & 255) }

func (c nb101Cell) text() evolve.Arch { return nb101Text(c.edges(), nb101Labels[c.word()]) }

// nb101Identity numbers the cells up to isomorphism. Only 13,839 pruned graphs fit into a
// genome, so that three look-ups answer the whole question: the graph, the labelling as the
// representative of its class has it, and the cell of that labelling, which is the same for
// those that a symmetry of the class exchanges.
type nb101Identity struct {
	record  [nb101AllEdges + 1]uint16 // pruned edges → place in records; 0: not in the space
	records []nb101Record
	relabel [][nb101Words]uint8 // the genome's labelling → the representative's
	rank    []uint32            // of each class, by the representative's labelling: the cell
	cells   []nb101Cell
}

// nb101Record is one pruned graph, vertices in place.
type nb101Record struct {
	first   uint32 // of its class in rank
	relabel uint16
}

// index is the number of the cell, -1 when the edges are not valid.
func (t *nb101Identity) index(edges, word uint32) int {
	at := t.record[nb101Prune(edges)]
	if at == 0 {
		return -1
	}
	r := t.records[at]
	return int(t.rank[r.first+uint32(t.relabel[r.relabel][word])])
}

// nb101Tables are the tables, built when they are first asked for.
var nb101Tables = sync.OnceValue(nb101Build)

func nb101Build() *nb101Identity {
	b := nb101Builder{nb101Identity: new(nb101Identity), known: map[nb101Slots]uint16{}}
	b.records = make([]nb101Record, 1)
	b.cells = make([]nb101Cell, 0, NB101Size)
	for inner := range nb101Inner + 1 {
		for _, edges := range nb101Full(inner) {
			if b.record[edges] == 0 { // the smallest of its class: those before it have filled in theirs
				b.class(edges, inner)
			}
		}
	}
	return b.nb101Identity
}

// nb101Full lists the graphs on that many inner vertices, from vertex 1 on and the output at
// 6, whose vertices are all on a path from input to output: each but the output has an edge
// out, each but the input an edge in. They rise as the authors' enumeration does.
func nb101Full(inner int) (all []uint32) {
	var grow func(y int, edges, sources uint32)
	grow = func(y int, edges, sources uint32) {
		last := y > inner
		at := y
		if last {
			at = nb101Vertices - 1
		}
		for parents := uint32(1); parents < 1<<y; parents++ {
			more, from := edges|parents<<nb101Bit(0, at), sources|parents
			switch {
			case bits.OnesCount32(more) > nb101MaxEdges:
			case !last:
				grow(y+1, more, from)
			case from == 1<<y-1:
				all = append(all, more)
			}
		}
	}
	grow(1, 0, 0)
	slices.Sort(all)
	return all
}

// nb101Slots says for each vertex of a representative, in order, in which of the places 0..4
// of a genome's labelling its operation is; 5 behind the last.
type nb101Slots [nb101Inner]uint8

type nb101Builder struct {
	*nb101Identity
	known    map[nb101Slots]uint16 // relabellings by their slots
	symmetry []uint16              // relabellings of the class that leave its representative as it is
}

// class enters the isomorphism class of its smallest graph: every graph that it becomes
// under a topological renumbering of its inner vertices, at every choice of places in a
// genome, and its cells.
func (b *nb101Builder) class(edges uint32, inner int) {
	b.symmetry = b.symmetry[:0]
	first := uint32(len(b.rank))
	var place [nb101Vertices]uint32 // of the representative's vertices, 0 while not placed
	var order [nb101Inner]int       // the representative's vertex at each place
	var renumber func(k int, placed, graph uint32)
	renumber = func(k int, placed, graph uint32) {
		if k == inner {
			graph |= nb101Moved(nb101Parents(edges, nb101Vertices-1), &place) << nb101Output
			b.member(edges, graph, first, order[:inner])
			return
		}
		for v := 1; v <= inner; v++ {
			if p := nb101Parents(edges, v); placed>>v&1 == 0 && p&^placed == 0 {
				place[v], order[k] = uint32(k+1), v
				renumber(k+1, placed|1<<v, graph|nb101Moved(p, &place)<<nb101Bit(0, k+1))
			}
		}
	}
	renumber(0, 1, 0)

	missing := uint32(nb101Words)
	for range inner {
		missing /= 3
	}
	for word := uint32(0); word < nb101Words; word += missing { // of places that it has not: 0
		least := word / missing
		for _, s := range b.symmetry {
			least = min(least, uint32(b.relabel[s][word]))
		}
		if least*missing == word {
			b.rank = append(b.rank, uint32(len(b.cells)))
			b.cells = append(b.cells, nb101Packed(edges, word))
		} else {
			b.rank = append(b.rank, b.rank[first+least])
		}
	}
}

// nb101Moved maps a mask of vertices to their places; the input stays.
func nb101Moved(mask uint32, place *[nb101Vertices]uint32) (moved uint32) {
	for ; mask != 0; mask &= mask - 1 {
		moved |= 1 << place[bits.TrailingZeros32(mask)]
	}
	return moved
}

// member enters one graph of a class, or a symmetry when it is the smallest again. The
// representative's vertex order[k] is vertex k+1 of the graph.
func (b *nb101Builder) member(smallest, graph, first uint32, order []int) {
	if graph == smallest {
		b.symmetry = append(b.symmetry, b.relabelling(nb101Slotted(order, 1<<len(order)-1)))
	}
	if b.record[graph] != 0 {
		return
	}
	for set := range uint32(32) { // the inner vertices of a genome that are this graph's
		if bits.OnesCount32(set) != len(order) {
			continue
		}
		var place [nb101Vertices]uint32
		for k, rest := 1, set; rest != 0; k, rest = k+1, rest&(rest-1) {
			place[k] = uint32(bits.TrailingZeros32(rest) + 1)
		}
		spread := nb101Moved(nb101Parents(graph, nb101Vertices-1), &place) << nb101Output
		for k := 1; k <= len(order); k++ {
			spread |= nb101Moved(nb101Parents(graph, k), &place) << nb101Bit(0, int(place[k]))
		}
		b.record[spread] = uint16(len(b.records))
		b.records = append(b.records, nb101Record{first, b.relabelling(nb101Slotted(order, set))})
	}
}

// nb101Slotted are the slots when the graph's vertices lie at the set's places, in order.
func nb101Slotted(order []int, set uint32) (s nb101Slots) {
	for i := range s {
		s[i] = nb101Inner
	}
	for _, v := range order {
		s[v-1] = uint8(bits.TrailingZeros32(set))
		set &= set - 1
	}
	return s
}

// relabelling returns the table of these slots.
func (b *nb101Builder) relabelling(s nb101Slots) uint16 {
	id, ok := b.known[s]
	if ok {
		return id
	}
	var table [nb101Words]uint8
	for word := range table {
		for _, slot := range s {
			if slot < nb101Inner {
				table[word] = table[word]*3 + nb101Labels[word][slot] - '0'
			}
		}
	}
	id = uint16(len(b.relabel))
	b.known[s] = id
	b.relabel = append(b.relabel, table)
	return id
}

package space

import "math/bits"

// nb101Live returns the vertices that are on a path from input to output, as a mask; none
// when there is no path. No branch depends on the graph: random ones would be mispredicted.
func nb101Live(e uint32) uint32 {
	from := uint32(1) // reached from the input
	from |= nb101Some(e&from) << 1
	from |= nb101Some(e>>1&from) << 2
	from |= nb101Some(e>>3&from) << 3
	from |= nb101Some(e>>6&from) << 4
	from |= nb101Some(e>>10&from) << 5
	from |= nb101Some(e>>15&from) << 6

	to := 1<<6 | e>>15 // reaching the output
	to |= e >> 10 & 31 & -(to >> 5 & 1)
	to |= e >> 6 & 15 & -(to >> 4 & 1)
	to |= e >> 3 & 7 & -(to >> 3 & 1)
	to |= e >> 1 & 3 & -(to >> 2 & 1)
	to |= e & 1 & -(to >> 1 & 1)
	return from & to
}

// nb101Some is 1 for a mask that is not empty.
func nb101Some(mask uint32) uint32 { return -mask >> 31 }

// nb101Prune drops the edges that are on no path from input to output. Vertices stay in
// place. It is 0 when there is no path.
func nb101Prune(e uint32) uint32 { return e & nb101Within[nb101Live(e)>>1&31] }

// nb101Within are the edges between input, output and a set of inner vertices.
var nb101Within = func() (all [32]uint32) {
	for set := range all {
		live := 1 | set<<1 | 1<<6
		for y := 1; y < nb101Vertices; y++ {
			for x := range y {
				if live>>x&1 != 0 && live>>y&1 != 0 {
					all[set] |= 1 << nb101Bit(x, y)
				}
			}
		}
	}
	return
}()

// nb101Bit is the place of the edge x→y, x < y.
func nb101Bit(x, y int) int { return x + y*(y-1)/2 }

// nb101Parents are the sources of a vertex's edges, as a mask.
func nb101Parents(edges uint32, y int) uint32 { return edges >> nb101Bit(0, y) & (1<<y - 1) }

// nb101Graph is a pruned graph whose vertices are numbered from 0, the input, to n-1, the
// output. in and out are masks of neighbours; op is 0..2 and without meaning at both ends.
type nb101Graph struct {
	n           int
	in, out, op [nb101Vertices]uint8
}

// nb101Compact is the pruned graph of a valid genome.
func nb101Compact(edges, word uint32) (g nb101Graph) {
	live := nb101Live(edges)
	edges = nb101Prune(edges)
	ops := &nb101Labels[word]
	for y := range nb101Vertices {
		if live>>y&1 == 0 {
			continue
		}
		if 0 < y && y < nb101Vertices-1 {
			g.op[g.n] = ops[y-1] - '0'
		}
		for p := nb101Parents(edges, y); p != 0; p &= p - 1 {
			x := bits.OnesCount32(live & (p&-p - 1)) // the number of live vertices below
			g.in[g.n] |= 1 << x
			g.out[x] |= 1 << g.n
		}
		g.n++
	}
	return g
}

// edge says whether x→y is there.
func (g *nb101Graph) edge(x, y int) bool { return g.out[x]>>y&1 != 0 }

// inner says whether a vertex has an operation.
func (g *nb101Graph) inner(v int) bool { return 0 < v && v < g.n-1 }

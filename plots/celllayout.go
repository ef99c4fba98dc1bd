package plots

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/plot/vg"
)

// A slot is a place in a column of the layout: a node, the label of an edge, or a point
// that an edge passes through.
type slot struct {
	node, edge int // the other is -1
	label      bool
	width      vg.Length
	height     vg.Length
	column     int
	y          vg.Length // of the centre, downwards
	next, prev []int     // slots in the neighbouring columns
}

// A layout is Sugiyama's: nodes in layers, long edges broken at every layer, an order
// with few crossings, then heights that keep edges straight. Where edges have labels
// there is a column for them between any two layers, so that by construction no label
// meets another label or a node.
type layout struct {
	slots   []slot
	columns [][]int // slots from top to bottom
	chains  [][]int // for every edge its slots from end to end
}

func newLayout(g Graph, layers []int) *layout {
	step := 1
	for _, e := range g.Edges {
		if e.Label != "" {
			step = 2
		}
	}
	l := &layout{columns: make([][]int, slices.Max(layers)*step+1), chains: make([][]int, len(g.Edges))}
	for i, n := range g.Nodes {
		w, h := nodeSize(g, i, n)
		l.add(slot{node: i, edge: -1, column: layers[i] * step, width: w, height: h})
	}
	// Short edges have no choice of a column for their label; the longer ones then take
	// the emptiest.
	bySpan := make([]int, len(g.Edges))
	for i := range bySpan {
		bySpan[i] = i
	}
	span := func(e Edge) int { return layers[e.To] - layers[e.From] }
	slices.SortStableFunc(bySpan, func(a, b int) int { return cmp.Compare(span(g.Edges[a]), span(g.Edges[b])) })
	labels := make([]int, len(l.columns))
	for _, i := range bySpan {
		e := g.Edges[i]
		from, to := layers[e.From]*step, layers[e.To]*step
		at := -1
		if e.Label != "" {
			at = from + 1
			for c := from + 3; c < to; c += 2 {
				middle := func(c int) int { return max(c-from, to-c) }
				if cmp.Or(cmp.Compare(labels[c], labels[at]), cmp.Compare(middle(c), middle(at))) < 0 {
					at = c
				}
			}
			labels[at]++
		}
		chain := []int{e.From}
		for c := from + 1; c < to; c++ {
			s := slot{node: -1, edge: i, column: c, height: 4}
			if c == at {
				s.label = true
				s.width, s.height = textWidth(e.Label, labelSize)+8, 13
			}
			chain = append(chain, l.add(s))
		}
		chain = append(chain, e.To)
		for k := 1; k < len(chain); k++ {
			a, b := chain[k-1], chain[k]
			l.slots[a].next = append(l.slots[a].next, b)
			l.slots[b].prev = append(l.slots[b].prev, a)
		}
		l.chains[i] = chain
	}
	l.order()
	l.place()
	return l
}

func (l *layout) add(s slot) int {
	i := len(l.slots)
	l.slots = append(l.slots, s)
	l.columns[s.column] = append(l.columns[s.column], i)
	return i
}

// order seeks few crossings: sweeps of barycentres and swaps of neighbours from several
// starts, shuffled with fixed seeds.
func (l *layout) order() {
	best, fewest := clone(l.columns), l.crossings()
	for start := uint64(0); start < 16 && fewest > 0; start++ {
		if start > 0 {
			r := rand.New(rand.NewPCG(start, 0))
			for _, c := range l.columns {
				r.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
			}
		}
		for sweep := range 6 {
			l.sweep(sweep%2 == 0)
			l.swap()
			if n := l.crossings(); n < fewest {
				best, fewest = clone(l.columns), n
			}
		}
	}
	l.columns = best
}

func clone(columns [][]int) [][]int {
	out := make([][]int, len(columns))
	for i, c := range columns {
		out[i] = slices.Clone(c)
	}
	return out
}

// ranks are the positions of all slots in their columns.
func (l *layout) ranks() []int {
	rank := make([]int, len(l.slots))
	for _, c := range l.columns {
		for k, s := range c {
			rank[s] = k
		}
	}
	return rank
}

// sweep sorts every column by the mean position of its neighbours in the one before.
func (l *layout) sweep(forward bool) {
	for i := range l.columns {
		c := l.columns[len(l.columns)-1-i]
		if forward {
			c = l.columns[i]
		}
		rank := l.ranks()
		mean := func(s int) float64 {
			near := l.slots[s].next
			if forward {
				near = l.slots[s].prev
			}
			if len(near) == 0 {
				return float64(rank[s])
			}
			sum := 0
			for _, n := range near {
				sum += rank[n]
			}
			return float64(sum) / float64(len(near))
		}
		slices.SortStableFunc(c, func(a, b int) int { return cmp.Compare(mean(a), mean(b)) })
	}
}

// swap exchanges neighbours in a column for as long as that saves crossings.
func (l *layout) swap() {
	rank := l.ranks()
	for improved := true; improved; {
		improved = false
		for _, c := range l.columns {
			for k := 1; k < len(c); k++ {
				a, b := &l.slots[c[k-1]], &l.slots[c[k]]
				now := crossed(rank, a.prev, b.prev) + crossed(rank, a.next, b.next)
				then := crossed(rank, b.prev, a.prev) + crossed(rank, b.next, a.next)
				if then < now {
					rank[c[k-1]], rank[c[k]] = k, k-1
					c[k-1], c[k] = c[k], c[k-1]
					improved = true
				}
			}
		}
	}
}

// crossed counts the crossings of edges from a slot to one set of neighbours with those
// from the slot below it to another set in the same column.
func crossed(rank, above, below []int) int {
	n := 0
	for _, x := range above {
		for _, y := range below {
			if rank[x] > rank[y] {
				n++
			}
		}
	}
	return n
}

func (l *layout) crossings() int {
	rank := l.ranks()
	n := 0
	for _, c := range l.columns {
		for k, a := range c {
			for _, b := range c[k+1:] {
				n += crossed(rank, l.slots[a].next, l.slots[b].next)
			}
		}
	}
	return n
}

const slotGap vg.Length = 8 // between slots of a column

// place gives all slots their heights: each is drawn to its neighbours, strongly so along
// a long edge, and each column is then moved apart again.
func (l *layout) place() {
	for _, c := range l.columns {
		y := vg.Length(0)
		for k, s := range c {
			if k > 0 {
				y += l.gap(c[k-1], s)
			}
			l.slots[s].y = y
		}
		for _, s := range c {
			l.slots[s].y -= y / 2
		}
	}
	for sweep := range 60 {
		for i := range l.columns {
			if sweep%2 == 1 {
				i = len(l.columns) - 1 - i
			}
			l.settle(l.columns[i])
		}
	}
	l.straighten()
}

func (l *layout) gap(a, b int) vg.Length {
	return (l.slots[a].height+l.slots[b].height)/2 + slotGap
}

func (l *layout) settle(column []int) {
	want := make([]vg.Length, len(column))
	gaps := make([]vg.Length, len(column))
	for k, s := range column {
		sum, weight := vg.Length(0), vg.Length(0)
		for _, n := range append(slices.Clone(l.slots[s].prev), l.slots[s].next...) {
			w := vg.Length(1)
			if l.slots[s].node < 0 && l.slots[n].node < 0 {
				w = 8
			}
			sum += w * l.slots[n].y
			weight += w
		}
		want[k] = l.slots[s].y
		if weight > 0 {
			want[k] = sum / weight
		}
		if k > 0 {
			gaps[k] = l.gap(column[k-1], s)
		}
	}
	separate(want, gaps)
	for k, s := range column {
		l.slots[s].y = want[k]
	}
}

// straighten levels the inner part of a long edge where its neighbours leave room.
func (l *layout) straighten() {
	rank := l.ranks()
	for _, chain := range l.chains {
		inner := chain[1 : len(chain)-1]
		lo, hi, sum := vg.Length(math.Inf(-1)), vg.Length(math.Inf(1)), vg.Length(0)
		for _, s := range inner {
			c := l.columns[l.slots[s].column]
			if k := rank[s]; k > 0 {
				lo = max(lo, l.slots[c[k-1]].y+l.gap(c[k-1], s))
			}
			if k := rank[s]; k < len(c)-1 {
				hi = min(hi, l.slots[c[k+1]].y-l.gap(c[k+1], s))
			}
			sum += l.slots[s].y
		}
		if lo > hi {
			continue
		}
		for _, s := range inner {
			l.slots[s].y = min(max(sum/vg.Length(len(inner)), lo), hi)
		}
	}
}

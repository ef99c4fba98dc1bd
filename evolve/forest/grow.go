package forest

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Params are the settings of a forest.
type Params struct {
	Trees     int     // how many
	Columns   float64 // share of the columns that are tried for each split, drawn anew, 0..1
	MinLeaf   int     // fewest rows of a leaf
	Bootstrap bool    // every tree sees as many rows as there are, drawn with replacement; else all of them
	Random    bool    // of each column one random limit is tried, not all limits
}

// ErrGrow is wrapped by every refusal of [Forest.Grow].
var ErrGrow = errors.New("forest: cannot grow")

func (p Params) check(x Rows, y []float64) error {
	switch {
	case p.Trees < 1:
		return fmt.Errorf("%w: %d trees, want at least 1", ErrGrow, p.Trees)
	case !(p.Columns > 0 && p.Columns <= 1):
		return fmt.Errorf("%w: a share of %v of the columns, want above 0 and at most 1", ErrGrow, p.Columns)
	case p.MinLeaf < 1:
		return fmt.Errorf("%w: leaves of %d rows, want at least 1", ErrGrow, p.MinLeaf)
	case len(y) == 0 || x.Cols < 1 || len(x.X) != len(y)*x.Cols:
		return fmt.Errorf("%w: %d numbers in rows of %d, and %d targets", ErrGrow, len(x.X), x.Cols, len(y))
	}
	if i := slices.IndexFunc(y, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
		return fmt.Errorf("%w: the target of row %d is %v", ErrGrow, i, y[i])
	}
	return nil
}

// Rows are rows of small whole numbers, one after another.
type Rows struct {
	Cols int
	X    []uint8
}

// Row is row i.
func (r Rows) Row(i int) []uint8 { return r.X[i*r.Cols : (i+1)*r.Cols] }

// Add appends a row of numbers, which must be whole and in 0..255.
func (r *Rows) Add(row []float32) error {
	for f, v := range row {
		if !(v >= 0 && v <= math.MaxUint8) || float32(uint8(v)) != v {
			r.X = r.X[:len(r.X)-f]
			return fmt.Errorf("forest: column %d is %v, not a whole number 0..255", f, v)
		}
		r.X = append(r.X, uint8(v))
	}
	return nil
}

// Forest is trees and what they were grown on. It is no longer the same after the next [Forest.Grow].
type Forest struct {
	base, step float64 // the target of step 0, and the size of a step
	trees      []tree
	next       int // the tree that is grown anew first
}

// tree is a shape and the values of its leaves.
type tree struct {
	*shape
	leaves []moments
}

// shape is how a tree parts rows. It has its root first, and is immutable.
type shape struct {
	nodes  []node
	leaves int
	weight []int32 // how often each row was drawn; nil where each was once
}

// node is a split, by which a row goes left where its number is at most the limit; or, with column -1, a leaf, whose
// number is left.
type node struct {
	column      int32
	left, right int32
	limit       uint8
}

// moments are the mean of targets and the mean of their squares, in steps and squared steps; or sums of both over
// trees.
type moments struct{ mean, square int64 }

// steps is how many there are between the lowest and the highest target: enough that rounding is far below all noise,
// and few enough that the sum of the squares of millions of targets is exact.
const steps = 1 << 20

// Grow makes the forest one of these rows and targets. So many trees, those that were grown first, are grown anew; the
// others keep the limits at which they part rows, and learn what all targets in their leaves are. A forest whose
// number of trees has changed is grown anew as a whole. All chance is drawn from r.
//
// The rows must be those of the last time with others behind; the targets may all have changed.
func (f *Forest) Grow(x Rows, y []float64, p Params, anew int, r *rand.Rand) error {
	if err := p.check(x, y); err != nil {
		return err
	}
	if len(f.trees) != p.Trees {
		f.trees, f.next, anew = make([]tree, p.Trees), 0, p.Trees
	}
	f.base = slices.Min(y)
	f.step = max((slices.Max(y)-f.base)/steps, math.SmallestNonzeroFloat64)
	targets := make([]int64, len(y))
	for i, v := range y {
		targets[i] = int64(math.Round((v - f.base) / f.step))
	}
	g := newGrower(x, targets, p, r)
	for range min(anew, p.Trees) {
		f.trees[f.next].shape = g.grow()
		f.next = (f.next + 1) % p.Trees
	}
	for k := range f.trees {
		f.trees[k].learn(x, targets)
	}
	return nil
}

// learn fills in the values of the leaves.
func (t *tree) learn(x Rows, y []int64) {
	t.leaves = slices.Grow(t.leaves[:0], t.shape.leaves)[:t.shape.leaves]
	clear(t.leaves)
	rows := make([]int64, len(t.leaves))
	for i, v := range y {
		n := t.times(i)
		k := t.leaf(x.Row(i))
		rows[k] += n
		t.leaves[k].mean += n * v
		t.leaves[k].square += n * v * v
	}
	for k, n := range rows {
		m := &t.leaves[k]
		if n == 0 {
			continue // no caller takes rows away
		}
		m.mean, m.square = (m.mean+n/2)/n, (m.square+n/2)/n
	}
}

// leaf is the number of the leaf in which a row ends.
func (s *shape) leaf(row []uint8) int32 {
	n := &s.nodes[0]
	for n.column >= 0 {
		if row[n.column] <= n.limit {
			n = &s.nodes[n.left]
		} else {
			n = &s.nodes[n.right]
		}
	}
	return n.left
}

// grower is what the trees of a forest share while they grow.
type grower struct {
	p      Params
	r      *rand.Rand
	y      []int64
	wanted int // columns that are tried for a split

	// The columns that differ among all rows, by their places: their numbers in a row, their values by row, and the
	// rows again with these columns alone, in whole words.
	name    []int32
	columns [][]uint8
	words   int
	packed  []uint64

	place        []int32 // all places, in the order in which they were drawn last
	order, spill []int32 // rows, one that was drawn twice twice; those of a node side by side
	differ       []int32
	count        [256]int32
	sum          [256]int64
	shape        *shape
}

func newGrower(x Rows, y []int64, p Params, r *rand.Rand) *grower {
	n := len(y)
	g := &grower{p: p, r: r, y: y, order: make([]int32, n), spill: make([]int32, n)}
	for c := range x.Cols {
		low, high := x.X[c], x.X[c]
		for i := c; i < len(x.X); i += x.Cols {
			low, high = min(low, x.X[i]), max(high, x.X[i])
		}
		if low == high {
			continue
		}
		column := make([]uint8, n)
		for i := range column {
			column[i] = x.X[i*x.Cols+c]
		}
		g.place = append(g.place, int32(len(g.columns)))
		g.columns, g.name = append(g.columns, column), append(g.name, int32(c))
	}
	g.wanted = max(1, int(math.Round(p.Columns*float64(len(g.columns)))))
	g.words = (len(g.columns) + 7) / 8
	g.packed = make([]uint64, n*g.words)
	for c, column := range g.columns {
		for i, v := range column {
			g.packed[i*g.words+c/8] |= uint64(v) << (c % 8 * 8)
		}
	}
	return g
}

func (g *grower) grow() *shape {
	n := len(g.y)
	g.shape = &shape{nodes: make([]node, 0, 2*n)}
	if g.p.Bootstrap {
		g.shape.weight = make([]int32, n)
	}
	for i := range g.order {
		g.order[i] = int32(i)
		if g.p.Bootstrap {
			g.order[i] = int32(g.r.IntN(n))
			g.shape.weight[g.order[i]]++
		}
	}
	g.node(0, n)
	return g.shape
}

// split is a way to cut a node in two.
type split struct {
	gain   float64
	place  int32
	limit  uint8
	exists bool
}

// node grows the part of the tree below the rows order[lo:hi], and returns its number.
func (g *grower) node(lo, hi int) int32 {
	at, rows := int32(len(g.shape.nodes)), g.order[lo:hi]
	var total int64
	same := true
	for _, i := range rows {
		total += g.y[i]
		same = same && g.y[i] == g.y[rows[0]]
	}
	var s split
	switch {
	case same || len(rows) < 2*g.p.MinLeaf:
	case g.p.Random:
		g.tryRandom(&s, rows, total)
	default:
		g.tryAll(&s, rows, total)
	}
	if !s.exists {
		g.shape.nodes = append(g.shape.nodes, node{column: -1, left: int32(g.shape.leaves)})
		g.shape.leaves++
		return at
	}
	g.shape.nodes = append(g.shape.nodes, node{column: g.name[s.place], limit: s.limit})
	column, mid, spilled := g.columns[s.place], lo, 0
	for _, i := range rows {
		if column[i] <= s.limit {
			g.order[mid] = i
			mid++
		} else {
			g.spill[spilled] = i
			spilled++
		}
	}
	copy(g.order[mid:hi], g.spill[:spilled])
	left := g.node(lo, mid)
	right := g.node(mid, hi)
	g.shape.nodes[at].left, g.shape.nodes[at].right = left, right
	return at
}

// pairTries is how many columns are tried for each pair of rows.
const pairTries = 4

// tryRandom tries columns in which two random rows differ, at a random limit between the two. The rows are drawn anew
// for every few columns. Geurts et al. draw columns first, and limits evenly between the least and the greatest value:
// most columns differ in no row of a small node, and what they spend on those is spent here on columns that part rows.
func (g *grower) tryRandom(best *split, rows []int32, total int64) {
	n := len(rows)
	for tried, missed := 0, 0; tried < g.wanted && missed < g.wanted; {
		u := g.r.Uint64()
		a, _ := bits.Mul64(u, uint64(n))
		b, _ := bits.Mul64(u<<32, uint64(n-1))
		if b >= a {
			b++
		}
		g.differing(rows[a], rows[b])
		if len(g.differ) == 0 {
			missed++
			continue
		}
		for range min(pairTries, g.wanted-tried) {
			tried++
			u := g.r.Uint64()
			k, _ := bits.Mul64(u, uint64(len(g.differ)))
			place := g.differ[k]
			column := g.columns[place]
			low, high := column[rows[a]], column[rows[b]]
			if low > high {
				low, high = high, low
			}
			above, _ := bits.Mul64(u<<32, uint64(high-low))
			limit := low + uint8(above)
			if n == 2 {
				*best = split{0, place, limit, true}
				return
			}
			var in, sum int64
			for _, i := range rows {
				// 1 where the number is at most the limit; a branch would be a coin toss.
				below := int64(uint32(int32(column[i])-int32(limit)-1) >> 31)
				in += below
				sum += g.y[i] & -below
			}
			g.offer(best, place, limit, in, sum, int64(n), total)
		}
	}
}

// differing are the places of the columns in which two rows differ.
func (g *grower) differing(a, b int32) {
	g.differ = g.differ[:0]
	x, y := g.packed[int(a)*g.words:][:g.words], g.packed[int(b)*g.words:][:g.words]
	for w, v := range x {
		for v ^= y[w]; v != 0; {
			k := bits.TrailingZeros64(v) / 8
			g.differ = append(g.differ, int32(8*w+k))
			v &^= 0xff << (8 * k)
		}
	}
}

// tryAll tries all limits of columns that differ among the rows.
func (g *grower) tryAll(best *split, rows []int32, total int64) {
	wanted := g.wanted
	for k := 0; k < len(g.place) && wanted > 0; k++ {
		j := k + g.r.IntN(len(g.place)-k)
		g.place[k], g.place[j] = g.place[j], g.place[k]
		place := g.place[k]
		column := g.columns[place]
		low, high := column[rows[0]], column[rows[0]]
		for _, i := range rows {
			v := column[i]
			low, high = min(low, v), max(high, v)
			g.count[v]++
			g.sum[v] += g.y[i]
		}
		if low < high {
			wanted--
		}
		var in, sum int64
		for v := int(low); v <= int(high); v++ {
			if g.count[v] > 0 && v < int(high) {
				in += int64(g.count[v])
				sum += g.sum[v]
				g.offer(best, place, uint8(v), in, sum, int64(len(rows)), total)
			}
			g.count[v], g.sum[v] = 0, 0
		}
	}
}

// offer keeps the split of the highest gain, of equals the first. The gain is the drop of the squared error, less what
// is the same for all splits.
func (g *grower) offer(best *split, place int32, limit uint8, in, sum, rows, total int64) {
	if in < int64(g.p.MinLeaf) || rows-in < int64(g.p.MinLeaf) {
		return
	}
	l, r := float64(sum), float64(total-sum)
	if gain := float64(l*l)/float64(in) + float64(r*r)/float64(rows-in); !best.exists || gain > best.gain {
		*best = split{gain, place, limit, true}
	}
}

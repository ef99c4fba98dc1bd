package model

import (
	"math"
	"math/rand/v2"
)

// grower holds what all trees of a fit share.
type grower struct {
	p        Params
	residual []int64 // of each row, in steps; the caller lowers it after each tree
	dense    []uint8 // row-major bins

	// A histogram has a cell for every bin of every feature. A row adds itself to the
	// cells of its rare bins only: the most common bin of a feature, which for a bit is
	// most rows, is the branch's total less the other bins.
	first  []uint32 // feature -> its first cell; one more ends the last
	common []uint32 // feature -> cell of its most common bin
	rare   []uint32 // cells of row i: rare[from[i]:from[i+1]]
	from   []uint32

	order, spill []int32  // drawn rows, grouped by leaf
	used         []bool   // drawn features
	idle         [][]cell // histograms to use again
}

// cell sums the residuals of the rows in a bin.
type cell struct {
	sum  int64 // in steps
	rows int64
}

// branch is a leaf that may still be split.
type branch struct {
	node, lo, hi int // its node and its rows, order[lo:hi]
	depth        int
	total        cell
	hist         []cell // rare bins only
	split        split
}

// split is the best way to cut a branch in two.
type split struct {
	gain    float64 // of squared loss, in steps²; 0 = none is allowed
	feature int
	limit   uint8
	left    cell
}

func newGrower(x [][]uint8, residual []int64, p Params) *grower {
	rows := len(residual)
	g := &grower{
		p: p, residual: residual,
		dense: make([]uint8, rows*len(x)),
		first: make([]uint32, len(x)+1), common: make([]uint32, len(x)),
		from:  make([]uint32, rows+1),
		order: make([]int32, rows), spill: make([]int32, rows),
		used: make([]bool, len(x)),
	}
	for f, column := range x {
		var count [256]int
		top, mode := 0, 0
		for i, b := range column {
			g.dense[i*len(x)+f] = b
			count[b]++
			top = max(top, int(b))
		}
		for b, c := range count {
			if c > count[mode] {
				mode = b
			}
		}
		g.first[f+1] = g.first[f] + uint32(top) + 1
		g.common[f] = g.first[f] + uint32(mode)
	}
	for i := range rows {
		for f, b := range g.row(i) {
			if c := g.first[f] + uint32(b); c != g.common[f] {
				g.rare = append(g.rare, c)
			}
		}
		g.from[i+1] = uint32(len(g.rare))
	}
	return g
}

// row returns the bins of a row.
func (g *grower) row(i int) []uint8 {
	n := len(g.common)
	return g.dense[i*n : (i+1)*n]
}

// grow returns the tree that fits the residuals, its root first.
func (g *grower) grow(r *rand.Rand) []node {
	root := branch{hi: g.draw(r)}
	root.total.rows = int64(root.hi)
	for _, i := range g.order[:root.hi] {
		root.total.sum += g.residual[i]
	}
	root.hist = g.histogram(&root)
	g.search(&root)
	tree := []node{g.leaf(&root)}
	open := []branch{root}
	for len(open) < g.p.Leaves {
		best := &open[0]
		for i := range open {
			if open[i].split.gain > best.split.gain {
				best = &open[i]
			}
		}
		if best.split.gain == 0 {
			break
		}
		left, right := g.cut(best)
		left.node, right.node = len(tree), len(tree)+1
		tree[best.node] = node{left: int32(left.node), feature: uint16(best.split.feature), limit: best.split.limit}
		tree = append(tree, g.leaf(&left), g.leaf(&right))
		*best = left
		open = append(open, right)
	}
	for i := range open {
		g.idle = append(g.idle, open[i].hist)
	}
	return tree
}

// draw picks the tree's rows and features and returns the number of rows.
func (g *grower) draw(r *rand.Rand) int {
	for i := range g.order {
		g.order[i] = int32(i)
	}
	rows := share(g.p.Rows, len(g.order))
	choose(r, rows, len(g.order), func(i, j int) { g.order[i], g.order[j] = g.order[j], g.order[i] })
	clear(g.used)
	columns := make([]int, len(g.used))
	for f := range columns {
		columns[f] = f
	}
	drawn := share(g.p.Columns, len(columns))
	choose(r, drawn, len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	for _, f := range columns[:drawn] {
		g.used[f] = true
	}
	return rows
}

// choose brings k of n things to the front: the first k exchanges of a Fisher–Yates
// shuffle. All of them need no draw.
func choose(r *rand.Rand, k, n int, swap func(i, j int)) {
	if k == n {
		return
	}
	for i := range k {
		swap(i, i+r.IntN(n-i))
	}
}

// share is a part of n things, at least one of them.
func share(of float64, n int) int {
	return min(n, max(1, int(math.Round(of*float64(n)))))
}

// leaf is a branch as a leaf: the shrunken mean residual.
func (g *grower) leaf(b *branch) node {
	v := math.Round(g.p.Rate * float64(b.total.sum) / (float64(b.total.rows) + g.p.Lambda))
	return leafNode(b.node, int32(max(math.MinInt32, min(math.MaxInt32, v))))
}

// cut parts the rows of a branch by its split and finds the best split of each side. The
// smaller side is summed, the larger takes the parent's histogram less the smaller's.
func (g *grower) cut(b *branch) (left, right branch) {
	width, mid, spilled := len(g.common), b.lo, 0
	for _, i := range g.order[b.lo:b.hi] {
		if g.dense[int(i)*width+b.split.feature] <= b.split.limit {
			g.order[mid] = i
			mid++
		} else {
			g.spill[spilled] = i
			spilled++
		}
	}
	copy(g.order[mid:b.hi], g.spill[:spilled])
	left = branch{lo: b.lo, hi: mid, depth: b.depth + 1, total: b.split.left}
	right = branch{lo: mid, hi: b.hi, depth: b.depth + 1, total: b.total.less(b.split.left)}
	small, large := &left, &right
	if left.total.rows > right.total.rows {
		small, large = large, small
	}
	small.hist, large.hist = g.histogram(small), b.hist
	for i, c := range small.hist {
		large.hist[i] = large.hist[i].less(c)
	}
	g.search(&left)
	g.search(&right)
	return left, right
}

// histogram sums the residuals of a branch by bin, rare bins only.
func (g *grower) histogram(b *branch) []cell {
	var h []cell
	if n := len(g.idle); n > 0 {
		h, g.idle = g.idle[n-1], g.idle[:n-1]
		clear(h)
	} else {
		h = make([]cell, g.first[len(g.first)-1])
	}
	for _, i := range g.order[b.lo:b.hi] {
		v := g.residual[i]
		for _, c := range g.rare[g.from[i]:g.from[i+1]] {
			h[c].sum += v
			h[c].rows++
		}
	}
	return h
}

// search finds the split of a branch with the highest gain, the first of equals.
func (g *grower) search(b *branch) {
	if b.depth == g.p.Depth {
		return
	}
	whole, least := g.score(b.total), int64(g.p.MinChild)
	for f, used := range g.used {
		if !used {
			continue
		}
		cells := b.hist[g.first[f]:g.first[f+1]]
		common := &b.hist[g.common[f]]
		rest := b.total
		for _, c := range cells {
			rest = rest.less(c)
		}
		*common = rest
		var left cell
		for limit, c := range cells[:len(cells)-1] {
			left.sum += c.sum
			left.rows += c.rows
			right := b.total.less(left)
			if c.rows == 0 || left.rows < least || right.rows < least {
				continue
			}
			if gain := g.score(left) + g.score(right) - whole; gain > b.split.gain {
				b.split = split{gain, f, uint8(limit), left}
			}
		}
		*common = cell{}
	}
}

// score is the drop in squared loss that a leaf brings, in steps² (XGBoost, equation 6).
func (g *grower) score(c cell) float64 {
	s := float64(c.sum)
	return s * s / (float64(c.rows) + g.p.Lambda)
}

func (c cell) less(d cell) cell { return cell{c.sum - d.sum, c.rows - d.rows} }

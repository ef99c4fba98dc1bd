package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

const (
	// block is the number of rows that [Trees.walkAll] takes through all trees at once: few enough for
	// their features to stay in a first-level cache of 32 KiB.
	block = 64
	// lanes rows walk side by side, so that one waits for memory while the others go on.
	lanes = 4
	// side is the number of rows that [Trees.sliceAll] takes side by side, a bit each: enough of them
	// to be worth a look at every node of every tree.
	side = 256
	// slicedNodes are the most nodes of a tree, of 64 leaves, up to which every node is looked at: where
	// trees are larger a walk, which sees one leaf in many, takes fewer steps.
	slicedNodes = 127
)

// PredictAll writes the prediction of every row of x[feature][row] to dst. Feature and
// row counts must be those of the trees and of dst.
func (t *Trees) PredictAll(dst []float64, x [][]uint8) error {
	if len(x) != t.features {
		return fmt.Errorf("model: predict: %d features, the trees have %d", len(x), t.features)
	}
	for f := range x {
		if len(x[f]) != len(dst) {
			return fmt.Errorf("model: predict: feature %d has %d rows, the result %d", f, len(x[f]), len(dst))
		}
	}
	largest := 0
	for k := range t.roots {
		largest = max(largest, len(t.tree(k)))
	}
	if len(dst) < block || largest > slicedNodes {
		t.walkAll(dst, x)
	} else {
		t.sliceAll(dst, x)
	}
	return nil
}

// tree are the nodes of tree k.
func (t *Trees) tree(k int) []node {
	if k+1 < len(t.roots) {
		return t.nodes[t.roots[k]:t.roots[k+1]]
	}
	return t.nodes[t.roots[k]:]
}

// walkAll takes every row down every tree.
func (t *Trees) walkAll(dst []float64, x [][]uint8) {
	// A last block that is not full computes rows that nobody reads.
	rows := make([]uint8, block*len(x))
	for lo := 0; lo < len(dst); lo += block {
		hi := min(lo+block, len(dst))
		for f, column := range x {
			for i, v := range column[lo:hi] {
				rows[i*len(x)+f] = v
			}
		}
		var sum [block]int64
		for k := range t.roots {
			t.walkBlock(&sum, k, rows)
		}
		for i := range dst[lo:hi] {
			dst[lo+i] = float64(t.base+sum[i]) * t.step
		}
	}
}

// walkBlock adds to each sum the leaf, in steps, in which its row ends in tree k.
func (t *Trees) walkBlock(sum *[block]int64, k int, rows []uint8) {
	root, depth, nodes, w := t.roots[k], t.depth[k], t.nodes, t.features
	for i := 0; i < block; i += lanes {
		a, b, c, d := root, root, root, root
		four := rows[i*w : (i+lanes)*w]
		ra, rb, rc, rd := four[:w], four[w:2*w], four[2*w:3*w], four[3*w:]
		for range depth {
			a = nodes[a].next(ra)
			b = nodes[b].next(rb)
			c = nodes[c].next(rc)
			d = nodes[d].next(rd)
		}
		sum[i] += int64(nodes[a].leaf)
		sum[i+1] += int64(nodes[b].leaf)
		sum[i+2] += int64(nodes[c].leaf)
		sum[i+3] += int64(nodes[d].leaf)
	}
}

// rowSet is a set of the rows that are side by side, a bit each.
type rowSet [side / 64]uint64

// sliced are the numbers of many rows at once: bit i of each row's number is in set i.
type sliced [64]rowSet

// sliceAll looks at every node of every tree once for many rows. The rows that reach a node are a set, and
// so are those that exceed its limit; the values of the leaves are added up bit by bit in sliced numbers.
func (t *Trees) sliceAll(dst []float64, x [][]uint8) {
	type limit struct {
		feature uint16
		limit   uint8
	}
	var limits []limit // that splits have
	place := map[limit]int32{}
	at := make([]int32, len(t.nodes)) // of a split's limit
	for i := range t.nodes {
		if n := &t.nodes[i]; !n.isLeaf() {
			l := limit{n.feature, n.limit}
			k, ok := place[l]
			if !ok {
				k = int32(len(limits))
				place[l], limits = k, append(limits, l)
			}
			at[i] = k
		}
	}
	// Sliced numbers have no sign: a tree's leaves are counted from the least of them.
	base, most, least := t.base, uint64(0), make([]int32, len(t.roots))
	for k := range t.roots {
		lo, hi := int32(math.MaxInt32), int32(math.MinInt32)
		for _, n := range t.tree(k) {
			if n.isLeaf() {
				lo, hi = min(lo, n.leaf), max(hi, n.leaf)
			}
		}
		least[k], base, most = lo, base+int64(lo), most+uint64(int64(hi)-int64(lo))
	}
	width := bits.Len64(most)
	above, reach := make([]rowSet, len(limits)), make([]rowSet, slicedNodes)
	for lo := 0; lo < len(dst); lo += side {
		hi := min(lo+side, len(dst))
		for i, l := range limits {
			above[i] = exceeding(x[l.feature][lo:hi], l.limit)
		}
		var sum sliced
		for k, root := range t.roots {
			var leaf sliced32
			bits := t.leafOf(&leaf, k, least[k], above, at[root:], reach)
			sum.add(&leaf, bits, width)
		}
		for i := range dst[lo:hi] {
			n := uint64(0)
			for b := range width {
				n |= sum[b][i/64] >> (i % 64) & 1 << b
			}
			dst[lo+i] = float64(base+int64(n)) * t.step
		}
	}
}

// sliced32 are sliced numbers of at most 32 bits.
type sliced32 [32]rowSet

// leafOf sets leaf to how far the value of the leaf in which each row ends in tree k is above the least, and
// returns how many bits that has. above are the sets of rows that exceed a limit, at the limit of each node.
func (t *Trees) leafOf(leaf *sliced32, k int, least int32, above []rowSet, at []int32, reach []rowSet) int {
	root, all := t.roots[k], uint32(0)
	reach[0] = rowSet{math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64}
	for i, n := range t.tree(k) {
		here := &reach[i]
		if !n.isLeaf() {
			exceed, children := &above[at[i]], reach[n.left-root:][:2]
			for w := range here {
				children[0][w] = here[w] &^ exceed[w]
				children[1][w] = here[w] & exceed[w]
			}
			continue
		}
		value := uint32(int64(n.leaf) - int64(least))
		all |= value
		for ; value != 0; value &= value - 1 {
			set := &leaf[bits.TrailingZeros32(value)&31]
			for w := range here {
				set[w] |= here[w]
			}
		}
	}
	return bits.Len32(all)
}

// add adds numbers of so many bits; the sum has at most width.
func (s *sliced) add(n *sliced32, bits, width int) {
	var carry rowSet
	for b := range bits {
		sum, plus := &s[b], &n[b]
		for w := range sum {
			x, y, c := sum[w], plus[w], carry[w]
			sum[w] = x ^ y ^ c
			carry[w] = x&y | c&(x^y)
		}
	}
	for b := bits; b < width; b++ {
		sum := &s[b]
		for w := range sum {
			sum[w], carry[w] = sum[w]^carry[w], sum[w]&carry[w]
		}
	}
}

// exceeding is the set of the rows, at most side, whose value is above a limit of at most 254: eight rows at
// once, a byte each, whose highest bit becomes the answer.
func exceeding(column []uint8, limit uint8) (set rowSet) {
	const ones, low, high = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	var rest [8]uint8
	for i := 0; i < len(column); i += 8 {
		eight := rest[:]
		if i+8 <= len(column) {
			eight = column[i : i+8]
		} else {
			copy(rest[:], column[i:])
		}
		v := binary.LittleEndian.Uint64(eight)
		// The sum of a byte's lower bits and 127-limit has the highest bit where they are above the limit.
		var answer uint64
		if limit < 128 {
			answer = ((v&low + ones*uint64(127-limit)) | v) & high
		} else {
			answer = (v&low + ones*uint64(255-limit)) & v & high
		}
		// The product brings the lowest bits of eight bytes side by side into the highest byte.
		set[i/64] |= answer >> 7 * 0x0102040810204080 >> 56 << (i % 64)
	}
	return set
}

package model

import "math"

// Trees is a sum of regression trees over features that are small integers. It is
// immutable and safe for concurrent use.
type Trees struct {
	features int     // bytes in a row
	step     float64 // unit of base and leaves, in the target's unit
	base     int64   // prediction before the first tree, in steps

	nodes []node  // tree after tree, each level by level
	roots []int32 // first node of each tree
	depth []uint8 // most splits on a way down, for each tree
	masks *masks  // the same trees for quicker answers; nil where walks are quicker
}

// node is a split or a leaf. A row goes to the left child when its feature is at most
// the limit, otherwise to the node after it. A leaf is its own left child behind a limit
// that nothing exceeds, so that a walk takes a fixed number of steps without asking.
type node struct {
	left    int32
	leaf    int32 // value in steps; 0 in a split
	feature uint16
	limit   uint8
}

func leafNode(at int, value int32) node {
	return node{left: int32(at), leaf: value, limit: math.MaxUint8}
}

func (n *node) isLeaf() bool { return n.limit == math.MaxUint8 }

// next is the node to go on to. The sign bit of limit−value stands for the comparison,
// whose branch would be a coin toss.
func (n *node) next(row []uint8) int32 {
	return n.left + int32((uint32(n.limit)-uint32(row[n.feature]))>>31)
}

// Features returns the number of features in a row.
func (t *Trees) Features() int { return t.features }

// Step returns the resolution of predictions, in the target's unit.
func (t *Trees) Step() float64 { return t.step }

// Size returns the number of trees and of their leaves.
func (t *Trees) Size() (trees, leaves int) {
	return len(t.roots), (len(t.nodes) + len(t.roots)) / 2
}

// Predict returns the prediction for a row, in the target's unit. It panics when the row
// has fewer than t.Features bytes.
func (t *Trees) Predict(row []uint8) float64 {
	row = row[:t.features]
	if t.masks != nil {
		return float64(t.base+t.masks.whole(row)) * t.step
	}
	// Four trees are walked side by side, so that one waits for memory while the others go on; a step behind
	// a leaf stays on it.
	sum, k, nodes := t.base, 0, t.nodes
	for ; k+4 <= len(t.roots); k += 4 {
		root, depth := t.roots[k:][:4], t.depth[k:][:4]
		a, b, c, d := root[0], root[1], root[2], root[3]
		for range max(depth[0], depth[1], depth[2], depth[3]) {
			a = nodes[a].next(row)
			b = nodes[b].next(row)
			c = nodes[c].next(row)
			d = nodes[d].next(row)
		}
		sum += int64(nodes[a].leaf) + int64(nodes[b].leaf) + int64(nodes[c].leaf) + int64(nodes[d].leaf)
	}
	for ; k < len(t.roots); k++ {
		sum += int64(t.walk(k, row))
	}
	return float64(sum) * t.step
}

// PredictOnes returns the prediction for a row of which the named features are 1 and all others 0, in the
// target's unit. It panics when there is no such feature.
func (t *Trees) PredictOnes(ones []uint16) float64 {
	if t.masks != nil {
		return float64(t.base+t.masks.listed(ones)) * t.step
	}
	var buf [512]uint8 // enough for most; a longer row is allocated
	row := append(buf[:0], make([]uint8, t.features)...)
	for _, f := range ones {
		row[f] = 1
	}
	return t.Predict(row)
}

// walk returns the leaf, in steps, in which a row ends in tree k.
func (t *Trees) walk(k int, row []uint8) int32 {
	n := &t.nodes[t.roots[k]]
	for range t.depth[k] {
		n = &t.nodes[n.next(row)]
	}
	return n.leaf
}

// add appends a tree whose nodes are in any order, the first its root, level by level.
func (t *Trees) add(tree []node) {
	root := len(t.nodes)
	t.roots = append(t.roots, int32(root))
	t.nodes = append(t.nodes, tree[0])
	depth := 0
	for lo := root; ; depth++ {
		hi := len(t.nodes)
		for at := lo; at < hi; at++ {
			n := &t.nodes[at]
			if n.isLeaf() {
				n.left = int32(at)
				continue
			}
			from := n.left
			n.left = int32(len(t.nodes))
			t.nodes = append(t.nodes, tree[from], tree[from+1])
		}
		if len(t.nodes) == hi {
			break
		}
		lo = hi
	}
	t.depth = append(t.depth, uint8(depth))
}

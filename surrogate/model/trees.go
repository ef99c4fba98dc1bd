package model

// Trees is a sum of regression trees over binned features.
type Trees struct {
	Features int     // bytes in a row
	Step     float64 // unit of the leaves
	Base     float64 // prediction before the first tree

	node  []node
	leaf  []int32 // a node's value in steps; 0 in a split
	roots []int32
	depth []uint8 // longest way down, for each tree
}

// node is a split: the right child follows the left one, and a row goes right when its
// feature is above the limit. A leaf is its own left child behind a limit that nothing is
// above, so that a walk takes a fixed number of steps without asking.
type node struct {
	left    int32
	feature uint16
	limit   uint8
}

type walker struct{ node int32 }

func (t *Trees) walk(root int32, depth uint8, row []uint8) int32 {
	i := root
	for range depth {
		n := &t.node[i]
		i = n.left
		if row[n.feature] > n.limit {
			i++
		}
	}
	return i
}

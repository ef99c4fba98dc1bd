package model

import "fmt"

const (
	// block is the number of rows that PredictAll takes through all trees at once: few
	// enough for their features to stay in a first-level cache of 32 KiB.
	block = 64
	// lanes rows walk side by side, so that one waits for memory while the others go on.
	lanes = 4
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
	return nil
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

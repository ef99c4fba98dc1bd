package model

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// masks answer for trees of few leaves feature by feature instead of tree by tree: QuickScorer (Lucchese
// et al., SIGIR 2015, doi:10.1145/2766462.2767733). A split whose limit a row exceeds rules out the leaves
// to its left, and a row ends in the leftmost leaf that is not ruled out, whatever the order in which the
// splits are looked at. What a feature's value rules out in all trees is one row of bits; a feature that is 0
// rules out nothing.
//
// Leaves are summed as whole steps, exactly in any order, so that masks and walks predict the same.
type masks struct {
	// A tree has room for 8 or for 16 leaves and as many bits: in a row of bits tree k has those from its
	// first leaf on, the leftmost leaf the lowest. Values are in steps, and one of the two is empty.
	eights   [][8]int32  // tree -> values from left to right
	sixteens [][16]int32 // tree -> values, that of leaf i at place16(1<<i)

	words int      // of a row of bits
	rules []uint64 // rows of bits, the first without any
	rows  []rule   // what the rows of bits are of; the first of none
	first []int32  // feature -> its first row; one more ends the last
	ones  []int32  // feature -> the row of its value 1, 0 where that rules out nothing
}

// rule is a row of bits: a value of the feature above the limit rules out what this and all lower limits
// of the feature do.
type rule struct {
	feature int
	limit   uint8
}

// Limits of what masks are made for. Beyond some 16 leaves a walk looks at fewer splits; the rows of one
// architecture's bits take 2 KiB of a stack, those of all values together a mebibyte.
const (
	masksLeaves = 16
	masksWords  = 256
	masksRules  = 1 << 17 // words
)

// newMasks returns the masks of trees, nil where they have too many trees or leaves.
func newMasks(t *Trees) *masks {
	m, width := new(masks), 8
	type ruling struct {
		rule
		tree int
		out  uint64 // bit i: leaf i of the tree
	}
	var all []ruling
	values := make([][]int32, len(t.roots)) // of the leaves of each tree
	for k, root := range t.roots {
		var visit func(at int32) bool // false where there are too many leaves
		visit = func(at int32) bool {
			n := &t.nodes[at]
			if n.isLeaf() {
				values[k] = append(values[k], n.leaf)
				return len(values[k]) <= masksLeaves
			}
			from := len(values[k])
			if !visit(n.left) {
				return false
			}
			all = append(all, ruling{rule{int(n.feature), n.limit}, k, 1<<len(values[k]) - 1<<from})
			return visit(n.left + 1)
		}
		if !visit(root) {
			return nil
		}
		if len(values[k]) > width {
			width = masksLeaves
		}
	}
	m.words = (len(t.roots)*width + 63) / 64
	if m.words > masksWords {
		return nil
	}
	// Behind the last tree are zeros.
	if width == 8 {
		m.eights = make([][8]int32, m.words*8)
		for k, v := range values {
			copy(m.eights[k][:], v)
		}
	} else {
		m.sixteens = make([][16]int32, m.words*4)
		for k, v := range values {
			for i, x := range v {
				m.sixteens[k][place16(1<<i)] = x
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ruling) int {
		return cmp.Or(cmp.Compare(a.feature, b.feature), cmp.Compare(a.limit, b.limit))
	})
	m.rules, m.rows = make([]uint64, m.words), []rule{{feature: -1}}
	for _, r := range all {
		last := len(m.rows) - 1
		if m.rows[last] != r.rule {
			if len(m.rules) >= masksRules {
				return nil
			}
			row := make([]uint64, m.words)
			if m.rows[last].feature == r.feature {
				copy(row, m.row(int32(last)))
			}
			m.rows, m.rules = append(m.rows, r.rule), append(m.rules, row...)
			last++
		}
		bit := r.tree * width
		m.row(int32(last))[bit/64] |= r.out << (bit % 64)
	}
	m.first, m.ones = make([]int32, t.features+1), make([]int32, t.features)
	for i, r := range m.rows[1:] {
		m.first[r.feature+1] = int32(i + 2)
		if r.limit == 0 {
			m.ones[r.feature] = int32(i + 1)
		}
	}
	m.first[0] = 1
	for f := range m.ones {
		m.first[f+1] = max(m.first[f+1], m.first[f])
	}
	return m
}

// row is a row of bits.
func (m *masks) row(i int32) []uint64 { return m.rules[int(i)*m.words:][:m.words] }

// lowest is the place of the lowest bit of a byte that is not 0. A look into a table is quicker than the
// instruction, which some processors take apart.
var lowest = func() (all [256]uint8) {
	for i := range all {
		all[i] = uint8(bits.TrailingZeros8(uint8(i)))
	}
	return all
}()

// place16 numbers the lowest bit of 16 by the four bits to which a de Bruijn sequence, which has each four
// of them once, is shifted by it.
func place16(bits uint64) uint64 { return (bits & -bits) * 0x09af >> 12 & 15 }

// above is the row of a value of a feature.
func (m *masks) above(f int, value uint8) int32 {
	if value == 1 {
		return m.ones[f]
	}
	row := int32(0)
	for i := m.first[f]; i < m.first[f+1] && m.rows[i].limit < value; i++ {
		row = i
	}
	return row
}

// ruled is what an architecture's features rule out, joined.
type ruled struct {
	*masks
	bits [masksWords]uint64
}

// join adds eight rows of bits at once: what is joined already is then read once and written once. The row 0
// stands where there are fewer.
func (r *ruled) join(rows *[8]int32) {
	s := r.bits[:r.words]
	a, b, c, d := r.row(rows[0])[:len(s)], r.row(rows[1])[:len(s)], r.row(rows[2])[:len(s)], r.row(rows[3])[:len(s)]
	e, f, g, h := r.row(rows[4])[:len(s)], r.row(rows[5])[:len(s)], r.row(rows[6])[:len(s)], r.row(rows[7])[:len(s)]
	for i := range s {
		s[i] |= a[i] | b[i] | c[i] | d[i] | e[i] | f[i] | g[i] | h[i]
	}
}

// sum is that of the leaves in which the architecture ends: in each tree the lowest that is not ruled out.
func (r *ruled) sum() (sum int64) {
	for i, out := range r.bits[:r.words] {
		left := ^out
		if r.eights != nil {
			t := r.eights[i*8:][:8]
			sum += int64(t[0][lowest[left&255]&7]) + int64(t[1][lowest[left>>8&255]&7]) +
				int64(t[2][lowest[left>>16&255]&7]) + int64(t[3][lowest[left>>24&255]&7]) +
				int64(t[4][lowest[left>>32&255]&7]) + int64(t[5][lowest[left>>40&255]&7]) +
				int64(t[6][lowest[left>>48&255]&7]) + int64(t[7][lowest[left>>56]&7])
		} else {
			t := r.sixteens[i*4:][:4]
			sum += int64(t[0][place16(left)]) + int64(t[1][place16(left>>16)]) +
				int64(t[2][place16(left>>32)]) + int64(t[3][place16(left>>48)])
		}
	}
	return sum
}

// whole is the sum for a row of features.
func (m *masks) whole(row []uint8) int64 {
	r, rows, n := ruled{masks: m}, [8]int32{}, 0
	add := func(f int, value uint8) {
		rows[n&7] = m.above(f, value)
		if n++; n == len(rows) {
			r.join(&rows)
			rows, n = [8]int32{}, 0
		}
	}
	f := 0
	for ; f+8 <= len(row); f += 8 {
		for eight := binary.LittleEndian.Uint64(row[f:]); eight != 0; {
			k := bits.TrailingZeros64(eight) / 8
			add(f+k, uint8(eight>>(8*k)&255))
			eight &^= 0xff << (8 * k)
		}
	}
	for ; f < len(row); f++ {
		add(f, row[f])
	}
	r.join(&rows)
	return r.sum()
}

// listed is the sum for a row of which the named features are 1 and all others 0.
func (m *masks) listed(ones []uint16) int64 {
	r := ruled{masks: m}
	for ; len(ones) > 0; ones = ones[min(8, len(ones)):] {
		var rows [8]int32
		for i, f := range ones[:min(8, len(ones))] {
			rows[i] = m.ones[f]
		}
		r.join(&rows)
	}
	return r.sum()
}

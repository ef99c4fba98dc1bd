package forest

import (
	"bytes"
	"math/bits"
	"slices"
)

// Whole is many rows prepared for questions about all of them. Rows that are equal are one look. It is immutable.
type Whole struct {
	rows Rows    // as they were given
	look []int32 // of each row
	n    int     // looks
	// The looks are numbered in rising order, so that most that a split sends one way lie side by side. Of each column
	// and each number in it there is the set of the looks with at most that number.
	sets []lookSet
	set  []int32 // by column and limit, 256 a column: the place of the set, -1 for one without looks
}

// lookSet is a set of looks, a bit each.
type lookSet []uint64

// NewWhole prepares rows.
func NewWhole(rows Rows) *Whole {
	all := len(rows.X) / rows.Cols
	order := make([]int32, all)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(rows.Row(int(a)), rows.Row(int(b))) })
	w := &Whole{rows: rows, look: make([]int32, all), set: make([]int32, 256*rows.Cols)}
	var first []int32 // row of each look
	for k, i := range order {
		if k == 0 || !bytes.Equal(rows.Row(int(i)), rows.Row(int(order[k-1]))) {
			first = append(first, i)
		}
		w.look[i] = int32(len(first) - 1)
	}
	w.n = len(first)
	for c := range rows.Cols {
		var there [256]bool
		for _, i := range first {
			there[rows.Row(int(i))[c]] = true
		}
		last := int32(-1)
		for v := range there {
			if there[v] {
				last = int32(len(w.sets))
				set := make(lookSet, (w.n+63)/64)
				for k, i := range first {
					if int(rows.Row(int(i))[c]) <= v {
						set[k/64] |= 1 << (k % 64)
					}
				}
				w.sets = append(w.sets, set)
			}
			w.set[256*c+v] = last
		}
	}
	return w
}

// Row is row i.
func (w *Whole) Row(i int) []uint8 { return w.rows.Row(i) }

// Cols is how many numbers a row has.
func (w *Whole) Cols() int { return w.rows.Cols }

// span is the looks that reach a node; there are none outside of the words from and to.
type span struct {
	set      lookSet
	from, to int
}

// leaves writes for each look the number of the leaf in which it ends.
func (w *Whole) leaves(t *shape, leaf []int32) {
	words := (w.n + 63) / 64
	var free []lookSet
	var down func(at int32, s span)
	down = func(at int32, s span) {
		n := &t.nodes[at]
		if n.column < 0 {
			for i, x := range s.set[s.from:s.to] {
				for ; x != 0; x &= x - 1 {
					leaf[(s.from+i)*64+bits.TrailingZeros64(x)] = n.left
				}
			}
			return
		}
		place := w.set[256*int(n.column)+int(n.limit)]
		if place < 0 {
			down(n.right, s)
			return
		}
		var set lookSet
		if k := len(free); k > 0 {
			set, free = free[k-1], free[:k-1]
		} else {
			set = make(lookSet, words)
		}
		left, right := span{set: set}, span{set: s.set}
		here := s.set[s.from:s.to]
		less, atMost := set[s.from:s.to][:len(here)], w.sets[place][s.from:s.to][:len(here)]
		for i, x := range here {
			l := x & atMost[i]
			less[i], here[i] = l, x&^l
		}
		left.from, left.to = trim(set, s.from, s.to)
		right.from, right.to = trim(s.set, s.from, s.to)
		if left.from < left.to {
			down(n.left, left)
		}
		free = append(free, set)
		if right.from < right.to {
			down(n.right, right)
		}
	}
	all := span{make(lookSet, words), 0, words}
	for i := range w.n {
		all.set[i/64] |= 1 << (i % 64)
	}
	down(0, all)
}

// trim leaves out words without looks at both ends.
func trim(set lookSet, from, to int) (int, int) {
	for from < to && set[from] == 0 {
		from++
	}
	for from < to && set[to-1] == 0 {
		to--
	}
	return from, to
}

// Answers are a forest's about all rows of a Whole. They remember in which leaves rows end, for as long as the forest
// keeps the shapes of its trees.
type Answers struct {
	whole *Whole
	f     *Forest
	shape []*shape  // of each tree
	leaf  [][]int32 // of each tree, by look
	sum   []moments // over the trees, by look
}

// Ask asks a forest about all rows. It uses the memory of a.
func (f *Forest) Ask(w *Whole, a *Answers) {
	if a.whole != w || len(a.shape) != len(f.trees) {
		*a = Answers{whole: w, shape: make([]*shape, len(f.trees)), leaf: make([][]int32, len(f.trees)),
			sum: make([]moments, w.n)}
	}
	a.f = f
	clear(a.sum)
	for k := range f.trees {
		t := &f.trees[k]
		if a.shape[k] != t.shape {
			if a.leaf[k] == nil {
				a.leaf[k] = make([]int32, w.n)
			}
			w.leaves(t.shape, a.leaf[k])
			a.shape[k] = t.shape
		}
		sum := a.sum[:len(a.leaf[k])]
		for i, leaf := range a.leaf[k] {
			m := &t.leaves[leaf]
			sum[i].mean += m.mean
			sum[i].square += m.square
		}
	}
}

// Row is the answer about row i: a mean and a standard deviation.
func (a *Answers) Row(i int) (mean, sd float64) { return a.f.answer(&a.sum[a.whole.look[i]]) }

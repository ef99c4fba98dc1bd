package forest

import (
	"cmp"
	"math"
	"slices"
)

// Quantiles answer with quantiles instead of means: each tree gives the rows in a leaf equal parts of its weight, and
// a quantile is the lowest target up to which the trees together have enough of it (Meinshausen, JMLR 7, 2006,
// equation 6).
type Quantiles struct {
	f      *Forest
	target []float64 // rising
	trees  []ranks
	weight []int64 // scratch: by place in target
}

// ranks are the rows of a tree's leaves, leaf by leaf, by the places of their targets.
type ranks struct {
	from []int32 // leaf -> its first; one more ends the last
	rank []int32
	part []int64 // of the weight of the leaf
}

// wholeWeight is that of a leaf. Parts are rounded down, which is far below all noise.
const wholeWeight = 1 << 32

// Quantiles prepares a forest for questions. The rows and targets are those that it was last grown on.
func (f *Forest) Quantiles(x Rows, y []float64) *Quantiles {
	q := &Quantiles{f: f, target: slices.Sorted(slices.Values(y)), weight: make([]int64, len(y))}
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(y[i], y[j]) })
	for k := range f.trees {
		t := &f.trees[k]
		r := ranks{from: make([]int32, t.shape.leaves+1)}
		of, n := make([]int32, len(y)), make([]int64, t.shape.leaves)
		for i := range y {
			of[i] = t.leaf(x.Row(i))
			r.from[of[i]+1]++
			n[of[i]] += t.times(i)
		}
		for k := range n {
			r.from[k+1] += r.from[k]
		}
		r.rank, r.part = make([]int32, len(y)), make([]int64, len(y))
		next := slices.Clone(r.from)
		for rank, i := range order {
			at := next[of[i]]
			next[of[i]]++
			r.rank[at], r.part[at] = int32(rank), wholeWeight*t.times(i)/n[of[i]]
		}
		q.trees = append(q.trees, r)
	}
	return q
}

// times is how often a row was drawn for a tree. Those that came later count once.
func (s *shape) times(i int) int64 {
	if i < len(s.weight) {
		return int64(s.weight[i])
	}
	return 1
}

// Of appends to dst the quantiles of a row at rising levels in 0..1.
func (q *Quantiles) Of(dst []float64, row []uint8, levels ...float64) []float64 {
	clear(q.weight)
	total := int64(0)
	for k := range q.trees {
		r, leaf := &q.trees[k], q.f.trees[k].leaf(row)
		for at := r.from[leaf]; at < r.from[leaf+1]; at++ {
			q.weight[r.rank[at]] += r.part[at]
			total += r.part[at]
		}
	}
	rank, sum := 0, q.weight[0]
	for _, level := range levels {
		for want := int64(math.Ceil(level * float64(total))); sum < want; {
			rank++
			sum += q.weight[rank]
		}
		dst = append(dst, q.target[rank])
	}
	return dst
}

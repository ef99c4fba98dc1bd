// Package pareto compares points of several numbers, all of which are minimised: which point dominates which, the
// fronts that follow from it, and how crowded a front is. Numbers may be infinite and must not be NaN.
package pareto

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// NoWorse says whether a is at most b in every number. Both are of the same length.
func NoWorse(a, b []float64) bool {
	for i, x := range a {
		if x > b[i] {
			return false
		}
	}
	return true
}

// Dominates says whether a is no worse than b in any number and better in one. Both are of the same length.
func Dominates(a, b []float64) bool {
	better := false
	for i, x := range a {
		if x > b[i] {
			return false
		}
		better = better || x < b[i]
	}
	return better
}

// First are the places of the points that no other dominates, rising. Of equal points all are there.
func First(points [][]float64) []int {
	var f Fronts
	f.Sort(points)
	if f.Len() == 0 {
		return nil
	}
	first := slices.Clone(f.Front(0))
	slices.Sort(first)
	return first
}

// Fronts are points in non-dominated fronts (Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist Multiobjective
// Genetic Algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6, 2002, §III.A): the first front are the points that none
// dominates, and each further one those that only points of earlier fronts dominate. The zero value is empty and takes
// points of any length, all of the same one.
//
// Sort puts all points of a generation in place, Add one point more. With two numbers a point, points of a front that
// rise in the first number fall in the second, so that n points are sorted in n log n steps. With more numbers every
// point is compared with points of a front, which is quadratic at worst.
//
// Points are known by their places, counted from 0. Their slices are kept and must not change.
type Fronts struct {
	points [][]float64
	fronts [][]int // each in the order of compare
	order  []int   // scratch, and what Loneliest returns
	moved  []int   // scratch of Add: those who come to a front, and those who leave it for the next
	left   []int
	apart  []float64 // what Crowding returns
}

// Sort forgets all points but not their memory, and sorts others, whose places are those of the slice.
func (f *Fronts) Sort(points [][]float64) {
	clear(f.points)
	f.points, f.fronts = append(f.points[:0], points...), f.fronts[:0]
	f.order = f.order[:0]
	for i := range points {
		f.order = append(f.order, i)
	}
	slices.SortFunc(f.order, f.compare)
	// Nobody is dominated by a point that comes later in this order.
	for _, i := range f.order {
		k := f.find(i)
		f.grow(k)
		f.fronts[k] = append(f.fronts[k], i)
	}
}

// Add adds a point, whose place is the number of points before it, and returns its front and the end of the fronts that
// change, which begin with it: whom the point dominates may move to later ones (Li, Deb, Zhang and Zhang, "Efficient
// Nondomination Level Update Method for Steady-State Evolutionary Multiobjective Optimization", IEEE Trans. Cybern. 47,
// 2017).
func (f *Fronts) Add(point []float64) (front, end int) {
	i := len(f.points)
	f.points = append(f.points, point)
	front = f.find(i)
	f.moved = append(f.moved[:0], i)
	for end = front; len(f.moved) > 0; end++ {
		f.grow(end)
		f.enter(end)
		f.moved, f.left = f.left, f.moved
	}
	return front, end
}

// Len is the number of fronts.
func (f *Fronts) Len() int { return len(f.fronts) }

// Front are the places of the points of a front, counted from 0: in the order of their first number, then of the
// second and so on, of equal points the earlier first. They stand until the next change.
func (f *Fronts) Front(k int) []int { return f.fronts[k] }

// compare orders points by their first number, then by the second and so on, and equal ones by their places.
func (f *Fronts) compare(i, j int) int {
	return cmp.Or(slices.Compare(f.points[i], f.points[j]), cmp.Compare(i, j))
}

// grow makes sure that there is a front k, which is at most the next one.
func (f *Fronts) grow(k int) {
	switch {
	case k < len(f.fronts):
	case k < cap(f.fronts): // with the memory of a front that was there before
		f.fronts = f.fronts[:k+1]
		f.fronts[k] = f.fronts[k][:0]
	default:
		f.fronts = append(f.fronts, nil)
	}
}

// find is the first front of which no point dominates point i: a point that is dominated by one of a front is also
// dominated by one of each front before.
func (f *Fronts) find(i int) int {
	return sort.Search(len(f.fronts), func(k int) bool { return !f.dominated(i, f.fronts[k]) })
}

// dominated says whether a point of a front dominates point i. Such a point comes before i in the front's order.
func (f *Fronts) dominated(i int, front []int) bool {
	before := front[:f.after(front, i)]
	if n := len(before); n > 0 && len(f.points[i]) == 2 {
		before = before[n-1:] // the lowest in the second number
	}
	return slices.ContainsFunc(before, func(j int) bool { return Dominates(f.points[j], f.points[i]) })
}

// after is the place in a front behind all that come before point i.
func (f *Fronts) after(front []int, i int) int {
	if n := len(front); n == 0 || f.compare(front[n-1], i) < 0 {
		return n // always so while points come in order
	}
	return sort.Search(len(front), func(at int) bool { return f.compare(front[at], i) > 0 })
}

// enter puts the points of moved into front k, and those of the front that they dominate into left. Both are in the
// front's order.
func (f *Fronts) enter(k int) {
	front, first, last := f.fronts[k], f.moved[0], f.moved[len(f.moved)-1]
	from := f.after(front, first)
	f.left = f.left[:0]
	if len(f.points[first]) == 2 {
		// moved is what stood side by side in front k-1, or a new point. Of the points of this front between those of
		// moved each is dominated by its left neighbour in front k-1, which is in moved. Behind them are dominated
		// those that are no better than the last of moved in the second number.
		to := from + sort.Search(len(front)-from, func(at int) bool {
			return f.points[front[from+at]][1] < f.points[last][1]
		})
		f.left = append(f.left, front[from:to]...)
		f.fronts[k] = slices.Replace(front, from, to, f.moved...)
		return
	}
	stay := from
	for _, j := range front[from:] {
		if slices.ContainsFunc(f.moved, func(m int) bool { return Dominates(f.points[m], f.points[j]) }) {
			f.left = append(f.left, j)
		} else {
			front[stay] = j
			stay++
		}
	}
	f.fronts[k] = append(front[:stay], f.moved...)
	slices.SortFunc(f.fronts[k], f.compare)
}

// Crowding are the crowding distances of the points of a front, in its order: the sum over all numbers of how far the
// next points on both sides are apart, as a share of what the front spans (Deb et al., §III.B, crowding-distance
// assignment). Larger is lonelier. The two ends in each number are infinitely lonely, of equal points the first at one
// end and the last at the other. A number that all have in common, or whose span is infinite, makes nobody lonelier
// but them. They stand until the next call.
func (f *Fronts) Crowding(k int) []float64 {
	front := f.fronts[k]
	f.apart = append(f.apart[:0], make([]float64, len(front))...)
	for m := range f.points[front[0]] {
		f.order = f.order[:0]
		for at := range front {
			f.order = append(f.order, at)
		}
		of := func(at int) float64 { return f.points[front[f.order[at]]][m] }
		slices.SortFunc(f.order, func(a, b int) int {
			return cmp.Or(cmp.Compare(f.points[front[a]][m], f.points[front[b]][m]), cmp.Compare(a, b))
		})
		last := len(front) - 1
		f.apart[f.order[0]], f.apart[f.order[last]] = math.Inf(1), math.Inf(1)
		span := of(last) - of(0)
		if !(span > 0) || math.IsInf(span, 1) {
			continue
		}
		for at := 1; at < last; at++ {
			f.apart[f.order[at]] += (of(at+1) - of(at-1)) / span
		}
	}
	return f.apart
}

// Loneliest are the places of the points of a front, the largest crowding distance first, of equals the first in the
// front. They stand until the next call of any method.
func (f *Fronts) Loneliest(k int) []int {
	front, apart := f.fronts[k], f.Crowding(k)
	f.order = f.order[:0]
	for at := range front {
		f.order = append(f.order, at)
	}
	slices.SortFunc(f.order, func(a, b int) int { return cmp.Or(cmp.Compare(apart[b], apart[a]), cmp.Compare(a, b)) })
	for i, at := range f.order {
		f.order[i] = front[at]
	}
	return f.order
}

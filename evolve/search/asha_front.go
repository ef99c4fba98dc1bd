package search

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

// frontRung orders trials by the non-dominated front that they are in, then by how lonely they are there, then by
// their values, the first objective's first, and then by who came first. A failed trial is in the last front.
//
// Adding a trial changes few fronts, and n trials of two objectives are in some √n fronts: a trial costs some √n steps.
type frontRung struct {
	all    []entrant
	fronts pareto.Fronts
	closed []bool // who failed or was promoted
	open   []int  // by front: how many of it are not closed
	top    int    // so many are the best
	none   bool   // nobody is left to promote until another one is added
}

func (r *frontRung) add(e entrant, values []float64, eta, least int) bool {
	i := len(r.all)
	r.all, r.closed = append(r.all, e), append(r.closed, math.IsInf(values[0], 1))
	first, end := r.fronts.Add(slices.Clone(values))
	for k := first; k < end; k++ {
		r.recount(k)
	}
	r.top, r.none = max(least, len(r.all)/eta), false
	before := 0
	for k := range first {
		before += len(r.fronts.Front(k))
	}
	left := r.top - before
	return left > 0 && (left >= len(r.fronts.Front(first)) || slices.Contains(r.fronts.Loneliest(first)[:left], i))
}

// recount counts who of a front is not closed.
func (r *frontRung) recount(k int) {
	if k == len(r.open) {
		r.open = append(r.open, 0)
	}
	r.open[k] = 0
	for _, i := range r.fronts.Front(k) {
		if !r.closed[i] {
			r.open[k]++
		}
	}
}

func (r *frontRung) promote() *entrant {
	for k, left := 0, r.top; left > 0 && !r.none && k < r.fronts.Len(); k++ {
		n := len(r.fronts.Front(k))
		if r.open[k] > 0 {
			for _, i := range r.fronts.Loneliest(k)[:min(n, left)] {
				if !r.closed[i] {
					r.closed[i] = true
					r.open[k]--
					return &r.all[i]
				}
			}
		}
		left -= n
	}
	r.none = true
	return nil
}

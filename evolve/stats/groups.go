package stats

import (
	"cmp"
	"slices"
)

// Groups are the methods that a critical difference does not tell apart, as a critical-difference diagram joins them by
// a bar (Demšar, JMLR 7, 2006, figure 1): each group is as large as it can be, holds at least two methods, and its
// lowest and highest average rank differ by less than cd. Groups are in the order of their lowest ranks, and methods,
// by their numbers, in the order of their ranks within a group. None where cd or a rank is NaN.
func Groups(ranks []float64, cd float64) [][]int {
	order := make([]int, len(ranks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ranks[i], ranks[j]) })
	var groups [][]int
	end := 0 // of the last group
	for from := range order {
		to := from
		for to < len(order) && ranks[order[to]]-ranks[order[from]] < cd {
			to++
		}
		if to > end && to-from > 1 {
			groups, end = append(groups, order[from:to:to]), to
		}
	}
	return groups
}

// Groups are the methods that Nemenyi's critical difference does not tell apart, see [Groups].
func (r Ranking) Groups() [][]int { return Groups(r.Ranks, r.CD) }

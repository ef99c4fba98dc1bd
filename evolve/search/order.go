package search

import (
	"cmp"
	"slices"
)

// sortBy sorts numbers by a key, of equal ones the lower first.
func sortBy(order []int, key func(int) float64) {
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b)) })
}

// orderBy are the numbers below n, sorted so.
func orderBy(n int, key func(int) float64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sortBy(order, key)
	return order
}

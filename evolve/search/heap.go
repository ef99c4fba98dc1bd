package search

// heap is a binary heap of numbers.
type heap struct {
	at     []int
	before func(a, b int) bool
}

func (h *heap) push(x int) {
	h.at = append(h.at, x)
	for i := len(h.at) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.before(h.at[i], h.at[up]) {
			return
		}
		h.at[i], h.at[up] = h.at[up], h.at[i]
		i = up
	}
}

func (h *heap) pop() int {
	first, n := h.at[0], len(h.at)-1
	h.at[0] = h.at[n]
	h.at = h.at[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < n && h.before(h.at[down+1], h.at[down]) {
			down++
		}
		if down >= n || !h.before(h.at[down], h.at[i]) {
			return first
		}
		h.at[i], h.at[down] = h.at[down], h.at[i]
		i = down
	}
}

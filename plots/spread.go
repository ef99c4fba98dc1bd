package plots

import (
	"slices"

	"gonum.org/v1/plot/vg"
)

// spread moves places apart so that neighbours are at least gap apart and all lie in
// lo..hi, with the least sum of squared moves. The order is kept, and of equal places the
// later comes first (at the bottom). Where there is no room the gaps shrink evenly.
func spread(places []vg.Length, gap, lo, hi vg.Length) []vg.Length {
	n := len(places)
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case places[a] < places[b]:
			return -1
		case places[a] > places[b]:
			return 1
		}
		return 0
	})
	if room := hi - lo; n > 1 && gap*vg.Length(n-1) > room {
		gap = room / vg.Length(n-1)
	}
	sorted := make([]vg.Length, n)
	gaps := make([]vg.Length, n)
	for k, i := range order {
		sorted[k] = places[i]
		gaps[k] = gap
	}
	separate(sorted, gaps)
	total := vg.Length(0)
	out := make([]vg.Length, n)
	for k, i := range order {
		if k > 0 {
			total += gaps[k]
		}
		// Clamping a least-squares answer to an interval keeps it the least.
		out[i] = min(max(sorted[k]-total, lo), hi-gap*vg.Length(n-1)) + total
	}
	return out
}

// separate moves sorted places apart, in order, so that place k is at least gaps[k] after
// place k-1, with the least sum of squared moves: once the gaps are taken off, this is
// isotonic regression, solved by pooling adjacent violators.
func separate(places, gaps []vg.Length) {
	type pool struct {
		sum vg.Length
		n   int
	}
	mean := func(p pool) vg.Length { return p.sum / vg.Length(p.n) }
	var pools []pool
	offset := vg.Length(0)
	for k, y := range places {
		if k > 0 {
			offset += gaps[k]
		}
		pools = append(pools, pool{y - offset, 1})
		for len(pools) > 1 && mean(pools[len(pools)-2]) > mean(pools[len(pools)-1]) {
			last := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			pools[len(pools)-1].sum += last.sum
			pools[len(pools)-1].n += last.n
		}
	}
	k := 0
	offset = 0
	for _, p := range pools {
		for range p.n {
			if k > 0 {
				offset += gaps[k]
			}
			places[k] = mean(p) + offset
			k++
		}
	}
}

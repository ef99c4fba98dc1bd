package stats

import (
	"cmp"
	"slices"
)

// Hypervolume is the volume between points that are minimised and a reference point: of all that at least one point
// is no worse than in any coordinate, up to the reference (Zitzler and Thiele, IEEE Trans. Evol. Comput. 3, 1999).
// Points that are not below the reference in every coordinate add nothing. It slices along the last coordinate
// (While et al., IEEE Trans. Evol. Comput. 10, 2006): n log n steps in two dimensions, n² in three, and n times as many
// for each further one.
func Hypervolume(points [][]float64, reference []float64) float64 {
	var inside [][]float64
	for _, p := range points {
		below := true
		for i, r := range reference {
			below = below && p[i] < r
		}
		if below {
			inside = append(inside, p)
		}
	}
	return sliced(inside, reference)
}

// sliced sums the slices between neighbours in the last coordinate; each is as thick as these are apart, and has the
// hypervolume of the points before it in the other coordinates.
func sliced(points [][]float64, reference []float64) (volume float64) {
	if len(points) == 0 {
		return 0
	}
	last := len(reference) - 1
	if last == 0 {
		lowest := slices.MinFunc(points, func(p, q []float64) int { return cmp.Compare(p[0], q[0]) })
		return reference[0] - lowest[0]
	}
	points = slices.Clone(points)
	slices.SortFunc(points, func(p, q []float64) int { return cmp.Compare(p[last], q[last]) })
	least := points[0][0] // of two dimensions the slice is known as it grows
	var steps stairs      // and of three its outline
	for i, p := range points {
		next := reference[last]
		if i+1 < len(points) {
			next = points[i+1][last]
		}
		least = min(least, p[0])
		if last == 2 {
			steps = steps.with(p)
		}
		switch {
		case next == p[last]:
		case last == 1:
			volume += float64((next - p[last]) * (reference[0] - least))
		case last == 2:
			volume += float64((next - p[last]) * steps.area(reference))
		default:
			volume += float64((next - p[last]) * sliced(points[:i+1], reference[:last]))
		}
	}
	return volume
}

// stairs are points that rise in the first coordinate and fall in the second: the outline of all that they are no worse
// than.
type stairs [][]float64

// with has a point more, without those that the point is no worse than.
func (s stairs) with(p []float64) stairs {
	at, _ := slices.BinarySearchFunc(s, p, func(q, p []float64) int { return cmp.Compare(q[0], p[0]) })
	if at > 0 && s[at-1][1] <= p[1] || at < len(s) && s[at][0] == p[0] && s[at][1] <= p[1] {
		return s
	}
	to := at
	for to < len(s) && s[to][1] >= p[1] {
		to++
	}
	return slices.Replace(s, at, to, p)
}

// area is that up to the reference.
func (s stairs) area(reference []float64) (area float64) {
	for i, p := range s {
		next := reference[0]
		if i+1 < len(s) {
			next = s[i+1][0]
		}
		area += float64((next - p[0]) * (reference[1] - p[1]))
	}
	return area
}

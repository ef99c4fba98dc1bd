package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHypervolume(t *testing.T) {
	for _, c := range []struct {
		name      string
		points    [][]float64
		reference []float64
		want      float64
	}{
		{"none", nil, []float64{1, 1}, 0},
		{"one dimension", [][]float64{{3}, {1}}, []float64{4}, 3},
		{"one point", [][]float64{{1, 1}}, []float64{3, 4}, 6},
		// By hand: columns 1 to 2 of height 1, 2 to 3 of 3, 3 to 5 of 4.
		{"a staircase", [][]float64{{2, 2}, {1, 4}, {3, 1}}, []float64{5, 5}, 12},
		{"a beaten and an equal point add nothing", [][]float64{{2, 2}, {1, 4}, {3, 1}, {3, 3}, {2, 2}}, []float64{5, 5}, 12},
		{"nor does one at the reference", [][]float64{{2, 2}, {0, 5}}, []float64{5, 5}, 9},
		// Two boxes of 2·1·1 and 1·2·1 that share 1·1·1.
		{"three dimensions", [][]float64{{0, 1, 1}, {1, 0, 1}}, []float64{2, 2, 2}, 3},
	} {
		if got := Hypervolume(c.points, c.reference); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

// On a grid of whole numbers it is the number of cells that a point reaches.
func TestHypervolumeCells(t *testing.T) {
	const side = 5
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 4).Draw(t, "dimensions")
		points := rapid.SliceOfN(rapid.SliceOfN(rapid.Map(rapid.IntRange(0, side), func(i int) float64 { return float64(i) }), dims, dims), 0, 8).Draw(t, "points")
		reference := make([]float64, dims)
		cells := 1
		for i := range reference {
			reference[i] = side
			cells *= side
		}
		want := 0.0
		for cell := range cells {
			for _, p := range points {
				reached, rest := true, cell
				for i := range dims {
					reached = reached && p[i] <= float64(rest%side)
					rest /= side
				}
				if reached {
					want++
					break
				}
			}
		}
		if got := Hypervolume(points, reference); got != want {
			t.Fatalf("%v: %g, by counting %g", points, got, want)
		}
	})
}

// Of any points in two and three dimensions it is what inclusion and exclusion of their boxes sums up to.
func TestHypervolumeByInclusionAndExclusion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(2, 3).Draw(t, "dimensions")
		points := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(-1, 1.25), dims, dims), 0, 9).Draw(t, "points")
		reference := []float64{1, .75, 1}[:dims]
		want := 0.0
		for set := 1; set < 1<<len(points); set++ {
			volume := -1.0
			for i, r := range reference {
				corner := math.Inf(-1)
				for k, p := range points {
					if set>>k&1 == 1 {
						corner = max(corner, p[i])
					}
				}
				volume *= max(0, r-corner)
			}
			for k := range points {
				if set>>k&1 == 1 {
					volume = -volume
				}
			}
			want += volume
		}
		if got := Hypervolume(points, reference); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v: %g, by inclusion and exclusion %g", points, got, want)
		}
	})
}

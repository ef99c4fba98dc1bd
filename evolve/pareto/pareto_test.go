package pareto_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/pareto"
)

func TestDominates(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		a, b []float64
		want bool
	}{
		{[]float64{1, 2}, []float64{2, 3}, true},
		{[]float64{1, 2}, []float64{1, 3}, true},
		{[]float64{1, 2}, []float64{1, 2}, false}, // equal
		{[]float64{1, 3}, []float64{2, 2}, false},
		{[]float64{2, 3}, []float64{1, 2}, false},
		{[]float64{1, 2, 3}, []float64{1, 2, 4}, true},
		{[]float64{1, 2, 5}, []float64{1, 2, 4}, false},
		{[]float64{1}, []float64{2}, true},
		{[]float64{1, 1}, []float64{inf, inf}, true},
		{[]float64{inf, inf}, []float64{inf, inf}, false},
		{nil, nil, false},
	} {
		if got := pareto.Dominates(c.a, c.b); got != c.want {
			t.Errorf("%v dominates %v: %t", c.a, c.b, got)
		}
		if got, want := pareto.NoWorse(c.a, c.b), c.want || slices.Equal(c.a, c.b); got != want {
			t.Errorf("%v is no worse than %v: %t", c.a, c.b, got)
		}
	}
}

// Two fronts, and the crowding distances of the first: (2,3) has (4-1)/4 + (5-2)/4, (4,2) has (5-2)/4 + (3-1)/4.
func ExampleFronts() {
	var f pareto.Fronts
	f.Sort([][]float64{{1, 5}, {2, 3}, {4, 2}, {5, 1}, {4, 4}})
	for k := range f.Len() {
		fmt.Println(f.Front(k), f.Crowding(k))
	}
	// Output:
	// [0 1 2 3] [+Inf 1.5 1.25 +Inf]
	// [4] [+Inf]
}

func ExampleFirst() {
	fmt.Println(pareto.First([][]float64{{3, 1}, {2, 2}, {3, 3}, {2, 2}, {1, 4}}))
	// Output:
	// [0 1 3 4]
}

func TestFirstOfNothing(t *testing.T) {
	if got := pareto.First(nil); len(got) != 0 {
		t.Errorf("the front of no points is %v", got)
	}
}

// peeled are the fronts by their definition.
func peeled(points [][]float64) (fronts [][]int) {
	left := make([]int, len(points))
	for i := range left {
		left[i] = i
	}
	for len(left) > 0 {
		var front, rest []int
		for _, i := range left {
			if slices.ContainsFunc(left, func(j int) bool { return pareto.Dominates(points[j], points[i]) }) {
				rest = append(rest, i)
			} else {
				front = append(front, i)
			}
		}
		slices.SortFunc(front, func(i, j int) int {
			if c := slices.Compare(points[i], points[j]); c != 0 {
				return c
			}
			return i - j
		})
		fronts, left = append(fronts, front), rest
	}
	return fronts
}

// cloud are n points of so many numbers on a grid, so that many are equal in one or in all; some are infinite.
func cloud(r *rand.Rand, n, numbers, grid int) (points [][]float64) {
	for range n {
		p := make([]float64, numbers)
		for m := range p {
			p[m] = float64(r.IntN(grid))
		}
		if r.IntN(20) == 0 {
			for m := range p {
				p[m] = math.Inf(1)
			}
		}
		points = append(points, p)
	}
	return points
}

// Sorted at once or one by one, after other points or as the first, fronts are what their definition says.
func TestFronts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sorted, grown pareto.Fronts
	for round := range 400 {
		points := cloud(r, r.IntN(60), 1+round%4, []int{2, 5, 1000}[round%3])
		want := peeled(points)
		sorted.Sort(points)
		grown.Sort(nil)
		for i, p := range points {
			k, end := grown.Add(p)
			before, after := peeled(points[:i]), peeled(points[:i+1])
			if !slices.Contains(after[k], i) {
				t.Fatalf("point %d of %v is added to front %d, want %v", i, points, k, after)
			}
			for j, front := range after {
				if same := j < len(before) && slices.Equal(front, before[j]); same != (j < k || j >= end) {
					t.Fatalf("point %d of %v changes fronts %d to %d, want from %v to %v", i, points, k, end, before, after)
				}
			}
		}
		for what, f := range map[string]*pareto.Fronts{"sorted": &sorted, "one by one": &grown} {
			var got [][]int
			for k := range f.Len() {
				got = append(got, f.Front(k))
			}
			if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
				t.Fatalf("%s, the fronts of %v are\n%v, want\n%v", what, points, got, want)
			}
		}
		if len(want) > 0 {
			first := slices.Sorted(slices.Values(want[0]))
			if got := pareto.First(points); !slices.Equal(got, first) {
				t.Fatalf("the first front of %v is %v, want %v", points, got, first)
			}
		}
	}
}

// The two ends are lonely; of equal points at an end one alone is; a number that all share counts for nothing.
func TestCrowding(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		what   string
		points [][]float64
		want   []float64
	}{
		{"one", [][]float64{{1, 2}}, []float64{inf}},
		{"two", [][]float64{{1, 2}, {2, 1}}, []float64{inf, inf}},
		{"all equal", [][]float64{{1, 2}, {1, 2}, {1, 2}, {1, 2}}, []float64{inf, 0, 0, inf}},
		{"equal ones within", [][]float64{{0, 4}, {2, 2}, {2, 2}, {4, 0}}, []float64{inf, 1, 1, inf}},
		{"failed", [][]float64{{inf, inf}, {inf, inf}, {inf, inf}}, []float64{inf, 0, inf}},
		{"an infinite end", [][]float64{{0, 4}, {1, 3}, {inf, 0}}, []float64{inf, 1, inf}},
		// In the third number the ends are the first and the third.
		{"three numbers", [][]float64{{0, 4, 1}, {1, 3, 2}, {2, 2, 9}, {4, 0, 5}}, []float64{inf, 1 + 4.0/8, inf, inf}},
	} {
		var f pareto.Fronts
		f.Sort(c.points)
		if got := f.Crowding(0); f.Len() != 1 || !slices.Equal(got, c.want) {
			t.Errorf("%s: %d fronts, distances %v, want 1 and %v", c.what, f.Len(), got, c.want)
		}
		order := slices.Clone(f.Front(0))
		slices.SortStableFunc(order, func(i, j int) int {
			return cmp.Compare(c.want[slices.Index(f.Front(0), j)], c.want[slices.Index(f.Front(0), i)])
		})
		if got := f.Loneliest(0); !slices.Equal(got, order) {
			t.Errorf("%s: loneliest first %v, want %v", c.what, got, order)
		}
	}
}

// Multiplied and shifted, numbers are as crowded as before.
func TestCrowdingScales(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var f, g pareto.Fronts
	for range 100 {
		points := cloud(r, 30, 2, 1000)
		other := make([][]float64, len(points))
		for i, p := range points {
			other[i] = []float64{float64(4*p[0]) + 2, p[1] / 8}
		}
		f.Sort(points)
		g.Sort(other)
		for k := range f.Len() {
			if a, b := f.Crowding(k), g.Crowding(k); !slices.Equal(a, b) {
				t.Fatalf("front %d of %v: %v, scaled %v", k, points, a, b)
			}
		}
	}
}

// A generation costs no memory once there was one like it.
func TestNoAllocation(t *testing.T) {
	points := cloud(rand.New(rand.NewPCG(5, 6)), 300, 2, 1000)
	var f pareto.Fronts
	generation := func() {
		f.Sort(points)
		for k := range f.Len() {
			f.Crowding(k)
			f.Loneliest(k)
		}
	}
	generation()
	if n := testing.AllocsPerRun(10, generation); n != 0 {
		t.Errorf("%g allocations a generation", n)
	}
}

// BenchmarkFronts sorts a generation of a population of 150 and its children, and adds points one by one.
func BenchmarkFronts(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, numbers := range []int{2, 3} {
		points := cloud(r, 300, numbers, 1_000_000)
		var f pareto.Fronts
		b.Run(fmt.Sprintf("do=sort/numbers=%d/points=300", numbers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Sort(points)
			}
		})
		many := cloud(r, 10_000, numbers, 1_000_000)
		b.Run(fmt.Sprintf("do=add/numbers=%d/points=10000", numbers), func(b *testing.B) {
			for b.Loop() {
				f.Sort(nil)
				for _, p := range many {
					f.Add(p)
				}
			}
		})
	}
}

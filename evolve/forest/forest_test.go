package forest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// random are rows of small numbers with targets that hang on the first two columns.
func random(n, cols int, r *rand.Rand) (Rows, []float64) {
	x, y := Rows{Cols: cols}, make([]float64, n)
	for i := range n {
		row := make([]float32, cols)
		for c := range row {
			row[c] = float32(r.IntN(2 + 3*(c%3)))
		}
		if err := x.Add(row); err != nil {
			panic(err)
		}
		y[i] = 2*float64(row[0]) - float64(row[1]) + .1*r.NormFloat64()
	}
	return x, y
}

// grown is a new forest.
func grown(x Rows, y []float64, p Params, r *rand.Rand) (*Forest, error) {
	f := new(Forest)
	return f, f.Grow(x, y, p, p.Trees, r)
}

var kinds = []Params{
	{Trees: 7, Columns: 1, MinLeaf: 1, Random: true},
	{Trees: 7, Columns: .4, MinLeaf: 1, Random: true},
	{Trees: 7, Columns: .8, MinLeaf: 1, Bootstrap: true},
	{Trees: 7, Columns: .8, MinLeaf: 3},
}

// The standard deviation is not negative, and 0 where all targets are the same; the mean is within the targets. All
// answers are the same whether a row is asked for alone or all are asked for at once.
func TestAnswers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		n, cols := rapid.IntRange(1, 60).Draw(rt, "rows"), rapid.IntRange(2, 9).Draw(rt, "columns")
		x, y := random(n, cols, r)
		constant := rapid.Bool().Draw(rt, "constant")
		if constant {
			v := rapid.Float64Range(-1e6, 1e6).Draw(rt, "target")
			for i := range y {
				y[i] = v
			}
		}
		all, _ := random(100, cols, r)
		w := NewWhole(all)
		var a Answers
		for _, p := range kinds {
			f, err := grown(x, y, p, r)
			if err != nil {
				rt.Fatal(err)
			}
			f.Ask(w, &a)
			for i := range 100 {
				mean, sd := f.Predict(all.Row(i))
				if m, s := a.Row(i); m != mean || s != sd {
					rt.Fatalf("row %d: %v ± %v alone, %v ± %v among all", i, mean, sd, m, s)
				}
				if step := f.step; mean < slices.Min(y)-step || mean > slices.Max(y)+step || !(sd >= 0) {
					rt.Fatalf("%v ± %v of targets from %v to %v", mean, sd, slices.Min(y), slices.Max(y))
				}
				if constant && (mean != y[0] || sd != 0) {
					rt.Fatalf("%v ± %v, all targets are %v", mean, sd, y[0])
				}
			}
		}
	})
}

// A tree of all rows with leaves of one row answers a row that it knows with its target.
func TestRemembers(t *testing.T) {
	x, y := random(80, 12, rand.New(rand.NewPCG(1, 1)))
	f, err := grown(x, y, Params{Trees: 5, Columns: .5, MinLeaf: 1, Random: true}, rand.New(rand.NewPCG(2, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if mean, sd := f.Predict(x.Row(i)); math.Abs(mean-y[i]) > 2*f.step || sd > 2e3*f.step {
			t.Errorf("row %d: %v ± %v, want %v", i, mean, sd, y[i])
		}
	}
}

// The best split of one tree on one column that decides, by hand: targets 0, 0, 9, 9 by numbers 1, 2, 5, 7.
func TestSplit(t *testing.T) {
	x := Rows{Cols: 2, X: []uint8{3, 1, 3, 2, 3, 5, 3, 7}}
	f, err := grown(x, []float64{0, 0, 9, 9}, Params{Trees: 1, Columns: 1, MinLeaf: 2}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number uint8
		want   float64
	}{{0, 0}, {2, 0}, {3, 9}, {7, 9}} {
		if mean, sd := f.Predict([]uint8{3, c.number}); math.Abs(mean-c.want) > 1e-5 || sd > 1e-2 {
			t.Errorf("number %d: %v ± %v, want %v", c.number, mean, sd, c.want)
		}
	}
	if n := f.trees[0].nodes[0]; n.column != 1 || n.limit != 2 {
		t.Errorf("the root parts column %d at %d, want column 1 at 2", n.column, n.limit)
	}
}

// A forest learns: its answers about rows that it was not grown on are much nearer than the mean of all.
func TestLearns(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	x, y := random(300, 10, r)
	held, want := random(300, 10, r)
	mean, whole := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range want {
		whole += (v - mean) * (v - mean)
	}
	for _, p := range kinds {
		p.Trees = 30
		f, err := grown(x, y, p, r)
		if err != nil {
			t.Fatal(err)
		}
		left := 0.0
		for i, v := range want {
			m, _ := f.Predict(held.Row(i))
			left += (v - m) * (v - m)
		}
		if left > .2*whole {
			t.Errorf("%+v: %.3f of the variance is left, want at most 0.2", p, left/whole)
		}
	}
}

func TestRefusals(t *testing.T) {
	x, y := random(4, 3, rand.New(rand.NewPCG(1, 1)))
	good := kinds[0]
	for _, c := range []struct {
		what string
		do   func(p *Params, x *Rows, y *[]float64)
	}{
		{"no trees", func(p *Params, _ *Rows, _ *[]float64) { p.Trees = 0 }},
		{"no columns", func(p *Params, _ *Rows, _ *[]float64) { p.Columns = 0 }},
		{"more than all columns", func(p *Params, _ *Rows, _ *[]float64) { p.Columns = 1.5 }},
		{"empty leaves", func(p *Params, _ *Rows, _ *[]float64) { p.MinLeaf = 0 }},
		{"no rows", func(_ *Params, x *Rows, y *[]float64) { x.X, *y = nil, nil }},
		{"a target too many", func(_ *Params, _ *Rows, y *[]float64) { *y = append(*y, 1) }},
		{"an infinite target", func(_ *Params, _ *Rows, y *[]float64) { (*y)[2] = math.Inf(1) }},
	} {
		p, x, y := good, Rows{x.Cols, slices.Clone(x.X)}, slices.Clone(y)
		c.do(&p, &x, &y)
		if _, err := grown(x, y, p, rand.New(rand.NewPCG(1, 1))); !errors.Is(err, ErrGrow) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	rows := Rows{Cols: 2}
	for _, v := range []float32{-1, .5, 256, float32(math.NaN())} {
		if err := rows.Add([]float32{1, v}); err == nil || len(rows.X) != 0 {
			t.Errorf("%v: %v, %v kept", v, err, rows.X)
		}
	}
}

// One proposal of a searcher: a forest of 30 trees on so many of 15,625 rows of 140 numbers, asked about all.
func BenchmarkForest(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	all, y := random(15625, 140, r)
	for _, n := range []int{30, 150, 1000} {
		x := Rows{all.Cols, all.X[:n*all.Cols]}
		p := Params{Trees: 30, Columns: .33, MinLeaf: 1, Random: true}
		b.Run(fmt.Sprintf("grow/rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := grown(x, y[:n], p, r); err != nil {
					b.Fatal(err)
				}
			}
		})
		f, err := grown(x, y[:n], p, r)
		if err != nil {
			b.Fatal(err)
		}
		w := NewWhole(all)
		var a Answers
		b.Run(fmt.Sprintf("ask/rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				f.Ask(w, &a)
			}
		})
	}
}

// Quantiles by hand: one tree with the leaves {1, 2, 3, 4} and {10}, and two equal trees that give the same.
func TestQuantiles(t *testing.T) {
	x, y := Rows{Cols: 1, X: []uint8{0, 1, 0, 0, 0}}, []float64{3, 10, 1, 4, 2}
	for _, trees := range []int{1, 2} {
		f := &Forest{}
		s := &shape{leaves: 2, nodes: []node{{column: 0, left: 1, right: 2}, {column: -1, left: 0}, {column: -1, left: 1}}}
		for range trees {
			f.trees = append(f.trees, tree{shape: s})
		}
		q := f.Quantiles(x, y)
		if got := q.Of(nil, []uint8{0}, 0, .25, .26, .5, .75, .9, 1); !slices.Equal(got, []float64{1, 1, 2, 2, 3, 4, 4}) {
			t.Errorf("%d trees, the left leaf: %v", trees, got)
		}
		if got := q.Of(nil, []uint8{1}, .05, .95); !slices.Equal(got, []float64{10, 10}) {
			t.Errorf("%d trees, the right leaf: %v", trees, got)
		}
	}
}

// The correction by hand: the interval of half is from 1 to 3 in the left leaf of targets 1, 2, 3, 4, and the held-out
// targets are 1 and 0.5 beyond it, within it by 0.5 and by 1.
func TestCorrection(t *testing.T) {
	x, y := Rows{Cols: 1, X: []uint8{0, 0, 0, 0, 1}}, []float64{3, 1, 4, 2, 10}
	f := &Forest{trees: []tree{{shape: &shape{leaves: 2,
		nodes: []node{{column: 0, left: 1, right: 2}, {column: -1, left: 0}, {column: -1, left: 1}}}}}}
	q := f.Quantiles(x, y)
	held := Rows{Cols: 1, X: []uint8{0, 0, 0, 0}}
	for _, c := range []struct {
		cover, want float64
		y           []float64
	}{
		{.5, .5, []float64{4, .5, 2.5, 2}}, // the third of -1, -0.5, 0.5, 1: half of five, rounded up
		{.5, -.5, []float64{1.5, 2.5, 2.5, 2}},
		{.9, math.Inf(1), []float64{4, .5, 2.5, 2}}, // the fifth of four
	} {
		if got := q.Correction(held, c.y, c.cover); got != c.want {
			t.Errorf("cover %g of %v: %g, want %g", c.cover, c.y, got, c.want)
		}
	}
	if got := q.Correction(Rows{Cols: 1}, nil, 0); !math.IsInf(got, 1) {
		t.Errorf("of nothing: %g", got)
	}
}

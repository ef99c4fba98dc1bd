package model

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// walked is a row's prediction by a walk down every tree.
func (t *Trees) walked(row []uint8) float64 {
	sum := t.base
	for k := range t.roots {
		sum += int64(t.walk(k, row))
	}
	return float64(sum) * t.step
}

// drawnTrees are trees of any shape on features of any limit, as no fit need make them, behind the codec.
func drawnTrees(t *rapid.T) *Trees {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	trees, splits := rapid.IntRange(0, 70).Draw(t, "trees"), rapid.SampledFrom([]int{0, 1, 7, 8, 15, 16, 63, 64}).Draw(t, "splits")
	top := rapid.SampledFrom([]int{1, 3, 200, 255}).Draw(t, "top") // limits are below it
	d := &Trees{features: rapid.IntRange(1, 40).Draw(t, "features"), step: .25, base: int64(r.IntN(1000)) - 500}
	for range trees {
		tree := []node{leafNode(0, 0)}
		for range r.IntN(splits + 1) {
			var leaves []int
			for i := range tree {
				if tree[i].isLeaf() {
					leaves = append(leaves, i)
				}
			}
			at := leaves[r.IntN(len(leaves))]
			tree[at] = node{left: int32(len(tree)), feature: uint16(r.IntN(d.features)), limit: uint8(r.IntN(top))}
			tree = append(tree, leafNode(0, 0), leafNode(0, 0))
		}
		for i := range tree {
			if tree[i].isLeaf() {
				tree[i].leaf = int32(r.Uint32()) >> r.IntN(32)
			}
		}
		d.add(tree)
	}
	text, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	read := new(Trees)
	if err := read.UnmarshalBinary(text); err != nil {
		t.Fatal(err)
	}
	return read
}

// However trees are answered, the answer is that of a walk, to the bit.
func TestAnswersAreWalks(t *testing.T) {
	masked, sliced := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		trees := drawnTrees(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "rows"), 0))
		n, top := rapid.SampledFrom([]int{1, 63, 64, 255, 256, 300, 520}).Draw(t, "n"), rapid.SampledFrom([]int{2, 4, 256}).Draw(t, "values")
		x := make([][]uint8, trees.features)
		for f := range x {
			x[f] = make([]uint8, n)
			for i := range x[f] {
				if r.IntN(3) == 0 {
					x[f][i] = uint8(r.IntN(top))
				}
			}
		}
		want, all := make([]float64, n), make([]float64, n)
		for i := range want {
			one := row(x, i)
			if want[i] = trees.walked(one); trees.Predict(one) != want[i] {
				t.Fatalf("row %v: %v, a walk says %v", one, trees.Predict(one), want[i])
			}
			var ones []uint16
			for f := range one {
				if one[f] = min(one[f], 1); one[f] == 1 {
					ones = append(ones, uint16(f))
				}
			}
			if got, want := trees.PredictOnes(ones), trees.walked(one); got != want {
				t.Fatalf("ones %v: %v, a walk says %v", ones, got, want)
			}
		}
		if err := trees.PredictAll(all, x); err != nil || !slices.Equal(all, want) {
			t.Fatalf("all rows: %v, %v; walks say %v", all, err, want)
		}
		if trees.masks != nil {
			masked++
		}
		small := n >= block
		for k := range trees.roots {
			small = small && len(trees.tree(k)) <= slicedNodes
		}
		if small {
			sliced++
		}
	})
	if masked == 0 || sliced == 0 {
		t.Errorf("%d draws had masks, %d were sliced", masked, sliced)
	}
}

// What masks are made for: 16 leaves, and no more words than a stack has room for.
func TestMasksLimits(t *testing.T) {
	chain := func(leaves int) (tree []node) {
		tree = []node{leafNode(0, 7)}
		for range leaves - 1 {
			tree[len(tree)-1] = node{left: int32(len(tree))}
			tree = append(tree, leafNode(0, 1), leafNode(0, 2))
		}
		return tree
	}
	for _, c := range []struct {
		trees, leaves int
		masked        bool
	}{{1, 1, true}, {1, 16, true}, {1, 17, false}, {2048, 8, true}, {2049, 8, false}, {1024, 9, true}, {1025, 9, false}} {
		d := &Trees{features: 1, step: 1}
		for range c.trees {
			d.add(chain(c.leaves))
		}
		d.masks = newMasks(d)
		if (d.masks != nil) != c.masked {
			t.Errorf("%d trees of %d leaves: masks %v, want %v", c.trees, c.leaves, d.masks != nil, c.masked)
		}
		for v := range uint8(3) {
			if got, want := d.Predict([]uint8{v}), d.walked([]uint8{v}); got != want {
				t.Errorf("%d trees of %d leaves: %v of %d, want %v", c.trees, c.leaves, got, v, want)
			}
		}
	}
}

// Nothing is allocated for an answer.
func TestPredictAllocates(t *testing.T) {
	x, y := sample(300, 20, 1)
	for _, leaves := range []int{8, 16, 64} {
		p := Defaults()
		p.Rounds, p.Leaves = 20, leaves
		trees, one := fit(t, x, y, p), row(x, 0)
		if n := testing.AllocsPerRun(100, func() { trees.Predict(one); trees.PredictOnes([]uint16{1, 5, 19}) }); n != 0 {
			t.Errorf("%d leaves: %g allocations", leaves, n)
		}
	}
}

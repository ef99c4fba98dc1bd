package gauss

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// counts are a histogram's numbers without its labels.
func counts(h Histogram) (n []int) {
	for _, c := range h {
		n = append(n, c.N)
	}
	return n
}

// Two graphs by hand: a chain of the labels 1, 2, 2 and a fork of the same, in which both 2 read the 1. Round 0 counts
// labels and finds no difference. Round 1 adds 1(), 2(1), 2(2) of the chain, 1(), 2(1) twice of the fork.
func TestWLByHand(t *testing.T) {
	chain := WL(1, Graph{[]int{1, 2, 2}, []uint64{0, 1, 2}})
	fork := WL(1, Graph{[]int{1, 2, 2}, []uint64{0, 1, 1}})
	if got := chain[0]; len(got) != 2 || got[0].N+got[1].N != 3 || max(got[0].N, got[1].N) != 2 {
		t.Errorf("round 0 is %v, want one label once and one twice", got)
	}
	if !reflect.DeepEqual(chain[0], fork[0]) || chain[0].Similarity(fork[0]) != 1 {
		t.Error("round 0 tells the chain from the fork")
	}
	// 1+4 of round 0, then 1·1 of 1() and 1·2 of 2(1); the norms are 1+4+1+1+1 and 1+4+1+4.
	if got := chain[1].dot(fork[1]); got != 8 {
		t.Errorf("inner product %d, want 8", got)
	}
	if got, want := chain[1].Similarity(fork[1]), 8/math.Sqrt(8*10); math.Abs(got-want) > 1e-15 {
		t.Errorf("similarity %v, want %v", got, want)
	}
	if len(chain[1]) != 5 || len(fork[1]) != 4 {
		t.Errorf("%v and %v labels in round 1, want 5 and 4", counts(chain[1]), counts(fork[1]))
	}
	if two := WL(1, Graph{[]int{1}, []uint64{0}}, Graph{[]int{1}, []uint64{0}}); len(two[0]) != 2 {
		t.Error("the first graph's label is the second's")
	}
	if none := (Histogram{}).Similarity(chain[0]); none != 0 {
		t.Errorf("similarity of nothing: %v", none)
	}
}

func randomGraph(r *rand.Rand, n int) (g Graph) {
	for i := range n {
		g.Labels = append(g.Labels, r.IntN(3))
		g.Reads = append(g.Reads, r.Uint64()&(1<<i-1))
	}
	return g
}

// Isomorphic graphs are the same: another order in which every vertex still reads earlier ones.
func TestWLIsomorphic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(1, 9).Draw(t, "vertices")
		g := randomGraph(r, n)
		place := make([]int, n) // of each old vertex
		var h Graph
		for done := uint64(0); len(h.Labels) < n; {
			i := r.IntN(n)
			if done>>i&1 != 0 || g.Reads[i]&^done != 0 {
				continue
			}
			reads := uint64(0)
			for j := range n {
				if g.Reads[i]>>j&1 != 0 {
					reads |= 1 << place[j]
				}
			}
			place[i] = len(h.Labels)
			h.Labels, h.Reads = append(h.Labels, g.Labels[i]), append(h.Reads, reads)
			done |= 1 << i
		}
		a, b := WL(3, g), WL(3, h)
		for round := range a {
			if k := a[round].Similarity(b[round]); math.Abs(k-1) > 1e-12 || !reflect.DeepEqual(a[round], b[round]) {
				t.Fatalf("round %d: similarity %v", round, k)
			}
		}
	})
}

// The Gram matrix of every round is positive semi-definite with ones on its diagonal.
func TestWLGram(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const n = 30
	var all [][]Histogram
	for range n {
		all = append(all, WL(2, randomGraph(r, 2+r.IntN(6))))
	}
	for round := range 3 {
		gram := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				gram.SetSym(i, j, all[i][round].Similarity(all[j][round]))
			}
			if k := gram.At(i, i); math.Abs(k-1) > 1e-12 {
				t.Errorf("%v on the diagonal", k)
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(gram, false) || eigen.Values(nil)[0] < -1e-9 {
			t.Errorf("round %d: the least eigenvalue is %v", round, eigen.Values(nil)[0])
		}
	}
}

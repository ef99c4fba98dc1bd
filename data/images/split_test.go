package images

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
)

// checkSplit: the parts have their sizes, are disjoint, ascending and all of the set, and each
// drawn one has its share of each class.
func checkSplit(t *testing.T, s *Set, p Split, train, val, test int) {
	t.Helper()
	if len(p.Train) != train || len(p.Val) != val || len(p.Test) != test {
		t.Fatalf("%d, %d and %d images, want %d, %d and %d", len(p.Train), len(p.Val), len(p.Test), train, val, test)
	}
	together := slices.Concat(p.Train, p.Val, p.Test)
	slices.Sort(together)
	if !slices.Equal(together, all(s)) {
		t.Fatal("some image is in two parts or in none")
	}
	for _, part := range [][]int{p.Train, p.Val, p.Test} {
		if !slices.IsSorted(part) {
			t.Error("a part is not in ascending order")
		}
	}
	ofTrain, ofVal := counts(s, p.Train), counts(s, p.Val)
	for c := range ofVal {
		if share := float64(ofTrain[c]+ofVal[c]) * float64(val) / float64(train+val); math.Abs(float64(ofVal[c])-share) >= 1 {
			t.Errorf("class %d: %d validation images, want %.1f", c, ofVal[c], share)
		}
	}
}

func TestSplitDigits(t *testing.T) {
	s, p := digits(t)
	checkSplit(t, s, p, 1079, 359, 359)
	for c, n := range counts(s, p.Test) {
		if share := float64(counts(s, all(s))[c]) * 359 / 1797; math.Abs(float64(n)-share) >= 1 {
			t.Errorf("class %d: %d test images, want %.1f", c, n, share)
		}
	}
	// Results on the test part are comparable only while it stays what it is.
	if first := []int{0, 2, 8, 10, 22}; !slices.Equal(p.Test[:5], first) {
		t.Errorf("test images %v…, want %v", p.Test[:5], first)
	}
	if _, again := digits(t); !slices.Equal(again.Val, p.Val) || !slices.Equal(again.Test, p.Test) {
		t.Error("another split the second time")
	}
}

func TestStratified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.Uint8Range(0, 4), 1, 60).Draw(t, "labels")
		s := tiny(1, 1, 1, make([]byte, len(labels)), labels...)
		s.Classes = 5
		k := rapid.IntRange(0, len(labels)).Draw(t, "k")
		taken, rest := s.stratified(all(s), k, evolve.Stream(rapid.Uint64().Draw(t, "seed"), "test"))
		both := slices.Concat(taken, rest)
		slices.Sort(both)
		if len(taken) != k || !slices.Equal(both, all(s)) {
			t.Fatalf("%d of %d taken, %v and %v", len(taken), k, taken, rest)
		}
		have, of := counts(s, taken), counts(s, all(s))
		for c := range of {
			if math.Abs(float64(have[c])-float64(k*of[c])/float64(len(labels))) >= 1 {
				t.Fatalf("class %d: %d of %d, taken %d of %d", c, have[c], of[c], k, len(labels))
			}
		}
	})
}

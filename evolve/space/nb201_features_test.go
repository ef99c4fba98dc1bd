package space

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

func nb201Encode(t *testing.T, encoding string, a evolve.Arch) []float64 {
	t.Helper()
	v, err := NB201{}.Encode(nil, encoding, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// nb201Ones are the places of the ones.
func nb201Ones(v []float64) (at []int) {
	for i, x := range v {
		if x == 1 {
			at = append(at, i)
		}
	}
	return at
}

// Official index 1: conv3, conv3, pool, skip, conv3, skip on the edges 0..5. In naszilla's
// numbers conv3 is 2, pool 0 and skip 4, so its paths are [4], [2 2], [2 4], [2 0 4].
func TestNB201EncodeByHand(t *testing.T) {
	a := NB201{}.At(1)
	if a != "334131" {
		t.Fatalf("At(1) = %s", a)
	}
	if got, want := nb201Ones(nb201Encode(t, "onehot", a)), []int{3, 8, 14, 16, 23, 26}; !slices.Equal(got, want) {
		t.Errorf("onehot: %v, want %v", got, want)
	}
	if got, want := nb201Encode(t, "adj", a), []float64{3, 3, 4, 1, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("adj: %v, want %v", got, want)
	}
	if got, want := nb201Ones(nb201Encode(t, "path", a)), []int{4, 5 + 2 + 5*2, 5 + 2 + 5*4, 30 + 2 + 25*4}; !slices.Equal(got, want) {
		t.Errorf("path: %v, want %v", got, want)
	}
	if got, want := nb201Ones(nb201Encode(t, "path30", a)), []int{4, 5 + 2 + 5*2, 5 + 2 + 5*4}; !slices.Equal(got, want) {
		t.Errorf("path30: %v, want %v", got, want)
	}
}

// The two paths of length two share a block: exchanging the inner nodes changes no bit of
// the paths that are shorter than three.
func TestNB201PathSharesBits(t *testing.T) {
	a, b := nb201Encode(t, "path", "230032"), nb201Encode(t, "path", "320023")
	if !slices.Equal(a[:5+25], b[:5+25]) {
		t.Errorf("paths of mirrored cells differ: %v, %v", nb201Ones(a), nb201Ones(b))
	}
	if n := len(nb201Ones(nb201Encode(t, "path", "000000"))); n != 3 {
		t.Errorf("the empty cell has %d paths, want 3: two are the same", n)
	}
}

// Two convolutions in a row, 1×1 then 3×3, by way of node 1, and a skip; the other edges
// carry no signal: 0→2 goes nowhere, 2→3 comes from it.
func TestNB201StructureByHand(t *testing.T) {
	v := nb201Encode(t, "structure", "200130")
	if len(v) != nb201StructureLen {
		t.Fatalf("%d features, want %d", len(v), nb201StructureLen)
	}
	next := func(n int) []float64 {
		part := v[:n]
		v = v[n:]
		return part
	}
	next(nb201OneHotLen)
	// The empty sequence is 0; 1×1 then 3×3 is 1 + 2·3.
	if got, want := nb201Ones(next(nb201Sequences)), []int{0, 7}; !slices.Equal(got, want) {
		t.Errorf("sequences %v, want %v", got, want)
	}
	for _, c := range []struct {
		name string
		want []float64
	}{
		{"edges by operation", []float64{3, 1, 1, 1, 0}},
		{"ways, skips, degrees", []float64{2, 1, 2, 2}},
		{"spread", []float64{2, 0, 2, 2, 0, 2, 1, 0, 1, 1, 0, 1, 0, 0, 0}},
		{"ways", []float64{3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	} {
		if got := next(len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Every encoding has one length and integers 0..255, and appends.
func TestNB201EncodeAll(t *testing.T) {
	length := map[string]int{"onehot": 30, "adj": 6, "path": 155, "path30": 30, "structure": 114, "graf": 76}
	for _, encoding := range (NB201{}).Encodings() {
		dst := []float64{-1}
		for i := range NB201Size {
			a := NB201{}.At(i)
			dst, err := NB201{}.Encode(dst[:1], encoding, a)
			if err != nil {
				t.Fatal(err)
			}
			if dst[0] != -1 || len(dst) != 1+length[encoding] {
				t.Fatalf("%s of %s: %d features, want %d", encoding, a, len(dst)-1, length[encoding])
			}
			for _, v := range dst[1:] {
				if v < 0 || v > 255 || v != math.Trunc(v) {
					t.Fatalf("%s of %s: %v", encoding, a, v)
				}
			}
		}
	}
}

// The classes are 4,930, unions of the authors' 6,466; a cell's class has 341 members when
// no signal arrives.
func TestNB201Twins(t *testing.T) {
	size := map[uint16]int{}
	for rank, twin := range nb201Twins() {
		size[twin]++
		canon, err := NB201{}.Canon(nb201Archs[rank])
		if err != nil {
			t.Fatal(err)
		}
		if nb201Twins()[nb201Rank(canon)] != twin {
			t.Fatalf("%s and its canonical %s are in different classes", nb201Archs[rank], canon)
		}
	}
	if len(size) != 4930 || size[0] != 341 {
		t.Errorf("%d classes, %d cells without signal; want 4930 and 341", len(size), size[0])
	}
}

// Structure sees the network only: not what an edge without a signal does, nor which of
// the inner nodes is which.
func TestNB201StructureProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := nb201Archs[rapid.IntRange(0, NB201Size-1).Draw(rt, "rank")]
		canon, err := NB201{}.Canon(a)
		if err != nil {
			rt.Fatal(err)
		}
		want := nb201Encode(t, "structure", a)
		if !slices.Equal(want, nb201Encode(t, "structure", canon)) {
			rt.Fatalf("%s differs from its canonical %s", a, canon)
		}
		edit := func(put ...int) evolve.Arch { // edge, operation, …
			b := []byte(a)
			for i := 0; i < len(put); i += 2 {
				b[put[i]] = byte('0' + put[i+1])
			}
			return evolve.Arch(b)
		}
		op := rapid.IntRange(0, 4).Draw(rt, "op")
		if ops := nb201Digits(a); ops[4] == nb201None && ops[2] == nb201None {
			if b := edit(0, op); !slices.Equal(want, nb201Encode(t, "structure", b)) {
				rt.Fatalf("%s and %s differ in an edge that goes nowhere", a, b)
			}
		} else if ops[2] == nb201None {
			if b := edit(0, ops[1], 1, ops[0], 4, ops[5], 5, ops[4]); !slices.Equal(want, nb201Encode(t, "structure", b)) {
				rt.Fatalf("%s and its mirror %s differ", a, b)
			}
		}
	})
}

func TestNB201EncodeRefuses(t *testing.T) {
	dst := []float64{7}
	if got, err := (NB201{}).Encode(dst, "onehot", "33413"); !errors.Is(err, evolve.ErrInvalid) || len(got) != 1 {
		t.Errorf("five digits: %v, %v", got, err)
	}
	if got, err := (NB201{}).Encode(dst, "bits", "334131"); !errors.Is(err, evolve.ErrUnknown) || len(got) != 1 {
		t.Errorf("unknown encoding: %v, %v", got, err)
	}
}

func BenchmarkNB201Encode(b *testing.B) {
	for _, encoding := range (NB201{}).Encodings() {
		b.Run("encoding="+encoding, func(b *testing.B) {
			dst := make([]float64, 0, nb201PathLen)
			for i := 0; b.Loop(); i++ {
				if _, err := (NB201{}).Encode(dst, encoding, nb201Archs[i%NB201Size]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

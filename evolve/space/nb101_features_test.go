package space

import (
	"errors"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The Inception-like cell of the paper: a 1×1, a 3×3, two 3×3 and a pool side by side.
func nb101Inception(t *testing.T) evolve.Arch {
	t.Helper()
	a, err := NB101{}.Parse(nb101JSON("01 02 03 05 16 26 34 46 56", "10002"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func nb101Encode(t *testing.T, encoding string, a evolve.Arch) []float64 {
	t.Helper()
	v, err := NB101{}.Encode(nil, encoding, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNB101EncodeByHand(t *testing.T) {
	a := nb101Inception(t)
	rows := []float64{
		1, 1, 1, 0, 1, 0,
		0, 0, 0, 0, 1,
		0, 0, 0, 1,
		1, 0, 0,
		0, 1,
		1,
	}
	if got, want := nb101Encode(t, "adj", a), append(slices.Clone(rows), 1, .5, .5, .5, 0); !slices.Equal(got, want) {
		t.Errorf("adj: %v, want %v", got, want)
	}
	ops := []float64{0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1}
	if got, want := nb101Encode(t, "onehot", a), append(slices.Clone(rows), ops...); !slices.Equal(got, want) {
		t.Errorf("onehot: %v, want %v", got, want)
	}
	for _, name := range []string{"path", "path40"} {
		if got, want := nb201Ones(nb101Encode(t, name, a)), []int{1, 2, 3, 4}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	// A chain of five pools is the last path; the first 40 do not have it.
	chain, err := NB101{}.Parse(nb101JSON("01 12 23 34 45 56", "22222"))
	if err != nil {
		t.Fatal(err)
	}
	if got := nb201Ones(nb101Encode(t, "path", chain)); !slices.Equal(got, []int{363}) {
		t.Errorf("path of five pools: %v", got)
	}
	if got := nb201Ones(nb101Encode(t, "path40", chain)); got != nil {
		t.Errorf("path40 of five pools: %v", got)
	}
	// Vertices that are not there have no operation: 0→1→6 and nothing else.
	if got := nb201Ones(nb101Encode(t, "canonical", "010001-20000")); !slices.Equal(got, []int{0, 10, 23}) {
		t.Errorf("canonical: %v", got)
	}
	if _, err := (NB101{}).Encode(nil, "path", "000000-00000"); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("a cell without a path: %v, want ErrInvalid", err)
	}
}

func TestNB101StructureByHand(t *testing.T) {
	v := nb101Encode(t, "structure", nb101Inception(t))
	next := func(what string, want ...float64) {
		t.Helper()
		if got := v[:len(want)]; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		v = v[len(want):]
	}
	next("vertices, edges, operations", 7, 9, 3, 1, 1)
	next("paths, longest, shortest, width", 4, 3, 2, 4)
	next("operations on paths", 2, 1, 5)
	next("3×3 on paths", 2, 0, 3)
	next("1×1 on paths", 1, 0, 1)
	next("pools on paths", 1, 0, 1)
	next("convolutions on paths", 2, 0, 4)
	next("paths by 3×3", 2, 1, 1, 0, 0, 0)
	next("paths by operations", 0, 3, 1, 0, 0, 0)
	next("levels", 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	next("degrees", 4, 4, 1, 1)
	next("ends", 0, 2, 1, 1, 2, 1, 1)
	next("pairs", 1, 0, 0, 0, 0, 0, 0, 0, 0)
	next("triples", slices.Repeat([]float64{0}, 27)...)
	next("short paths", 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
	next("channels", 3*32/4, 32/4, 32/4, 4)
	// 2,694,282 parameters, as published: 2²¹ and four sixteenths.
	next("size", 16*4+4)
	if len(v) != 1+3 || v[1]+v[2]+v[3] > 255 {
		t.Errorf("the rest is %v", v)
	}
}

// No number is outside 0..255 or a fraction, none says nothing, and most cells are told apart.
func TestNB101StructureWhole(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 37
	}
	var low, high, v []float64
	seen := map[string]bool{}
	for i := 0; i < NB101Size; i += step {
		var err error
		if v, err = (NB101{}).Encode(v[:0], "structure", NB101{}.At(i)); err != nil {
			t.Fatal(err)
		}
		if low == nil {
			low, high = slices.Clone(v), slices.Clone(v)
		}
		text := make([]byte, len(v))
		for k, x := range v {
			if x < 0 || x > 255 || x != float64(uint8(x)) {
				t.Fatalf("%s: number %d is %g", NB101{}.At(i), k, x)
			}
			low[k], high[k] = min(low[k], x), max(high[k], x)
			text[k] = byte(x)
		}
		seen[string(text)] = true
	}
	for k := range low {
		if low[k] == high[k] && step == 1 {
			t.Errorf("number %d is always %g", k, low[k])
		}
	}
	if n := (NB101Size + step - 1) / step; len(seen) < n*9/10 {
		t.Errorf("%d different of %d", len(seen), n)
	}
	t.Logf("%d numbers, %d different of %d cells", len(low), len(seen), (NB101Size+step-1)/step)
}

// Isomorphic genomes encode alike, and what can be trained is the same.
func TestNB101EncodeIsomorphs(t *testing.T) {
	r := evolve.Stream(1, "encode")
	for k := range 2000 {
		edges, word, _ := nb101Read(NB101{Unique: k%2 == 0}.Sample(r))
		a := nb101Packed(edges, word).text()
		b := nb101Packed(nb101Renumbered(edges, word, r)).text()
		for _, name := range []string{"path", "path40", "canonical", "structure"} {
			if x, y := nb101Encode(t, name, a), nb101Encode(t, name, b); !slices.Equal(x, y) {
				t.Fatalf("%s of %s is %v, of %s %v", name, a, x, b, y)
			}
		}
		pa, ma := NB101Complexity(a)
		if pb, mb := NB101Complexity(b); pa != pb || ma != mb || pa == 0 {
			t.Fatalf("%s has %d parameters and %d multiply-adds, %s %d and %d", a, pa, ma, b, pb, mb)
		}
	}
	if p, m := NB101Complexity("000000-00000"); p != 0 || m != 0 {
		t.Errorf("an invalid genome has %d parameters, %d multiply-adds", p, m)
	}
}

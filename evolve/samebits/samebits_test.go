package samebits

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// TestEveryBuild holds the bits themselves, which are the same wherever it runs.
func TestEveryBuild(t *testing.T) {
	sum := fnv.New64a()
	add := func(x float64) {
		if err := binary.Write(sum, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 100_000 {
		add(Cos(math.Pi * float64(i) / 99_999))
		add(Power(0.999, i))
		add(Normal(r))
	}
	if got, want := sum.Sum64(), uint64(0x2c7b5d66e30bb658); got != want {
		t.Errorf("the sum of all bits is %#x, want %#x", got, want)
	}
}

func TestOutside(t *testing.T) {
	for _, x := range []float64{-1e-9, math.Nextafter(math.Pi, 4), math.Inf(1), math.NaN(), Power(0, 1), Power(1, 1), Power(.5, -1)} {
		if got := Cos(x); !math.IsNaN(got) {
			t.Errorf("Cos(%v) = %v, want no number", x, got)
		}
	}
}

// TestAgainstLibrary compares with the library where that does not fuse: the cosine of this
// angle tells.

func TestAgainstLibrary(t *testing.T) {
	if math.Cos(2.2265625) != -0x1.3833567bededap-01 {
		t.Skip("the library of this build fuses multiplications and additions")
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 1_000_000 {
		x := math.Pi * r.Float64()
		if i < 1001 {
			x = math.Pi * float64(i) / 1000
		}
		if got, want := Cos(x), math.Cos(x); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("Cos(%v) = %v, want %v", x, got, want)
		}
	}
	for _, base := range []float64{0.9, 0.999, 0.5, 0.3, 1e-300, math.Nextafter(1, 0), math.SmallestNonzeroFloat64} {
		for i := range 200_000 {
			n := i
			if i >= 100_000 {
				n = r.IntN(1 << (1 + i%50))
			}
			if got, want := Power(base, n), math.Pow(base, float64(n)); math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("Power(%v, %d) = %v, want %v", base, n, got, want)
			}
		}
	}
	a, b := rand.New(rand.NewPCG(2, 2)), rand.New(rand.NewPCG(2, 2))
	for i := range 10_000_000 {
		if got, want := Normal(a), b.NormFloat64(); math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("deviate %d is %v, want %v", i, got, want)
		}
	}
}

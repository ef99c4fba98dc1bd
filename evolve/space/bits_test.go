package space

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"gonum.org/v1/gonum/stat"
)

func TestBitsCanon(t *testing.T) {
	for _, c := range []struct{ text, bad string }{
		{"01101", ""},
		{"0110", "want 5 bits (the option length), this has 4 characters"},
		{"011010", "want 5 bits (the option length), this has 6 characters"},
		{"", "this has 0 characters"},
		{"01a01", `character 3 is 'a', not 0 or 1`},
		{"0110 ", `character 5 is ' '`},
	} {
		a, err := Bits{5}.Canon(evolve.Arch(c.text))
		if c.bad == "" {
			if err != nil || string(a) != c.text {
				t.Errorf("%q: %q, %v", c.text, a, err)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%q: %v, want ErrInvalid that says %s", c.text, err, c.bad)
		}
	}
}

// Every bit is fair and they know nothing of each other, across words of 64 as well.
func TestBitsSample(t *testing.T) {
	const n, length = 8000, 130
	r, counts, ones := evolve.Stream(1, "bits"), make([]int, length), make([]float64, n)
	for i := range n {
		a := Bits{length}.Sample(r)
		for k := range length {
			counts[k] += int(a[k] - '0')
		}
		ones[i] = float64(Ones(a))
	}
	for k, c := range counts {
		// 4.5 standard deviations, as there are 130 bits.
		if math.Abs(float64(c)-n/2) > 4.5*math.Sqrt(n)/2 {
			t.Errorf("bit %d is set in %d of %d", k, c, n)
		}
	}
	// Independent bits have a variance of length/4; the estimate's own error is √(2/n).
	if v := stat.Variance(ones, nil); math.Abs(v/(length/4.)-1) > 4*math.Sqrt(2./n) {
		t.Errorf("the number of ones has variance %.2f, want %.2f", v, length/4.)
	}
}

// flip changes one bit, each as often.
func TestBitsFlip(t *testing.T) {
	mutate, err := Bits{20}.Mutation("flip")
	if err != nil {
		t.Fatal(err)
	}
	r, counts := evolve.Stream(1, "flip"), make([]int, 20)
	parent := evolve.Arch(strings.Repeat("01", 10))
	all := Bits{20}.Neighbors(nil, parent)
	for range 20_000 {
		i := slices.Index(all, mutate(parent, r))
		if i < 0 {
			t.Fatal("a child is not one flip away")
		}
		counts[i]++
	}
	chiSquare(t, "bits", counts, slices.Repeat([]float64{.05}, 20))
}

// Crossover takes each bit from either parent with equal chance.
func TestBitsCross(t *testing.T) {
	const n, length = 4000, 130
	zeros, ones := evolve.Arch(strings.Repeat("0", length)), evolve.Arch(strings.Repeat("1", length))
	r, counts := evolve.Stream(1, "cross"), make([]int, length)
	for range n {
		child := Bits{length}.Cross(zeros, ones, r)
		for k := range length {
			counts[k] += int(child[k] - '0')
		}
	}
	for k, c := range counts {
		if math.Abs(float64(c)-n/2) > 4.5*math.Sqrt(n)/2 {
			t.Errorf("bit %d is of the second parent in %d of %d", k, c, n)
		}
	}
}

func FuzzBits(f *testing.F) {
	for _, text := range []string{"", "0", "01101", "01a", "\x00", strings.Repeat("1", 100)} {
		f.Add(text, uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		s := Bits{max(1, len(text))}
		a, err := s.Parse(text)
		if valid := text != "" && strings.Trim(text, "01") == ""; valid != (err == nil) {
			t.Fatalf("%q: %v, valid %t", text, err, valid)
		}
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%q: %v, want ErrInvalid", text, err)
			}
			return
		}
		idempotent(t, s, a)
		if s.Format(a) != text {
			t.Fatalf("%q prints as %q", text, s.Format(a))
		}
		mutate, err := s.Mutation("flip")
		if err != nil {
			t.Fatal(err)
		}
		r := evolve.Stream(seed, "fuzz")
		child := mutate(a, r)
		idempotent(t, s, child)
		if d := Ones(child) - Ones(a); d != 1 && d != -1 {
			t.Fatalf("%q mutates to %q", a, child)
		}
		idempotent(t, s, s.Cross(a, child, r))
	})
}

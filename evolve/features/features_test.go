package features_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// bare is a space that is nothing more.
type bare struct{ evolve.Space }

func ExampleNewCoder() {
	c, _ := features.NewCoder(space.NB201{}, "adj+onehot")
	row, _ := c.Encode(nil, "012340")
	fmt.Println(c.Groups(), row[:6])
	// Output: [{adj 0 6} {onehot 6 36}] [0 1 2 3 4 0]
}

// The rows of a whole space are what the coder says of each architecture, and the second to ask gets the same table.
func TestWhole(t *testing.T) {
	s := space.NB201{}
	whole, err := features.Whole(s, "adj+path")
	if err != nil {
		t.Fatal(err)
	}
	c, err := features.NewCoder(s, "adj+path")
	if err != nil {
		t.Fatal(err)
	}
	if whole.Rows != s.Size() || whole.Cols != 6+155 || c.Cols() != whole.Cols || len(whole.X) != whole.Rows*whole.Cols {
		t.Fatalf("%d rows of %d numbers, the coder has %d", whole.Rows, whole.Cols, c.Cols())
	}
	var row []float32
	for _, i := range []int{0, 1, 777, whole.Rows - 1} {
		if row, err = c.Encode(row[:0], s.At(i)); err != nil {
			t.Fatal(err)
		}
		for f, x := range whole.Row(i) {
			if x != row[f] {
				t.Fatalf("row %d, column %d: %v, the coder says %v", i, f, x, row[f])
			}
		}
	}
	if again, _ := features.Whole(s, "adj+path"); again != whole {
		t.Error("the second to ask got another table")
	}
}

func TestBest(t *testing.T) {
	for _, x := range []struct {
		of   evolve.Space
		want string
	}{
		{space.NB201{}, "onehot+structure"},
		{space.NB101{}, "structure"}, // its onehot is of the genome
		{space.NLP{}, "graf"},
		{space.Bits{Length: 8}, "onehot"},
		{bare{space.NB201{}}, ""},
	} {
		if got := features.Best(x.of); got != x.want {
			t.Errorf("%s: %q, want %q", x.of.Name(), got, x.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, x := range []struct {
		of       evolve.Space
		encoding string
		want     error
	}{
		{bare{space.NB201{}}, "onehot", evolve.ErrUnsupported},
		{space.NB201{}, "onehot+paths", evolve.ErrUnknown},
		{space.NB201{}, "", evolve.ErrUnknown},
	} {
		if _, err := features.NewCoder(x.of, x.encoding); !errors.Is(err, x.want) {
			t.Errorf("coder %q: %v, want %v", x.encoding, err, x.want)
		}
		if _, err := features.Whole(x.of, x.encoding); !errors.Is(err, x.want) {
			t.Errorf("whole %q: %v, want %v", x.encoding, err, x.want)
		}
	}
	if _, err := features.Whole(space.DARTS{}, "adj"); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a space that cannot be numbered: %v", err)
	}
}

// Two random rows of a scaled group are at a mean squared distance of 1, and bits keep two values, one of them 0.
func TestStandard(t *testing.T) {
	table, err := features.Standard(space.NB201{}, features.Auto)
	if err != nil {
		t.Fatal(err)
	}
	r := evolve.Stream(1, "test")
	for _, g := range table.Groups {
		const pairs = 4000
		sum := 0.0
		for range pairs {
			a, b := table.Row(r.IntN(table.Rows)), table.Row(r.IntN(table.Rows))
			for f := g.From; f < g.To; f++ {
				sum += math.Pow(float64(a[f]-b[f]), 2)
			}
		}
		if mean := sum / pairs; mean < .93 || mean > 1.07 {
			t.Errorf("%s: mean squared distance %.3f", g.Name, mean)
		}
	}
	bits := map[float32]bool{}
	for i := range table.Rows {
		for _, x := range table.Row(i)[:30] {
			bits[x] = true
		}
	}
	if len(bits) != 2 || !bits[0] {
		t.Errorf("one-hot numbers after scaling: %v", bits)
	}
}

func BenchmarkWhole(b *testing.B) {
	c, err := features.NewCoder(space.NB201{}, features.Auto)
	if err != nil {
		b.Fatal(err)
	}
	var row []float32
	for i := range b.N {
		if row, err = c.Encode(row[:0], space.NB201{}.At(i%15625)); err != nil {
			b.Fatal(err)
		}
	}
}

package landscape_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/landscape"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

func zeros(a evolve.Arch) float64 { return 1 - float64(space.Ones(a))/float64(len(a)) }

// On the share of ones each flip changes the deviation from the mean, d of D/2, to (1 − 2/D)·d in the mean: the
// autocorrelation at lag k is (1 − 2/D)ᵏ.
func TestAutocorrelationOfBits(t *testing.T) {
	const length, steps = 20, 200_000
	archs, mutation, err := landscape.RandomWalk(space.Bits{Length: length}, steps, rand.New(rand.NewPCG(1, 2)))
	if err != nil || mutation != "flip" || len(archs) != steps {
		t.Fatal(len(archs), mutation, err)
	}
	losses := make([]float64, steps)
	for i, a := range archs {
		losses[i] = zeros(a)
	}
	for lag, want := range []float64{1, .9, .81, .729} {
		// Of some steps/20 independent values the standard error is below 0.01.
		if got := landscape.Autocorrelation(losses, lag); math.Abs(got-want) > .02 {
			t.Errorf("lag %d: %g, want %g", lag, got, want)
		}
	}
}

func TestAutocorrelationByHand(t *testing.T) {
	for lag, want := range []float64{1, -.75, .5} {
		if got := landscape.Autocorrelation([]float64{1, -1, 1, -1}, lag); got != want {
			t.Errorf("of an alternation at lag %d: %g, want %g", lag, got, want)
		}
	}
	// Of 1, 2, 3 the deviations are −1, 0, 1: squares 2, products at lag 1 0, at lag 2 −1.
	for lag, want := range []float64{1, 0, -.5} {
		if got := landscape.Autocorrelation([]float64{1, 2, 3}, lag); got != want {
			t.Errorf("lag %d: %g, want %g", lag, got, want)
		}
	}
	if got := landscape.Autocorrelation([]float64{2, 2, 2}, 1); !math.IsNaN(got) {
		t.Errorf("of a constant: %g", got)
	}
	for _, c := range []struct{ first, second, want float64 }{
		{1 / math.E, .1, 1}, {math.Exp(-.1), .5, 10}, {-.1, -.2, math.NaN()}, {.5, .6, math.NaN()}, {1, .5, math.NaN()},
	} {
		got := landscape.CorrelationLength(c.first, c.second)
		if !cmp.Equal(c.want, got, cmp.Comparer(func(a, b float64) bool {
			return math.Abs(a-b) < 1e-12 || math.IsNaN(a) && math.IsNaN(b)
		})) {
			t.Errorf("length of %g and %g: %g, want %g", c.first, c.second, got, c.want)
		}
	}
}

// The distance from all ones is the number of zeros, so that loss and distance are one.
func TestDistance(t *testing.T) {
	s := space.Bits{Length: 12}
	ruler, err := landscape.NewRuler(s, []evolve.Arch{"111111111111"})
	if err != nil {
		t.Fatal(err)
	}
	var losses, distances []float64
	for r := rand.New(rand.NewPCG(3, 4)); len(losses) < 100; {
		a := s.Sample(r)
		d, err := ruler.Distance(a)
		if err != nil {
			t.Fatal(err)
		}
		losses, distances = append(losses, zeros(a)), append(distances, d)
	}
	if got := stats.Pearson(losses, distances); math.Abs(got-1) > 1e-12 {
		t.Errorf("fitness-distance correlation of the loss %g, want 1", got)
	}
	// nb201: edges whose operations differ, from the nearer of two cells.
	ruler, err = landscape.NewRuler(space.NB201{}, []evolve.Arch{"000000", "123400"})
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[evolve.Arch]float64{"000000": 0, "000041": 2, "123401": 1, "444444": 5, "111111": 5} {
		if got, err := ruler.Distance(a); got != want || err != nil {
			t.Errorf("%s: %g, %v, want %g", a, got, err, want)
		}
	}
	// nb101: an edge is a bit, an operation has one for each value.
	ruler, err = landscape.NewRuler(space.NB101{}, []evolve.Arch{"010001-00000"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []evolve.Arch{"010001-10000", "018001-00000"} {
		if got, err := ruler.Distance(a); got != 1 || err != nil {
			t.Errorf("%s: %g, %v, want 1", a, got, err)
		}
	}
	if _, err := landscape.NewRuler(space.NB201{}, nil); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := landscape.NewRuler(space.NB201{}, []evolve.Arch{"9"}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("of no cell: %v", err)
	}
}

// cube is the numbered strings of three bits.
type cube struct{ space.Bits }

func (cube) Size() int { return 8 }
func (cube) At(i int) evolve.Arch {
	text := []byte("000")
	for k := range text {
		text[k] += byte(i >> (2 - k) & 1)
	}
	return evolve.Arch(text)
}
func (cube) Index(a evolve.Arch) (i int) {
	for k := range len(a) {
		i = i<<1 | int(a[k]-'0')
	}
	return i
}

// Of two optima at opposite corners each draws its three neighbours.
func TestBasins(t *testing.T) {
	s := cube{space.Bits{Length: 3}}
	//                  000 001 010 011 100 101 110 111
	losses := []float64{.00, .5, .5, .7, .2, .6, .3, .1}
	// 001→000, 010→000, 100→000, 110→111 (.1 before .2), 011→111, 101→111.
	want := []landscape.Optimum{{"000", 0, 4}, {"111", .1, 4}}
	if d := cmp.Diff(want, landscape.Basins(s, losses)); d != "" {
		t.Error(d)
	}
	// Without 000: 010→110 and so to 111, while 100 and 001 have no lower neighbour left.
	losses[0] = math.NaN()
	want = []landscape.Optimum{{"111", .1, 5}, {"100", .2, 1}, {"001", .5, 1}}
	if d := cmp.Diff(want, landscape.Basins(s, losses)); d != "" {
		t.Error(d)
	}
	// A plateau without exit: each of its architectures is an optimum.
	if got := landscape.Basins(s, make([]float64, 8)); len(got) != 8 || got[3].Basin != 1 {
		t.Errorf("%v", got)
	}
}

// However losses lie, basins part the space, and each optimum is one by its neighbours.
func TestBasinsProperty(t *testing.T) {
	s, r := space.NB201{}, rand.New(rand.NewPCG(5, 6))
	losses := make([]float64, s.Size())
	for i := range losses {
		losses[i] = r.Float64()
	}
	found, sum := landscape.Basins(s, losses), 0
	for _, o := range found {
		sum += o.Basin
		for _, a := range s.Neighbors(nil, o.Arch) {
			if losses[s.Index(a)] < o.Loss {
				t.Fatalf("%s is no optimum: %s", o.Arch, a)
			}
		}
	}
	optima := 0
	for i := range losses {
		lower := func(a evolve.Arch) bool { return losses[s.Index(a)] < losses[i] }
		if !slices.ContainsFunc(s.Neighbors(nil, s.At(i)), lower) {
			optima++
		}
	}
	if sum != s.Size() || optima != len(found) {
		t.Errorf("basins of %d, want %d; %d optima, want %d", sum, s.Size(), len(found), optima)
	}
	// Drawn starts end in these optima and no other, in each about as often as its basin is large.
	drawn := landscape.Descents(s, s, 2000, func(a evolve.Arch) float64 { return losses[s.Index(a)] }, r)
	at := map[evolve.Arch]int{}
	for _, o := range found {
		at[o.Arch] = o.Basin
	}
	ends := 0
	for _, o := range drawn {
		if ends += o.Basin; at[o.Arch] == 0 {
			t.Errorf("%s is no optimum", o.Arch)
		}
	}
	share := float64(at[drawn[0].Arch]) / float64(s.Size())
	if got := float64(drawn[0].Basin) / 2000; ends != 2000 || math.Abs(got-share) > 5*math.Sqrt(share/2000) {
		t.Errorf("%d ends, %g of them in a basin of %g", ends, got, share)
	}
}

// All ones is the one optimum of the share of ones.
func TestDescentsOfBits(t *testing.T) {
	s := space.Bits{Length: 16}
	got := landscape.Descents(s, s, 20, zeros, rand.New(rand.NewPCG(7, 8)))
	if d := cmp.Diff([]landscape.Optimum{{"1111111111111111", 0, 20}}, got); d != "" {
		t.Error(d)
	}
}

func TestLowest(t *testing.T) {
	for _, c := range []struct {
		losses []float64
		want   []int
	}{
		{[]float64{3, 1, 2, 1}, []int{1, 3}}, {[]float64{math.NaN(), 5}, []int{1}}, {[]float64{math.NaN()}, nil},
	} {
		if got := landscape.Lowest(c.losses); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.losses, got, c.want)
		}
	}
}

package space

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"pgregory.net/rapid"
)

// grafOf is the encoding graf of an architecture.
func grafOf(t testing.TB, e evolve.Encoder, a evolve.Arch) []float64 {
	t.Helper()
	x, err := e.Encode(nil, grafName, a)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// grafKey is a description as a text.
func grafKey(x []float64) string {
	var key []byte
	for _, v := range x {
		key = append(key, byte(v))
	}
	return string(key)
}

// Counted by hand.
func TestGrafByHand(t *testing.T) {
	// The cell 0→1 3×3, 0→2 skip, 1→2 1×1, 0→3 pooling, 1→3 none, 2→3 3×3: ways are pooling; skip, 3×3; 3×3, 1×1, 3×3.
	nb201 := grafOf(t, NB201{}, "312403")
	sets := grafAllSets(4) // bit 0 skip, 1 conv1, 2 conv3, 3 pool
	for _, c := range []struct {
		set  uint32
		want []float64 // operations; of the shortest way, plus one; most on a way; after the input; before the output
	}{
		{0b0001, []float64{1, 0, 1, 1, 0}}, // skip alone leads nowhere
		{0b0010, []float64{1, 0, 1, 0, 0}},
		{0b0100, []float64{2, 0, 2, 1, 1}},
		{0b0101, []float64{3, 2, 2, 2, 1}}, // a skip has no length
		{0b0110, []float64{3, 4, 3, 1, 1}},
		{0b1000, []float64{1, 2, 1, 1, 1}},
		{0b1111, []float64{5, 2, 3, 3, 2}},
	} {
		at := 5 * slices.Index(sets, c.set)
		if got := nb201[at : at+5]; !slices.Equal(got, c.want) {
			t.Errorf("nb201, set %04b: %v, want %v", c.set, got, c.want)
		}
	}
	if ways := nb201[len(nb201)-1]; ways != 3 {
		t.Errorf("nb201: %v ways, want 3", ways)
	}

	// in → 3×3 → 1×1 → out, in → pooling → 1×1, in → out, and an inner vertex that nothing reads.
	text := `{"matrix":[[0,1,1,0,1,1],[0,0,0,1,0,0],[0,0,0,1,0,0],[0,0,0,0,0,1],[0,0,0,0,0,0],[0,0,0,0,0,0]],` +
		`"ops":["input","conv3x3-bn-relu","maxpool3x3","conv1x1-bn-relu","conv3x3-bn-relu","output"]}`
	a, err := (NB101{}).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	nb101 := grafOf(t, NB101{}, a)
	want := []float64{
		1, 1, 1, 1, 0, // 3×3: the direct edge is a way of no operation
		1, 1, 1, 0, 1, // 1×1
		2, 1, 2, 1, 1, // both
		1, 1, 1, 1, 0, // pooling
		2, 1, 1, 2, 0, // pooling and 3×3
		2, 1, 2, 1, 1, // pooling and 1×1
		3, 1, 2, 2, 1, // all
		3, // ways
	}
	if !slices.Equal(nb101, want) {
		t.Errorf("nb101:\n%v, want\n%v", nb101, want)
	}
}

// Of every registered space but bits graf is an encoding of one length, in whole numbers 0..255, and the same for all
// architectures that mean the same network.
func TestGrafProperty(t *testing.T) {
	for _, entry := range evolve.Spaces.Entries() {
		if entry.Name == "bits" {
			continue
		}
		t.Run(entry.Name, func(t *testing.T) {
			s, _, err := evolve.Spaces.Open(evolve.Spec{Name: entry.Name})
			if err != nil {
				t.Fatal(err)
			}
			e := s.(evolve.Encoder)
			if !slices.Contains(e.Encodings(), grafName) {
				t.Fatalf("encodings %v", e.Encodings())
			}
			length := len(grafOf(t, e, s.Sample(evolve.Stream(1, "graf"))))
			rapid.Check(t, func(rt *rapid.T) {
				a := s.Sample(evolve.Stream(rapid.Uint64().Draw(rt, "seed"), "graf"))
				x := grafOf(t, e, a)
				if len(x) != length {
					rt.Fatalf("%s has %d features, another %d", a, len(x), length)
				}
				if i := slices.IndexFunc(x, func(v float64) bool { return v < 0 || v > 255 || v != math.Trunc(v) }); i >= 0 {
					rt.Fatalf("feature %d of %s is %v", i, a, x[i])
				}
				canon, err := s.Canon(a)
				if err != nil {
					rt.Fatal(err)
				}
				if y := grafOf(t, e, canon); !slices.Equal(x, y) {
					rt.Fatalf("%s and its canonical %s differ:\n%v\n%v", a, canon, x, y)
				}
			})
			different := map[string]bool{}
			for i := range uint64(100) {
				different[grafKey(grafOf(t, e, s.Sample(evolve.Stream(i, "graf"))))] = true
			}
			if len(different) < 70 {
				t.Errorf("only %d different descriptions of 100 architectures", len(different))
			}
		})
	}
}

// Every registered space but bits has graphs, and so has its pool. By the labels of Weisfeiler and Lehman
// architectures that mean the same network have the same, and most others different ones.
func TestGraphsProperty(t *testing.T) {
	for _, entry := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: entry.Name})
		if err != nil {
			t.Fatal(err)
		}
		some := []evolve.Arch{s.Sample(evolve.Stream(1, "pool"))}
		for i := uint64(2); len(some) < 2; i++ {
			if a := s.Sample(evolve.Stream(i, "pool")); a != some[0] {
				some = append(some, a)
			}
		}
		pool, err := NewPool(s, some, PoolRefuse, "")
		if err != nil {
			t.Fatal(err)
		}
		offered := entry.Name != "bits"
		for _, s := range []evolve.Space{s, pool} {
			if got := (evolve.Problem{Space: s}).Offers()&evolve.Graphs != 0; got != offered {
				t.Fatalf("%T offers graphs: %v, want %v", s, got, offered)
			}
		}
		if !offered {
			continue
		}
		t.Run(entry.Name, func(t *testing.T) {
			graphs := s.(evolve.Grapher).Graphs()
			describe := func(t interface{ Fatal(...any) }, a evolve.Arch) []gauss.Histogram {
				all, err := graphs(a)
				if err != nil {
					t.Fatal(a, err)
				}
				same := make([]gauss.Graph, len(all))
				for k, g := range all {
					for i, reads := range g.Reads {
						if reads>>i != 0 || len(g.Labels) != len(g.Reads) {
							t.Fatal(a, "node", i, "of", g, "reads a later one")
						}
					}
					same[k] = gauss.Graph(g)
				}
				return gauss.WL(2, same...)
			}
			rapid.Check(t, func(rt *rapid.T) {
				a := s.Sample(evolve.Stream(rapid.Uint64().Draw(rt, "seed"), "graphs"))
				canon, err := s.Canon(a)
				if err != nil {
					rt.Fatal(err)
				}
				if x, y := describe(rt, a), describe(rt, canon); !reflect.DeepEqual(x, y) {
					rt.Fatalf("%s and its canonical %s differ:\n%v\n%v", a, canon, x, y)
				}
			})
			different := map[string]bool{}
			for i := range uint64(100) {
				different[fmt.Sprint(describe(t, s.Sample(evolve.Stream(i, "graphs"))))] = true
			}
			if len(different) < 70 {
				t.Errorf("only %d different graphs of 100 architectures", len(different))
			}
			if all, err := graphs("?"); err == nil {
				t.Errorf("graphs of no architecture: %v", all)
			}
			x, err := pool.(evolve.Grapher).Graphs()(some[0])
			if y, _ := graphs(some[0]); err != nil || !reflect.DeepEqual(x, y) {
				t.Errorf("in a pool %v, %v, want %v", x, err, y)
			}
		})
	}
}

// Chains of up to three layers a graph are told apart as long as what is asked tells their operations apart.
func TestGrafTellsChainsApart(t *testing.T) {
	for _, c := range []struct {
		space interface {
			evolve.Encoder
			evolve.Enumerable
		}
		want int
	}{{Macro{}, 3969}, {NATSSize{}, 32768}, {Channel{}, 16384}, {TNB101Macro{}, 3256}} {
		seen := map[string]bool{}
		for i := range c.space.Size() {
			seen[grafKey(grafOf(t, c.space, c.space.At(i)))] = true
		}
		if len(seen) != c.want {
			t.Errorf("%T: %d descriptions, want %d", c.space, len(seen), c.want)
		}
	}
}

// Benchmark of a whole space: 15,625 cells.
func BenchmarkGrafWhole(b *testing.B) {
	nb201Twins()
	dst := make([]float64, 0, 200)
	for b.Loop() {
		for i := range NB201Size {
			if _, err := (NB201{}).Encode(dst, grafName, nb201Archs[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

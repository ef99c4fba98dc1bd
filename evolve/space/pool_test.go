package space

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// halfPool is every genome of macro with an even number in the space.
func halfPool(t *testing.T, moves string) evolve.Space {
	t.Helper()
	var archs []evolve.Arch
	for i := 0; i < (Macro{}).Size(); i += 2 {
		archs = append(archs, Macro{}.At(i))
	}
	p, err := NewPool(Macro{}, archs, moves, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPoolIsWhatWasRecorded(t *testing.T) {
	p := halfPool(t, PoolNearest)
	e := p.(evolve.Enumerable)
	if p.Name() != "macro" || e.Size() != 3281 {
		t.Fatalf("%s of %d", p.Name(), e.Size())
	}
	for i := range e.Size() {
		a := e.At(i)
		if e.Index(a) != i {
			t.Fatalf("%s has row %d, want %d", a, e.Index(a), i)
		}
		// Another genome of the same network may be recorded too: neither stands for the other.
		if c, err := p.Canon(a); err != nil || c != a {
			t.Fatalf("Canon of %s is %s, %v", a, c, err)
		}
	}
	other := Macro{}.At(1)
	if e.Index(other) != -1 || e.Index("") != -1 {
		t.Error("what is not recorded has a row")
	}
	for text, parts := range map[string][]string{string(other): {"macro", string(other), "none of the 3281 recorded"}, "0000": {"has 8 characters"}, "00000003": {"character 8"}} {
		_, err := p.Canon(evolve.Arch(text))
		if !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Canon of %q: %v", text, err)
			continue
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("Canon of %q: %v, want %q", text, err, part)
			}
		}
	}
}

func TestPoolSamplesUniformly(t *testing.T) {
	archs := []evolve.Arch{"000000", "111111", "222222", "333333", "444444"}
	p, err := NewPool(NB201{}, archs, PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 5)
	r := evolve.Stream(1, "sample")
	for range 10_000 {
		counts[p.(evolve.Enumerable).Index(p.Sample(r))]++
	}
	chiSquare(t, "sample", counts, []float64{.2, .2, .2, .2, .2})
}

// A cell is found by another genome of the same network, under the genome that was recorded.
func TestPoolParse(t *testing.T) {
	// An identity does nothing wherever it stands behind the first of its stage: both are one network.
	const recorded, same = "11201111", "11210111"
	p, err := NewPool(Macro{}, []evolve.Arch{"22222222", recorded}, PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	n := p.(evolve.Notation)
	for text, want := range map[string]evolve.Arch{recorded: recorded, same: recorded, "22222222": "22222222"} {
		if a, err := n.Parse(text); err != nil || a != want {
			t.Errorf("%s is %s, %v, want %s", text, a, err, want)
		}
	}
	for _, text := range []string{"11111111", "1101211", ""} {
		if a, err := n.Parse(text); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%q is %s, %v", text, a, err)
		}
	}
	if f := n.Format(recorded); f != recorded {
		t.Errorf("printed as %s", f)
	}
	q, err := NewPool(NB201{}, []evolve.Arch{"000000", "301210"}, PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	if f := q.(evolve.Notation).Format("301210"); f != (NB201{}).Format("301210") {
		t.Errorf("printed as %s", f)
	}
}

func TestPoolRefuses(t *testing.T) {
	for name, archs := range map[string][]evolve.Arch{
		"at least 2": {"000000"}, "pool of 0": nil, "architecture 2, \"000000\", is there twice": {"000000", "111111", "000000"},
		"recorded architecture 1: nb201": {"000000", "00000x"},
	} {
		for _, moves := range []string{PoolNearest, PoolRefuse} {
			_, err := NewPool(NB201{}, archs, moves, "onehot")
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v: %v, want %q", archs, err, name)
			}
		}
	}
	if _, err := NewPool(NB201{}, []evolve.Arch{"000000", "111111"}, PoolNearest, "onehat"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("unknown encoding: %v", err)
	}
}

// Without moves a pool offers none, so that a searcher that needs one is refused; and a space
// that cannot say how far apart two architectures are has none to offer.
func TestPoolWithoutMoves(t *testing.T) {
	bare, err := NewPool(dumb{}, []evolve.Arch{"a", "b"}, PoolNearest, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]evolve.Space{"refuse": halfPool(t, PoolRefuse), "bare": bare} {
		if _, ok := p.(evolve.Mutator); ok {
			t.Errorf("%s: a mutator", name)
		}
		if _, ok := p.(evolve.Crosser); ok {
			t.Errorf("%s: a crosser", name)
		}
	}
	if _, err := bare.(evolve.Notation).Parse("a"); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a space without notation: %v", err)
	}
	if e := bare.(evolve.Encoder); bare.(evolve.Notation).Format("a") != "a" || e.Encodings() != nil {
		t.Errorf("encodings %v", e.Encodings())
	}
	if _, err := bare.(evolve.Encoder).Encode(nil, "onehot", "a"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("a space without encodings: %v", err)
	}
}

// dumb is a space of letters that can do nothing but sample.
type dumb struct{}

func (dumb) Name() string                             { return "dumb" }
func (dumb) Sample(*rand.Rand) evolve.Arch            { return "a" }
func (dumb) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }

// distance is the L1 distance of two encodings, the slow way.
func distance(t *testing.T, e evolve.Encoder, encoding string, a, b evolve.Arch) (d float64) {
	t.Helper()
	x, err := e.Encode(nil, encoding, a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := e.Encode(nil, encoding, b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x {
		d += math.Abs(x[i] - y[i])
	}
	return d
}

// nearest are the recorded by distance from a, then by row, the slow way.
func nearest(t *testing.T, p evolve.Space, encoding string, a evolve.Arch) []evolve.Arch {
	t.Helper()
	e := p.(evolve.Enumerable)
	var archs []evolve.Arch
	far := map[evolve.Arch]float64{}
	for i := range e.Size() {
		b := e.At(i)
		archs = append(archs, b)
		far[b] = distance(t, p.(evolve.Encoder), encoding, a, b)
	}
	slices.SortStableFunc(archs, func(a, b evolve.Arch) int { return cmp.Compare(far[a], far[b]) })
	return archs
}

// A mutation is one of the ten nearest recorded, each as likely, and never the parent; the
// child of a crossing is as near as any recorded to what the space's own operator gave.
func TestPoolMovesToTheNearest(t *testing.T) {
	r := evolve.Stream(3, "pool")
	for name, c := range map[string]struct {
		s        evolve.Space
		encoding string
	}{
		"macro": {Macro{}, "onehot"}, "nb201": {NB201{}, "onehot"}, "nb101": {NB101{}, "canonical"}, "nlp": {NLP{Hidden: 2, Nodes: 7}, "wl"},
		"graph": {NewGraph(false), "adj"}, "darts": {DARTS{}, "onehot"}, "tnb101-macro": {TNB101Macro{}, "onehot"}, "mnas": {Mnas{}, "onehot"},
	} {
		t.Run(name, func(t *testing.T) {
			known := map[evolve.Arch]bool{}
			var archs []evolve.Arch
			for len(archs) < 200 {
				if a := c.s.Sample(r); !known[a] {
					known[a], archs = true, append(archs, a)
				}
			}
			p, err := NewPool(c.s, archs, PoolNearest, c.encoding)
			if err != nil {
				t.Fatal(err)
			}
			m := p.(evolve.Mutator)
			mutate, err := m.Mutation(m.Mutations()[0])
			if err != nil || len(m.Mutations()) != 1 {
				t.Fatalf("%v: %v", m.Mutations(), err)
			}
			for _, parent := range archs[:20] {
				near := nearest(t, p, c.encoding, parent)
				near = slices.DeleteFunc(near, func(a evolve.Arch) bool { return a == parent })[:10]
				if got := p.(evolve.Neighborer).Neighbors([]evolve.Arch{"x"}, parent); !slices.Equal(got, append([]evolve.Arch{"x"}, near...)) {
					t.Fatalf("neighbours of %s: %v, want %v", parent, got[1:], near)
				}
				counts := make([]int, 10)
				for range 1000 {
					k := slices.Index(near, mutate(parent, r))
					if k < 0 {
						t.Fatalf("a child of %s is not near", parent)
					}
					counts[k]++
				}
				chiSquare(t, "children", counts, slices.Repeat([]float64{.1}, 10))
			}
			if _, err := m.Mutation("no_such"); !errors.Is(err, evolve.ErrUnknown) {
				t.Errorf("unknown mutation: %v", err)
			}
			for k := range uint64(20) {
				a, b := archs[2*k], archs[2*k+1]
				child := p.(evolve.Crosser).Cross(a, b, evolve.Stream(k, "cross"))
				x, ok := c.s.(evolve.Crosser)
				if !ok {
					if child != a && child != b {
						t.Fatalf("%s is neither parent", child)
					}
					continue
				}
				meant := x.Cross(a, b, evolve.Stream(k, "cross"))
				if !known[child] || distance(t, p.(evolve.Encoder), c.encoding, child, meant) != distance(t, p.(evolve.Encoder), c.encoding, nearest(t, p, c.encoding, meant)[0], meant) {
					t.Fatalf("crossing gave %s, which became %s", meant, child)
				}
				if known[meant] && child != meant {
					t.Fatalf("crossing gave %s, which is recorded, but became %s", meant, child)
				}
			}
		})
	}
}

// Neighbours are found once and are the same whoever asks, also at the same time.
func TestPoolNeighboursAtOnce(t *testing.T) {
	p, one := halfPool(t, PoolNearest).(*movingPool), halfPool(t, PoolNearest).(*movingPool)
	var all [4][]evolve.Arch
	var wg sync.WaitGroup
	for g := range all {
		wg.Go(func() {
			for i := range 100 {
				all[g] = p.Neighbors(all[g], p.At(i))
			}
		})
	}
	wg.Wait()
	var want []evolve.Arch
	for i := 99; i >= 0; i-- {
		want = append(one.Neighbors(nil, one.At(i)), want...)
	}
	for g := range all {
		if !slices.Equal(all[g], want) {
			t.Errorf("asker %d got other neighbours", g)
		}
	}
}

// Two architectures are each other's only neighbour.
func TestPoolOfTwo(t *testing.T) {
	p, err := NewPool(Macro{}, []evolve.Arch{"00000000", "22222222"}, PoolNearest, "onehot")
	if err != nil {
		t.Fatal(err)
	}
	mutate, err := p.(evolve.Mutator).Mutation("near")
	if err != nil {
		t.Fatal(err)
	}
	r := evolve.Stream(1, "two")
	if a, b := mutate("00000000", r), mutate("22222222", r); a != "22222222" || b != "00000000" {
		t.Errorf("%s and %s", a, b)
	}
}

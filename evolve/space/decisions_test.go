package space

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// deciders are the registered spaces that are lists of decisions.
func deciders(t testing.TB) (all []evolve.Space) {
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.(evolve.Decider); ok {
			all = append(all, s)
		}
	}
	return all
}

// The decisions of each space: how many, how many combinations of options (as a logarithm to base 2) and the
// names of the first and of the last.
func TestDecisions(t *testing.T) {
	type want struct {
		n           int
		bits        float64
		first, last string
	}
	facts := map[string]want{
		"bits":         {100, 100, "bit1", "bit100"},
		"channel":      {7, 14, "group1", "group7"},
		"darts":        {22, 2 * math.Log2(3*6*10*math.Pow(7, 8)), "normal.node2.op1", "reduce.node5.op2"}, // 1.08e18
		"graph":        {5, 5 * math.Log2(9), "links", "node4"},
		"macro":        {8, 8 * math.Log2(3), "layer1", "layer8"},
		"mnas":         {28, math.Log2(104_485_552_128), "block0_e", "block6_se"},
		"nasnet":       {40, 2 * math.Log2(math.Pow(2*3*4*5*6, 2)*math.Pow(8, 10)), "normal.block1.input1", "reduce.block5.op2"},
		"nb101":        {26, 21 + 5*math.Log2(3), "edge0-1", "op5"},
		"nb201":        {6, math.Log2(15625), "edge0-1", "edge2-3"},
		"size":         {5, 15, "place1", "place5"},
		"tnb101-macro": {7, math.Log2(3) + 12, "modules", "module6"},
		"tnb101-micro": {6, 12, "edge0-1", "edge2-3"},
	}
	seen := 0
	for _, s := range deciders(t) {
		all, bits := s.(evolve.Decider).Decisions(), 0.
		for _, d := range all {
			bits += math.Log2(float64(d.Options))
		}
		w, ok := facts[s.Name()]
		if got := (want{len(all), w.bits, all[0].Name, all[len(all)-1].Name}); !ok || got != w || math.Abs(bits-w.bits) > 1e-9 {
			t.Errorf("%s: %v of %v bits, want %v", s.Name(), got, bits, w)
		}
		seen++
	}
	if seen != len(facts) {
		t.Errorf("%d spaces, want %d", seen, len(facts))
	}
	if _, ok := any(NLP{}).(evolve.Decider); ok {
		t.Error("a recipe has no fixed number of decisions")
	}
}

func TestChoose(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		s    evolve.Space
		x    []float64
		want evolve.Arch
		err  string
	}{
		{NB201{}, []float64{3, 0, 1, 2, 1, 4}, "301214", ""},
		{NB201{}, []float64{3, 0, 1, 2, 5, 4}, "", "nb201: decision edge1-3: 5, want the number of an option, 0 to 4"},
		{Graph{}, []float64{3, 0, 1, 2, 8}, "30128", ""},
		{Graph{}, []float64{3, 8, 8, 8, 8}, "", `graph: "38888": all four operations are skip`},
		{NewGraph(true), []float64{3, 0, 1, 2, 4}, "31458", ""},
		{NewGraph(true), []float64{3, 5, 1, 2, 4}, "", "graph: decision node1: 5, want the number of an option, 0 to 4"},
		{Mnas{}, slices.Repeat([]float64{1, 1, 2, 1}, 7), evolve.Arch(strings.Repeat("4531", 7)), ""},
		{TNB101Macro{}, []float64{0, 0, 1, 2, 3, nan, -1}, "1234", ""},
		{TNB101Macro{}, []float64{1, 0, 1, 2, 3, 0, nan}, "12341", ""},
		{TNB101Macro{}, []float64{1, 0, 1, 2, 3, nan, nan}, "", "tnb101-macro: decision module5: no number, want"},
		{TNB101Macro{}, []float64{0, 0, 0, 0, 0, nan, nan}, "", "0 modules halve the resolution"},
		{NB101{}, append(slices.Repeat([]float64{0}, 20), 1, 0, 0, 0, 0, 0), "", "nb101: 100000-00000: no path"},
		{NB101{}, append(slices.Repeat([]float64{0}, 15), 1, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0), "008000-21000", ""},
	} {
		a, err := c.s.(evolve.Decider).Choose(c.x)
		if a != c.want || (err == nil) != (c.err == "") || err != nil && (!errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v is %q, %v; want %q %s", c.s.Name(), c.x, a, err, c.want, c.err)
		}
	}
}

// A published cell has no number where no option stands for what it has, and its numbers are refused.
func TestChoicesBeyond(t *testing.T) {
	for _, c := range []struct {
		s    evolve.Space
		cell string
		none int // numbers that are not there
	}{
		{NASNet{}, "AmoebaNet-A", 40}, {NASNet{}, "AmoebaNet-B", 24}, {NASNet{}, "NAONet-A", 15}, {NASNet{}, "ENAS", 0},
		{DARTS{}, "DARTS_V2", 0}, {DARTS{}, "ASHA200", 2},
	} {
		a, err := Read(c.s, c.cell)
		if err != nil {
			t.Fatal(err)
		}
		d, none := c.s.(evolve.Decider), 0
		x := d.Choices(nil, a)
		for _, v := range x {
			if math.IsNaN(v) {
				none++
			}
		}
		b, err := d.Choose(x)
		if len(x) != len(d.Decisions()) || none != c.none || errors.Is(err, evolve.ErrInvalid) != (none > 0) {
			t.Errorf("%s: %v has %d numbers that are none, want %d; chosen %q, %v", c.cell, x, none, c.none, b, err)
		}
	}
	g := dartsRead(DARTS{}.Sample(evolve.Stream(1, "none")))
	g[1][7].op = dartsNone
	if x := (DARTS{}).Choices(nil, g.arch()); math.IsNaN(x[20]) == math.IsNaN(x[21]) {
		t.Errorf("an edge without operation is %v", x)
	}
}

// Whatever the numbers are, they are an architecture that the space knows and gives back, or the error says
// in one line what is wrong.
func FuzzChoose(f *testing.F) {
	f.Add(uint8(0), []byte{0, 1, 2, 3, 4, 5})
	f.Add(uint8(8), []byte{1, 1, 1, 1, 1, 249})
	f.Add(uint8(10), []byte{0, 1, 2, 3, 3, 250, 255})
	spaces := deciders(f)
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		if len(b) > 200 {
			return
		}
		s := spaces[int(which)%len(spaces)]
		d, x := s.(evolve.Decider), make([]float64, len(b))
		for i, v := range b {
			x[i] = float64(v)
			if odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, .5, 1e300, math.Copysign(0, -1)}; int(v) > 255-len(odd) {
				x[i] = odd[255-int(v)]
			}
		}
		a, err := d.Choose(x)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s: %v is %q, %v", s.Name(), x, a, err)
			}
			return
		}
		want, err := s.Canon(a)
		if err != nil {
			t.Fatalf("%s: %v: %v", s.Name(), x, err)
		}
		again, err := d.Choose(d.Choices(nil, a))
		if err != nil {
			t.Fatalf("%s: %q: %v", s.Name(), a, err)
		}
		if got, err := s.Canon(again); err != nil || got != want {
			t.Fatalf("%s: %q comes back as %q", s.Name(), a, again)
		}
	})
}

// A pool offers decisions where every architecture that they make is recorded, whether or not it moves.
func TestPoolDecisions(t *testing.T) {
	networks := func(s evolve.Space) (all []evolve.Arch) {
		e := s.(evolve.Enumerable)
		for i := range e.Size() {
			a := e.At(i)
			if c, err := s.Canon(a); err != nil || c != a {
				continue
			}
			all = append(all, a)
		}
		return all
	}
	for _, s := range []evolve.Space{Macro{}, NewGraph(true), TNB101Micro{}, TNB101Macro{}, NB201{}} {
		full := networks(s)
		for _, moves := range []string{PoolNearest, PoolRefuse} {
			p, err := NewPool(s, full, moves, "onehot")
			if err != nil {
				t.Fatal(err)
			}
			d, ok := p.(evolve.Decider)
			if !ok {
				t.Fatalf("%s, %s: all %d networks are recorded and nothing is decided", s.Name(), moves, len(full))
			}
			if _, mutates := p.(evolve.Mutator); mutates != (moves == PoolNearest) {
				t.Errorf("%s, %s: mutates %v", s.Name(), moves, mutates)
			}
			if whole, pool := Base(p); whole != s || !pool {
				t.Errorf("%s: a pool of %v, %v", s.Name(), whole, pool)
			}
			r := evolve.Stream(1, "decisions")
			for range 100 {
				a := p.Sample(r)
				if b, err := d.Choose(d.Choices(nil, a)); err != nil || b != a {
					t.Fatalf("%s: %q comes back as %q, %v", s.Name(), a, b, err)
				}
				// Another genome of a network becomes the recorded one.
				b := s.Sample(r)
				c, err := s.Canon(b)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := d.Choose(d.Choices(nil, b)); err != nil || got != c {
					t.Fatalf("%s: %q becomes %q, %v, want %q", s.Name(), b, got, err, c)
				}
			}
			if a, err := d.Choose(nil); !errors.Is(err, evolve.ErrInvalid) {
				t.Errorf("%s: no choices are %q, %v", s.Name(), a, err)
			}
			less, err := NewPool(s, full[:len(full)-1], moves, "onehot")
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := less.(evolve.Decider); ok {
				t.Errorf("%s, %s: one network is not recorded, and yet it can be chosen", s.Name(), moves)
			}
		}
		if whole, pool := Base(s); whole != s || pool {
			t.Errorf("%s is a pool of %v", s.Name(), whole)
		}
	}
	// A space of more choices than can be tried offers none, and one of no decisions has none.
	for _, s := range []evolve.Space{NB101{}, DARTS{}, NLP{2, 7}} {
		r := evolve.Stream(1, "decisions")
		p, err := NewPool(s, []evolve.Arch{s.Sample(r), s.Sample(r)}, PoolRefuse, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := p.(evolve.Decider); ok {
			t.Errorf("a pool of two of %s offers decisions", s.Name())
		}
	}
}

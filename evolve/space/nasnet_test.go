package space

import (
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// AmoebaNet-A, whose output departs from the rule in both cells.
const amoebaNetA evolve.Arch = "1e1f0b0a1a0e1b2c5e1b:0346-0b1e1f2d0f1f4b1h0e1d:23456"

// (2·3·4·5·6)² choices of inputs, 8¹⁰ of operations.
func TestNASNetSize(t *testing.T) {
	n := 1
	for k := range nasnetPairs {
		n *= dartsStates(k)
	}
	if n != 720*720 || n<<30 != 556_627_761_561_600 {
		t.Errorf("%d choices of inputs, %d cells; want 518,400 and 556,627,761,561,600", n, n<<30)
	}
	if got := math.Pow(float64(n<<30), 2); math.Abs(got/3.10e29-1) > 1e-3 {
		t.Errorf("%g architectures, want 3.10e29", got)
	}
}

func TestNASNetSample(t *testing.T) {
	r := evolve.Stream(1, t.Name())
	const n = 5000
	ops, last, both := make([]int, nasnetOps), make([]int, 6), make([]int, 36)
	for range n {
		for _, c := range nasnetRead(NASNet{}.Sample(r)) {
			for _, p := range c.pairs {
				ops[p.op]++
			}
			if c.concat != c.unread() {
				t.Fatal("a sample has an output of its own")
			}
			last[c.pairs[8].in]++
			both[6*c.pairs[8].in+c.pairs[9].in]++
		}
	}
	chiSquare(t, "operations", ops, slices.Repeat([]float64{1. / 8}, 8))
	chiSquare(t, "first input of the last block", last, slices.Repeat([]float64{1. / 6}, 6))
	chiSquare(t, "inputs of the last block", both, slices.Repeat([]float64{1. / 36}, 36))
}

// nasnetChanges counts the operations and inputs that differ, and says of which pair.
func nasnetChanges(a, b evolve.Arch) (ops, ins, at int) {
	x, y := nasnetRead(a), nasnetRead(b)
	for i := range x {
		for k, p := range x[i].pairs {
			if q := y[i].pairs[k]; p != q {
				at = i*nasnetPairs + k
				if p.op != q.op {
					ops++
				}
				if p.in != q.in {
					ins++
				}
			}
		}
	}
	return ops, ins, at
}

// The law by counts: identity, input, operation; the pairs of each kind; what is drawn.
func TestNASNetMutations(t *testing.T) {
	const n = 80000
	const same = (1./2 + 1./3 + 1./4 + 1./5 + 1./6) / 5 // of inputs that are redrawn
	a := NASNet{}.Sample(evolve.Stream(9, t.Name()))
	was := nasnetRead(a)[1].pairs[9]
	for _, c := range []struct {
		name     string
		identity float64
		input    float64 // chance that an input changes
		op       float64
	}{
		{"real2019", .05, .475, .475},
		{"real2019", .3, .35, .35},
		{"redraw", .05, .475 * (1 - same), .475 * 7 / 8},
		{"one", .05, .5, .5},
	} {
		m, err := NASNet{Identity: c.identity}.Mutation(c.name)
		if err != nil {
			t.Fatal(err)
		}
		r := evolve.Stream(2, c.name)
		kinds, ops, ins := make([]int, 3), make([]int, 2*nasnetPairs), make([]int, 2*nasnetPairs)
		drawn, read := make([]int, nasnetOps), make([]int, 6)
		for range n {
			b := m(a, r)
			switch o, i, at := nasnetChanges(a, b); {
			case o+i == 0:
				kinds[0]++
			case o+i > 1:
				t.Fatalf("%s changes %d operations and %d inputs", c.name, o, i)
			case o == 1:
				kinds[2]++
				ops[at]++
			default:
				kinds[1]++
				ins[at]++
			}
			for _, cell := range nasnetRead(b) {
				if cell.concat != cell.unread() {
					t.Fatalf("%s: the output of %s departs from the rule", c.name, b)
				}
			}
			p := nasnetRead(b)[1].pairs[9]
			if p.op != was.op {
				drawn[p.op]++
			}
			if p.in != was.in {
				read[p.in]++
			}
		}
		if c.name == "one" {
			if kinds[0] > 0 {
				t.Error("one returns the parent")
			}
			chiSquare(t, c.name, kinds[1:], []float64{c.input, c.op})
		} else {
			chiSquare(t, c.name, kinds, []float64{1 - c.input - c.op, c.input, c.op})
		}
		chiSquare(t, c.name+" pairs of operations", ops, slices.Repeat([]float64{1. / 20}, 20))
		chance := make([]float64, 2*nasnetPairs)
		for at := range chance {
			chance[at] = 1. / 20
			if c.name == "redraw" {
				chance[at] *= (1 - 1/float64(dartsStates(at%nasnetPairs))) / (1 - same)
			}
		}
		chiSquare(t, c.name+" pairs of inputs", ins, chance)
		chiSquare(t, c.name+" operations", slices.Delete(drawn, int(was.op), int(was.op)+1), slices.Repeat([]float64{1. / 7}, 7))
		chiSquare(t, c.name+" inputs", slices.Delete(read, int(was.in), int(was.in)+1), slices.Repeat([]float64{1. / 5}, 5))
	}
}

// An output of its own stays with a mutated published cell, and an operation that is not
// searched gives way to any of the eight.
func TestNASNetMutatePublished(t *testing.T) {
	r := evolve.Stream(3, t.Name())
	_, b, _ := Published("AmoebaNet-B")
	m, _ := NASNet{}.Mutation("one")
	for _, a := range []evolve.Arch{amoebaNetA, b} {
		for range 500 {
			x, y := nasnetRead(a), nasnetRead(m(a, r))
			for i := range x {
				if x[i].concat != x[i].unread() && y[i].concat != x[i].concat {
					t.Fatalf("%s: the output becomes %07b", a, y[i].concat)
				}
				for k, p := range y[i].pairs {
					if p.op >= nasnetOps && p.op != x[i].pairs[k].op {
						t.Fatalf("%s: drew %s", a, NASNetOps[p.op])
					}
				}
			}
		}
	}
}

func TestNASNetNeighbors(t *testing.T) {
	r := evolve.Stream(4, t.Name())
	for range 30 {
		a := NASNet{}.Sample(r)
		ops, ins := 0, 0
		for _, b := range (NASNet{}).Neighbors(nil, a) {
			o, i, _ := nasnetChanges(a, b)
			if o+i != 1 {
				t.Fatalf("%s is no neighbour of %s", b, a)
			}
			ops, ins = ops+o, ins+i
		}
		if ops != 140 || ins != 60 {
			t.Fatalf("%s has %d neighbours by operation and %d by input, want 140 and 60", a, ops, ins)
		}
	}
}

func TestNASNetCross(t *testing.T) {
	r := evolve.Stream(5, t.Name())
	const a, b evolve.Arch = "0a0a0a0a0a0a0a0a0a0a-0a0a0a0a0a0a0a0a0a0a", "1b1b1b1b1b1b1b1b1b1b:23-1b1b1b1b1b1b1b1b1b1b:23"
	var from [2 * 2 * nasnetPairs]int
	explicit := 0
	const n = 4000
	for range n {
		for i, c := range nasnetRead(NASNet{}.Cross(a, b, r)) {
			for k, p := range c.pairs {
				from[2*(i*nasnetPairs+k)] += int(p.in)
				from[2*(i*nasnetPairs+k)+1] += int(p.op)
			}
			if c.concat == 1<<2|1<<3 {
				explicit++
			} else if c.concat != c.unread() {
				t.Fatalf("the output is neither parent's: %07b", c.concat)
			}
		}
	}
	for _, k := range from {
		chiSquare(t, "a field", []int{k, n - k}, []float64{.5, .5})
	}
	chiSquare(t, "the output", []int{explicit, 2*n - explicit}, []float64{.5, .5})
}

func TestNASNetEncodeByHand(t *testing.T) {
	encode := func(name string, length int) []float64 {
		v, err := NASNet{}.Encode(nil, name, amoebaNetA)
		if err != nil || len(v) != length {
			t.Fatalf("%s: %d numbers, %v; want %d", name, len(v), err, length)
		}
		return v
	}
	want := []float64{ // 1e1f 0b0a 1a0e 1b2c 5e1b, output 0, 3, 4, 6
		0, 0, 0, 2, 1, 0, 0, 1,
		0, 0, 2, 0, 1, 1, 1, 0,
		0, 0, 0, 0, 0, 1, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 1, 0,
		0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0,
		4, 5, 1, 0, 0, 4, 1, 2, 4, 1,
	}
	if got := encode("adj", 148)[:74]; !slices.Equal(got, want) {
		t.Errorf("adj of normal %v, want %v", got, want)
	}
	// Pairs of 2, 2, 3, 3, … inputs and 18 operations each.
	if got, want := nb201Ones(encode("onehot", 440)[:62]), []int{1, 2 + 4, 20 + 1, 22 + 5, 40 + 0, 43 + 1, 61 + 0}; !slices.Equal(got, want) {
		t.Errorf("onehot of normal %v, want %v", got, want)
	}
	if got := nb201Ones(encode("onehot", 440)); len(got) != 40 {
		t.Errorf("%d bits, want 40", len(got))
	}
}

func TestNASNetIdentityOption(t *testing.T) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: "nasnet"})
	if err != nil || s != (NASNet{Identity: 0.05}) {
		t.Errorf("%v, %v", s, err)
	}
	if _, _, err := evolve.Spaces.Open(evolve.Spec{Name: "nasnet", Set: []evolve.Setting{{Key: "identity", Value: "1.5"}}}); err == nil {
		t.Error("an identity of 1.5 is accepted")
	}
}

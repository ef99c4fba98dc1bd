package space

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

func dartsCanon(t testing.TB, a evolve.Arch) evolve.Arch {
	t.Helper()
	c, err := DARTS{}.Canon(a)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// dartsWiring calls f with every choice of two inputs for each of the four nodes.
func dartsWiring(f func(dartsCell)) {
	var c dartsCell
	var next func(k int)
	next = func(k int) {
		if k == dartsPairs {
			f(c)
			return
		}
		for b := range byte(dartsStates(k)) {
			for a := range b {
				c[k].in, c[k+1].in = a, b
				next(k + 2)
			}
		}
	}
	next(0)
}

// 180 ways to choose inputs, 7⁸ operations; both cells, with and without none.
func TestDARTSSize(t *testing.T) {
	n := 0
	dartsWiring(func(dartsCell) { n++ })
	if n != 180 || n*int(math.Pow(7, 8)) != 1_037_664_180 {
		t.Errorf("%d choices of inputs, want 180 and 1,037,664,180 cells", n)
	}
	cell := float64(n) * math.Pow(7, 8)
	if got := cell * cell; math.Abs(got/1.077e18-1) > 1e-3 {
		t.Errorf("%g architectures, want 1.077e18", got)
	}
	if got := math.Pow(float64(n)*math.Pow(8, 8), 2); math.Abs(got/9.12e18-1) > 1e-3 {
		t.Errorf("%g architectures with none, want 9.12e18", got)
	}
}

// With one operation the 180 wirings are 79 different cells. A representative stands for all
// that relabellings reach, one by one.
func TestDARTSCanonClasses(t *testing.T) {
	var all []dartsCell
	dartsWiring(func(c dartsCell) { all = append(all, c) })
	class := map[dartsCell]int{}
	for i, c := range all {
		class[c] = i
	}
	for changed := true; changed; {
		changed = false
		for _, c := range all {
			for _, order := range dartsOrders {
				if d, ok := c.reordered(order); ok && class[d] != class[c] {
					class[c] = min(class[c], class[d])
					class[d] = class[c]
					changed = true
				}
			}
		}
	}
	classes, canon := map[int]bool{}, map[dartsCell]int{}
	for _, c := range all {
		classes[class[c]] = true
		k := c.canonical()
		if at, ok := canon[k]; ok && at != class[c] {
			t.Fatalf("%v stands for two classes", k)
		}
		canon[k] = class[c]
	}
	if len(canon) != len(classes) {
		t.Errorf("%d representatives of %d classes", len(canon), len(classes))
	}
	if len(classes) != 79 { // counted by an independent program
		t.Errorf("%d wirings, want 79", len(classes))
	}
}

// Relabelling nodes and exchanging a node's pairs means nothing; another operation does.
func TestDARTSCanonProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := evolve.Stream(rapid.Uint64().Draw(rt, "seed"), "darts")
		a := DARTS{}.Sample(rng)
		g := dartsRead(a)
		for c := range g {
			order := rapid.SampledFrom(dartsOrders).Draw(rt, "order")
			if next, ok := g[c].reordered(order); ok {
				g[c] = next
			}
			for k := 0; k < dartsPairs; k += 2 {
				if rng.IntN(2) == 0 {
					g[c][k], g[c][k+1] = g[c][k+1], g[c][k]
				}
			}
		}
		if err := g.valid(); err != nil {
			rt.Fatal(err)
		}
		if x, y := dartsCanon(t, a), dartsCanon(t, g.arch()); x != y {
			rt.Fatalf("%s and %s: %s and %s", a, g.arch(), x, y)
		}
		// The operations of a cell are a multiset that no relabelling changes.
		b := dartsOne(a, rng)
		if ops := func(a evolve.Arch) (n [2][8]int) {
			for c, cell := range dartsRead(a) {
				for _, p := range cell {
					n[c][p.op]++
				}
			}
			return n
		}; ops(a) != ops(b) && dartsCanon(t, a) == dartsCanon(t, b) {
			rt.Fatalf("%s and %s have the same canonical form", a, b)
		}
		idempotent(t, DARTS{}, a)
	})
}

func TestDARTSSample(t *testing.T) {
	rng := evolve.Stream(1, t.Name())
	ops, first, pairs := make([]int, 8), make([]int, 5), make([]int, 20)
	for range 5000 {
		g := dartsRead(DARTS{}.Sample(rng))
		for _, cell := range g {
			for _, p := range cell {
				ops[p.op]++
			}
			a, b := cell[6].in, cell[7].in
			first[a]++
			if b > a {
				b--
			}
			pairs[4*a+b]++
		}
	}
	if ops[dartsNone] != 0 {
		t.Errorf("none is sampled %d times", ops[dartsNone])
	}
	chiSquare(t, "operations", ops[1:], slices.Repeat([]float64{1. / 7}, 7))
	chiSquare(t, "first input of the last node", first, slices.Repeat([]float64{.2}, 5))
	chiSquare(t, "inputs of the last node", pairs, slices.Repeat([]float64{1. / 20}, 20))
}

// dartsChanges counts the pairs whose operation and whose input differ, and says where.
func dartsChanges(a, b evolve.Arch) (ops, ins int, at int) {
	x, y := dartsRead(a), dartsRead(b)
	for c := range x {
		for k, p := range x[c] {
			if q := y[c][k]; p != q {
				at = c*dartsPairs + k
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

func TestDARTSMutations(t *testing.T) {
	const n = 64000
	a := dartsV2Digits
	for _, c := range []struct {
		name string
		same float64 // chance that the parent comes back
		ops  float64 // chance that an operation changes
	}{
		// One: a pair in two is asked for its input, but a quarter of the pairs, those of
		// node 2, has no other.
		{"one", 0, .5 + .5/4},
		// Naszilla: operations stay with chance 1/7. Of s states two change nothing.
		{"naszilla", .5/7 + .5/4*(1+2./3+2./4+2./5), .5 * 6 / 7},
	} {
		m, err := DARTS{}.Mutation(c.name)
		if err != nil {
			t.Fatal(err)
		}
		rng := evolve.Stream(2, c.name)
		kinds, places := make([]int, 3), make([]int, 16)
		for range n {
			switch ops, ins, at := dartsChanges(a, m(a, rng)); {
			case ops+ins == 0:
				kinds[0]++
			case ops+ins > 1:
				t.Fatalf("%s changes %d operations and %d inputs", c.name, ops, ins)
			case ops == 1:
				kinds[1]++
				places[at]++
			default:
				kinds[2]++
			}
		}
		if c.same == 0 {
			if kinds[0] > 0 {
				t.Errorf("%s returns the parent", c.name)
			}
			chiSquare(t, c.name, kinds[1:], []float64{c.ops, 1 - c.ops})
			continue
		}
		chiSquare(t, c.name, kinds, []float64{c.same, c.ops, 1 - c.same - c.ops})
		chiSquare(t, c.name+" pairs", places, slices.Repeat([]float64{1. / 16}, 16))
	}
}

// One node is drawn anew, with all eight operations.
func TestDARTSRandomNAS(t *testing.T) {
	rng := evolve.Stream(3, t.Name())
	nodes, ops := make([]int, 8), make([]int, 8)
	for range 16000 {
		x, y := dartsRead(dartsV2Digits), dartsRead(dartsRandomNAS(dartsV2Digits, rng))
		changed := map[int]bool{}
		for c := range x {
			for k := range x[c] {
				if x[c][k] != y[c][k] {
					changed[c*dartsNodes+k/2] = true
				}
			}
		}
		if len(changed) > 1 {
			t.Fatalf("nodes %v changed", changed)
		}
		for node := range changed {
			nodes[node]++
			ops[y[node/4][2*(node%4)].op]++
		}
	}
	// Node 5 of the normal cell stays with chance 1/20·1/64, node 2 with 1/2·1/64.
	if slices.Min(nodes) < 1800 || slices.Min(ops) < 1700 {
		t.Errorf("nodes %v, operations %v", nodes, ops)
	}
}

func TestDARTSNeighbors(t *testing.T) {
	rng := evolve.Stream(4, t.Name())
	for range 50 {
		a := DARTS{}.Sample(rng)
		ops, ins := 0, 0
		for _, b := range (DARTS{}).Neighbors(nil, a) {
			o, i, _ := dartsChanges(a, b)
			if o+i != 1 {
				t.Fatalf("%s is no neighbour of %s", b, a)
			}
			ops, ins = ops+o, ins+i
		}
		if ops != 96 || ins != 24 {
			t.Fatalf("%s has %d neighbours by operation and %d by input, want 96 and 24", a, ops, ins)
		}
	}
}

func TestDARTSCross(t *testing.T) {
	rng := evolve.Stream(5, t.Name())
	from := make([]int, 8)
	a, b := evolve.Arch("01110111011101110111011101110111"), evolve.Arch("02120212021202120212021202120212")
	for range 4000 {
		child := dartsRead(DARTS{}.Cross(a, b, rng))
		for i := range 8 {
			p, q := child[i/4][2*(i%4)], child[i/4][2*(i%4)+1]
			if p.op != q.op {
				t.Fatal("a node is of both parents")
			}
			from[i] += int(p.op) - 1
		}
	}
	for i, n := range from {
		chiSquare(t, "node "+string(rune('0'+i)), []int{n, 4000 - n}, []float64{.5, .5})
	}
}

func TestDARTSEncodeByHand(t *testing.T) {
	encode := func(name string) []float64 {
		v, err := DARTS{}.Encode(nil, name, dartsV2Digits)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	adj := encode("adj")
	if len(adj) != 114 {
		t.Fatalf("adj has %d numbers, want 114", len(adj))
	}
	// Normal: nodes 2, 3 and 4 read 0 and 1, node 5 reads 0 and 2; 2 to 5 go to the output.
	want := []float64{
		0, 0, 1, 1, 1, 1, 0,
		0, 0, 1, 1, 1, 0, 0,
		0, 0, 0, 0, 0, 1, 1,
		0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0,
		3, 3, 3, 3, 3, 2, 2, 5,
	}
	if !slices.Equal(adj[:57], want) {
		t.Errorf("adj of normal %v, want %v", adj[:57], want)
	}
	if got := adj[57+49:]; !slices.Equal(got, []float64{0, 0, 2, 0, 0, 2, 2, 0}) {
		t.Errorf("operations of reduce %v", got)
	}
	// Rows of DARTS's alphas: 0 and 1 of node 2, 2 and 3 of node 3, 5 and 6 of node 4, 9 and 11 of node 5.
	if got, want := nb201Ones(encode("onehot")[:112]), []int{0*8 + 4, 1*8 + 4, 2*8 + 4, 3*8 + 4, 5*8 + 3, 6*8 + 4, 9*8 + 3, 11*8 + 6}; !slices.Equal(got, want) {
		t.Errorf("onehot of normal %v, want %v", got, want)
	}
	// From either input sep 3×3 (4), that and dil 3×3 (4 + 7·6), and from 0 also skip (3).
	if got, want := nb201Ones(encode("path")[:2*2801]), []int{3, 4, 46, 2801 + 4, 2801 + 46}; !slices.Equal(got, want) {
		t.Errorf("path of normal %v, want %v", got, want)
	}
}

func TestDARTSEncodeNone(t *testing.T) {
	const zero = evolve.Arch("00100010001000100010001000100010")
	v, err := DARTS{}.Encode(nil, "path", zero)
	if err != nil || len(v) != 11204 || len(nb201Ones(v)) != 0 {
		t.Errorf("path of nothing: %d numbers, %v, %v", len(v), nb201Ones(v), err)
	}
	if v, err = (DARTS{}).Encode(nil, "adj", zero); err != nil || !slices.Equal(v[49:57], slices.Repeat([]float64{7}, 8)) {
		t.Errorf("adj of nothing: %v, %v", v, err)
	}
	if _, err := (DARTS{}).Encode(nil, "onehot", zero[1:]); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("31 digits: %v", err)
	}
}

// The order of a node's pairs does not show in onehot and path.
func TestDARTSEncodeOrder(t *testing.T) {
	g := dartsRead(dartsV2Digits)
	for c := range g {
		for k := 0; k < dartsPairs; k += 2 {
			g[c][k], g[c][k+1] = g[c][k+1], g[c][k]
		}
	}
	for _, name := range []string{"onehot", "path"} {
		a, err := DARTS{}.Encode(nil, name, dartsV2Digits)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := (DARTS{}).Encode(nil, name, g.arch()); err != nil || !slices.Equal(a, b) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
}

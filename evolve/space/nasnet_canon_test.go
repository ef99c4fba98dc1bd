package space

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

func nasnetCanon(t testing.TB, a evolve.Arch) evolve.Arch {
	t.Helper()
	c, err := NASNet{}.Canon(a)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// nasnetReordered moves the blocks to the places of an order, which must keep them after what
// they read, and exchanges pairs at random.
func nasnetReordered(c nasnetCell, to [nasnetStates]byte, r *rand.Rand) (next nasnetCell) {
	for k, p := range c.pairs {
		p.in = to[p.in]
		next.pairs[2*(to[dartsStates(k)]-2)+byte(k%2)] = p
	}
	for k := 0; k < nasnetPairs; k += 2 {
		if r.IntN(2) == 0 {
			next.pairs[k], next.pairs[k+1] = next.pairs[k+1], next.pairs[k]
		}
	}
	for s, to := range to {
		next.concat |= c.concat >> s & 1 << to
	}
	return next
}

// nasnetOrder draws an order in which all blocks still read earlier states.
func nasnetOrder(c nasnetCell, r *rand.Rand) (to [nasnetStates]byte) {
	to[1] = 1
	for placed := byte(2); placed < nasnetStates; {
		s := 2 + r.IntN(nasnetBlocks)
		p, q := c.pairs[2*(s-2)].in, c.pairs[2*(s-2)+1].in
		if to[s] == 0 && (p < 2 || to[p] != 0) && (q < 2 || to[q] != 0) {
			to[s] = placed
			placed++
		}
	}
	return to
}

// nasnetAny is a genome with all operations and, now and then, an output of its own.
func nasnetAny(r *rand.Rand) (g nasnetGenotype) {
	for i := range g {
		c := &g[i]
		for k := range c.pairs {
			c.pairs[k] = dartsPair{byte(r.IntN(dartsStates(k))), byte(r.IntN(len(NASNetOps)))}
			if r.IntN(6) == 0 {
				c.pairs[k].op = nasnetNone
			}
		}
		if c.concat = c.unread(); r.IntN(2) == 0 {
			c.concat = byte(4 + r.IntN(124))
		}
	}
	return g
}

// nasnetWirings calls f with every choice of inputs, the two of a block in rising order.
func nasnetWirings(f func(nasnetCell)) {
	var c nasnetCell
	var next func(k int)
	next = func(k int) {
		if k == nasnetPairs {
			c.concat = c.unread()
			f(c)
			return
		}
		for b := range byte(dartsStates(k)) {
			for a := range b + 1 {
				c.pairs[k].in, c.pairs[k+1].in = a, b
				next(k + 2)
			}
		}
	}
	next(0)
}

// The 56,700 wirings with sorted pairs are 8,328 different cells of one operation, and the
// cells of eight operations, counted by Burnside's lemma on their automorphisms, 3.1e12 of the
// 5.6e14. An independent program counts the same.
func TestNASNetCanonClasses(t *testing.T) {
	n, canon := 0, map[nasnetCell]bool{}
	nasnetWirings(func(c nasnetCell) {
		n++
		canon[c.canonical()] = true
	})
	if n != 3*6*10*15*21 || len(canon) != 8328 {
		t.Errorf("%d wirings, %d cells; want 56,700 and %d", n, len(canon), 8328)
	}
	total := 0
	for c := range canon {
		total += nasnetLabelings(c)
	}
	if total != 3_147_356_952_080 {
		t.Errorf("%d cells of eight operations, want 3,147,356,952,080", total)
	}
}

// nasnetLabelings counts the cells of a wiring that differ in more than the order of equal
// things, by the cycles that the automorphisms have on the ten pairs.
func nasnetLabelings(c nasnetCell) int {
	sum, size := 0, 0
	var to [nasnetStates]byte
	to[1] = 1
	var next func(s int)
	next = func(s int) {
		if s < nasnetStates {
			for x := byte(2); x < nasnetStates; x++ {
				if !slices.Contains(to[2:s], x) {
					to[s] = x
					next(s + 1)
				}
			}
			return
		}
		// Block by block the pairs go to those of equal input, either way round where both
		// pairs of a block read the same.
		ways := [][nasnetPairs]int{{}}
		for b := range nasnetBlocks {
			at := 2 * (int(to[2+b]) - 2)
			p, q := to[c.pairs[2*b].in], to[c.pairs[2*b+1].in]
			x, y := c.pairs[at].in, c.pairs[at+1].in
			var longer [][nasnetPairs]int
			for _, w := range ways {
				if p == x && q == y {
					w[2*b], w[2*b+1] = at, at+1
					longer = append(longer, w)
				}
				if p == y && q == x {
					w[2*b], w[2*b+1] = at+1, at
					longer = append(longer, w)
				}
			}
			ways = longer
		}
		for _, w := range ways {
			cycles, seen := 0, [nasnetPairs]bool{}
			for k := range w {
				if !seen[k] {
					cycles++
				}
				for ; !seen[k]; k = w[k] {
					seen[k] = true
				}
			}
			size++
			sum += 1 << (3 * cycles)
		}
	}
	next(2)
	return sum / size
}

// Relabelling blocks and exchanging a block's pairs means nothing, whatever is concatenated.
func TestNASNetCanonProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := evolve.Stream(rapid.Uint64().Draw(rt, "seed"), "nasnet")
		g := nasnetAny(r)
		nasnetSame(rt, g, r)
		idempotent(t, NASNet{}, g.arch())
	})
}

func nasnetSame(t interface{ Fatalf(string, ...any) }, g nasnetGenotype, r *rand.Rand) {
	next := g
	for i, c := range g {
		next[i] = nasnetReordered(c, nasnetOrder(c, r), r)
	}
	x, e1 := NASNet{}.Canon(g.arch())
	y, e2 := NASNet{}.Canon(next.arch())
	if e1 != nil || e2 != nil || x != y {
		t.Fatalf("%s and %s: %s and %s, %v, %v", g.arch(), next.arch(), x, y, e1, e2)
	}
}

func TestNASNetCanonByHand(t *testing.T) {
	const rest = "-0a0a0a0a0a0a0a0a0a0a"
	for _, c := range []struct{ why, from, want string }{
		{"pairs are sorted", "1c0b0a0a0a0a0a0a0a0a", "0a0a0a0a0a0a0a0a0b1c"},
		{"a block that nobody reads is dead, and last", "0b0b1c1c0d0d0e0e1f1f:26", "0b0b1f1f0a0a0a0a0a0a:23"},
		{"so is what only it reads", "0b0b2c1c0d0d0e0e1f1f:456", "0d0d0e0e1f1f0a0a0a0a:234"},
		{"what is read is not", "0b0b2c1c0d0d0e0e1f1f:36", "0b0b1c2c1f1f0a0a0a0a:34"},
		{"an explicit rule is the rule", "0b0b0b0b0b0b0b0b0b0b:123456", "0b0b0b0b0b0b0b0b0b0b"},
		{"none reads state 0", "0b0b1c1r3d3d0b0b2r1d:4", "0r1c2d2d0a0a0a0a0a0a:3"},
	} {
		from := c.from
		got := string(nasnetCanon(t, evolve.Arch(from+rest)))
		if want := c.want + rest; got != want {
			t.Errorf("%s: %s is %s, want %s", c.why, from, got, want)
		}
	}
}

func FuzzNASNetCanon(f *testing.F) {
	for _, c := range PublishedCells() {
		if c.Space == "nasnet" {
			f.Add(string(c.Arch), uint64(1))
		}
	}
	f.Add("", uint64(0))
	f.Add("0b0b1c1r2d2d0b0b2r1d:4-0a0a0a0a0a0a0a0a0a0a:123456", uint64(2))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		g, err := nasnetOf(evolve.Arch(text))
		if err != nil {
			if _, err := (NASNet{}).Canon(evolve.Arch(text)); err == nil {
				t.Fatalf("%q has a canonical form", text)
			}
			return
		}
		nasnetSame(t, g, evolve.Stream(seed, "nasnet"))
		idempotent(t, NASNet{}, evolve.Arch(text))
	})
}

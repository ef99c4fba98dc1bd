package space

import (
	"bytes"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Mutations:
//
//   - real2019 (Real et al., AAAI 2019): with probability Identity the parent again,
//     otherwise with equal chance another input or another operation of one pair; cell,
//     block and side are uniform, and so is what is drawn among the other earlier states or
//     the other operations of the eight;
//   - redraw is the same with what is drawn among all of them, so that the old value may
//     come again: the paper does not say which of the two it means;
//   - one is real2019 without the identity.
//
// A cell that concatenates what it does not read still does so after a move; an explicit
// concatenation stays as it is.
func (NASNet) Mutations() []string { return []string{"real2019", "redraw", "one"} }

// Mutation returns a named operator.
func (s NASNet) Mutation(name string) (evolve.Mutation, error) {
	identity, again, ops := s.Identity, false, s.searched()
	switch name {
	case "real2019":
	case "redraw":
		again = true
	case "one":
		identity = 0
	default:
		return nil, evolve.Unknown("nasnet mutation", name, s.Mutations())
	}
	return func(a evolve.Arch, r *rand.Rand) evolve.Arch {
		if identity > 0 && r.Float64() < identity {
			return a
		}
		g := nasnetRead(a)
		x := r.IntN(2 * len(g) * nasnetPairs)
		c, k := &g[x/2/nasnetPairs], x/2%nasnetPairs
		p := c.pairs[k]
		if x&1 == 0 {
			p.in = nasnetDraw(p.in, dartsStates(k), again, r)
		} else {
			p.op = ops[nasnetDraw(place(ops, p.op), len(ops), again, r)]
		}
		c.set(k, p)
		return g.arch()
	}, nil
}

// place is that of an operation among some, their number where it is none of them.
func place(ops []byte, op byte) byte {
	if i := bytes.IndexByte(ops, op); i >= 0 {
		return byte(i)
	}
	return byte(len(ops))
}

// nasnetDraw draws from 0..n-1, without the old value unless it may come again.
func nasnetDraw(old byte, n int, again bool, r *rand.Rand) byte {
	if again || int(old) >= n { // an operation that is not searched
		return byte(r.IntN(n))
	}
	x := byte(r.IntN(n - 1))
	if x >= old {
		x++
	}
	return x
}

// set changes a pair. What is concatenated by rule goes on to be.
func (c *nasnetCell) set(k int, p dartsPair) {
	byRule := c.concat == c.unread()
	c.pairs[k] = p
	if byRule {
		c.concat = c.unread()
	}
}

// Neighbors are all single changes that one makes, pair by pair, operations before inputs:
// 140 of an operation (80 of ENAS's) and 60 of an input. Of a pair with an operation that is not
// searched they are more, and not mutual.
func (s NASNet) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	g := nasnetRead(a)
	for i := range g {
		old := g[i]
		for k, p := range old.pairs {
			try := func(q dartsPair) {
				if q != p {
					g[i].set(k, q)
					dst = append(dst, g.arch())
					g[i] = old
				}
			}
			for _, op := range s.searched() {
				try(dartsPair{p.in, op})
			}
			for in := range byte(dartsStates(k)) {
				try(dartsPair{in, p.op})
			}
		}
	}
	return dst
}

// Cross takes each input and each operation from either parent with equal chance, and from
// either whether the cell concatenates by rule or else which states.
func (NASNet) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	g, other, bits := nasnetRead(a), nasnetRead(b), r.Uint64()
	coin := func() bool { bits >>= 1; return bits&1 != 0 }
	for i := range g {
		c, d := &g[i], &other[i]
		concat, byRule := c.concat, c.concat == c.unread()
		if coin() {
			concat, byRule = d.concat, d.concat == d.unread()
		}
		for k := range c.pairs {
			if coin() {
				c.pairs[k].in = d.pairs[k].in
			}
			if coin() {
				c.pairs[k].op = d.pairs[k].op
			}
		}
		if c.concat = concat; byRule {
			c.concat = c.unread()
		}
	}
	return g.arch()
}

package space

import "github.com/amoeba-nas/amoeba/evolve"

// Canon sorts the two pairs of each block and orders the blocks so that the text is
// smallest, as far as they still read earlier states: that only permutes the channels of
// the output. Blocks that the output does not depend on, which only an explicit
// concatenation leaves, come last and become two identities of state 0. An edge with none
// is zero whatever it reads, and reads state 0.
func (NASNet) Canon(a evolve.Arch) (evolve.Arch, error) {
	g, err := nasnetOf(a)
	if err != nil {
		return "", err
	}
	for i := range g {
		g[i] = g[i].canonical()
	}
	return g.arch(), nil
}

// canonical is the smallest cell that builds the same network. A smaller block in an earlier
// place makes a smaller text whatever follows, so that only blocks that look the same in a
// place have to be tried in turn.
func (c *nasnetCell) canonical() nasnetCell {
	live, n := c.live(), 0
	for s := range nasnetStates {
		n += int(live >> s & 1)
	}
	var best nasnetCell
	found := false
	var place func(next nasnetCell, at [nasnetStates]byte, placed byte)
	place = func(next nasnetCell, at [nasnetStates]byte, placed byte) {
		if placed == byte(n) {
			for s, to := range at {
				next.concat |= c.concat >> s & 1 << to
			}
			if !found || next.less(&best) {
				best, found = next, true
			}
			return
		}
		var least [2]dartsPair
		var same []int // the blocks that are least here
		for s := 2; s < nasnetStates; s++ {
			if live>>s&1 == 0 || at[s] != 0 {
				continue
			}
			pairs, ok := c.moved(s, &at)
			switch {
			case !ok || len(same) > 0 && nasnetLess(least, pairs):
			case len(same) > 0 && least == pairs:
				same = append(same, s)
			default:
				least, same = pairs, []int{s}
			}
		}
		next.pairs[2*placed], next.pairs[2*placed+1] = least[0], least[1]
		for _, s := range same {
			to := at
			to[s] = 2 + placed
			place(next, to, placed+1)
		}
	}
	place(nasnetCell{}, [nasnetStates]byte{1: 1}, 0) // 0 is where state 0 stays and no block goes
	return best
}

// live is the set of the blocks that the output depends on.
func (c *nasnetCell) live() byte {
	live := c.concat
	for k := nasnetPairs - 1; k >= 0; k-- {
		if p := c.pairs[k]; live>>dartsStates(k)&1 != 0 && p.op != nasnetNone {
			live |= 1 << p.in
		}
	}
	return live &^ 3
}

// moved are the pairs of the block of state s, sorted, with the new places of what they
// read; false where one of those has none yet.
func (c *nasnetCell) moved(s int, at *[nasnetStates]byte) (pairs [2]dartsPair, ok bool) {
	for i, p := range c.pairs[2*(s-2) : 2*(s-1)] {
		if p.op == nasnetNone {
			p.in = 0
		}
		if p.in > 1 && at[p.in] == 0 {
			return pairs, false
		}
		pairs[i] = dartsPair{at[p.in], p.op}
	}
	if pairs[1].less(pairs[0]) {
		pairs[0], pairs[1] = pairs[1], pairs[0]
	}
	return pairs, true
}

func nasnetLess(a, b [2]dartsPair) bool {
	return a[0].less(b[0]) || a[0] == b[0] && a[1].less(b[1])
}

func (c *nasnetCell) less(d *nasnetCell) bool {
	for k, p := range c.pairs {
		if p != d.pairs[k] {
			return p.less(d.pairs[k])
		}
	}
	return c.concat < d.concat
}

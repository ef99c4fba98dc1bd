package search

import (
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
)

// wholeBound is the largest space whose every architecture a model looks at before each proposal. Of the listed spaces
// NAS-Bench-Graph, with 59,040 genomes, and NAS-Bench-101, with 423,624 cells, are above it.
const wholeBound = 40_000

// What is looked at where a space is not looked at whole: how many architectures, the part of them that is drawn from
// all of the space (in quarters), and how many others are on average better than the parent of the rest. The numbers
// are our own; others were not measured well enough to rank them.
const (
	nearCount   = 200
	nearRandom  = 1
	nearParents = 4
)

// candidates are the architectures among which a model-based searcher chooses. Of a space that can be listed, and is no
// larger than wholeBound, they are all: number i is At(i) of the space, whose features are row i of features.Whole. Of
// other spaces near draws some before each proposal.
type candidates struct {
	space  evolve.Space
	r      *rand.Rand
	list   evolve.Enumerable // nil where the space is not looked at whole
	moves  evolve.Neighborer // nil where it lists no neighbours
	mutate evolve.Mutation   // nil where it has none
	kept   map[evolve.Arch][]evolve.Arch
	drawn  map[evolve.Arch]struct{}
}

// newCandidates looks at a space whole where it has at most `most` architectures, see wholeBound; 0 is never.
func newCandidates(space evolve.Space, most int, r *rand.Rand) *candidates {
	c := &candidates{space: space, r: r, kept: map[evolve.Arch][]evolve.Arch{}, drawn: map[evolve.Arch]struct{}{}}
	if list, ok := space.(evolve.Enumerable); ok && list.Size() <= most {
		c.list = list
	}
	c.moves, _ = space.(evolve.Neighborer)
	if m, ok := space.(evolve.Mutator); ok && len(m.Mutations()) > 0 {
		c.mutate, _ = m.Mutation(m.Mutations()[0])
	}
	return c
}

// whole is how many architectures are numbered; 0 where the space is not looked at whole.
func (c *candidates) whole() int {
	if c.list == nil {
		return 0
	}
	return c.list.Size()
}

// near appends to dst up to n different genomes that are not taken. Three quarters are changes of one of ranked, the
// architectures that were told, the best first, whose place is drawn by rank. The others are samples of the space, and
// so are all where nothing was told or the space has neither neighbours nor a mutation. Samples also stand for changes
// that are not found, and where the space has too few architectures there are fewer than n. Two genomes may mean one
// network.
func (c *candidates) near(dst []evolve.Arch, n int, ranked []evolve.Arch, taken func(evolve.Arch) bool) []evolve.Arch {
	clear(c.drawn)
	add := func(a evolve.Arch) {
		if _, again := c.drawn[a]; !again && !taken(a) {
			c.drawn[a] = struct{}{}
			dst = append(dst, a)
		}
	}
	const tries = 20 // as often as there are places, then what is missing is left out
	if len(ranked) > 0 && (c.moves != nil || c.mutate != nil) {
		for range tries * n {
			if 4*len(c.drawn) >= (4-nearRandom)*n {
				break
			}
			add(c.change(ranked[c.rank(len(ranked))]))
		}
	}
	for range tries * n {
		if len(c.drawn) >= n {
			break
		}
		add(c.space.Sample(c.r))
	}
	return dst
}

// rank draws a place among n, the first most often: each is nearParents/(nearParents+1) as likely as the one before.
// Whole numbers alone decide, so that every build draws the same.
func (c *candidates) rank(n int) int {
	k := 0
	for k < n-1 && c.r.IntN(nearParents+1) > 0 {
		k++
	}
	return k
}

// change is a neighbour of an architecture, or a neighbour of a neighbour, each as often, or else a mutant. Where the
// space has both neighbours and a mutation, one in four is a mutant.
func (c *candidates) change(a evolve.Arch) evolve.Arch {
	if c.moves == nil || c.mutate != nil && c.r.IntN(4) == 0 {
		return c.mutate(a, c.r)
	}
	steps := 1 + c.r.IntN(2)
	for step := range steps {
		var next []evolve.Arch
		if step == 0 {
			// The first step is from one of the best, which come again and again.
			next = c.kept[a]
			if next == nil {
				next = c.moves.Neighbors(nil, a)
				c.kept[a] = next
			}
		} else {
			next = c.moves.Neighbors(nil, a)
		}
		if len(next) == 0 {
			break
		}
		a = next[c.r.IntN(len(next))]
	}
	return a
}

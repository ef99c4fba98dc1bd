package space

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

var nasnetDecisions = func() (all []evolve.Decision) {
	for _, cell := range dartsCells {
		for k := range nasnetPairs {
			block, side := k/2+1, k%2+1
			all = append(all,
				evolve.Decision{Name: fmt.Sprintf("%s.block%d.input%d", cell, block, side), Options: dartsStates(k)},
				evolve.Decision{Name: fmt.Sprintf("%s.block%d.op%d", cell, block, side), Options: nasnetOps})
		}
	}
	return all
}()

// Decisions are the input and the operation of each pair, the operation one of the eight that are
// searched. What a cell concatenates is not decided: it is by rule.
func (NASNet) Decisions() []evolve.Decision { return nasnetDecisions }

// Choose returns the architecture of its pairs.
func (NASNet) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("nasnet", nasnetDecisions, x); err != nil {
		return "", err
	}
	var g nasnetGenotype
	for i := range g {
		c := &g[i]
		for k := range c.pairs {
			c.pairs[k] = dartsPair{byte(x[0]), byte(x[1])}
			x = x[2:]
		}
		c.concat = c.unread()
	}
	return g.arch(), nil
}

// Choices are the pairs of an architecture. NaN stands for an operation that is not searched, and for all
// of a cell that does not concatenate by rule: no choices make it.
func (NASNet) Choices(dst []float64, a evolve.Arch) []float64 {
	g := nasnetRead(a)
	for i := range g {
		c := &g[i]
		if c.concat != c.unread() {
			dst = append(dst, undecided(2*nasnetPairs)...)
			continue
		}
		for _, p := range c.pairs {
			op := float64(p.op)
			if p.op >= nasnetOps {
				op = math.NaN()
			}
			dst = append(dst, float64(p.in), op)
		}
	}
	return dst
}

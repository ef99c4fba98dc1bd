package space

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
)

var nasnetDecisions, enasDecisions = nasnetDecided(nasnetSearched), nasnetDecided(enasSearched)

func nasnetDecided(ops []byte) (all []evolve.Decision) {
	for _, cell := range dartsCells {
		for k := range nasnetPairs {
			block, side := k/2+1, k%2+1
			all = append(all,
				evolve.Decision{Name: fmt.Sprintf("%s.block%d.input%d", cell, block, side), Options: dartsStates(k)},
				evolve.Decision{Name: fmt.Sprintf("%s.block%d.op%d", cell, block, side), Options: len(ops)})
		}
	}
	return all
}

// Decisions are the input and the operation of each pair, the operation one of those that are
// searched. What a cell concatenates is not decided: it is by rule.
func (s NASNet) Decisions() []evolve.Decision {
	if s.Ops == ENASOps {
		return enasDecisions
	}
	return nasnetDecisions
}

// Choose returns the architecture of its pairs.
func (s NASNet) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("nasnet", s.Decisions(), x); err != nil {
		return "", err
	}
	var g nasnetGenotype
	ops := s.searched()
	for i := range g {
		c := &g[i]
		for k := range c.pairs {
			c.pairs[k] = dartsPair{byte(x[0]), ops[int(x[1])]}
			x = x[2:]
		}
		c.concat = c.unread()
	}
	return g.arch(), nil
}

// Choices are the pairs of an architecture. NaN stands for an operation that is not searched, and for all
// of a cell that does not concatenate by rule: no choices make it.
func (s NASNet) Choices(dst []float64, a evolve.Arch) []float64 {
	g, ops := nasnetRead(a), s.searched()
	for i := range g {
		c := &g[i]
		if c.concat != c.unread() {
			dst = append(dst, undecided(2*nasnetPairs)...)
			continue
		}
		for _, p := range c.pairs {
			op := float64(place(ops, p.op))
			if int(op) == len(ops) {
				op = math.NaN()
			}
			dst = append(dst, float64(p.in), op)
		}
	}
	return dst
}

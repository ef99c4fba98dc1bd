package space

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// dartsInputs are the sets of two states that a node, 0..3, may read.
var dartsInputs = func() (all [dartsNodes][][2]byte) {
	for node := range all {
		for a := range byte(2 + node) {
			for b := a + 1; b < byte(2+node); b++ {
				all[node] = append(all[node], [2]byte{a, b})
			}
		}
	}
	return all
}()

var dartsDecisions = func() (all []evolve.Decision) {
	for _, cell := range dartsCells {
		for node, sets := range dartsInputs {
			name := fmt.Sprintf("%s.node%d.", cell, 2+node)
			if len(sets) > 1 { // node 2 reads both inputs of the cell
				all = append(all, evolve.Decision{Name: name + "inputs", Options: len(sets)})
			}
			all = append(all, optionsEach(dartsOps, []string{name + "op1", name + "op2"})...)
		}
	}
	return all
}()

// Decisions are, node by node, which two states it reads, where there is a choice, and the operations on
// the earlier and on the later of them, one of the seven without none. Every choice is an architecture,
// and each of the 1.08e18 but for the order of its nodes has one.
func (DARTS) Decisions() []evolve.Decision { return dartsDecisions }

// Choose returns the architecture in which each node reads the earlier of its two states first.
func (DARTS) Choose(x []float64) (evolve.Arch, error) {
	if err := decided("darts", dartsDecisions, x); err != nil {
		return "", err
	}
	var g dartsGenotype
	for c := range g {
		for node, sets := range dartsInputs {
			in := sets[0]
			if len(sets) > 1 {
				in, x = sets[int(x[0])], x[1:]
			}
			for i := range in {
				g[c][2*node+i] = dartsPair{in[i], byte(dartsNone + 1 + int(x[i]))}
			}
			x = x[2:]
		}
	}
	return g.arch(), nil
}

// Choices are the inputs and operations of an architecture. NaN stands for the operation none of a
// published cell, which no choice is.
func (DARTS) Choices(dst []float64, a evolve.Arch) []float64 {
	for _, cell := range dartsRead(a) {
		for node, sets := range dartsInputs {
			p, q := cell[2*node], cell[2*node+1]
			if q.less(p) {
				p, q = q, p
			}
			if len(sets) > 1 {
				dst = append(dst, float64(slices.Index(sets, [2]byte{p.in, q.in})))
			}
			for _, op := range [2]byte{p.op, q.op} {
				v := float64(op) - (dartsNone + 1)
				if op == dartsNone {
					v = math.NaN()
				}
				dst = append(dst, v)
			}
		}
	}
	return dst
}
